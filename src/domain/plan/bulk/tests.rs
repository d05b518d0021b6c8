//! Several groups under one confirmation.

use super::super::fixture::{group, id, picture};
use super::super::{Environment, FreezeRequest, ScaleRequest};
use super::*;
use crate::domain::{Kind, Snapshot};

fn three() -> Snapshot {
    let named = |name: &str, desired| {
        let mut g = group(desired);
        (g.id, g.name) = (id(Kind::Group, name), Label::new(name));
        g
    };
    picture(&[&named("api", 4), &named("portal", 6), &named("worker", 1)], &[])
}

fn ids(names: &[&str]) -> Vec<ResourceId> {
    names.iter().map(|n| id(Kind::Group, n)).collect()
}

fn rules(environment: Environment) -> GuardRules {
    GuardRules { environment, ..GuardRules::default() }
}

fn freeze(group: &Group) -> Request {
    Request::Freeze(FreezeRequest { group: group.id.clone(), processes: vec!["Terminate".into()] })
}

#[test]
fn plans_come_in_order_once_each_and_what_has_none_says_why() {
    let targets = ids(&["worker", "portal", "gone", "portal", "api"]);
    let to = |g: &Group| Request::Scale(ScaleRequest::to(&g.id, 4));
    let made = bulk(&three(), &targets, to, &rules(Environment::Production), Now::at(0));
    assert_eq!(made.plans.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["worker", "portal"]);
    let out: Vec<(&str, String)> = made.left_out.iter().map(|(_, name, why)| (name.as_str(), why.to_string())).collect();
    assert_eq!(
        out,
        [("gone", "the group is no longer there".to_owned()), ("api", "nothing would change: desired is already 4".to_owned())]
    );
}

#[test]
fn production_is_asked_by_environment_and_count() {
    for (environment, targets, want) in [
        (Environment::Production, &["api", "portal", "worker"][..], Confirmation::TypeName("production 3".into())),
        (Environment::Unclassified, &["api", "portal"], Confirmation::TypeName("unclassified 2".into())),
        (Environment::Staging, &["api", "portal"], Confirmation::Enter),
        (Environment::Production, &["api"], Confirmation::TypeName("api".into())),
        (Environment::Production, &["gone"], Confirmation::Enter),
    ] {
        assert_eq!(bulk(&three(), &ids(targets), freeze, &rules(environment), Now::at(0)).confirmation, want, "{environment:?}");
    }
    // What asks by name alone asks together, too: emptying a group is asked everywhere.
    let empty = |g: &Group| Request::Scale(ScaleRequest { min: Some(0), ..ScaleRequest::to(&g.id, 0) });
    let made = bulk(&three(), &ids(&["api", "portal"]), empty, &rules(Environment::Development), Now::at(0));
    assert_eq!(made.confirmation, Confirmation::TypeName("development 2".into()));
}
