//! The words of the product: pure data and pure rules.
//!
//! Nothing here knows a cloud, a terminal, a runtime or the time of day: whoever needs the present gets a [`Now`].
//! Strings from outside live here in two forms: the raw id (inside [`ResourceId`], for APIs only) and the [`Label`] (for people).

pub mod alarm;
pub mod assemble;
pub mod change;
pub mod database;
pub mod failure;
pub mod flips;
pub mod group;
pub mod ids;
pub mod label;
pub mod member;
pub mod memo;
pub mod metric;
pub mod observation;
pub mod operation;
pub mod plan;
pub mod pool;
pub mod rules;
pub mod snapshot;
pub mod source;
pub mod status;
pub mod time;
pub mod verdict;

pub use alarm::{Alarm, AlarmState};
pub use change::{Change, ChangeKind};
pub use database::{Database, DatabaseRole, Snapshot as DatabaseSnapshot};
pub use failure::{Failure, FailureKind};
pub use flips::{Flips, Since};
pub use group::{
    Activity, Group, GroupKind, Hook, MARK_TAG, Mark, Owner, PolicyKind, Rollout, ScalingPolicy, ScheduledAction, SuspendedProcess, Tally,
    WarmPool,
};
pub use ids::{Kind, ResourceId, Scope};
pub use label::Label;
pub use member::{Member, MemberTarget, Probe};
pub use metric::{Metric, Point, Series, SeriesKey, Unit};
pub use observation::{Identity, Instance, Observation};
pub use operation::{Baseline, Fact, Operation, OperationId, Order, Phase, Slot, SlotState, Span, Start};
pub use plan::{Call, Environment, GuardRules, Inverse, Plan, Refusal, Registration, Request, ScaleRequest};
pub use pool::{Balancer, Route, Target, TargetPool};
pub use snapshot::Snapshot;
pub use source::{Focus, SourceKey, SourceKind, SourceState};
pub use status::{Status, StatusClass};
pub use time::Now;
pub use verdict::{Assessment, Finding, Verdict};
