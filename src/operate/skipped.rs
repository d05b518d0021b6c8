//! Scheduled actions that were due while an operation had schedules switched off: said at its end, for nobody makes up for them.

use jiff::Timestamp;

use super::known::Known;
use crate::domain::plan::missed::{SCHEDULES, missed};
use crate::domain::{Fact, Label};

/// What came and went while schedules were borrowed, up to `now`; `None`: nothing did.
pub(super) fn skipped(known: &Known, now: Timestamp) -> Option<Label> {
    let schedules = |processes: &[Label]| processes.iter().any(|p| &**p == SCHEDULES);
    let (mut off, mut told) = (None, Vec::new());
    for (at, fact) in &known.facts {
        match fact {
            Fact::Borrowed { processes } if schedules(processes) => off = off.or(Some(*at)),
            Fact::GivenBack { processes } if schedules(processes) => {
                told.extend(off.take().and_then(|since| missed(&known.plan.impact.due, since, *at)));
            }
            _ => {}
        }
    }
    told.extend(off.and_then(|since| missed(&known.plan.impact.due, since, now)));
    (!told.is_empty()).then(|| Label::new(told.iter().map(|l| &**l).collect::<Vec<_>>().join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::GuardRules;
    use crate::domain::plan::fixture;
    use crate::domain::plan::missed::Due;
    use crate::domain::{Now, OperationId};

    /// Schedules are off from minute 10 to 20 and from minute 30 on.
    fn known(due: &[(&str, u64)]) -> Known {
        let mut plan = fixture::scale_to(&fixture::group(6), 7);
        let minute = |n: u64| Now::at(n * 60).wall;
        plan.impact.due = due
            .iter()
            .map(|(name, n)| Due { name: Label::new(name), at: minute(*n), asks: Label::new("desired 2"), recurs: false })
            .collect();
        let mut known = Known::new(OperationId("op".into()), plan, GuardRules::default());
        let both = || vec![Label::new("AZRebalance"), Label::new(SCHEDULES)];
        known.facts = vec![
            (minute(5), Fact::Borrowed { processes: vec![Label::new("AZRebalance")] }),
            (minute(10), Fact::Borrowed { processes: both() }),
            (minute(20), Fact::GivenBack { processes: both() }),
            (minute(30), Fact::Borrowed { processes: both() }),
        ];
        known
    }

    #[test]
    fn only_what_was_due_while_schedules_were_off_was_skipped() {
        let now = Now::at(40 * 60).wall;
        let due = [("before", 7), ("first", 15), ("between", 25), ("second", 35), ("after", 45)];
        let told = skipped(&known(&due), now).expect("two were skipped");
        let names: Vec<&str> = due.iter().map(|(name, _)| *name).filter(|name| told.contains(name)).collect();
        assert_eq!(names, ["first", "second"], "{told}");
        assert_eq!(skipped(&known(&[("before", 7), ("between", 25)]), now), None);
    }
}
