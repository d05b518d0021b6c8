//! The way back after a blue/green redeploy that is through: all traffic of the rules that two groups share goes to the one that is named,
//! in one step. Only while somebody there can answer it.

use super::super::label::Label;
use super::super::pool::Route;
use super::super::verdict::Verdict;
use super::impact::still;
use super::notes::note;
use super::precondition::PreconditionField::{Desired, Pools};
use super::request::RerouteRequest;
use super::scale::PlanError;
use super::setting::{Setting, count, presume};
use super::{Call, Inverse, Plan, Request};

pub(super) fn plan(s: Setting<'_>, request: &RerouteRequest) -> Result<Plan, PlanError> {
    let (group, size) = s.sized(&request.group)?;
    let name = &group.name;
    let refuse = |why: String| Err(PlanError::NotPossible(why));
    let [own] = group.pools.as_slice() else {
        return refuse(format!("{name} fills {}: traffic can only be moved where it is one", count(group.pools.len(), "pool")));
    };
    let Some(pool) = s.snapshot.pool(own) else {
        return refuse(format!("where the traffic of {name} goes is not known; press ctrl-r to read it again"));
    };
    if group.healthy() == 0 {
        return refuse(format!("nobody of {name} is healthy: nobody would answer"));
    }
    let routes: Vec<&Route> = pool.item.routes.iter().collect();
    if routes.is_empty() {
        return refuse(format!("no rule is known that sends traffic to {}", pool.item.name));
    }
    let moved: Vec<&Route> = routes.into_iter().filter(|r| r.percent(own) != Some(100)).collect();
    if moved.is_empty() {
        return refuse(format!("nothing would change: all traffic goes to {name} already"));
    }
    let mut impact = still(group, size, size);
    let percent = |route: &Route| route.percent(own).map_or_else(|| "not known".to_owned(), |p| format!("{p} %"));
    for route in &moved {
        let what = Label::new(format!("{} to {}", route.name, pool.item.name));
        impact.changes.push((what, Label::new(percent(route)), Label::new("100 %")));
    }
    let calls = moved.iter().map(|route| Call::SetWeights {
        group: group.id.clone(),
        rule: route.rule.clone(),
        weights: route.weights.iter().map(|(pool, _)| (pool.clone(), if pool == own { 100 } else { 0 })).collect(),
    });
    let calls = calls.collect();
    let mut notes = Vec::new();
    let from = s.snapshot.group(&request.from).map(|g| &g.item);
    let other = from.map_or_else(|| Label::new(request.from.native()), |g| g.name.clone());
    if let Some(from) = from.filter(|from| from.healthy() > group.healthy()) {
        let text =
            format!("{name} has {} healthy, {} has {}: scale it first if that is too few", group.healthy(), from.name, from.healthy());
        notes.push(note(Verdict::Warning, text));
    }
    notes.push(note(Verdict::Notice, format!("in one step; {other} stays as it is and can take the traffic again")));
    let back = RerouteRequest { group: request.from.clone(), from: group.id.clone() };
    let inverse = match from {
        Some(_) => Inverse::Request(Box::new(Request::Reroute(back))),
        None => Inverse::None(Label::new(format!("{other} is no longer there"))),
    };
    Ok(Plan {
        target: group.id.clone(),
        name: name.clone(),
        title: Label::new(format!("Send all traffic to {name}")),
        calls,
        preconditions: presume(&[Desired, Pools], group, &[]),
        impact: s.finish(impact, group, "a change of weights moves nothing that it declares", notes),
        confirmation: s.confirmation(name, false),
        inverse,
        request: Request::Reroute(request.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{group, id, picture, pool, route};
    use super::super::{GuardRules, guard, make};
    use super::*;
    use crate::domain::{Group, Kind, Now};

    fn standing(name: &str, pool: &str, members: u32) -> Group {
        let mut g = group(members);
        (g.id, g.name, g.pools) = (id(Kind::Group, name), Label::new(name), vec![id(Kind::Pool, pool)]);
        g
    }

    fn ask(old: &Group, weights: &[(&str, u32)]) -> Result<Plan, PlanError> {
        let heir = standing("portal-v42", "portal-b", 6);
        let mut pool = pool("portal-a", old, true);
        pool.routes = if weights.is_empty() { Vec::new() } else { vec![route(weights)] };
        let request = RerouteRequest { group: old.id.clone(), from: heir.id.clone() };
        make::plan(&picture(&[old, &heir], &[pool]), &Request::Reroute(request), &GuardRules::default(), Now::at(0))
    }

    #[test]
    fn all_traffic_goes_back_in_one_step_and_over_again() {
        let old = standing("portal", "portal-a", 4);
        let plan = ask(&old, &[("portal-a", 0), ("portal-b", 100)]).unwrap();
        let weights = vec![(id(Kind::Pool, "portal-a"), 100), (id(Kind::Pool, "portal-b"), 0)];
        assert_eq!(plan.calls, [Call::SetWeights { group: old.id.clone(), rule: id(Kind::Rule, "rule-10"), weights }]);
        let back = RerouteRequest { group: id(Kind::Group, "portal-v42"), from: old.id.clone() };
        assert_eq!(plan.inverse, Inverse::Request(Box::new(Request::Reroute(back))));
        let warned = plan.impact.notes.iter().any(|n| n.verdict == Verdict::Warning && n.text.contains("4 healthy, portal-v42 has 6"));
        assert!(warned, "{:?}", plan.impact.notes);
        assert_eq!(guard::guard(&plan, &old, &GuardRules::default(), Now::at(0)), []);
    }

    #[test]
    fn where_nobody_would_answer_or_nothing_would_move_there_is_none() {
        let old = standing("portal", "portal-a", 4);
        let all = [("portal-a", 0), ("portal-b", 100)];
        for (group, weights, want) in [
            (standing("portal", "portal-a", 0), &all[..], "nobody of portal is healthy"),
            (old.clone(), &[], "no rule is known"),
            (old.clone(), &[("portal-a", 100), ("portal-b", 0)], "goes to portal already"),
            (Group { pools: Vec::new(), ..old.clone() }, &all, "0 pools"),
            (Group { pools: vec![id(Kind::Pool, "unread")], ..old }, &all, "not known"),
        ] {
            let why = ask(&group, weights).unwrap_err().to_string();
            assert!(why.contains(want), "{why}");
        }
    }
}
