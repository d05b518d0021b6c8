//! What `update` asks the world to do: plain comparable data, carried out by the composition root.

use super::secret::Secret;
use crate::domain::plan::Given;
use crate::domain::{Focus, Label, OperationId, Order, Plan, ResourceId};

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Quit,
    /// Give the terminal back and stop; `Msg::Resumed` follows.
    Suspend,
    /// Read every source again now.
    Refresh,
    /// What is looked at changed.
    Focus(Focus),
    /// Carry out a confirmed plan. Progress comes back as `Msg::Operation` with this request id.
    Operate {
        request: u64,
        plan: Box<Plan>,
        /// A ticket, rules that were set aside with why.
        given: Given,
    },
    /// Put plans on record that are confirmed and wait for their turn: each comes as an `Operate` with the same number, or is dismissed.
    LineUp {
        waiting: Vec<LinedUp>,
    },
    /// Those of these numbers that were lined up are not begun any more.
    Dismiss {
        requests: Vec<u64>,
        why: Label,
    },
    /// Tell an operation something. What it makes of it comes back as `Msg::Operation`; that it could not be told, as `Msg::Notice`.
    Order {
        id: OperationId,
        order: Order,
    },
    /// How is the last change of this taken back? The journal knows; `Msg::Inverse` answers.
    Undo {
        target: ResourceId,
    },
    /// What did the freeze of this group save? The journal knows; `Msg::Inverse` answers, with the request to thaw it.
    Thaw {
        target: ResourceId,
    },
    /// Which group took over from this one in a blue/green redeploy? The journal knows; `Msg::Inverse` answers, with the request to remove
    /// what was left.
    Retire {
        target: ResourceId,
    },
    /// The answer to a question (an MFA code); `None` = given up.
    Answer {
        question: u64,
        text: Option<Secret>,
    },
    /// The first screen's choice: open this estate.
    OpenEstate(Estate),
    /// Another theme, by name.
    Theme(String),
}

/// A confirmed plan that waits for its turn.
#[derive(Clone, Debug, PartialEq)]
pub struct LinedUp {
    pub request: u64,
    pub plan: Box<Plan>,
    pub given: Given,
}

/// What the first screen can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Estate {
    Demo,
    Profile { profile: String, regions: Vec<String> },
}
