//! Freezing pins to who is there; thawing gives back what was saved, and nothing else.

use super::super::fixture::{group, member, snapshot};
use super::super::{GuardRules, make};
use super::*;
use crate::domain::plan::missed::Due;
use crate::domain::plan::moved;
use crate::domain::{Now, OperationId, SuspendedProcess};

fn off(names: &[&str]) -> Vec<SuspendedProcess> {
    names.iter().map(|n| SuspendedProcess { name: Label::new(n), reason: Label::default() }).collect()
}

fn freeze_of(group: &Group, processes: &[&str]) -> Result<Plan, PlanError> {
    let request = FreezeRequest { group: group.id.clone(), processes: processes.iter().map(Label::new).collect() };
    make::plan(&snapshot(group), &Request::Freeze(request), &GuardRules::default(), Now::at(0))
}

fn thaw_of(group: &Group, saved: Saved, overwrite: bool) -> Result<Plan, PlanError> {
    let request = ThawRequest { group: group.id.clone(), freeze: OperationId("f".into()), saved, overwrite };
    make::plan(&snapshot(group), &Request::Thaw(request), &GuardRules::default(), Now::at(0))
}

const BEFORE: Size = Size { min: 2, max: 12, desired: 6 };
const PINNED: Size = Size { min: 6, max: 6, desired: 6 };

fn saved(suspended: &[&str]) -> Saved {
    Saved { size: BEFORE, pinned: PINNED, suspended: suspended.iter().map(Label::new).collect(), due: vec![] }
}

/// `portal` as a freeze of these left it.
fn frozen(processes: &[&str]) -> Group {
    let mut g = group(6);
    (g.min, g.max, g.suspended) = (Some(6), Some(6), off(processes));
    g
}

fn described(plan: &Plan) -> Vec<String> {
    plan.calls.iter().map(Call::describe).collect()
}

#[test]
fn a_freeze_suspends_what_runs_and_pins_no_lower_than_who_is_there() {
    let mut g = group(6);
    g.suspended = off(&["Terminate"]);
    let plan = freeze_of(&g, &["Terminate", "Launch"]).unwrap();
    assert_eq!(described(&plan), ["suspend Launch"]);
    assert_eq!((plan.impact.min, plan.impact.max, plan.impact.desired), ((2, 6), (12, 6), (6, 6)));
    assert_eq!(plan.preconditions, [], "a freeze is always admitted: nothing that moves stops it");
    assert!(matches!(&plan.inverse, Inverse::Recorded(what) if what.starts_with("thaw")));

    // Two more than wanted are there, as while a step down is under way: the maximum must not take them out.
    g.members.extend([member(7, "a"), member(8, "b")]);
    assert_eq!(pinned(&g), Some(Size { min: 8, max: 8, desired: 8 }));
    // Two of those wanted are still to come: they are not given up.
    g.members.truncate(4);
    assert_eq!(pinned(&g), Some(PINNED));
    g.desired = None;
    assert_eq!(pinned(&g), None, "missing is never zero");
}

#[test]
fn what_is_frozen_already_is_not_frozen_again_and_no_list_means_bounds_alone() {
    assert!(freeze_of(&frozen(&["Launch"]), &["Launch"]).unwrap_err().to_string().contains("is frozen at 6 already"));
    let plan = freeze_of(&group(6), &[]).unwrap();
    assert_eq!(described(&plan), [""; 0]);
    assert!(freeze_of(&group(6), &["AddToLoadBalancer"]).is_err());
    for process in FREEZES {
        assert!(super::super::PROCESSES.contains(&process), "{process}");
    }
}

#[test]
fn a_thaw_gives_back_bounds_and_only_our_processes() {
    let plan = thaw_of(&frozen(&["Launch", "Terminate", "HealthCheck"]), saved(&["Launch", "Terminate"]), false).unwrap();
    assert_eq!(described(&plan), ["set bounds 2–12 and desired capacity 6", "resume Launch, Terminate"]);
    let notes: Vec<&str> = plan.impact.notes.iter().map(|n| &*n.text).collect();
    assert!(notes.contains(&"suspended not by this freeze, so left off: HealthCheck"), "{notes:?}");
    assert!(moved(&plan, &frozen(&["Launch", "Terminate", "HealthCheck"])).is_empty());
    // The mark that the freeze left is its own; that of another is worth a warning.
    for (operation, warned) in [("f", false), ("g", true)] {
        let mut signed = frozen(&["Launch"]);
        signed.tags = vec![(crate::domain::MARK_TAG.into(), Label::new(format!("{operation} freeze at 6")))];
        let plan = thaw_of(&signed, saved(&["Launch"]), false).unwrap();
        assert_eq!(plan.impact.notes.iter().any(|n| n.text.contains("at work")), warned);
    }
    assert_eq!(moved(&plan, &frozen(&["Launch"])).len(), 1);
}

#[test]
fn what_the_freeze_itself_suspended_is_not_somebody_elses() {
    let mut g = frozen(&["Launch", "ScheduledActions", "HealthCheck"]);
    g.suspended.iter_mut().for_each(|p| p.reason = "User suspended at 2026-11-20".into());
    let plan = thaw_of(&g, saved(&["Launch", "ScheduledActions"]), false).unwrap();
    let notes: Vec<&str> = plan.impact.notes.iter().map(|n| &*n.text).collect();
    let about = |process: &str| notes.iter().filter(|n| n.contains(process)).count();
    assert_eq!((about("Launch"), about("by somebody")), (0, 0), "{notes:?}");
    assert!(notes.contains(&"schedules that were due meanwhile were skipped and stay skipped"), "{notes:?}");
    assert!(notes.iter().any(|n| n.starts_with("HealthCheck is suspended (User suspended")), "{notes:?}");
}

#[test]
fn what_others_changed_is_shown_before_it_is_overwritten() {
    let mut g = frozen(&["Launch"]);
    g.max = Some(9);
    let Err(PlanError::Changed { what, .. }) = thaw_of(&g, saved(&["Launch", "Terminate"]), false) else { panic!() };
    assert_eq!(what, [Label::new("max was pinned at 6, is 9"), Label::new("Terminate was suspended, runs again")]);
    let plan = thaw_of(&g, saved(&["Launch", "Terminate"]), true).unwrap();
    assert_eq!(described(&plan), ["set bounds 2–12 and desired capacity 6", "resume Launch"]);
    let warned = |words: &str| plan.impact.notes.iter().any(|n| n.verdict == Verdict::Warning && n.text.contains(words));
    assert!(warned("max was pinned at 6, is 9") && warned("Terminate was suspended"));
}

#[test]
fn a_thaw_that_would_change_nothing_is_none() {
    let why = thaw_of(&group(6), Saved { pinned: BEFORE, ..saved(&[]) }, false).unwrap_err().to_string();
    assert_eq!(why, "nothing would change: portal is as it was before the freeze");
}

#[test]
fn a_thaw_says_which_schedules_came_and_went() {
    let g = frozen(&["Launch", "ScheduledActions"]);
    let due = |name: &str, seconds: u64| Due { name: name.into(), at: Now::at(seconds).wall, asks: "desired 2".into(), recurs: false };
    let saved = Saved { due: vec![due("nightly-down", 0), due("nightly-up", 3_600)], ..saved(&["Launch", "ScheduledActions"]) };
    let plan = thaw_of(&g, saved, false).unwrap();
    let told: Vec<&ImpactNote> = plan.impact.notes.iter().filter(|n| n.text.contains("skipped while frozen")).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("nightly-down") && !told[0].text.contains("nightly-up"), "{}", told[0].text);
    assert_eq!(told[0].verdict, Verdict::Warning);
}
