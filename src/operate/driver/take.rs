//! Taking an operation: the claim on it and on its group, the check of who we are, and the first look, which is written down.

use std::time::Duration;

use tokio::time::sleep;

use crate::domain::{Fact, Kind, Label, OperationId, Order, Phase, Request, Start};
use crate::journal::{Claim, Stored};

use super::super::end::End;
use super::super::known::{Known, Mode};
use super::super::procedure::{Look, procedure_of};
use super::super::vigil::baseline;
use super::Driver;
use super::check;

/// How long another operation on the group may take to stop where it can, and the pause between looks at it.
const STEP_ASIDE: Duration = Duration::from_secs(30);
const ASK: Duration = Duration::from_millis(200);

/// Why an operation cannot be taken.
pub(super) enum Refused {
    /// Somebody else has it: its end is not ours to write.
    Elsewhere(End),
    Closed(End),
}

impl Driver {
    pub(super) async fn take(&mut self) -> Result<(Claim, Option<Claim>), Refused> {
        let closed = |text: String| Refused::Closed(End::refused(text));
        let claim = match self.desk.journal.claim(&self.known.id) {
            Ok(Some(claim)) => claim,
            Ok(None) => return Err(Refused::Elsewhere(End::interrupted("another process drives it: follow it there"))),
            Err(e) => return Err(closed(format!("stopped: it cannot be claimed: {e}"))),
        };
        let group = self.take_group().await?;
        let cancel = self.desk.cancel.clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Refused::Closed(self.left())),
            known = check::identity(&self.admitted) => known.map_err(|text| Refused::Closed(self.not_begun(text)))?,
        }
        Ok((claim, group))
    }

    /// One operation at a time on a group of this machine. One that only looks on is told to leave; a freeze makes any other hold, and
    /// does not wait for it for ever.
    async fn take_group(&mut self) -> Result<Option<Claim>, Refused> {
        let freezes = matches!(self.known.plan.request, Request::Freeze(_));
        let since = self.now();
        let mut told = Vec::new();
        loop {
            match self.desk.journal.claim_target(&self.known.plan.target) {
                Ok(Some(claim)) => return Ok(Some(claim)),
                Ok(None) => {}
                Err(e) => return Err(Refused::Closed(self.not_begun(format!("stopped: the group cannot be claimed: {e}")))),
            }
            let waited = self.now().since(since);
            if waited > STEP_ASIDE && freezes {
                return Ok(None);
            }
            for rival in self.rivals().await {
                let known = Known::of(&rival);
                let looks_on = procedure_of(&rival.plan).only_looks_on(&known);
                let order = if looks_on { Order::Abandon } else { Order::Hold };
                if !(freezes || looks_on) || waited > STEP_ASIDE {
                    let text =
                        format!("\"{}\" ({}) is under way on this group; try again once it is over", rival.plan.title, rival.entry.id);
                    return Err(Refused::Closed(self.not_begun(text)));
                }
                if !told.contains(&rival.entry.id) {
                    let by = Label::new(format!("\"{}\"", self.operation.title));
                    if self.desk.tell(&rival.entry.id, order, &by).await {
                        told.push(rival.entry.id.clone());
                    }
                    self.show(Phase::Checking, &format!("waits for \"{}\" to stop where it can", rival.plan.title)).await;
                }
            }
            if waited > STEP_ASIDE {
                let text = "another process is at work on this group; try again once it is through".to_owned();
                return Err(Refused::Closed(self.not_begun(text)));
            }
            let cancel = self.desk.cancel.clone();
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(Refused::Closed(self.left())),
                () = sleep(ASK) => {}
            }
        }
    }

    /// Operations on the same thing that are being driven.
    async fn rivals(&self) -> Vec<Stored> {
        let mut rivals = Vec::new();
        for id in self.desk.journal.open_ends().await.unwrap_or_default() {
            if id == self.known.id || !self.desk.journal.is_claimed(&id).unwrap_or(true) {
                continue;
            }
            if let Ok(Some(stored)) = self.desk.journal.load(&id).await
                && stored.plan.target == self.known.plan.target
            {
                rivals.push(stored);
            }
        }
        rivals
    }

    /// It could not be taken up: refused if it is new, else it stays what it was.
    fn not_begun(&self, text: String) -> End {
        if self.known.start().is_none() && self.known.is_untouched() { End::refused(text) } else { End::interrupted(text) }
    }

    /// The first look of this driver. Of a new operation it is held against the plan and written down; an older one is told to go on.
    pub(super) async fn start(&mut self) -> Result<(), End> {
        if self.known.start().is_some() || !self.known.is_untouched() {
            let by = self.desk.author.clone();
            self.note(Fact::Driver { by }).await?;
            self.hear().await?;
            let held = self.known.closing().is_some_and(|(phase, _)| phase == Phase::Held);
            if held || matches!(self.known.mode(), Mode::Held { .. }) {
                let (by, why) = (self.desk.author.clone(), Label::new("taken up again"));
                self.note(Fact::Ordered { order: Order::Resume, by, why, number: None }).await?;
            }
            return Ok(());
        }
        let cancel = self.desk.cancel.clone();
        let look = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(self.left()),
            look = async { self.lens().fetch_patiently().await } => look,
        };
        let look = look.map_err(|e| End::refused(format!("stopped: {} cannot be read again: {e}", self.noun())))?;
        self.size = look.size();
        let overridden = self.judge(&look).await?;
        for fact in overridden {
            self.note(fact).await?;
        }
        if self.known.plan.target.kind == Kind::Group {
            let Some(start) = first_sight(&look) else {
                return Err(End::refused("stopped: bounds and desired capacity of the group are not known"));
            };
            self.note(Fact::Started(Box::new(start))).await?;
        }
        self.hear().await?;
        if self.known.closing().is_some() || self.known.mode() != Mode::Forward {
            return Ok(());
        }
        self.decide(look, false).await
    }

    fn noun(&self) -> &'static str {
        match self.known.plan.target.kind {
            Kind::Database => "the database",
            Kind::Alarm => "the alarm",
            _ => "the group",
        }
    }

    /// Holds a look against plan and guards.
    pub(super) async fn judge(&self, look: &Look) -> Result<Vec<Fact>, End> {
        let mut stale = look.group.mark().map(|m| m.operation);
        if let Some(id) = &stale
            && !self.is_over(id).await
        {
            stale = None;
        }
        check::world(&self.known, look, stale.as_ref(), self.now())
    }

    /// Whether this journal knows an operation that has ended, and was no freeze: a mark that it left behind means nothing.
    pub(super) async fn is_over(&self, id: &OperationId) -> bool {
        let Ok(Some(stored)) = self.desk.journal.load(id).await else { return false };
        let over = stored.entry.phase.is_some_and(|p| p.is_over() && !p.is_open_end());
        over && !matches!(stored.plan.request, Request::Freeze(_))
    }
}

/// What the world is like when an operation begins.
fn first_sight(look: &Look) -> Option<Start> {
    Some(Start {
        at: look.at.wall,
        size: look.size()?,
        old: look.group.members.iter().filter(|m| m.counts()).map(|m| m.id.clone()).collect(),
        healthy: look.group.healthy(),
        version: look.group.version_wanted.clone(),
        suspended: look.group.suspended.iter().map(|s| s.name.clone()).collect(),
        baseline: baseline(look),
    })
}
