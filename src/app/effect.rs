//! What `update` asks the world to do: plain comparable data, carried out by the composition root.

use super::secret::Secret;
use crate::domain::{Focus, OperationId, Order, Plan, ResourceId};

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

/// What the first screen can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Estate {
    Demo,
    Profile { profile: String, regions: Vec<String> },
}
