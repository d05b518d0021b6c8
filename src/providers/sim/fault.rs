//! Failures of the estate's API: put in by tests and by scenarios, used up by reads and calls.

use crate::domain::{FailureKind, SourceKind};

use super::calendar::Millis;

/// What a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A read of this source.
    Read(SourceKind),
    /// Any mutating call.
    Call,
    /// Mutating calls of this name in the cloud's words: `autoscaling:SetDesiredCapacity`.
    CallNamed(&'static str),
    /// The operator's question who we are.
    Identity,
    /// The operator's fresh read of a group.
    ReadGroup,
    /// The operator's fresh read of pools.
    ReadPools,
    /// The operator's fresh read of alarms and errors.
    ReadSignals,
    /// The operator's fresh read of a database.
    ReadDatabase,
    /// The operator's fresh read of one alarm.
    ReadAlarm,
}

impl Spot {
    /// Whether a fault put in here strikes a request there.
    fn covers(self, request: Self) -> bool {
        self == request || (self == Self::Call && matches!(request, Self::CallNamed(_)))
    }
}

/// When the request fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moment {
    /// Nothing was sent or done.
    #[default]
    Before,
    /// A call was carried out and the answer lost; a read sent its first page.
    After,
    /// No answer ever comes; whoever waits must give up.
    Never,
    /// A call was carried out, the answer lost and none ever comes.
    DoneAndNever,
    /// A call arrives twice, as when something on the way sends it again; the first answer is the one that is seen.
    Twice,
}

/// One injected failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    spot: Spot,
    kind: FailureKind,
    moment: Moment,
    /// Requests it lets pass first.
    skip: u32,
    /// Requests it still strikes; `None` = every one.
    left: Option<u32>,
    /// Model time at which it ends.
    until: Option<Millis>,
}

impl Fault {
    /// Strikes once, before anything happens.
    pub fn new(spot: Spot, kind: FailureKind) -> Self {
        Self { spot, kind, moment: Moment::Before, skip: 0, left: Some(1), until: None }
    }

    #[must_use]
    pub fn at(mut self, moment: Moment) -> Self {
        self.moment = moment;
        self
    }

    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }

    /// Lets this many requests pass before it strikes: to hit the third call of an operation and no other.
    #[must_use]
    pub fn skipping(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Strikes every request until [`super::Sim::heal`].
    #[must_use]
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// Strikes every request up to a model moment.
    pub(super) fn until(mut self, end: Millis) -> Self {
        self.left = None;
        self.until = Some(end);
        self
    }
}

/// A fault that strikes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strike {
    pub kind: FailureKind,
    pub moment: Moment,
}

/// All faults in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether a request fails, using up one strike of the oldest fault that fits.
    pub fn take(&mut self, spot: Spot, now: Millis) -> Option<Strike> {
        self.0.retain(|f| f.left != Some(0) && f.until.is_none_or(|end| now < end));
        for fault in self.0.iter_mut().filter(|f| f.spot.covers(spot)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if let Some(left) = &mut fault.left {
                *left -= 1;
            }
            return Some(Strike { kind: fault.kind, moment: fault.moment });
        }
        None
    }
}

/// What the service would say; shaped like the real messages.
pub(super) fn message(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Auth => "ExpiredToken: The security token included in the request is expired",
        FailureKind::Forbidden => "AccessDenied: User is not authorized to perform this action",
        FailureKind::NotFound => "ResourceNotFound: no such resource",
        FailureKind::Throttled => "Throttling: Rate exceeded",
        FailureKind::Network => "connection reset by peer",
        FailureKind::Timeout => "no answer in time",
        FailureKind::Quota => "LimitExceeded: You have reached the limit for this account",
        FailureKind::Conflict => "ResourceContention: You already have a pending update to this resource",
        FailureKind::Decode => "the answer is HTML, not XML",
        FailureKind::Unsupported => "InvalidAction: The action is not valid for this endpoint",
        FailureKind::Server => "InternalFailure: The service failed to answer (500)",
        FailureKind::Invalid => "ValidationError: The request is not valid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_strike_as_often_as_they_say_and_only_where() {
        let mut faults = Faults::default();
        faults.add(Fault::new(Spot::Call, FailureKind::Server).times(2).at(Moment::After));
        faults.add(Fault::new(Spot::Read(SourceKind::Groups), FailureKind::Throttled).until(100));
        assert_eq!(faults.take(Spot::Identity, 0), None);
        let strike = Strike { kind: FailureKind::Server, moment: Moment::After };
        assert_eq!(faults.take(Spot::Call, 0), Some(strike));
        assert_eq!(faults.take(Spot::Call, 0), Some(strike));
        assert_eq!(faults.take(Spot::Call, 0), None);
        assert!(faults.take(Spot::Read(SourceKind::Groups), 99).is_some());
        assert!(faults.take(Spot::Read(SourceKind::Groups), 100).is_none());
    }

    #[test]
    fn a_fault_can_wait_for_the_third_call_or_for_one_of_a_name() {
        let set = Spot::CallNamed("autoscaling:SetDesiredCapacity");
        let suspend = Spot::CallNamed("autoscaling:SuspendProcesses");
        let mut faults = Faults::default();
        faults.add(Fault::new(suspend, FailureKind::Throttled));
        faults.add(Fault::new(Spot::Call, FailureKind::Server).skipping(2));
        assert_eq!(faults.take(set, 0), None);
        assert_eq!(faults.take(suspend, 0).map(|s| s.kind), Some(FailureKind::Throttled));
        assert_eq!(faults.take(Spot::ReadGroup, 0), None, "reads are not calls");
        assert_eq!(faults.take(set, 0), None);
        assert_eq!(faults.take(set, 0).map(|s| s.kind), Some(FailureKind::Server));
        assert_eq!(faults.take(set, 0), None);
    }
}
