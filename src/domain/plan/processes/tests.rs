//! Processes off and on: never an empty list, never more than moves.

use super::super::fixture::{group, snapshot};
use super::super::{Confirmation, Environment, GuardRules, make};
use super::*;
use crate::domain::{Now, Status, SuspendedProcess};

fn ask(group: &Group, processes: &[&str], suspend: bool) -> Result<Plan, PlanError> {
    let request = ProcessRequest { group: group.id.clone(), processes: processes.iter().map(Label::new).collect(), suspend };
    make::plan(&snapshot(group), &Request::Processes(request), &GuardRules::default(), Now::at(0))
}

fn off(name: &str) -> SuspendedProcess {
    SuspendedProcess { name: Label::new(name), reason: Label::new("User suspended at 03:12") }
}

fn said(plan: &Plan) -> Vec<&str> {
    plan.impact.notes.iter().map(|n| &*n.text).collect()
}

#[test]
fn only_what_moves_is_called_and_taken_back() {
    let mut g = group(6);
    g.suspended = vec![off("AZRebalance")];
    let plan = ask(&g, &["Terminate", "AZRebalance", "Terminate"], true).unwrap();
    assert_eq!(plan.calls.iter().map(Call::describe).collect::<Vec<_>>(), ["suspend Terminate"]);
    assert_eq!(plan.title.as_str(), "Suspend Terminate of portal");
    let Inverse::Request(back) = &plan.inverse else { panic!("{:?}", plan.inverse) };
    assert_eq!(**back, Request::Processes(ProcessRequest { group: g.id.clone(), processes: vec!["Terminate".into()], suspend: false }));
    let row = &plan.impact.changes[0];
    assert_eq!((&*row.0, &*row.1, &*row.2), ("suspended", "AZRebalance", "AZRebalance, Terminate"));

    let plan = ask(&g, &["AZRebalance"], false).unwrap();
    assert_eq!(plan.calls.iter().map(Call::describe).collect::<Vec<_>>(), ["resume AZRebalance"]);
    assert!(said(&plan).contains(&"AZRebalance was suspended by somebody: User suspended at 03:12"));
}

#[test]
fn what_cannot_be_asked_is_said() {
    let mut g = group(6);
    g.suspended = vec![off("Launch")];
    for (processes, suspend, want) in [
        (&[][..], true, "choose at least one process"),
        (&[], false, "choose at least one process"),
        (&["Lunch"], true, "there is no process Lunch"),
        (&["AddToLoadBalancer"], true, "AddToLoadBalancer is never suspended from here"),
        (&["Launch"], true, "nothing would change"),
        (&["Terminate"], false, "nothing would change"),
    ] {
        let why = ask(&g, processes, suspend).unwrap_err().to_string();
        assert!(why.starts_with(want), "{processes:?}: {why}");
    }
    g.suspended = vec![off("AddToLoadBalancer")];
    assert!(ask(&g, &["AddToLoadBalancer"], false).is_ok(), "what somebody else switched off may be switched on");
}

#[test]
fn the_card_says_what_breaks_and_what_happens_at_once() {
    let g = group(6);
    let plan = ask(&g, &["Launch"], true).unwrap();
    assert!(said(&plan)[0].contains("the group drains"), "{:?}", said(&plan));
    let both = ask(&g, &["Launch", "ReplaceUnhealthy"], true).unwrap();
    assert!(!said(&both).iter().any(|t| t.contains("drains")), "{:?}", said(&both));

    let mut sick = group(6);
    sick.suspended = vec![off("ReplaceUnhealthy")];
    sick.members[0].health = Status::bad("Unhealthy");
    let plan = ask(&sick, &["ReplaceUnhealthy"], false).unwrap();
    assert!(said(&plan).contains(&"ReplaceUnhealthy: what is marked unhealthy is replaced at once, 1 member in trouble now"));
}

#[test]
fn the_environment_decides_whether_a_name_is_asked() {
    let g = group(6);
    let request = Request::Processes(ProcessRequest { group: g.id.clone(), processes: vec!["Terminate".into()], suspend: true });
    for (environment, name) in [(Environment::Production, true), (Environment::Unclassified, true), (Environment::Staging, false)] {
        let rules = GuardRules { environment, ..GuardRules::default() };
        let plan = make::plan(&snapshot(&g), &request, &rules, Now::at(0)).unwrap();
        assert_eq!(plan.confirmation == Confirmation::TypeName("portal".into()), name, "{environment:?}");
    }
}
