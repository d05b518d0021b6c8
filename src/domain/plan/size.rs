//! The three numbers of a group, and what a call makes of them: the arithmetic that plans, guards and followers share.

use serde::{Deserialize, Serialize};

use super::super::group::Group;
use super::Call;

/// Bounds and desired capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    pub min: u32,
    pub max: u32,
    pub desired: u32,
}

impl Size {
    /// The group's size; `None` where a number is not known, which is never zero.
    pub fn of(group: &Group) -> Option<Self> {
        Some(Self { min: group.min?, max: group.max?, desired: group.desired? })
    }

    /// The size after `call` was carried out as asked.
    #[must_use]
    pub fn after(self, call: &Call) -> Self {
        match call {
            Call::SetDesired { desired, .. } => Self { desired: *desired, ..self },
            Call::SetBounds { min, max, desired, .. } => Self { min: *min, max: *max, desired: *desired },
            Call::TerminateMembers { members, .. } | Call::EnterStandby { members, replace: false, .. } => {
                Self { desired: self.desired.saturating_sub(members.len() as u32), ..self }
            }
            Call::ExitStandby { members, .. } => Self { desired: self.desired + members.len() as u32, ..self },
            _ => self,
        }
    }

    /// The size after all of `calls`, in order.
    #[must_use]
    pub fn after_all(self, calls: &[Call]) -> Self {
        calls.iter().fold(self, Self::after)
    }

    /// Whether desired lies within the bounds, and the bounds are in order.
    pub fn holds(self) -> bool {
        self.min <= self.desired && self.desired <= self.max
    }
}
