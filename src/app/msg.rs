//! Everything that can happen to the console.

use std::sync::Arc;

use crate::config::keymap::Key;
use crate::domain::{Label, Operation, Request, ResourceId, Snapshot};

#[expect(clippy::large_enum_variant, reason = "one at a time is handled, and none is kept")]
#[derive(Clone, Debug)]
pub enum Msg {
    Key(Key),
    Mouse(Mouse),
    /// Bracketed paste: one message, whatever it holds. Ignored outside text fields.
    Paste(String),
    Resize {
        width: u16,
        height: u16,
    },
    /// Time passed; visible ages may have changed.
    Tick,
    Snapshot(Arc<Snapshot>),
    Operation(Operation),
    /// An operation that was asked for could not even be handed over, and why.
    NotBegun {
        request: u64,
        why: Label,
    },
    /// The journal's answer to [`super::Effect::Undo`] and [`super::Effect::Thaw`]; the error says why there is nothing to take back.
    Inverse {
        target: ResourceId,
        answer: Result<Box<Inversion>, Label>,
    },
    /// A provider needs an answer before it can go on (an MFA code).
    Question {
        id: u64,
        title: Label,
        prompt: Label,
        secret: bool,
    },
    /// Back from ctrl-z, or the machine woke up.
    Resumed,
    /// A sentence for the status line: a config warning, a failed effect.
    Notice(Label),
}

/// How to take a change back, as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inversion {
    /// The change it takes back: `Scale portal 6 → 8, 4m ago by jo`.
    pub of: Label,
    pub request: Request,
    /// What happened to the target since then, one sentence each.
    pub warnings: Vec<Label>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub column: u16,
    pub row: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    Press,
    DoublePress,
    ScrollUp,
    ScrollDown,
}
