//! The action itself.

use std::sync::Arc;

use referral_webhooks_inbox::store::{ByHand, Erasure, Filter, Store, StoreError};
use referral_webhooks_inbox::{AnyIntake, EntryId, Erased, Inbox, Reason, Redelivered};

use super::action::Action;
use super::confirm::{is_whole, page, plan_for_person, read, undecoded};
use super::outcome::{Done, result};
use super::person;
use super::target::{MOST, Target};
use super::ticket::Ticket;
use crate::context::Context;
use crate::problem::Problem;
use crate::web::answer::{self, Answer};

/// Acts on the entries that the page has counted, and shows the result.
pub(crate) async fn perform<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let form = &context.form;
    let action = read(context, form)?;
    let target = Target::read(context, form).await?;
    let text = person::read(form)?;
    if let (Action::ErasePerson, Some("count")) = (action, form.get("step")) {
        let text = text.ok_or_else(|| Problem::bad_input("The form is incomplete."))?;
        let plan = plan_for_person(context, target, &text).await?;
        return Ok(answer::page(page(&context.frame, &plan, Some(&text))));
    }
    let number = |name: &str| form.get(name).and_then(|number| number.parse::<i64>().ok()).filter(|it| *it >= 0);
    let (Some(upto), Some(most)) = (number("upto"), number("count")) else {
        return Err(Problem::bad_input("The form is incomplete."));
    };
    let reason = form.get("reason").filter(|reason| reason.chars().count() <= 300);
    let reason = reason.ok_or_else(|| Problem::bad_input("An action needs a reason of 300 characters at most."))?;
    let ticket = Ticket::read(form)?;
    let task = Task {
        inbox: context.inbox().clone(),
        intakes: context.settings.intakes.clone(),
        action,
        is_whole: is_whole(&target),
        one: match &target {
            Target::One(entry) => Some(entry.id),
            Target::Many(_) => None,
        },
        // Later entries have higher ids.
        filter: target.filter(action).map(|filter| filter.before(EntryId(upto.saturating_add(1)))),
        most: most.unsigned_abs().min(MOST),
        text,
        by: context.operator.name().to_owned(),
        reason: Reason::from(reason.to_owned()),
    };
    if !ticket.used(context.store()).await? {
        return Ok(answer::page(result(&context.frame, action, &target, &Done::Before)));
    }
    // An action that has begun ends, even if the operator closes the page.
    let done =
        tokio::spawn(task.run()).await.map_err(|_| Problem::busy("The action was aborted. See the history."))??;
    Ok(answer::page(result(&context.frame, action, &target, &done)))
}

/// An action that runs on its own.
struct Task<S> {
    inbox: Inbox<S>,
    intakes: Vec<Arc<dyn AnyIntake>>,
    action: Action,
    is_whole: bool,
    one: Option<EntryId>,
    filter: Option<Filter>,
    most: u64,
    text: Option<String>,
    by: String,
    reason: Reason,
}

impl<S: Store> Task<S> {
    async fn run(self) -> Result<Done, StoreError> {
        let by = ByHand::new(&self.by).because(&self.reason);
        let Some(filter) = self.filter.clone() else { return Ok(Done::NotPermitted) };
        if let Some(id) = self.one {
            return self.run_one(id, by).await;
        }
        if self.action == Action::ErasePerson {
            return self.erase_person(filter, by).await;
        }
        if self.action == Action::Redecode {
            let selection = self.inbox.select(undecoded(filter)).await?;
            return selection.redecode(&self.intakes, by).await.map(Done::Redecoded);
        }
        let selection = self.inbox.select(filter.clone()).await?;
        match self.action {
            Action::Again => selection.redeliver(self.most, by).await.map(Done::Changed),
            Action::Cancel => selection.cancel(self.most, by).await.map(Done::Changed),
            Action::Discard => selection.discard(self.reason.clone(), self.most, by).await.map(Done::Changed),
            Action::Erase => selection.erase(self.most, by).await.map(Done::Erased),
            Action::Done | Action::Redecode | Action::ErasePerson => self.mark_done(filter, by).await,
        }
    }

    async fn run_one(&self, id: EntryId, by: ByHand<'_>) -> Result<Done, StoreError> {
        let permitted = |is_changed| if is_changed { Done::One } else { Done::NotPermitted };
        match self.action {
            Action::Again => Ok(match self.inbox.redeliver(id, by).await? {
                Redelivered::Yes => Done::One,
                other => Done::NotRedelivered(other),
            }),
            Action::Redecode => {
                let redecoded = self.inbox.redecode(id, &self.intakes, by).await?;
                Ok(redecoded.map_or(Done::NoIntake, Done::Redecoded))
            }
            Action::Cancel => self.inbox.cancel(id, by).await.map(permitted),
            Action::Discard => self.inbox.discard(id, self.reason.clone(), by).await.map(permitted),
            Action::Done => self.inbox.mark_done(id, by).await.map(permitted),
            Action::Erase | Action::ErasePerson => Ok(match self.inbox.erase(id, by).await? {
                Erasure::NotErased => Done::NotPermitted,
                erasure => {
                    let mut erased = Erased::default();
                    (erased.erased, erased.log_pending) = (1, erasure == Erasure::LogPending);
                    erased.shared = u64::from(erasure == Erasure::Shared);
                    Done::Erased(erased)
                }
            }),
        }
    }

    /// Erases the entries that mention the person, of the whole inbox or of the filter.
    async fn erase_person(&self, filter: Filter, by: ByHand<'_>) -> Result<Done, StoreError> {
        let Some(text) = &self.text else { return Ok(Done::NotPermitted) };
        let mut erased = self.inbox.select(filter).await?.erase_where(|stored| stored.mentions(text), by).await?;
        if self.is_whole {
            let refused = self.inbox.erase_where(|stored| person::is_refused_of(stored, text), by).await?;
            (erased.refused, erased.log_pending) = (refused.refused, erased.log_pending || refused.log_pending);
        }
        Ok(Done::Erased(erased))
    }

    /// Marks the oldest entries as done.
    async fn mark_done(&self, filter: Filter, by: ByHand<'_>) -> Result<Done, StoreError> {
        let (mut changed, mut seen) = (0, 0);
        let mut next = Some(filter.oldest_first());
        while let Some(filter) = next.filter(|_| seen < self.most) {
            let filter = filter.most(u32::try_from(self.most - seen).unwrap_or(u32::MAX).min(500));
            let entries = self.inbox.store().list(filter.clone()).await?;
            next = filter.next_page(&entries);
            for entry in entries {
                seen += 1;
                changed += u64::from(self.inbox.mark_done(entry.id, by).await?);
            }
        }
        Ok(Done::Marked { changed, unchanged: seen - changed })
    }
}
