//! Requests of every kind, with the calls they make and with calls they never would, under any rules, marks, hours and overrides: what
//! passes keeps every promise. The promises are worked out here once more, from the calls and the request alone.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::super::super::fixture::{id, member_id, pool_id, snapshot};
use super::super::super::{MemberAct, RefreshAct, Size, Strategy as Way};
use super::by_hand::*;
use super::never_passes::any_group;
use super::*;
use crate::domain::plan;
use crate::domain::snapshot::Judged;
use crate::domain::{Kind, MARK_TAG, OperationId, Rollout, Snapshot, SuspendedProcess, Target, TargetPool};

#[derive(Clone, Debug)]
struct Case {
    group: Group,
    plan: Plan,
    rules: GuardRules,
    hour: u8,
}

impl Case {
    fn now(&self) -> Now {
        Now::at(u64::from(self.hour) * 3_600)
    }

    fn judge(&self) -> Judgement {
        judge(&self.plan, &self.group, &self.rules, self.now())
    }
}

const FROZEN: &str = "20261120-000000-000f freeze by ana@laptop";
const BUSY: &str = "20261120-000000-00b5 redeploy by ana@laptop";

fn any_marked_group() -> impl Strategy<Value = Group> {
    let mark = prop_oneof![5 => Just(None), 1 => Just(Some(FROZEN)), 1 => Just(Some(BUSY))];
    let states = (proptest::bool::weighted(0.1), proptest::bool::weighted(0.15), proptest::bool::weighted(0.3));
    (any_group(), mark, states).prop_map(|(mut g, mark, (single, rolling, suspended))| {
        if rolling {
            g.rollout = Some(Rollout { status: Status::moving("InProgress"), ..Rollout::default() });
        }
        if suspended {
            g.suspended = vec![SuspendedProcess { name: Label::new("AlarmNotification"), reason: Label::default() }];
        }
        g.tags.extend(mark.map(|text| (Label::new(MARK_TAG), Label::new(text))));
        if single {
            g.kind = GroupKind::Instance;
        }
        g
    })
}

fn any_members() -> impl Strategy<Value = Vec<u32>> {
    prop_oneof![6 => proptest::collection::btree_set(1..12_u32, 1..4).prop_map(|s| s.into_iter().collect()), 1 => proptest::collection::vec(1..20_u32, 0..4)]
}

fn any_request() -> impl Strategy<Value = Request> {
    let names = proptest::sample::subsequence(vec!["Launch", "Terminate", "AlarmNotification", "AddToLoadBalancer"], 0..3);
    let percent = || proptest::option::of(prop_oneof![Just(100_u8), 0..=120_u8]);
    prop_oneof![
        3 => (0..16_u32).prop_map(scale),
        8 => (proptest::sample::select(MemberAct::ALL.to_vec()), any_members()).prop_map(|(a, m)| act(a, &m)),
        2 => (0..5_u32).prop_map(|batch| redeploy(Way::SurgeAndDrain { batch })),
        2 => (0..5_u32).prop_map(|batch| redeploy(Way::InPlace { batch })),
        3 => (percent(), proptest::option::of(90..=210_u8)).prop_map(|(min, max)| native(min, max)),
        1 => proptest::collection::vec(0..=100_u8, 0..3).prop_map(|mut steps| { steps.push(100); blue_green(&steps) }),
        2 => names.clone().prop_map(|n| freeze(&n)),
        2 => (prop_oneof![Just("20261120-000000-000f"), Just("other")], 0..14_u32).prop_map(|(f, desired)| thaw(f, desired)),
        2 => (any::<bool>(), names).prop_map(|(suspend, n)| processes(suspend, &n)),
        1 => prop_oneof![Just(RefreshAct::Cancel), Just(RefreshAct::RollBack)].prop_map(refresh),
        1 => Just(retire()),
        1 => Just(reroute()),
    ]
}

/// A call that most requests would never make.
fn any_call() -> impl Strategy<Value = Call> {
    let other = || id(Kind::Group, "hardware");
    prop_oneof![
        any_members().prop_map(|m| Call::TerminateMembers { group: group_id(), members: m.into_iter().map(member_id).collect() }),
        (1..12_u32).prop_map(|n| Call::Reboot { group: group_id(), member: member_id(n) }),
        (0..16_u32).prop_map(|desired| Call::SetDesired { group: group_id(), desired, honor_cooldown: false }),
        (0..16_u32).prop_map(move |desired| Call::SetDesired { group: other(), desired, honor_cooldown: false }),
        Just(Call::DeleteGroup { group: group_id() }),
        Just(Call::Suspend { group: group_id(), processes: Vec::new() }),
        Just(Call::ResumeProcesses { group: group_id(), processes: Vec::new() }),
        any_members().prop_map(|m| Call::EnterStandby {
            group: group_id(),
            members: m.into_iter().map(member_id).collect(),
            replace: true
        }),
    ]
}

fn any_rules() -> impl Strategy<Value = GuardRules> {
    let allowed = proptest::sample::subsequence(Rule::ALL.to_vec(), 0..=Rule::ALL.len());
    let given = proptest::collection::vec((proptest::sample::select(Rule::ALL.to_vec()), any::<bool>()), 0..4);
    let numbers = (0..=100_u8, proptest::option::of(0..=100_u8));
    // 00:00 UTC on a Friday: every window here is one of hours of that day.
    let window = proptest::option::weighted(0.3, (0..23_u8, 1..23_u8));
    let flags = (proptest::bool::weighted(0.1), proptest::bool::weighted(0.1), proptest::bool::weighted(0.15), any::<bool>());
    (numbers, window, flags, proptest::sample::select(vec!["scale", "re*", "*"]), allowed, given).prop_map(
        |((step, floor), window, (blackout, denied, ticket, has_ticket), reach, allow_override, given)| {
            let mut r = rules(step, floor);
            let reach = Reach { operations: vec![Label::new(reach)], ..Reach::default() };
            let source = Label::new("config.toml:20");
            r.windows.extend(window.map(|(from, hours)| ChangeWindow {
                days: Days::ALL,
                from: Minute::parse(&format!("{from}:00")).unwrap(),
                to: Minute::parse(&format!("{}:00", (from + hours) % 24)).unwrap(),
                zone: TimeZone::UTC,
                reach: Reach::default(),
                source: source.clone(),
            }));
            if blackout {
                let (from, to) = ("2026-11-20T06:00".parse().unwrap(), "2026-11-20T12:00".parse().unwrap());
                r.blackouts.push(Blackout { from, to, zone: TimeZone::UTC, reason: None, reach: Reach::default(), source: source.clone() });
            }
            r.deny.extend(denied.then(|| Deny { reach: reach.clone(), reason: None, source: source.clone() }));
            r.ticket = ticket.then(|| TicketRule { patterns: vec![Label::new("OPS-#")], reach, source });
            r.given.ticket = has_ticket.then(|| Label::new("OPS-12"));
            r.allow_override = allow_override;
            let reason = |there: bool| Label::new(if there { "the house burns" } else { " " });
            r.given.overrides = given.into_iter().map(|(rule, there)| Override { rule, reason: reason(there) }).collect();
            r
        },
    )
}

fn any_case() -> impl Strategy<Value = Case> {
    let forged = prop_oneof![6 => Just(Vec::new()), 1 => proptest::collection::vec(any_call(), 1..3)];
    (any_marked_group(), any_request(), forged, any::<bool>(), any_rules(), 0..24_u8).prop_map(
        |(group, request, forged, known, rules, hour)| {
            let mut calls = if known { usual_calls(&request, &group) } else { Vec::new() };
            calls.extend(forged);
            Case { plan: by_hand(request, calls), group, rules, hour }
        },
    )
}

/// What the planner makes of the request of a case, its members behind a balancer that knows them.
fn planned(case: &Case) -> Option<Plan> {
    let mut group = case.group.clone();
    group.pools = vec![pool_id()];
    let mut pool = TargetPool::new(pool_id(), "portal-tg");
    let target = |m: &crate::domain::Member| Target {
        member: m.id.clone(),
        label: m.label.clone(),
        port: Some(80),
        zone: None,
        state: m.targets.first().map_or_else(Status::default, |t| t.state.clone()),
        reason: None,
    };
    pool.targets = Some(group.members.iter().enumerate().filter(|(n, _)| n % 3 > 0).map(|(_, m)| target(m)).collect());
    let judged = |item| std::sync::Arc::new(Judged { item, assessment: crate::domain::Assessment::default() });
    let picture = Snapshot { pools: vec![judged(pool)], ..snapshot(&group) };
    let mut request = case.plan.request.clone();
    if let Request::Thaw(thaw) = &mut request {
        thaw.overwrite = true; // nobody pinned this group, so it is never as it was left
    }
    plan::plan(&picture, &request, &case.rules, case.now()).ok()
}

/// Whether a human may set the rule aside here, and did.
fn waived(rules: &GuardRules, rule: Rule) -> bool {
    let never = [Rule::Kind, Rule::Owner, Rule::Bounds, Rule::Victims, Rule::Weighted, Rule::Processes, Rule::Alarm, Rule::Confirm];
    let given = rules.given.overrides.iter().any(|o| o.rule == rule && o.reason.contains("burns"));
    given && rules.allow_override.contains(&rule) && !never.contains(&rule)
}

/// Members that leave by id, by the calls or else by the request.
fn leaving(plan: &Plan) -> BTreeSet<&ResourceId> {
    let mut out: BTreeSet<&ResourceId> = plan.calls.iter().flat_map(Call::takes_out).collect();
    for call in &plan.calls {
        if let Call::Deregister { targets, .. } = call {
            out.extend(targets.iter().map(|t| &t.member));
        }
    }
    if plan.calls.is_empty()
        && let Request::Member(r) = &plan.request
        && !matches!(r.act, MemberAct::InService | MemberAct::Protect | MemberAct::Unprotect | MemberAct::Register)
    {
        out.extend(&r.members);
    }
    out
}

/// Members that a strategy has out at once, whoever they are.
fn out_by_strategy(plan: &Plan, desired: u32) -> u32 {
    let Request::Redeploy(r) = &plan.request else { return 0 };
    match &r.strategy {
        Way::InPlace { batch } => (*batch).min(desired),
        Way::Native(p) => {
            let kept = (f64::from(desired) * f64::from(p.min_healthy_percent.unwrap_or(90)) / 100.0).ceil() as u32;
            let out = desired - kept.min(desired);
            if p.max_healthy_percent.is_some() { out } else { out.max(1).min(desired) }
        }
        Way::SurgeAndDrain { .. } | Way::BlueGreen(_) => 0,
    }
}

fn keeps_every_promise(case: &Case) -> Result<(), TestCaseError> {
    let Case { group, plan, rules, hour } = case;
    let request = &plan.request;
    prop_assert!(group.owner.is_none(), "the only owner here is exclusive");
    prop_assert!(group.status.is_none() || matches!(request, Request::Retire(_)), "being deleted");
    for call in &plan.calls {
        prop_assert_eq!(call.target(), &group.id);
        prop_assert!(
            !matches!(call, Call::Suspend { processes, .. } | Call::ResumeProcesses { processes, .. } if processes.is_empty()),
            "all of them"
        );
        prop_assert!(
            !matches!(call, Call::Suspend { processes, .. } if processes.iter().any(|p| &**p == "AddToLoadBalancer")),
            "never registered"
        );
        prop_assert!(!matches!(call, Call::DeleteGroup { .. }) || matches!(request, Request::Retire(_)), "deleted");
        prop_assert!(call.takes_out().is_empty() || matches!(request, Request::Member(_)), "{} takes nobody out", request.word());
    }
    // Marks.
    let frozen = group.mark().is_some_and(|m| m.text.starts_with("freeze"));
    let thaws_it = matches!(request, Request::Thaw(t) if t.freeze == OperationId("20261120-000000-000f".to_owned()));
    let freezes = matches!(request, Request::Freeze(_));
    prop_assert!(!frozen || freezes || thaws_it || waived(rules, Rule::Freeze));
    prop_assert!(group.mark().is_none() || frozen || freezes || waived(rules, Rule::Busy));
    // Time.
    let stops = freezes || matches!(request, Request::Refresh(_));
    if !stops && !matches!(request, Request::Thaw(_)) {
        let open = rules.windows.iter().any(|w| {
            let (from, to): (u8, u8) = (w.from.to_string()[..2].parse().unwrap(), w.to.to_string()[..2].parse().unwrap());
            if from < to { (from..to).contains(hour) } else { *hour >= from || *hour < to }
        });
        prop_assert!(rules.windows.is_empty() || open || waived(rules, Rule::ChangeWindow));
        prop_assert!(rules.blackouts.is_empty() || !(6..12).contains(hour) || waived(rules, Rule::Blackout));
    }
    // Words.
    let covered = |reach: &Reach| match &*reach.operations[0] {
        "*" => true,
        "re*" => request.word().starts_with("re"),
        word => word == request.word(),
    };
    prop_assert!(freezes || !rules.deny.iter().any(|d| covered(&d.reach)) || waived(rules, Rule::Deny));
    let needs_ticket = !stops && rules.ticket.as_ref().is_some_and(|t| covered(&t.reach));
    prop_assert!(!needs_ticket || rules.given.ticket.is_some() || waived(rules, Rule::Ticket));
    // Members.
    let gone = leaving(plan);
    prop_assert!(gone.iter().all(|id| group.members.iter().any(|m| m.id == **id)), "somebody is not there");
    if group.kind == GroupKind::Instance {
        let alone = [MemberAct::Reboot, MemberAct::Register, MemberAct::Deregister];
        prop_assert!(matches!(request, Request::Member(r) if alone.contains(&r.act)), "{} of one alone", request.word());
    }
    // Numbers.
    let start = Size::of(group).unwrap();
    let (mut size, mut lowest) = (start, start.desired);
    for call in &plan.calls {
        let next = size.after(call);
        prop_assert!(next == size || next.holds(), "{:?} after {}", next, call.describe());
        size = next;
        lowest = lowest.min(size.desired);
    }
    if plan.calls.is_empty() {
        lowest = match request {
            Request::Scale(r) => lowest.min(r.desired),
            Request::Thaw(r) => lowest.min(r.saved.size.desired),
            Request::Member(r) if matches!(r.act, MemberAct::Terminate | MemberAct::Standby) => {
                lowest.saturating_sub(r.members.len() as u32)
            }
            _ => lowest,
        };
    }
    let serving = |id: &ResourceId| group.members.iter().any(|m| m.id == *id && m.serves());
    let named = gone.iter().filter(|id| serving(id)).count() as u32;
    let out = out_by_strategy(plan, start.desired);
    let taken = (start.desired - lowest).max(named).max(out);
    if taken > 1 && !waived(rules, Rule::MaxStep) {
        let whole = f64::from(start.desired) * f64::from(rules.max_step_percent) / 100.0;
        prop_assert!(f64::from(taken) <= whole, "{} of {} at {} %", taken, start.desired, rules.max_step_percent);
    }
    let healthy = group.healthy();
    let by_policy = if gone.is_empty() && lowest < start.desired {
        let unhealthy = group.members.iter().filter(|m| m.counts() && m.health.is_bad()).count() as u32;
        group.counted().saturating_sub(lowest).saturating_sub(unhealthy)
    } else {
        0
    };
    let lost = (named + by_policy + out).min(healthy);
    if let Some(percent) = rules.floor_percent
        && lost > 0
        && !waived(rules, Rule::CapacityFloor)
    {
        prop_assert!(!group.weighted, "units are not members");
        let kept = f64::from(healthy - lost);
        prop_assert!(kept >= f64::from(healthy) * f64::from(percent) / 100.0, "{} of {} at {} %", kept, healthy, percent);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_passes_that_breaks_a_promise(case in any_case()) {
        if case.judge().passes() {
            keeps_every_promise(&case)?;
        }
    }

    /// What planners make is held to the same, and is never taken for something that its request does not do.
    #[test]
    fn what_planners_make_is_no_exception(case in any_case()) {
        let Some(plan) = planned(&case) else { return Ok(()) };
        let case = Case { plan, ..case };
        let judged = case.judge();
        let possible = case.group.kind.can_scale() && case.group.status.is_none();
        let strange = judged.refusals.iter().find(|r| possible && matches!(r.rule, Rule::Kind | Rule::Processes | Rule::Victims));
        prop_assert!(strange.is_none(), "{:?} of {:?}", strange, case.plan);
        if judged.passes() {
            keeps_every_promise(&case)?;
        }
    }

    /// What a human says takes away refusals by rules that the config names, and nothing else.
    #[test]
    fn overrides_widen_only_what_they_name(case in any_case()) {
        let with = case.judge();
        let without = judge(&case.plan, &case.group, &case.rules.with(Given { overrides: Vec::new(), ..case.rules.given.clone() }), case.now());
        prop_assert!(without.overridden.is_empty());
        let rules_of = |list: &[Refusal]| list.iter().map(|r| r.rule).collect::<Vec<_>>();
        let kept: Vec<Rule> = rules_of(&without.refusals).into_iter().filter(|r| !waived(&case.rules, *r)).collect();
        prop_assert_eq!(rules_of(&with.refusals), kept);
        let aside: Vec<Rule> = with.overridden.iter().map(|o| o.refusal.rule).collect();
        let gone: Vec<Rule> = rules_of(&without.refusals).into_iter().filter(|r| waived(&case.rules, *r)).collect();
        prop_assert_eq!(aside, gone);
        prop_assert_eq!(with.facts().len(), with.overridden.len());
    }

    /// The red button works at every hour, under every rule, beside whatever is at work there.
    #[test]
    fn a_freeze_is_always_admitted(case in any_case()) {
        let processes = ["Launch", "Terminate"].map(Label::new).to_vec();
        let plan = by_hand(freeze(&["Launch", "Terminate"]), vec![Call::Suspend { group: case.group.id.clone(), processes }]);
        let possible = case.group.kind.can_scale() && case.group.owner.is_none() && case.group.status.is_none();
        prop_assert_eq!(guard(&plan, &case.group, &case.rules, case.now()).is_empty(), possible);
    }

    #[test]
    fn refusals_say_rule_source_and_sentence(case in any_case()) {
        for refusal in case.judge().refusals {
            prop_assert!(!refusal.text.is_empty() && !refusal.source.is_empty());
            prop_assert!(refusal.sentence().contains(refusal.rule.word()));
            prop_assert_eq!(refusal.overridable, refusal.way_around().is_some());
        }
    }
}

/// A property over cases that are all refused, or all pass, would prove nothing.
#[test]
fn the_cases_reach_both_sides_of_every_kind() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut passed, mut refused, mut aside) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut made = BTreeSet::new();
    for _ in 0..6_000 {
        let case = any_case().new_tree(&mut runner).unwrap().current();
        let judged = case.judge();
        aside.extend(judged.overridden.iter().map(|o| o.refusal.rule));
        refused.extend(judged.refusals.iter().map(|r| r.rule));
        if judged.passes() {
            passed.insert(case.plan.request.word());
        }
        made.extend(planned(&case).map(|p| p.request.word()));
    }
    let of_groups: BTreeSet<&str> = Request::WORDS.iter().filter(|(_, kind)| *kind == Kind::Group).map(|(word, _)| *word).collect();
    assert_eq!(passed, of_groups, "every kind passes sometimes");
    // What went before it, a deploy with a group left warm, is in no picture of one group.
    let unmade: Vec<&str> = of_groups.difference(&made).copied().filter(|word| !matches!(*word, "retire" | "reroute")).collect();
    assert_eq!(unmade, [] as [&str; 0], "a plan is made for every kind sometimes");
    let elsewhere = [Rule::Alarm, Rule::Confirm, Rule::Managed];
    let here = |r: &Rule| !elsewhere.contains(r);
    assert_eq!(refused.into_iter().filter(here).count(), Rule::ALL.len() - elsewhere.len(), "every rule refuses sometimes");
    let may: BTreeSet<Rule> = Rule::ALL.into_iter().filter(|r| r.may_be_overridden() && here(r)).collect();
    assert_eq!(aside, may, "every rule that may be is set aside sometimes");
}

#[test]
fn the_promises_can_be_broken() {
    let g = super::super::super::fixture::group(8);
    let case = |request: Request, rules: GuardRules, hour| {
        let calls = usual_calls(&request, &g);
        keeps_every_promise(&Case { group: g.clone(), plan: by_hand(request, calls), rules, hour }).is_err()
    };
    assert!(case(redeploy(Way::InPlace { batch: 4 }), rules(25, None), 0), "the step");
    assert!(case(native(Some(50), None), rules(100, Some(90)), 0), "the floor");
    assert!(case(act(MemberAct::Reboot, &[1, 2]), rules(100, Some(90)), 0), "the floor by id");
    assert!(!case(act(MemberAct::Reboot, &[1, 2]), rules(25, Some(75)), 0));
}
