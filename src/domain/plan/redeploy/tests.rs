//! What each strategy means for a group, and what is refused where it cannot work.

use std::time::Duration;

use super::super::fixture::{group, id, picture, pool, route};
use super::super::guard::guard;
use super::super::{BlueGreen, Leftover, RefreshPreferences, make, moved};
use super::*;
use crate::domain::{
    Group, Hook, Kind, Owner, PolicyKind, Rollout, ScalingPolicy, ScheduledAction, Status, SuspendedProcess, TargetPool, Verdict, WarmPool,
};

/// `portal` with 6 behind `portal-a`, `portal-b` empty beside it, both under one rule.
struct Estate {
    group: Group,
    pools: Vec<TargetPool>,
    rules: GuardRules,
}

fn estate() -> Estate {
    let mut g = group(6);
    g.pools = vec![id(Kind::Pool, "portal-a")];
    g.version_wanted = Some("v42".into());
    g.hooks = Some(vec![]);
    let shares = [("portal-a", 100), ("portal-b", 0)];
    let mut pools = vec![pool("portal-a", &g, true), pool("portal-b", &g, false)];
    for p in &mut pools {
        p.routes = vec![route(&shares)];
    }
    Estate { group: g, pools, rules: GuardRules::default() }
}

impl Estate {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn explained(&self) -> Vec<StrategyChoice> {
        explain(&picture(&[&self.group], &self.pools), &self.group.id, &self.rules, Now::at(0))
    }

    fn plan(&self, strategy: Strategy) -> Result<Plan, PlanError> {
        let request = Request::Redeploy(RedeployRequest { group: self.group.id.clone(), strategy });
        make::plan(&picture(&[&self.group], &self.pools), &request, &self.rules, Now::at(0))
    }

    fn refused(&self, strategy: Strategy) -> String {
        self.plan(strategy).map_or_else(|e| e.to_string(), |p| format!("planned: {}", p.title))
    }
}

fn surge(batch: u32) -> Strategy {
    Strategy::SurgeAndDrain { batch }
}

fn in_place(batch: u32) -> Strategy {
    Strategy::InPlace { batch }
}

fn native(change: impl FnOnce(&mut RefreshPreferences)) -> Strategy {
    let mut p = RefreshPreferences { min_healthy_percent: Some(100), max_healthy_percent: Some(117), ..RefreshPreferences::default() };
    change(&mut p);
    Strategy::Native(p)
}

fn blue_green(steps: &[u8]) -> Strategy {
    Strategy::BlueGreen(BlueGreen { version: None, steps: steps.to_vec(), pause: Duration::from_mins(5), bake: Duration::from_mins(30) })
}

fn suspended(name: &str) -> Vec<SuspendedProcess> {
    vec![SuspendedProcess { name: name.into(), reason: Label::default() }]
}

#[test]
fn a_calm_group_is_offered_all_four_with_its_own_numbers() {
    let choices = estate().explained();
    let words: Vec<&str> = choices.iter().map(|c| c.word).collect();
    assert_eq!(words, ["native", "surge-and-drain", "in-place", "blue-green"]);
    for choice in &choices {
        assert!(choice.offer.is_ok(), "{choice:#?}");
        assert!(choice.explanation.contains("bout ") || choice.explanation.contains("not known"), "{}", choice.explanation);
    }
    let has = |n: usize, words: &str| assert!(choices[n].explanation.contains(words), "{}", choices[n].explanation);
    has(0, "replaces 6 members by itself, 1 at a time (healthy 100–117 %, skipping matching), with up to 7 members for 6 wanted");
    has(0, "At least 6 of 6 healthy stay");
    has(1, "Launches 1 at a time on top of the 6 there are, waits until they are in service, healthy in portal-a and warm");
    has(1, "Grows to 7 of at most 12; never below the 6 healthy");
    // Six rounds of a minute's launch, five minutes' drain, half a minute beside.
    has(1, "About 39 min.");
    has(2, "5 of 6 healthy serve meanwhile");
    has(3, "Clones the group with 6 new members into portal-b beside portal-a");
    has(3, "Twice the members (12)");
}

#[test]
fn plans_say_how_many_are_left_at_least_and_how_long_it_takes() {
    for (strategy, title, least, slots, calls) in [
        (surge(2), "Redeploy portal v41 → v42, surge and drain, 2 at a time", 6, 6, 0),
        (in_place(1), "Redeploy portal v41 → v42, in place, 1 at a time", 5, 6, 0),
        (native(|_| {}), "Redeploy portal v41 → v42, by the cloud's own refresh", 6, 6, 1),
        (
            native(|p| (p.min_healthy_percent, p.max_healthy_percent) = (Some(50), None)),
            "Redeploy portal v41 → v42, by the cloud's own refresh",
            3,
            6,
            1,
        ),
        (
            native(|p| (p.min_healthy_percent, p.max_healthy_percent) = (Some(100), None)),
            "Redeploy portal v41 → v42, by the cloud's own refresh",
            5,
            6,
            1,
        ),
        (blue_green(&[10, 50, 100]), "Redeploy portal v41 → v42, blue/green", 6, 6, 0),
    ] {
        let e = estate();
        let plan = e.plan(strategy).unwrap();
        let i = &plan.impact;
        assert_eq!((plan.title.as_str(), i.healthy_least, i.slots, plan.calls.len()), (title, Some((least, 6)), slots, calls));
        assert!(i.takes.is_some() && i.desired == (6, 6) && i.zones.iter().all(|(_, now, after)| now == after));
        assert_eq!(i.spare.as_deref(), Some("portal-a: 6 of 6 healthy"));
        assert_eq!(moved(&plan, &e.group), []);
    }
    let half = estate().plan(surge(4)).unwrap().impact.takes;
    assert_eq!(half, Some(Duration::from_secs(2 * 390)), "6 in batches of 4 are two rounds");
}

#[test]
fn what_stands_against_every_strategy_is_said_by_each() {
    let moving = Rollout { status: Status::moving("InProgress"), ..Rollout::default() };
    type Change = fn(&mut Group);
    let cases: [(&str, Change); 6] = [
        ("units of weight", |g| g.weighted = true),
        ("there is no member", |g| g.members.clear()),
        ("only eks may change", |g| g.owner = Some(Owner { tool: "eks".into(), exclusive: true })),
        ("Launch is suspended", |g| g.suspended = suspended("Launch")),
        ("Terminate is suspended", |g| g.suspended = suspended("Terminate")),
        ("new members would never be registered", |g| g.suspended = suspended("AddToLoadBalancer")),
    ];
    for (want, change) in cases {
        for choice in estate().with(|e| change(&mut e.group)).explained() {
            let reasons = choice.offer.expect_err(want);
            assert!(reasons.iter().any(|r| r.contains(want)), "{}: {reasons:?}", choice.word);
        }
    }
    for choice in estate().with(|e| e.group.rollout = Some(moving)).explained() {
        assert!(choice.offer.unwrap_err()[0].contains("an instance refresh is under way"));
    }
    let mut single = estate();
    single.group.kind = crate::domain::GroupKind::Instance;
    assert_eq!(single.explained().iter().filter(|c| c.offer.is_err()).count(), 4);
    assert_eq!(explain(&Snapshot::default(), &group(1).id, &GuardRules::default(), Now::at(0)), []);
}

#[test]
fn batches_must_fit_the_group_and_its_floor() {
    for (strategy, want) in [
        (surge(0), "a batch holds at least 1"),
        (surge(7), "more than the 6 members"),
        (in_place(0), "a batch holds at least 1"),
        (in_place(7), "more than the 6 members"),
    ] {
        let said = estate().refused(strategy);
        assert!(said.contains(want), "{said}");
    }
    let floor = |percent| estate().with(|e| (e.rules.floor_percent, e.rules.floor_source) = (Some(percent), "config.toml:13".into()));
    for (e, strategy, want) in [
        (estate(), in_place(1), None),
        (estate(), in_place(2), Some("less than the floor of 5 (built-in default); up to 1 at a time would do")),
        (floor(50), in_place(3), None),
        (floor(50), in_place(4), Some("leaves 2, less than the floor of 3 (config.toml:13); up to 3")),
        (floor(100), in_place(1), Some("surge and drain takes nobody out first")),
        (floor(100), surge(6), None),
    ] {
        let picture = picture(&[&e.group], &e.pools);
        let choice = explain_strategy(&picture, &e.group.id, &strategy, &e.rules, Now::at(0)).unwrap();
        match (choice.offer, want) {
            (Ok(offered), None) => assert_eq!(offered, strategy),
            (Err(reasons), Some(want)) => assert!(reasons.iter().any(|r| r.contains(want)), "{reasons:?}"),
            other => panic!("{strategy:?}: {other:?}"),
        }
        // The plan itself is for the guards to refuse: they know the rule, its place and who may set it aside.
        let refused = guard(&e.plan(strategy).unwrap(), &e.group, &e.rules, Now::at(0));
        assert!(want.is_none() || !refused.is_empty());
    }
    // No room is no refusal: the maximum is raised meanwhile, and the card says so.
    let full = estate().with(|e| e.group.max = Some(6)).plan(surge(2)).unwrap();
    assert!(
        full.impact.notes.iter().any(|n| n.verdict == Verdict::Warning && n.text.contains("raised from 6 to 8")),
        "{:?}",
        full.impact.notes
    );
}

#[test]
fn preferences_that_cannot_be_are_refused_and_traps_spelled_out() {
    let all_new = |e: &mut Estate| e.group.version_wanted = Some("v41".into());
    type Change = fn(&mut RefreshPreferences);
    let cases: [(&str, Change); 10] = [
        ("needs a minimum", |p| p.min_healthy_percent = None),
        ("at most 100 apart", |p| (p.min_healthy_percent, p.max_healthy_percent) = (Some(50), Some(180))),
        ("100 to 200 %", |p| p.max_healthy_percent = Some(99)),
        ("the last checkpoint must be 100 %", |p| p.checkpoints = vec![20, 60]),
        ("checkpoints rise", |p| p.checkpoints = vec![60, 20, 100]),
        ("48 h at most", |p| p.bake = Some(Duration::from_hours(49))),
        ("needs a version named", |p| p.auto_rollback = true),
        ("not $Latest or $Default", |p| (p.auto_rollback, p.version) = (true, Some("$Latest".into()))),
        ("at most 10 alarms", |p| p.alarms = vec!["a".into(); 11]),
        ("planned: Redeploy", |p| (p.auto_rollback, p.version) = (true, Some("v42".into()))),
    ];
    for (want, change) in cases {
        let said = estate().refused(native(change));
        assert!(said.contains(want), "{said}");
    }
    assert!(estate().with(all_new).refused(native(|p| p.skip_matching = true)).contains("nobody would be replaced"));
    let rolls_back = estate().with(|e| e.group.version_floats = true);
    assert!(rolls_back.refused(native(|p| (p.auto_rollback, p.version) = (true, Some("v42".into())))).contains("launches $Latest"));
    assert!(estate().with(|e| e.group.suspended = suspended("InstanceRefresh")).refused(native(|_| {})).contains("stand still"));

    let trap = |e: &Estate, strategy: Strategy, words: &str| {
        let plan = e.plan(strategy).unwrap();
        assert!(plan.impact.notes.iter().any(|n| n.text.contains(words)), "{words}: {:#?}", plan.impact.notes);
    };
    let one = estate().with(|e| {
        e.group.members.truncate(1);
        (e.group.min, e.group.desired) = (Some(1), Some(1));
    });
    trap(&one, native(|p| (p.min_healthy_percent, p.max_healthy_percent) = (Some(90), None)), "set the maximum above 100 %");
    trap(&rolls_back, native(|p| p.skip_matching = true), "replaced twice");
    trap(&estate(), native(|p| p.checkpoints = vec![50, 100]), "waits 60 min at 50 %");
    trap(&one, in_place(1), "an outage");
}

#[test]
fn like_by_like_is_said_and_nothing_of_the_kind_where_a_new_version_is_named() {
    let same = estate().with(|e| e.group.version_wanted = Some("v41".into()));
    let says = |strategy: Strategy| {
        let plan = same.plan(strategy).expect("it can be redeployed");
        plan.impact.notes.iter().any(|n| n.text.contains("all run v41 already"))
    };
    assert!(says(surge(1)) && says(in_place(1)) && says(native(|_| {})));
    assert!(!says(native(|p| p.version = Some("v42".into()))));
}

#[test]
fn the_way_back_is_named_beforehand() {
    let until = |strategy| match estate().plan(strategy).unwrap().inverse {
        Inverse::RollBack { until } => until.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        until(surge(1)),
        "the first old member is terminated; after it v41 is launched by nobody: the group launches v42, and going back is a native redeploy that names v41"
    );
    assert!(until(in_place(1)).starts_with(
        "the first old member is terminated, right after it drained: after that a hold leaves the rest old and what was replaced new; after it v41"
    ));
    assert!(until(blue_green(&[100])).contains("it stays warm for 30 min at least"));
    assert_eq!(
        until(native(|p| p.version = Some("v43".into()))),
        "the refresh ends, its bake time included: the cloud then launches v42 again; after it, going back is another refresh, to v42"
    );
    assert!(matches!(estate().plan(native(|_| {})).unwrap().inverse, Inverse::None(_)), "nothing named, nothing to go back from");
    let again = estate().with(|e| e.group.version_wanted = Some("v41".into())).plan(surge(1)).unwrap();
    assert!(
        again.title.contains("on v41 again") && matches!(again.inverse, Inverse::RollBack { until } if until.contains("installed at boot"))
    );
}

#[test]
fn members_that_are_not_simply_replaced_are_listed() {
    let e = estate().with(|e| {
        e.group.members[0].protected = true;
        e.group.members[1].spot = true;
        let mut parked = e.group.members[2].clone();
        (parked.id, parked.label, parked.lifecycle) = (id(Kind::Member, "i-77"), "i-77".into(), Status::parked("Standby"));
        e.group.members.push(parked);
        e.group.warm_pool = Some(WarmPool { size: Some(3), reuses: true });
        e.group.hooks = Some(vec![Hook { name: "drain".into(), launching: false, timeout: Duration::from_hours(1) }]);
    });
    let notes = |strategy| -> Vec<String> { e.plan(strategy).unwrap().impact.notes.iter().map(|n| n.text.to_string()).collect() };
    let by_id = notes(surge(1));
    for want in [
        "protected from scale-in: i-01: going by id, they go all the same",
        "in standby: i-77: left alone, old when put back into service",
        "spot: i-02: the cloud may take them, and new ones, at any moment",
        "the warm pool (3 instances) was prepared before: who launches from it holds what it was prepared with",
        "the warm pool takes back those who leave by scale-in (reuse): old ones may come back from it",
        "drain may hold each member on its way out for up to 60 min",
    ] {
        assert!(by_id.iter().any(|n| n == want), "{want}: {by_id:#?}");
    }
    let waiting = notes(native(|p| (p.protected, p.standby) = (Leftover::Wait, Leftover::Replace)));
    assert!(waiting.iter().any(|n| n == "protected from scale-in: i-01: waited for: the refresh fails after 1 h if nobody frees them"));
    assert!(waiting.iter().any(|n| n == "in standby: i-77: replaced like the others"));
    assert_eq!(e.plan(native(|_| {})).unwrap().impact.slots, 5, "an ignored one is no slot");
}

#[test]
fn blue_green_needs_one_rule_of_an_application_balancer_with_an_empty_second_half() {
    type Change = fn(&mut Estate);
    let cases: [(&str, Change); 12] = [
        ("no balancer that could share", |e| e.group.pools.clear()),
        ("fills 2 pools", |e| e.group.pools.push(id(Kind::Pool, "portal-b"))),
        ("a classic balancer, which knows no weights", |e| e.pools[0].kind = "classic".into()),
        ("a classic balancer, which knows no weights", |e| e.pools[0].balancers[0].kind = "classic".into()),
        ("a network balancer, which keeps connections", |e| e.pools[0].balancers[0].kind = "nlb".into()),
        ("no rule is known", |e| e.pools[0].routes.clear()),
        ("forwards to 1 target group: add an empty second", |e| e.pools[0].routes = vec![route(&[("portal-a", 1)])]),
        ("forwards to 3 target groups", |e| e.pools[0].routes = vec![route(&[("portal-a", 1), ("portal-b", 0), ("portal-c", 0)])]),
        ("portal-b is not empty", |e| e.pools[1] = pool("portal-b", &e.group, true)),
        ("sends 50 % to portal-a now", |e| e.pools[0].routes = vec![route(&[("portal-a", 1), ("portal-b", 1)])]),
        ("terraform owns this group", |e| e.group.owner = Some(Owner { tool: "terraform".into(), exclusive: false })),
        ("whether portal-b is empty is not known", |e| e.pools[1].targets = None),
    ];
    for (want, change) in cases {
        let said = estate().with(change).refused(blue_green(&[10, 100]));
        assert!(said.contains(want), "{want}: {said}");
    }
    for steps in [&[][..], &[50], &[50, 10, 100], &[0, 100]] {
        assert!(estate().refused(blue_green(steps)).contains("100 %"), "{steps:?}");
    }
}

#[test]
fn a_policy_that_would_throw_the_new_ones_away_is_named() {
    for (policy, want) in
        [("NewestInstance", "would throw away the new ones under its policy NewestInstance"), ("Default", "may leave a mix")]
    {
        let choices = estate().with(|e| e.group.termination_policies = vec![policy.into()]).explained();
        assert!(choices[1].explanation.contains(want), "{}", choices[1].explanation);
    }
    assert!(!estate().explained()[1].explanation.contains("halving"), "OldestInstance takes the right ones");
}

#[test]
fn what_acts_by_itself_is_off_meanwhile_or_said_to_fight() {
    let at = |seconds| Some(Now::at(seconds).wall);
    let e = estate().with(|e| {
        let kind = PolicyKind::TargetTracking { metric: "ASGAverageCPUUtilization".into(), target: 55.0, scale_in: true };
        e.group.policies = Some(vec![ScalingPolicy { name: "hold".into(), enabled: true, kind, alarms: vec![] }]);
        let nightly =
            |next| ScheduledAction { name: "nightly".into(), next, recurrence: None, zone: None, min: None, max: None, desired: Some(2) };
        e.group.schedules = Some(vec![nightly(at(1_800)), nightly(at(7_200))]);
        e.group.owner = Some(Owner { tool: "cloudformation".into(), exclusive: false });
    });
    let notes = |e: &Estate, strategy| -> Vec<(Verdict, String)> {
        e.plan(strategy).unwrap().impact.notes.iter().map(|n| (n.verdict, n.text.to_string())).collect()
    };
    let has = |notes: &[(Verdict, String)], verdict, text: &str| {
        assert!(notes.contains(&(verdict, text.to_owned())), "{text}: {notes:#?}");
    };
    let surged = notes(&e, surge(1));
    has(&surged, Verdict::Notice, "cpu policy (target 55 %) is off meanwhile: load that rises is not answered");
    has(&surged, Verdict::Warning, "schedule nightly (desired 2) is due in 30 min: skipped if this still runs, not made up for later");
    has(&surged, Verdict::Notice, "owned by cloudformation: a redeploy moves nothing that it declares");
    assert_eq!(surged.iter().filter(|(_, t)| t.contains("nightly")).count(), 1, "the other one is due when all is over");
    let refreshed = notes(&e, native(|_| {}));
    has(&refreshed, Verdict::Warning, "cpu policy (target 55 %) may scale the group meanwhile");
    has(&refreshed, Verdict::Warning, "schedule nightly sets desired 2 in 30 min, perhaps in the middle of this");

    // Where rounds are long, the second schedule comes in the middle, too.
    let slow = e.with(|e| e.group.warmup = Some(Duration::from_mins(20)));
    assert_eq!(notes(&slow, surge(1)).iter().filter(|(_, t)| t.contains("nightly")).count(), 2);
    let marked = estate().with(|e| {
        e.group.tags = vec![(crate::domain::MARK_TAG.into(), "20261120-031244-7f3a freeze by ana@laptop since 03:12 UTC".into())];
    });
    has(
        &notes(&marked, surge(1)),
        Verdict::Warning,
        "an operation is at work on this group: freeze by ana@laptop since 03:12 UTC (20261120-031244-7f3a)",
    );
}

#[test]
fn what_the_second_group_of_blue_green_comes_without_is_said() {
    let notes = |e: Estate| {
        let plan = e.plan(blue_green(&[100])).unwrap();
        plan.impact.notes.iter().map(|n| n.text.to_string()).collect::<Vec<_>>().join("; ")
    };
    let bare = notes(estate().with(|e| (e.group.policies, e.group.schedules) = (Some(Vec::new()), None)));
    assert!(
        bare.contains("none of scaling policies (there are none), scheduled actions (not read yet) and alarms of the old one"),
        "{bare}"
    );
    assert!(bare.contains("nothing scales it and no alarm watches it until you give it its own"), "{bare}");
}
