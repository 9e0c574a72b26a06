//! The envelope of FirstPromoter's events.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::members::{Action, Change, Changed};
use crate::platform::decode::object;
use crate::platform::why::Why;
use crate::value::{Id, Timestamp};

/// The envelope. Documented: it is the same for all events.
#[derive(Deserialize)]
pub(super) struct Wire<'t> {
    event_id: Option<Id>,
    pub(super) event_type: Option<String>,
    action: Option<String>,
    entity_type: Option<String>,
    entity_id: Option<Id>,
    changes: Option<BTreeMap<String, Changed>>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
    timestamp: Option<Timestamp>,
}

impl<'t> Wire<'t> {
    /// Returns whether resource or action contradict a name of two parts. A name of three parts has a third word whose
    /// resource and action are not published.
    pub(super) fn contradicts(&self, name: &str) -> bool {
        let Some((resource, action)) = name.split_once('.').filter(|(_, action)| !action.contains('.')) else {
            return false;
        };
        let is_state = !["created", "updated", "deleted"].contains(&action);
        let is_other_resource = self.entity_type.as_deref().is_some_and(|found| found != resource);
        // Documented: the action is `created`, `updated` or `deleted`. Assumed: a new state is one of the first two, or the
        // action is that of the name.
        let is_other_action = self
            .action
            .as_deref()
            .is_some_and(|found| found != action && !(is_state && ["created", "updated"].contains(&found)));
        is_other_resource || is_other_action
    }

    pub(super) fn change<R: Deserialize<'t>>(self, name: &str, action: Action) -> Result<Change<R>, Why> {
        let mut changes = self.changes.unwrap_or_default();
        changes.retain(|member, _| !["auth_token", "temp_password"].contains(&member.as_str()));
        let data = object(self.data).ok_or(Why::MissingMember("data"))?;
        Ok(Change {
            event_id: self.event_id,
            event_type: name.to_owned(),
            action,
            entity_id: self.entity_id,
            changes,
            data: serde_json::from_str(data)?,
            timestamp: self.timestamp,
        })
    }
}
