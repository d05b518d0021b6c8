//! Only what is under way can be ended, and ending is not undoing.

use super::super::fixture::{group, snapshot};
use super::super::{GuardRules, make};
use super::*;
use crate::domain::plan::moved;
use crate::domain::{Group, Now, Rollout, Status};

fn rolling(word: &str, version: Option<&str>) -> Group {
    let mut g = group(6);
    g.members[0].version = Some(Label::new("v42"));
    g.rollout = Some(Rollout {
        id: Label::new("r-1"),
        status: Status::moving(word),
        percent: Some(16),
        left: Some(5),
        version: version.map(Label::new),
        ..Rollout::default()
    });
    g
}

fn ask(group: &Group, act: RefreshAct) -> Result<Plan, PlanError> {
    let request = Request::Refresh(RefreshRequest { group: group.id.clone(), act });
    make::plan(&snapshot(group), &request, &GuardRules::default(), Now::at(0))
}

#[test]
fn each_act_is_one_call_on_the_refresh_that_was_seen() {
    let g = rolling("InProgress", Some("v42"));
    for (act, call, title) in [
        (RefreshAct::Cancel, "cancel the instance refresh", "Cancel the instance refresh of portal"),
        (RefreshAct::RollBack, "roll the instance refresh back", "Roll back the instance refresh of portal"),
    ] {
        let plan = ask(&g, act).unwrap();
        assert_eq!(plan.calls.iter().map(Call::describe).collect::<Vec<_>>(), [call]);
        assert_eq!(plan.title.as_str(), title);
        assert!(matches!(plan.inverse, Inverse::None(_)));
        assert_eq!(moved(&plan, &g), []);
        let mut other = g.clone();
        other.rollout.as_mut().unwrap().id = Label::new("r-2");
        assert_eq!(moved(&plan, &other).len(), 1, "another refresh is not this one");
    }
    let plan = ask(&g, RefreshAct::Cancel).unwrap();
    assert!(plan.impact.notes.iter().any(|n| n.text.contains("stays mixed (v41 ×5, v42 ×1)")), "{:?}", plan.impact.notes);
    assert_eq!(ask(&g, RefreshAct::RollBack).unwrap().impact.slots, 1, "what was replaced is replaced back");
}

#[test]
fn nothing_is_ended_twice() {
    for (word, want) in [("Cancelling", "on its way out"), ("RollbackInProgress", "on its way out")] {
        assert!(ask(&rolling(word, None), RefreshAct::Cancel).unwrap_err().to_string().contains(want));
    }
    assert!(ask(&group(6), RefreshAct::Cancel).unwrap_err().to_string().contains("no instance refresh of portal is under way"));
    let unnamed = ask(&rolling("InProgress", None), RefreshAct::RollBack).unwrap();
    assert!(unnamed.impact.notes.iter().any(|n| n.verdict == Verdict::Warning && n.text.contains("names no version")));
}
