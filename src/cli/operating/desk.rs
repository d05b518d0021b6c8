//! The journal and the runners together: what it takes to begin an operation on a real estate, to tell it something, and to see how it
//! stands. Everything here waits for the disk; no loop does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::standing::{self, Found};
use crate::cli::estate::AwsEstate;
use crate::cli::runner::{Runners, is_driven};
use crate::cli::way::Way;
use crate::domain::plan::Size;
use crate::domain::{Fact, GuardRules, Label, Operation, OperationId, Order, Phase, Plan};
use crate::engine::Clock;
use crate::journal::{Author, Journal, NewOperation, Stored};
use crate::providers::aws::Handover;

/// Gives the session that an MFA code bought in this process, if one was needed.
pub type Session = Arc<dyn Fn() -> Option<Handover> + Send + Sync>;

/// How long a driver may take to hear an order before that is left to it, and the pause between looks at whether it has.
const HEARING: Duration = Duration::from_secs(6);
const HEARS: Duration = Duration::from_millis(100);

/// Why an operation was not told something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untold {
    /// It would not obey, or did not.
    Refused(Label),
    Failed(Label),
}

impl From<Label> for Untold {
    fn from(why: Label) -> Self {
        Self::Failed(why)
    }
}

impl From<Untold> for Label {
    fn from(untold: Untold) -> Self {
        match untold {
            Untold::Refused(why) | Untold::Failed(why) => why,
        }
    }
}

/// What became of an order.
enum Heard {
    Obeyed,
    Unheeded(Label),
    /// Nobody drives it any more, and it was not heard.
    LetGo,
}

/// Clones work on the same journal.
#[derive(Clone)]
pub struct Desk {
    pub journal: Journal,
    pub runners: Runners,
    /// Where new operations begin; one that only tells those there are needs none.
    estate: Option<Arc<AwsEstate>>,
    pub session: Session,
    pub clock: Clock,
    by: Label,
}

impl Desk {
    pub fn new(journal: Journal, runners: Runners, estate: Option<AwsEstate>, session: Session, clock: Clock) -> Self {
        let author = Author::here();
        let by = Label::new(format!("{}@{}", author.user, author.host));
        Self { journal, runners, estate: estate.map(Arc::new), session, clock, by }
    }

    /// Puts a confirmed plan on record. From here on it is an operation, though nobody drives it yet.
    pub async fn record(&self, plan: &Plan, rules: &GuardRules, principal: &Label) -> Result<OperationId, Label> {
        let Some(estate) = &self.estate else { return Err(Label::new("no estate is open")) };
        let was = &plan.impact;
        let before = Size { min: was.min.0, max: was.max.0, desired: was.desired.0 };
        let after = before.after_all(&plan.calls);
        let sized = before != after;
        let new = NewOperation {
            started: self.clock.now().wall,
            principal: principal.clone(),
            plan: plan.clone(),
            rules: rules.clone(),
            way: Way::to(&plan.target.scope, estate).record(),
            before: sized.then_some(before),
            after: sized.then_some(after),
        };
        self.journal.begin(new).await.map_err(|e| Label::new(e.to_string()))
    }

    /// Has a runner drive an operation. Where none can be started, an operation of which nothing was sent ends here.
    pub async fn start(&self, id: &OperationId) -> Result<(), Label> {
        let Err(why) = self.runners.start(id, (self.session)(), &self.journal).await else { return Ok(()) };
        if let Ok(Some(stored)) = self.journal.load(id).await
            && stored.entry.phase.is_none()
            && !standing::has_begun(&stored)
            && let Ok(Some(_claim)) = self.journal.claim(id)
        {
            let text = Label::new(format!("stopped before anything was sent: {why}"));
            if let Err(e) = self.journal.end(id, Phase::Refused, &text, None, self.clock.now().wall).await {
                tracing::error!(%id, %e, "not on record");
            }
        }
        Err(why)
    }

    /// Tells an operation something; one that nobody drives gets a runner that obeys. So does one whose driver lets go of it instead of
    /// hearing the order, because it cannot sign in any more.
    pub async fn order(&self, id: &OperationId, order: Order) -> Result<(), Untold> {
        let Some(found) = self.find(id).await? else { return Err(Untold::Failed(Label::new(format!("there is no operation {id}")))) };
        let standing = found.standing(self.clock.now().wall);
        standing::admits(&standing, order, found.claimed).map_err(Untold::Refused)?;
        let said = |e: crate::journal::JournalError| Label::new(e.to_string());
        self.journal.order(id, order, &self.by, self.clock.now().wall).await.map_err(said)?;
        if found.claimed {
            let number = self.journal.orders(id, 0).await.map_err(said)?.last().map_or(0, |given| given.number);
            match timeout(HEARING, self.heard(id, number)).await {
                // It will hear it: a call may be under way.
                Err(_) => return Ok(()),
                Ok(heard) => match heard? {
                    Heard::Obeyed => return Ok(()),
                    Heard::Unheeded(why) => return Err(Untold::Refused(why)),
                    Heard::LetGo => {}
                },
            }
        }
        Ok(self.start(id).await?)
    }

    /// What its driver makes of an order.
    async fn heard(&self, id: &OperationId, number: i64) -> Result<Heard, Label> {
        loop {
            let Some(found) = self.find(id).await? else { return Err(Label::new(format!("there is no operation {id}"))) };
            for (_, fact) in found.stored.facts.iter().rev() {
                match fact {
                    Fact::Ordered { number: Some(n), .. } if *n >= number => return Ok(Heard::Obeyed),
                    Fact::Unheeded { number: n, why, .. } if *n == number => return Ok(Heard::Unheeded(why.clone())),
                    _ => {}
                }
            }
            if !found.claimed {
                let over = found.stored.entry.phase.filter(|p| p.is_over() && !p.is_open_end());
                let ended = |p: Phase| Heard::Unheeded(Label::new(format!("it has ended meanwhile ({})", p.word())));
                return Ok(over.map_or(Heard::LetGo, ended));
            }
            sleep(HEARS).await;
        }
    }

    /// All that is on record of an operation and whether somebody drives it; `None`: there is no such operation.
    pub async fn find(&self, id: &OperationId) -> Result<Option<Found>, Label> {
        loop {
            // In this order: whoever lets go of an operation has written its end before.
            let claimed = self.is_claimed(id).await;
            let stored: Option<Stored> = self.journal.load(id).await.map_err(|e| Label::new(e.to_string()))?;
            let Some(stored) = stored else { return Ok(None) };
            // Taken up while its record was read: what a driver has begun would look like what a driver has left.
            if claimed || !self.is_claimed(id).await {
                let published = self.published(id).await;
                return Ok(Some(Found { stored, published, claimed }));
            }
        }
    }

    /// Whether somebody drives it right now.
    pub async fn is_claimed(&self, id: &OperationId) -> bool {
        is_driven(&self.journal, id).await
    }

    /// Its driver's newest word.
    pub async fn published(&self, id: &OperationId) -> Option<Operation> {
        let (journal, id) = (self.journal.clone(), id.clone());
        tokio::task::spawn_blocking(move || journal.published(&id)).await.ok().flatten()
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("runners", &self.runners).field("by", &self.by).finish_non_exhaustive()
    }
}
