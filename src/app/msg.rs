//! Everything that can happen to the console.

use std::sync::Arc;

use crate::config::keymap::Key;
use crate::domain::{Label, Operation, Snapshot};

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
