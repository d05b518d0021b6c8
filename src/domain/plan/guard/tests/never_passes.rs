//! Over random groups, requests and rules: a plan that passes the guard keeps every promise, and the card's numbers add up. What must
//! hold is worked out here once more, from the calls alone.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::super::super::fixture::{group as whole, id, member, plan, snapshot, target};
use super::super::super::{Size, plan_scale};
use super::*;
use crate::domain::{Kind, Now};

#[derive(Clone, Debug)]
struct Case {
    group: Group,
    request: ScaleRequest,
    rules: GuardRules,
}

/// A member in one of the states that matter, in one of three zones.
fn any_member(n: u32) -> impl Strategy<Value = crate::domain::Member> {
    let lifecycle = prop_oneof![
        8 => Just(Status::good("InService")),
        1 => Just(Status::moving("Pending")),
        1 => Just(Status::moving("Terminating")),
        1 => Just(Status::parked("Standby")),
        1 => Just(Status::unknown("Reticulating")),
    ];
    let seen = prop_oneof![3 => Just(Status::good("healthy")), 1 => Just(Status::bad("unhealthy")), 1 => Just(Status::moving("initial"))];
    (lifecycle, seen, 0..3_usize, proptest::bool::weighted(0.2), proptest::bool::weighted(0.1), 0..4_u8).prop_map(
        move |(lifecycle, seen, zone, protected, unhealthy, version)| {
            let mut m = member(n, ["a", "b", "c"][zone]);
            (m.lifecycle, m.protected, m.targets) = (lifecycle, protected, vec![target(seen, None)]);
            if unhealthy {
                m.health = Status::bad("Unhealthy");
            }
            m.version = (version > 0).then(|| Label::new(format!("v{}", 39 + version)));
            m
        },
    )
}

pub(super) fn any_group() -> impl Strategy<Value = Group> {
    let members = (0..14_u32).prop_flat_map(|count| (1..=count).map(any_member).collect::<Vec<_>>());
    let policy =
        proptest::sample::select(vec!["OldestInstance", "NewestInstance", "OldestLaunchTemplate", "Default", "AllocationStrategy"]);
    let oddity = (proptest::bool::weighted(0.1), proptest::bool::weighted(0.05), proptest::bool::weighted(0.05), -2..=2_i32);
    (members, policy, 0..5_u32, 0..8_u32, oddity).prop_map(|(members, policy, below, above, (weighted, owned, deleting, off))| {
        let mut g = whole(0);
        g.members = members;
        g.zones = ["a", "b", "c"].map(Label::new).to_vec();
        g.termination_policies = vec![Label::new(policy)];
        let desired = g.counted().saturating_add_signed(off);
        (g.desired, g.min, g.max) = (Some(desired), Some(desired.saturating_sub(below)), Some(desired + above));
        g.weighted = weighted;
        g.owner = owned.then(|| Owner { tool: Label::new("eks"), exclusive: true });
        g.status = deleting.then(|| Status::moving("Delete in progress"));
        g
    })
}

/// Mostly what people ask for: a few up or down, sometimes with bounds, sometimes by id; now and then nonsense.
fn any_case() -> impl Strategy<Value = Case> {
    let step = prop_oneof![8 => -4..=4_i32, 1 => -20..=20_i32];
    let bound = || proptest::option::weighted(0.2, prop_oneof![3 => -3..=3_i32, 1 => -15..=15_i32]);
    let floor = proptest::option::of(any_percent());
    let by_id = prop_oneof![4 => Just(ById::Nobody), 4 => Just(ById::Fitting), 1 => proptest::collection::vec(0..16_u32, 1..4).prop_map(ById::Random)];
    (any_group(), step, bound(), bound(), any::<bool>(), by_id, any_percent(), floor).prop_map(
        |(group, step, min, max, honor_cooldown, by_id, percent, floor)| {
            let desired = group.desired.unwrap().saturating_add_signed(step);
            let victims = match by_id {
                ById::Nobody => Vec::new(),
                ById::Fitting => {
                    let count = group.desired.unwrap().saturating_sub(desired) as usize;
                    group.members.iter().rev().filter(|m| m.counts()).take(count).map(|m| m.id.clone()).collect()
                }
                ById::Random(numbers) => numbers.into_iter().map(|n| id(Kind::Member, &format!("i-{n:02}"))).collect(),
            };
            let moved = |bound: Option<u32>, by: Option<i32>| by.map(|by| bound.unwrap().saturating_add_signed(by));
            let (min, max) = (moved(group.min, min), moved(group.max, max));
            let taken = group.desired.unwrap().saturating_sub(desired);
            let percent = percent.of(taken, group.desired.unwrap());
            let floor = floor.map(|f| f.of(group.healthy().saturating_sub(taken), group.healthy()));
            let request = ScaleRequest { group: group.id.clone(), desired, min, max, honor_cooldown, victims };
            Case { group, request, rules: rules(percent, floor) }
        },
    )
}

/// A limit in percent: anywhere, or within a hair of what the step takes or leaves. Rules break at their edges.
#[derive(Clone, Debug)]
enum Percent {
    Anywhere(u8),
    Near(i32),
}

impl Percent {
    fn of(&self, part: u32, whole: u32) -> u8 {
        match self {
            Self::Anywhere(percent) => *percent,
            Self::Near(off) => ((part * 100).div_ceil(whole.max(1)) as i32 + off).clamp(0, 100) as u8,
        }
    }
}

fn any_percent() -> impl Strategy<Value = Percent> {
    prop_oneof![(0..=100_u8).prop_map(Percent::Anywhere), (-2..=2_i32).prop_map(Percent::Near)]
}

#[derive(Clone, Debug)]
enum ById {
    Nobody,
    /// As many as the step asks for, all of them there.
    Fitting,
    Random(Vec<u32>),
}

fn planned(case: &Case) -> Option<Plan> {
    plan_scale(&snapshot(&case.group), &case.request, &case.rules, Now::at(0)).ok()
}

/// Ids that the plan terminates, in order.
fn terminated(plan: &Plan) -> Vec<&ResourceId> {
    let mut ids = Vec::new();
    for call in &plan.calls {
        if let Call::TerminateMembers { members, .. } = call {
            ids.extend(members);
        }
    }
    ids
}

/// The promises, one by one.
fn keeps_every_promise(plan: &Plan, case: &Case) -> Result<(), TestCaseError> {
    let Case { group, rules, .. } = case;
    let start = Size::of(group).unwrap();
    let mut size = start;
    for call in &plan.calls {
        prop_assert_eq!(call.target(), &group.id);
        size = size.after(call);
        prop_assert!(size.min <= size.desired && size.desired <= size.max, "{:?} leaves its bounds after {}", size, call.describe());
    }
    prop_assert_eq!(size.desired, case.request.desired);
    prop_assert!(group.owner.is_none() && group.status.is_none());

    let ids = terminated(plan);
    for (n, id) in ids.iter().enumerate() {
        prop_assert!(group.members.iter().any(|m| m.id == **id && m.counts()), "{:?} is not there to go", id);
        prop_assert!(!ids[..n].contains(id), "{:?} goes twice", id);
    }
    let taken = start.desired.saturating_sub(size.desired);
    if taken == 0 {
        prop_assert!(ids.is_empty(), "nobody goes unless the group shrinks");
        return Ok(());
    }
    prop_assert!(ids.is_empty() || ids.len() as u32 == taken);
    let share = f64::from(start.desired) * f64::from(rules.max_step_percent) / 100.0;
    prop_assert!(taken == 1 || f64::from(taken) <= share, "{} of {} at {} %", taken, start.desired, rules.max_step_percent);
    if let Some(percent) = rules.floor_percent {
        prop_assert!(!group.weighted);
        let healthy = group.members.iter().filter(|m| m.serves()).count() as u32;
        let kept = if ids.is_empty() {
            // The cloud spares nobody but for taking those it calls unhealthy first.
            let unhealthy = group.members.iter().filter(|m| m.counts() && m.health.is_bad()).count() as u32;
            let leave = group.counted().saturating_sub(size.desired);
            healthy.saturating_sub(leave.saturating_sub(unhealthy))
        } else {
            group.members.iter().filter(|m| m.serves() && !ids.contains(&&m.id)).count() as u32
        };
        prop_assert!(f64::from(kept) >= f64::from(healthy) * f64::from(percent) / 100.0, "{} of {} at {} %", kept, healthy, percent);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_makes_a_plan_pass_that_breaks_a_promise(case in any_case()) {
        if let Some(plan) = planned(&case)
            && guard(&plan, &case.group, &case.rules, Now::at(0)).is_empty()
        {
            keeps_every_promise(&plan, &case)?;
        }
    }

    /// The guard is judged against the world as it is then, not as it was on the card.
    #[test]
    fn nor_does_a_world_that_changed_under_it(case in any_case(), fresh in any_group()) {
        if let Some(plan) = planned(&case) {
            let case = Case { group: fresh, ..case };
            let held = super::super::super::moved(&plan, &case.group).is_empty();
            if held && guard(&plan, &case.group, &case.rules, Now::at(0)).is_empty() {
                keeps_every_promise(&plan, &case)?;
            }
        }
    }

    #[test]
    fn refusals_always_name_rule_words_and_source(case in any_case()) {
        if let Some(plan) = planned(&case) {
            for refusal in guard(&plan, &case.group, &case.rules, Now::at(0)) {
                prop_assert!(!refusal.text.is_empty() && !refusal.source.is_empty());
            }
        }
    }

    #[test]
    fn the_numbers_of_the_card_add_up(case in any_case()) {
        let Some(plan) = planned(&case) else { return Ok(()) };
        let (impact, group) = (&plan.impact, &case.group);
        prop_assert!(impact.healthy_now.0 <= impact.healthy_now.1 + group.counted());
        prop_assert!(impact.healthy_after.0 <= impact.healthy_after.1);
        if group.weighted {
            return Ok(());
        }
        let now: u32 = impact.zones.iter().map(|z| z.1).sum();
        let after: u32 = impact.zones.iter().map(|z| z.2).sum();
        prop_assert_eq!(now, group.counted());
        prop_assert_eq!(after, impact.healthy_after.1);
        if impact.victims_chosen {
            return Ok(()); // a wrong choice adds up to something else, and is refused
        }
        // Whoever is protected stays, and the group stays larger than asked for.
        let stuck = group.members.iter().filter(|m| m.counts() && m.protected && !m.health.is_bad()).count() as u32;
        let wanted = plan.request.as_scale().expect("all of these are changes of size").desired;
        prop_assert!(after == wanted || (after > wanted && after <= stuck), "{} for {}", after, wanted);
        // Balanced: what is added goes to the emptiest zone.
        for z in impact.zones.iter().filter(|z| z.2 > z.1) {
            let least = impact.zones.iter().map(|o| o.2).min().unwrap_or(0);
            prop_assert!(z.2 <= least + 1, "{:?}", impact.zones);
        }
        let going = now.saturating_sub(after);
        prop_assert!(impact.victims.len() as u32 >= going);
        for (n, (id, why)) in impact.victims.iter().enumerate() {
            prop_assert!(!why.is_empty() && !impact.victims[..n].iter().any(|(o, _)| o == id));
        }
    }

    #[test]
    fn a_plan_asked_for_twice_is_the_same(case in any_case()) {
        prop_assert_eq!(planned(&case), planned(&case));
    }
}

#[test]
fn the_promises_can_be_broken() {
    let g = whole(6);
    let case = |step, desired| Case { group: g.clone(), request: request(desired), rules: rules(step, Some(90)) };
    let broken = plan(&g, &request(3));
    assert!(keeps_every_promise(&broken, &case(50, 3)).is_err(), "the floor");
    assert!(keeps_every_promise(&broken, &case(10, 3)).is_err(), "the step");
}

/// A property over cases that are all refused, or all pass, would prove nothing.
#[test]
fn the_cases_reach_both_sides() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut up, mut down, mut by_id, mut refused) = (0, 0, 0, 0);
    for _ in 0..400 {
        let case = any_case().new_tree(&mut runner).unwrap().current();
        let Some(plan) = planned(&case) else { continue };
        let passes = guard(&plan, &case.group, &case.rules, Now::at(0)).is_empty();
        let taken = plan.impact.desired.1 < plan.impact.desired.0;
        up += u32::from(passes && !taken);
        down += u32::from(passes && taken);
        by_id += u32::from(passes && !terminated(&plan).is_empty());
        refused += u32::from(!passes);
    }
    assert!(up >= 20 && down >= 20 && by_id >= 10 && refused >= 100, "{up} up, {down} down, {by_id} by id, {refused} refused");
}
