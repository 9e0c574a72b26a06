//! The conditions of a filter as SQL.
//!
//! - **Guarantees**: the text consists of the constants of this file. Every value of a filter is bound.
//! - **Assumes** that the statement has the first three parameters for itself.
//! - **Without it**, a statement with all conditions as `$n IS NULL OR …` would use no index.

use std::fmt::Write as _;

use referral_webhooks_inbox::store::Filter;

use super::columns::micros;
use super::dialect::{begins, text, unindexed};

/// The conditions of a filter, and the values of their parameters.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

/// The value of a parameter.
#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

/// The number of parameters before those of the conditions.
const BEFORE: usize = 3;

impl Conditions {
    pub(crate) fn of(filter: &Filter) -> Self {
        // Few entries are repeated or conflicts, and a text is found by reading the entries in their order.
        Self::led(filter, filter.is_repeated || filter.is_conflict || !filter.find.is_empty())
    }

    /// Returns the conditions of a statement that another condition leads to its entries than the endpoint or the tenant,
    /// if `is_led_elsewhere`.
    pub(crate) fn led(filter: &Filter, is_led_elsewhere: bool) -> Self {
        let mut conditions = Self::default();
        let column = |name: &str| if is_led_elsewhere { unindexed(name) } else { name.to_owned() };
        let (endpoint, tenant) = (format!("{} =", column("endpoint")), format!("{} =", column("tenant")));
        let texts = [
            (endpoint.as_str(), filter.endpoint.as_ref()),
            (tenant.as_str(), filter.tenant.as_ref()),
            ("platform =", filter.platform.as_ref()),
            ("event =", filter.event.as_ref()),
            ("subject =", filter.subject.as_ref()),
        ];
        for (condition, value) in texts {
            conditions.add(condition, value.map(|value| Value::Text(text(value).into_owned())));
        }
        // The index of tenants has no entries without one.
        if !is_led_elsewhere && filter.tenant.as_ref().is_some_and(|tenant| !tenant.is_empty()) {
            conditions.push("tenant <> ''");
        }
        conditions.add("secret =", filter.secret.map(|secret| Value::Text(secret.to_string())));
        conditions.add("received_at >=", filter.received_from.map(|time| Value::Number(micros(time))));
        conditions.add("received_at <", filter.received_before.map(|time| Value::Number(micros(time))));
        conditions.add_any_of("delivery_id", &filter.delivery_ids);
        // The state is a literal, because a partial index serves only a statement that names its state.
        match &filter.states[..] {
            [] => {}
            [state] => conditions.push(&format!("state = '{state}'")),
            states => {
                let states: Vec<_> = states.iter().map(|state| format!("'{state}'")).collect();
                conditions.push(&format!("state IN ({})", states.join(", ")));
            }
        }
        let flags = [
            (filter.is_unreadable, "unreadable IS NOT NULL"),
            (filter.has_body, "has_body = TRUE"),
            (filter.is_conflict, "conflict_of IS NOT NULL"),
            (filter.is_repeated, "repeats > 0"),
        ];
        flags.iter().filter(|(is_wanted, _)| *is_wanted).for_each(|(_, text)| conditions.push(text));
        conditions.add_relations(filter);
        conditions.add_found(&filter.find);
        conditions
    }

    /// Adds the relations to other entries. Each is a value that is read once.
    fn add_relations(&mut self, filter: &Filter) {
        if let Some(id) = filter.same_subject_as {
            let id = self.parameter(Value::Number(id.0));
            for column in ["endpoint", "tenant", "subject"] {
                self.push(&format!(
                    "{column} = (SELECT named.{column} FROM inbox_entry AS named WHERE named.id = {id})"
                ));
            }
        }
        if let Some(id) = filter.same_key_as {
            let id = self.parameter(Value::Number(id.0));
            let holder =
                format!("(SELECT COALESCE(named.repeat_of, named.id) FROM inbox_entry AS named WHERE named.id = {id})");
            self.push(&format!("(id = {holder} OR repeat_of = {holder})"));
        }
        if let Some(id) = filter.copies_of {
            let id = self.parameter(Value::Number(id.0));
            self.push(&format!("(conflict_of = {id} OR repeat_of = {id})"));
        }
    }

    /// Adds the beginnings of delivery ids and the names of events.
    fn add_found(&mut self, texts: &[String]) {
        let mut any = Vec::new();
        for found in texts {
            let event = self.parameter(Value::Text(text(found).into_owned()));
            any.push(format!("{} OR event = {event}", begins("delivery_id", &event)));
        }
        if !any.is_empty() {
            self.push(&format!("({})", any.join(" OR ")));
        }
    }

    fn add(&mut self, condition: &str, value: Option<Value>) {
        if let Some(value) = value {
            let parameter = self.parameter(value);
            self.push(&format!("{condition} {parameter}"));
        }
    }

    fn add_any_of(&mut self, column: &str, any: &[String]) {
        let parameters: Vec<_> =
            any.iter().map(|value| self.parameter(Value::Text(text(value).into_owned()))).collect();
        if !parameters.is_empty() {
            self.push(&format!("{column} IN ({})", parameters.join(", ")));
        }
    }

    fn parameter(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", BEFORE + self.values.len())
    }

    fn push(&mut self, condition: &str) {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "AND {condition} ");
    }
}

#[cfg(test)]
mod tests {
    use referral_webhooks_inbox::store::State;

    use super::*;

    #[test]
    fn conditions_number_their_parameters_after_those_of_the_statement() {
        let mut filter = Filter::new().endpoint("shop").state(State::Parked).delivery_id("m1").unreadable();
        filter.delivery_ids.push("m2".to_owned());
        let Conditions { text, values } = Conditions::of(&filter);
        let want = "AND endpoint = $4 AND delivery_id IN ($5, $6) AND state = 'parked' AND unreadable IS NOT NULL ";
        assert_eq!((text.as_str(), values.len()), (want, 3));
        assert_eq!(Conditions::of(&Filter::new()).text, "");
    }
}
