//! Each rule: what it refuses and what it must let pass.

use super::super::fixture::{group, member_id, plan, scale_to, target};
use super::super::{Confirmation, Environment, Request, ScaleRequest};
use super::*;
use crate::domain::{Call, GroupKind, Label, Owner, ResourceId, Status};

mod by_hand;
mod declared;
mod every_kind;
mod never_passes;
mod taking;

const NOW: Now = Now::at(0);

fn rules(step: u8, floor: Option<u8>) -> GuardRules {
    GuardRules {
        max_step_percent: step,
        floor_percent: floor,
        max_step_source: Label::new("config.toml:12"),
        floor_source: Label::new("config.toml:13"),
        ..GuardRules::default()
    }
}

fn request(desired: u32) -> ScaleRequest {
    ScaleRequest::to(&group(6).id, desired)
}

fn sentences(plan: &Plan, group: &Group, rules: &GuardRules) -> Vec<String> {
    guard(plan, group, rules, NOW).iter().map(Refusal::sentence).collect()
}

#[test]
fn what_is_harmless_passes() {
    for (from, to) in [(6, 7), (6, 12), (6, 5), (12, 9), (3, 2), (2, 12)] {
        let g = group(from);
        assert_eq!(sentences(&scale_to(&g, to), &g, &GuardRules::default()), [] as [String; 0], "{from} → {to}");
    }
}

#[test]
fn bounds_say_which_and_what_is_allowed() {
    let g = group(6);
    for (request, want) in [
        (request(13), "13 is above the maximum 12 (bounds, built-in rule); allowed: 2–12, or move the bounds (s)"),
        (request(1), "1 is below the minimum 2 (bounds, built-in rule); allowed: 2–12, or move the bounds (s)"),
        (
            ScaleRequest { min: Some(9), max: Some(8), ..request(8) },
            "minimum 9 lies above maximum 8 (bounds, built-in rule); allowed: a minimum up to 8",
        ),
        (
            ScaleRequest { max: Some(5), ..request(6) },
            "6 is above the maximum 5 (bounds, built-in rule); allowed: 2–5, or move the bounds (s)",
        ),
    ] {
        assert_eq!(sentences(&plan(&g, &request), &g, &rules(100, None)), [want]);
    }
    let moved = ScaleRequest { max: Some(20), ..request(14) };
    assert_eq!(sentences(&plan(&g, &moved), &g, &rules(25, None)), [] as [String; 0]);
    let mut unknown = group(6);
    unknown.min = None;
    assert!(sentences(&scale_to(&g, 7), &unknown, &rules(25, None))[0].contains("not known"));
}

#[test]
fn the_step_judges_what_is_taken_and_names_its_line() {
    for (from, to, percent, want) in [
        (
            6,
            4,
            25,
            Some(
                "a step of 2 takes away 33 % of the group, more than 25 % (max-step, config.toml:12); allowed: up to 1 at a time, that is 5",
            ),
        ),
        (
            12,
            8,
            25,
            Some(
                "a step of 4 takes away 33 % of the group, more than 25 % (max-step, config.toml:12); allowed: up to 3 at a time, that is 9",
            ),
        ),
        (12, 9, 25, None),
        (3, 2, 0, None),
        (3, 12, 0, None),
        (12, 2, 100, None),
    ] {
        let g = group(from);
        assert_eq!(sentences(&scale_to(&g, to), &g, &rules(percent, None)).first().map(String::as_str), want, "{from} → {to}");
    }
}

#[test]
fn a_step_hidden_in_moving_bounds_is_a_step_all_the_same() {
    let g = group(6);
    let hidden = plan(&g, &ScaleRequest { max: Some(3), ..request(3) });
    assert_eq!(guard(&hidden, &g, &rules(25, None), NOW)[0].rule, Rule::MaxStep);
}

#[test]
fn the_floor_counts_the_healthy_at_worst_and_lets_a_rescue_through() {
    let floor = rules(100, Some(80));
    let mut g = group(6);
    assert_eq!(
        sentences(&scale_to(&g, 4), &g, &floor),
        [
            "at worst 4 of 6 healthy members remain, less than the floor of 5 (80 %) (capacity-floor, config.toml:13); allowed: take 1 healthy at most"
        ]
    );
    assert_eq!(guard(&scale_to(&g, 5), &g, &floor, NOW), []);
    // Members in trouble chosen by id take nothing healthy along; by policy nobody knows.
    for n in [1, 2] {
        g.members[n - 1].targets = vec![target(Status::bad("unhealthy"), None)];
    }
    let sick = ScaleRequest { victims: vec![member_id(1), member_id(2)], ..request(4) };
    assert_eq!(guard(&plan(&g, &sick), &g, &floor, NOW), []);
    assert_eq!(guard(&scale_to(&g, 4), &g, &floor, NOW)[0].rule, Rule::CapacityFloor);
    // Those its own group calls unhealthy go first, whatever the policy.
    for n in [1, 2] {
        g.members[n - 1].health = Status::bad("Unhealthy");
    }
    assert_eq!(guard(&scale_to(&g, 4), &g, &floor, NOW), []);
    // Nobody healthy at all: adding is never refused.
    for m in &mut g.members {
        m.targets = vec![target(Status::bad("unhealthy"), None)];
    }
    assert_eq!(guard(&scale_to(&g, 12), &g, &rules(0, Some(100)), NOW), []);
}

#[test]
fn chosen_members_must_be_there_and_fit_the_step() {
    let mut g = group(6);
    let of = |g: &Group, desired, victims: &[u32]| {
        let request = ScaleRequest { victims: victims.iter().copied().map(member_id).collect(), ..request(desired) };
        sentences(&plan(g, &request), g, &rules(100, None))
    };
    assert_eq!(of(&g, 4, &[1, 2]), [] as [String; 0]);
    assert_eq!(of(&g, 4, &[1]), ["1 members are chosen, but the step down is 2 (victims, built-in rule); allowed: choose 2, or none"]);
    assert_eq!(of(&g, 5, &[99]), ["i-99 is no longer in the group (victims, built-in rule); allowed: choose members in service"]);
    g.members[0].lifecycle = Status::parked("Standby");
    g.members[1].lifecycle = Status::moving("Terminating:Wait");
    assert!(of(&g, 5, &[1])[0].starts_with("i-01 is Standby and does not count"));
    assert!(of(&g, 5, &[2])[0].starts_with("i-02 is Terminating:Wait"));
    // Protection speaks to the group's own scale-in, not to a choice by id; the card warns.
    g.members[2].protected = true;
    assert_eq!(of(&g, 5, &[3]), [] as [String; 0]);
}

#[test]
fn owners_kinds_and_weights_that_forbid_it_are_named() {
    let refusals = |change: fn(&mut Group), request: &ScaleRequest, rules: &GuardRules| {
        let card = plan(&group(6), request);
        let mut g = group(6);
        change(&mut g);
        guard(&card, &g, rules, NOW).iter().map(|r| r.rule).collect::<Vec<_>>()
    };
    let by_id = ScaleRequest { victims: vec![member_id(1)], ..request(5) };
    let (step, floor) = (rules(25, None), rules(25, Some(10)));
    for exclusive in [true, false] {
        let mut g = group(6);
        g.owner = Some(Owner { tool: Label::new("eks"), exclusive });
        assert_eq!(guard(&scale_to(&group(6), 7), &g, &step, NOW).iter().any(|r| r.rule == Rule::Owner), exclusive);
    }
    assert_eq!(refusals(|g| g.kind = GroupKind::Instance, &request(7), &step), [Rule::Kind]);
    assert_eq!(refusals(|g| g.status = Some(Status::moving("Delete in progress")), &request(7), &step), [Rule::Kind]);
    assert_eq!(refusals(|g| g.weighted = true, &by_id, &step), [Rule::Weighted]);
    assert_eq!(refusals(|g| g.weighted = true, &request(5), &floor), [Rule::Weighted]);
    assert_eq!(refusals(|g| g.weighted = true, &request(5), &step), []);
    assert_eq!(refusals(|g| g.weighted = true, &request(7), &floor), [], "up is never weighed");
}

#[test]
fn what_the_card_says_does_not_matter_what_is_sent_does() {
    let g = group(6);
    let mut forged = scale_to(&g, 7);
    forged.calls = vec![Call::SetDesired { group: g.id.clone(), desired: 2, honor_cooldown: false }];
    forged.confirmation = Confirmation::Enter;
    assert_eq!(guard(&forged, &g, &rules(25, None), NOW)[0].rule, Rule::MaxStep);
    forged.calls = vec![Call::TerminateMembers { group: g.id.clone(), members: (1..=6).map(member_id).collect() }];
    let rules: Vec<_> = guard(&forged, &g, &rules(25, None), NOW).iter().map(|r| r.rule).collect();
    assert_eq!(rules, [Rule::Bounds, Rule::Victims, Rule::MaxStep]);
}
