//! Orders: taken from the journal, whoever wrote them there, and written down as facts before they are obeyed. And what a pause does.

use jiff::Timestamp;

use crate::domain::{Fact, Label, Order, Phase};

use super::super::end::End;
use super::super::known::Mode;
use super::super::vigil::baseline;
use super::account::objection;
use super::check;
use super::{Driver, PAUSED_PACE};

/// Who gives the orders that an operation gives itself.
pub(super) const ITSELF: &str = "itself";

impl Driver {
    pub(super) async fn has_orders(&self) -> bool {
        let orders = self.desk.journal.orders(&self.known.id, self.known.heard()).await;
        orders.is_ok_and(|o| !o.is_empty())
    }

    /// Takes every order that came since the last one it heard.
    pub(super) async fn hear(&mut self) -> Result<(), End> {
        let given = match self.desk.journal.orders(&self.known.id, self.known.heard()).await {
            Ok(given) => given,
            Err(e) => {
                self.unwritten = Some(e.to_string());
                return Ok(());
            }
        };
        if self.locked_out && !given.is_empty() {
            // Whoever gave it may be able to sign in where we are not: it is theirs to take up, with their order still to be heard.
            if let Err(text) = check::identity(&self.admitted).await {
                return Err(End::interrupted(format!("cannot sign in any more: {text}")).at(self.size));
            }
            self.locked_out = false;
        }
        for g in given {
            let number = g.number;
            if let Some(why) = objection(&self.known, g.order) {
                self.remark(&format!("{} by {}: {why}", g.order.word(), g.by)).await;
                self.note(Fact::Unheeded { order: g.order, number, why: Label::new(why) }).await?;
                continue;
            }
            self.accept_trouble(g.order).await?;
            self.recheck |= matches!(g.order, Order::Resume | Order::RollBack);
            let why = Label::new(format!("{} by {}", past(g.order), g.by));
            self.remark(&why).await;
            self.note(Fact::Ordered { order: g.order, by: g.by, why, number: Some(number) }).await?;
            self.vigil.rest();
        }
        Ok(())
    }

    /// Who says to go on after it paused by itself accepts the trouble it saw: it does not pause for that again.
    async fn accept_trouble(&mut self, order: Order) -> Result<(), End> {
        let paused = matches!(self.known.mode(), Mode::Paused { .. } | Mode::Held { .. });
        if order != Order::Resume || !paused || !self.procedure.marks() {
            return Ok(());
        }
        match self.look().await? {
            Some(look) => self.note(Fact::Accepted(Box::new(baseline(&look)))).await,
            None => Ok(()),
        }
    }

    /// One round of a pause. What would go on by itself is halted; what was borrowed for the work goes back after a while.
    pub(super) async fn pause(&mut self, why: &Label, since: Timestamp) -> Result<(), End> {
        self.vigil.rest();
        self.operation.eta = None;
        self.show(Phase::Paused, why).await;
        if !self.procedure.marks() {
            return self.rest(PAUSED_PACE).await;
        }
        let Some(look) = self.look().await? else { return Ok(()) };
        if !self.settle(&look, false).await? {
            return Ok(());
        }
        let halts = self.procedure.halts(&self.known, &look);
        if self.borrow(&halts, &look).await? {
            return Ok(());
        }
        if self.now().age_of(since) > self.known.rules.pause_gives_back_after {
            let rest = self.known.borrowed().into_iter().filter(|p| !halts.contains(p)).collect();
            // Tried again with the next round if it cannot be now.
            let _ = self.give_back(rest).await?;
        }
        self.show(Phase::Paused, why).await;
        self.rest(PAUSED_PACE).await
    }
}

fn past(order: Order) -> &'static str {
    match order {
        Order::Pause => "paused",
        Order::Resume => "resumed",
        Order::Hold => "held",
        Order::RollBack => "rolled back",
        Order::Abandon => "abandoned",
    }
}
