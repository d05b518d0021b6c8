//! From requests to calls with absolute values.

use super::super::fixture::{self, group, member_id, plan, scale_to, snapshot};
use super::*;
use crate::domain::plan::{Environment, moved};
use crate::domain::{GroupKind, SuspendedProcess};

fn request(desired: u32) -> ScaleRequest {
    ScaleRequest::to(&group(6).id, desired)
}

fn described(plan: &Plan) -> Vec<String> {
    plan.calls.iter().map(Call::describe).collect()
}

#[test]
fn calls_are_absolute_and_every_step_lies_within_its_bounds() {
    let chosen = |desired, min, max, honor_cooldown| ScaleRequest {
        min,
        max,
        honor_cooldown,
        victims: (desired + 1..=6).map(member_id).collect(),
        ..request(desired)
    };
    let bounds = |desired, min, max, honor_cooldown| ScaleRequest { min, max, honor_cooldown, ..request(desired) };
    // The group: desired 6 within 2–12.
    for (request, want) in [
        (request(8), vec!["set desired capacity 8"]),
        (bounds(7, None, None, true), vec!["set desired capacity 7, honouring the cooldown"]),
        (bounds(14, None, Some(20), false), vec!["set bounds 2–20 and desired capacity 14"]),
        (bounds(6, Some(6), None, true), vec!["set bounds 6–12 and desired capacity 6"]),
        // Bounds know no cooldown: desired waits for a call of its own, unless the old desired fits no longer.
        (bounds(8, Some(4), None, true), vec!["set bounds 4–12 and desired capacity 6", "set desired capacity 8, honouring the cooldown"]),
        (bounds(8, Some(7), None, true), vec!["set bounds 7–12 and desired capacity 8"]),
        (chosen(5, None, None, false), vec!["terminate i-06 and shrink desired by 1"]),
        (
            chosen(1, Some(0), None, false),
            vec![
                "set bounds 0–12 and desired capacity 6",
                "terminate i-02 and shrink desired by 1",
                "terminate i-03 and shrink desired by 1",
                "terminate i-04 and shrink desired by 1",
                "terminate i-05 and shrink desired by 1",
                "terminate i-06 and shrink desired by 1",
            ],
        ),
        // A maximum below the present size would let the cloud choose: it comes last.
        (chosen(5, None, Some(5), false), vec!["terminate i-06 and shrink desired by 1", "set bounds 2–5 and desired capacity 5"]),
        (
            chosen(1, Some(1), Some(3), false),
            vec![
                "set bounds 1–12 and desired capacity 6",
                "terminate i-02 and shrink desired by 1",
                "terminate i-03 and shrink desired by 1",
                "terminate i-04 and shrink desired by 1",
                "terminate i-05 and shrink desired by 1",
                "terminate i-06 and shrink desired by 1",
                "set bounds 1–3 and desired capacity 1",
            ],
        ),
    ] {
        let plan = plan(&group(6), &request);
        assert_eq!(described(&plan), want);
        let start = Size::of(&group(6)).unwrap();
        let last = plan.calls.iter().fold(start, |size, call| {
            let next = size.after(call);
            assert!(next.holds(), "{next:?} after {}", call.describe());
            next
        });
        assert_eq!(last.desired, request.desired);
    }
}

#[test]
fn a_member_chosen_twice_goes_once_and_nobody_goes_on_the_way_up() {
    let twice = ScaleRequest { victims: vec![member_id(3), member_id(1), member_id(3)], ..request(4) };
    assert_eq!(plan(&group(6), &twice).request.victims(), [member_id(1), member_id(3)]);
    let up = ScaleRequest { victims: vec![member_id(3)], ..request(7) };
    assert_eq!(described(&plan(&group(6), &up)), ["set desired capacity 7"]);
}

#[test]
fn titles_say_what_moves() {
    for (request, want) in [
        (request(8), "Scale portal 6 → 8"),
        (ScaleRequest { max: Some(20), ..request(14) }, "Scale portal 6 → 14, bounds 2–12 → 2–20"),
        (ScaleRequest { max: Some(20), ..request(6) }, "Set bounds of portal 2–12 → 2–20"),
    ] {
        assert_eq!(&*plan(&group(6), &request).title, want);
    }
}

#[test]
fn what_cannot_be_planned_says_why() {
    let rules = GuardRules::default();
    let of = |g: &Group, r: &ScaleRequest| plan_scale(&snapshot(g), r, &rules, Now::at(0)).unwrap_err().to_string();
    assert_eq!(of(&group(6), &request(6)), "nothing would change: desired is already 6");
    let mut other = group(6);
    other.id = fixture::id(crate::domain::Kind::Group, "other");
    assert_eq!(of(&other, &request(7)), "the group is no longer there");
    let mut single = group(1);
    single.kind = GroupKind::Instance;
    assert!(of(&single, &request(2)).contains("portal cannot be scaled"));
    let mut unknown = group(6);
    unknown.max = None;
    assert!(of(&unknown, &request(7)).contains("not known; press ctrl-r"), "missing is never zero");
}

#[test]
fn confirmation_is_as_strong_as_the_risk() {
    let name = || Confirmation::TypeName(Label::new("portal"));
    let mut empty = group(0);
    empty.min = Some(0);
    let mut small = group(1);
    small.min = Some(0);
    for (group, desired, environment, want) in [
        (&group(6), 7, Environment::Production, name()),
        (&group(6), 7, Environment::Unclassified, name()),
        (&group(6), 5, Environment::Staging, Confirmation::Enter),
        (&group(6), 5, Environment::Simulated, Confirmation::Enter),
        (&small, 0, Environment::Development, name()),
        (&small, 0, Environment::Simulated, name()),
        (&empty, 1, Environment::Development, Confirmation::Enter),
    ] {
        let rules = GuardRules { environment, ..GuardRules::default() };
        let plan = plan_scale(&snapshot(group), &request(desired), &rules, Now::at(0)).unwrap();
        assert_eq!(plan.confirmation, want, "{} in {}", plan.title, environment.word());
    }
}

#[test]
fn a_plan_knows_what_it_presumes() {
    let card = plan(&group(6), &ScaleRequest { victims: vec![member_id(2), member_id(5)], ..request(4) });
    assert_eq!(moved(&card, &group(6)), []);
    let said = |change: fn(&mut Group)| {
        let mut fresh = group(6);
        change(&mut fresh);
        moved(&card, &fresh).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(said(|g| g.desired = Some(7)), ["desired moved 6 → 7 since the card"]);
    assert_eq!(said(|g| g.min = None), ["min moved 2 → not known since the card"]);
    assert_eq!(said(|g| g.members.retain(|m| m.id != member_id(5))), ["members to take out moved i-02 i-05 → i-02 since the card"]);
    let launch = |g: &mut Group| g.suspended = vec![SuspendedProcess { name: Label::new("Launch"), reason: Label::default() }];
    assert_eq!(said(launch), ["suspended processes moved none → Launch since the card"]);
    // Members that come and go beside the plan do not stop it.
    assert_eq!(said(|g| g.members.retain(|m| m.id != member_id(1))), [] as [String; 0]);
}

#[test]
fn going_back_is_the_size_before() {
    let Inverse::Request(back) = scale_to(&group(6), 8).inverse else { panic!("a change of size can be taken back") };
    assert_eq!(*back, Request::Scale(ScaleRequest::to(&group(6).id, 6)));
}
