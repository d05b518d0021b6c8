//! The rules by name: the words for cards, config and `--override`, and which of them a human may set aside at all.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The thing cannot be changed this way at all, or it is being deleted.
    Kind,
    /// An AWS service or another exclusive owner.
    Owner,
    /// A tool believes to own the group and will undo the change.
    Managed,
    Bounds,
    MaxStep,
    CapacityFloor,
    /// A capacity that counts weights, not members.
    Weighted,
    /// A member named by id is gone, on its way out or in another state than asked for, or the choice does not fit the step.
    Victims,
    /// A list of processes that would do harm: none at all, or the one that registers members at their balancer.
    Processes,
    /// An alarm that drives scaling is never muted, and no alarm without an end.
    Alarm,
    /// Somebody froze the group.
    Freeze,
    /// Another operation is at work on it.
    Busy,
    ChangeWindow,
    Blackout,
    Deny,
    Ticket,
    /// The environment asks for the name.
    Confirm,
}

impl Rule {
    pub const ALL: [Self; 17] = [
        Self::Kind,
        Self::Owner,
        Self::Managed,
        Self::Bounds,
        Self::MaxStep,
        Self::CapacityFloor,
        Self::Weighted,
        Self::Victims,
        Self::Processes,
        Self::Alarm,
        Self::Freeze,
        Self::Busy,
        Self::ChangeWindow,
        Self::Blackout,
        Self::Deny,
        Self::Ticket,
        Self::Confirm,
    ];

    /// The word for cards, config and `--override`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Owner => "owner",
            Self::Managed => "managed",
            Self::Bounds => "bounds",
            Self::MaxStep => "max-step",
            Self::CapacityFloor => "capacity-floor",
            Self::Weighted => "weighted",
            Self::Victims => "victims",
            Self::Processes => "processes",
            Self::Alarm => "alarm",
            Self::Freeze => "freeze",
            Self::Busy => "busy",
            Self::ChangeWindow => "change-window",
            Self::Blackout => "blackout",
            Self::Deny => "deny",
            Self::Ticket => "ticket",
            Self::Confirm => "confirm",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }

    /// Whether a config may allow to override it. The others say what cannot work or what nobody could answer for.
    pub fn may_be_overridden(self) -> bool {
        matches!(
            self,
            Self::Managed
                | Self::MaxStep
                | Self::CapacityFloor
                | Self::Freeze
                | Self::Busy
                | Self::ChangeWindow
                | Self::Blackout
                | Self::Deny
                | Self::Ticket
        )
    }

    /// Words of all rules that a config may name in `allow_override`.
    pub fn overridable_words() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().filter(|r| r.may_be_overridden()).map(Self::word)
    }
}
