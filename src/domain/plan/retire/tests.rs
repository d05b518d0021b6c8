//! Nobody is removed who still serves, or who is all there is.

use super::super::fixture::{group, id, picture, pool, route};
use super::super::{Confirmation, Environment, GuardRules, make};
use super::*;
use crate::domain::{Kind, Now, OperationId, Owner};

fn heir() -> Group {
    let mut g = group(6);
    (g.id, g.name) = (id(Kind::Group, "portal-v42"), Label::new("portal-v42"));
    g.pools = vec![id(Kind::Pool, "portal-b")];
    g
}

fn old() -> Group {
    let mut g = group(6);
    g.pools = vec![id(Kind::Pool, "portal-a")];
    g
}

fn ask(old: &Group, heir: Option<&Group>, weights: &[(&str, u32)]) -> Result<Plan, PlanError> {
    let mut pool = pool("portal-a", old, true);
    if !weights.is_empty() {
        pool.routes = vec![route(weights)];
    }
    let groups: Vec<&Group> = heir.into_iter().chain([old]).collect();
    let request = RetireRequest { group: old.id.clone(), heir: id(Kind::Group, "portal-v42"), redeploy: OperationId("r".into()) };
    let rules = GuardRules { environment: Environment::Simulated, ..GuardRules::default() };
    make::plan(&picture(&groups, &[pool]), &Request::Retire(request), &rules, Now::at(0))
}

#[test]
fn it_is_one_call_asked_by_name_everywhere_without_a_way_back() {
    let plan = ask(&old(), Some(&heir()), &[("portal-a", 0), ("portal-b", 100)]).unwrap();
    assert_eq!(plan.calls, [Call::DeleteGroup { group: old().id }]);
    assert_eq!(plan.confirmation, Confirmation::TypeName("portal".into()));
    assert!(matches!(plan.inverse, Inverse::None(_)));
    assert_eq!((plan.impact.desired, plan.impact.healthy_after, plan.impact.victims.len()), ((6, 0), (0, 0), 6));
}

#[test]
fn what_still_serves_stays() {
    let all = [("portal-a", 0), ("portal-b", 100)];
    let mut sick = heir();
    sick.members.clear();
    let mut owned = old();
    owned.owner = Some(Owner { tool: "terraform".into(), exclusive: false });
    for (group, heir, weights, want) in [
        (old(), Some(heir()), &[("portal-a", 10), ("portal-b", 90)][..], "sends 10 % to portal-a"),
        (old(), Some(heir()), &[], "what share comes to it is not known"),
        (old(), Some(heir()), &[("portal-a", 0), ("portal-b", 0)], "is not known"),
        (old(), None, &all, "is all there is"),
        (old(), Some(sick), &all, "portal is the way back"),
        (owned, Some(heir()), &all, "owned by terraform"),
    ] {
        let why = ask(&group, heir.as_ref(), weights).unwrap_err().to_string();
        assert!(why.contains(want), "{why}");
    }
}
