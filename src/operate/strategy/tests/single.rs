//! One operation each, and what it must look like.

use super::*;
use crate::domain::{Call, Fact, ResourceId, SlotState};

fn steps(outcome: &Outcome) -> Vec<String> {
    let mut made: Vec<_> = outcome.play.known.made.iter().collect();
    made.sort_by_key(|(_, m)| m.at);
    made.into_iter().map(|(step, _)| step.clone()).collect()
}

fn states(outcome: &Outcome, slot: u32) -> Vec<SlotState> {
    outcome.play.known.slots(slot).last().unwrap().spans.iter().map(|s| s.state).collect()
}

#[test]
fn a_surge_takes_the_old_ones_out_by_id_in_the_zones_of_the_new_ones() {
    let outcome = play(3, 1, Strategy::SurgeAndDrain { batch: 1 }, Trouble::default());
    outcome.check();
    assert_eq!(outcome.phase, Phase::Done, "{}", outcome.words);
    let words: Vec<String> = steps(&outcome);
    assert_eq!(
        words[..4].iter().map(|s| s.split('/').take(2).collect::<Vec<_>>().join("/")).collect::<Vec<_>>(),
        ["slot-1/surge", "protect/i-0004", "deregister/i-0001", "slot-1/terminate"],
        "{words:?}"
    );
    assert_eq!(words.last().map(String::as_str), Some("unprotect-1"), "{words:?}");
    let through = [SlotState::Launching, SlotState::Registering, SlotState::Warming, SlotState::InService];
    let out = [SlotState::Draining, SlotState::Terminating, SlotState::Gone];
    assert_eq!(states(&outcome, 2), [&through[..], &out[..]].concat());
}

#[test]
fn the_maximum_is_raised_only_where_it_must_be_and_given_back() {
    for (batch, raised) in [(1, false), (2, true)] {
        let outcome = play(4, 2, Strategy::SurgeAndDrain { batch }, Trouble::default());
        outcome.check();
        let known = &outcome.play.known;
        assert_eq!(known.is_done("bounds-back"), raised, "{:?}", steps(&outcome));
        assert_eq!(outcome.play.cloud.max, 5);
    }
}

#[test]
fn without_a_balancer_nobody_is_deregistered() {
    for strategy in [Strategy::SurgeAndDrain { batch: 2 }, Strategy::InPlace { batch: 1 }] {
        let mut cloud = Cloud::new(3, 5);
        cloud.pool = None;
        let outcome = Play::new(cloud, strategy, Trouble::default()).run();
        outcome.check();
        assert_eq!(outcome.phase, Phase::Done, "{}", outcome.words);
        assert!(!steps(&outcome).iter().any(|s| s.starts_with("deregister")));
    }
}

#[test]
fn a_slot_that_takes_too_long_pauses_and_says_which_and_why() {
    for (weather, words) in [
        (Weather::NoCapacity(90_000), ["slot 1 of 3 is launching for", "no capacity in zone b"]),
        (Weather::SickFrom(0), ["slot 1 of 3 is registering for", "i-0004: unhealthy"]),
    ] {
        let mut cloud = Cloud::new(3, 3);
        cloud.weather = weather;
        let outcome = Play::new(cloud, Strategy::SurgeAndDrain { batch: 1 }, Trouble::default()).run();
        outcome.check();
        assert_eq!(outcome.phase, Phase::RolledBack, "{}", outcome.words);
        let why = &outcome.play.pauses[0];
        assert!(words.iter().all(|w| why.contains(w)), "{why}");
        assert_eq!(outcome.play.cloud.ids(), outcome.play.old, "exactly those of before");
    }
}

#[test]
fn another_size_is_taken_over_only_after_a_human_said_so() {
    let trouble = Trouble { scale_in: Some(100), ..Trouble::default() };
    let outcome = play(5, 4, Strategy::SurgeAndDrain { batch: 1 }, trouble);
    outcome.check();
    assert_eq!(outcome.phase, Phase::Done, "{} {:?}", outcome.words, outcome.play.pauses);
    assert!(outcome.play.pauses[0].contains("somebody else changed portal: it is at 1–6, desired"), "{:?}", outcome.play.pauses);
    assert_eq!(outcome.play.cloud.desired, 5, "six were there, and somebody set five");
    assert!(outcome.play.known.facts.iter().any(|(_, f)| matches!(f, Fact::Resized { .. })));
}

#[test]
fn an_old_one_that_leaves_by_itself_counts_as_gone_and_a_new_one_that_dies_is_launched_again() {
    let trouble = Trouble { old_dies: Some(60), new_dies: Some(70), ..Trouble::default() };
    for strategy in [Strategy::SurgeAndDrain { batch: 1 }, Strategy::InPlace { batch: 1 }] {
        let outcome = play(4, 9, strategy, trouble);
        outcome.check();
        assert_eq!((outcome.phase, outcome.play.cloud.desired), (Phase::Done, 4), "{}", outcome.words);
    }
}

#[test]
fn rolling_back_ends_with_the_members_of_before() {
    for at in (0..200).step_by(5) {
        for strategy in [Strategy::SurgeAndDrain { batch: 2 }, Strategy::InPlace { batch: 2 }] {
            let outcome = play(4, at, strategy, Trouble { roll_back: Some(at), ..Trouble::default() });
            outcome.check();
            if outcome.play.went_back {
                assert_eq!(outcome.phase, Phase::RolledBack, "at {at}: {}", outcome.words);
                assert_eq!(outcome.play.cloud.ids(), outcome.play.old, "at {at}");
                assert_eq!(outcome.play.cloud.serving(), 4, "at {at}");
            } else {
                assert_eq!(outcome.phase, Phase::Done, "at {at}: {}", outcome.words);
            }
        }
    }
}

#[test]
fn the_estimate_comes_from_what_was_seen() {
    let outcome = play(6, 6, Strategy::SurgeAndDrain { batch: 1 }, Trouble::default());
    let known = &outcome.play.known;
    let mean = known.mean_slot(6).unwrap();
    assert!((Duration::from_secs(100)..Duration::from_secs(300)).contains(&mean), "{mean:?}");
    assert!(mean * 6 <= super::play::took(&outcome) + Duration::from_mins(1));
}

#[test]
fn the_clouds_own_rollout_ends_as_it_ends_and_is_verified_by_id() {
    let outcome = play(3, 1, native(), Trouble::default());
    assert_eq!(outcome.phase, Phase::Done, "{}", outcome.words);
    outcome.check();
    assert!(outcome.words.starts_with("all 3 are new, by their ids"), "{}", outcome.words);
    assert_eq!(steps(&outcome), ["refresh/start"]);

    let mut cloud = Cloud::new(3, 1);
    cloud.weather = Weather::SickFrom(u64::MAX);
    let outcome = Play::new(cloud, native(), Trouble::default()).run();
    assert_eq!(outcome.phase, Phase::Failed, "{}", outcome.words);
    assert!(outcome.words.contains("the fleet is mixed, 2 old and 1 new; it says: stuck for an hour"), "{}", outcome.words);
}

#[test]
fn a_rollout_is_rolled_back_only_while_it_runs() {
    let trouble = Trouble { roll_back: Some(90), ..Trouble::default() };
    let outcome = play(4, 1, native(), trouble);
    assert_eq!(outcome.phase, Phase::RolledBack, "{}", outcome.words);
    assert_eq!(outcome.play.cloud.version, 1);
    let early = play(4, 1, native(), Trouble { roll_back: Some(0), ..Trouble::default() });
    assert_eq!((early.phase, early.play.calls), (Phase::RolledBack, 0), "{}", early.words);
}

#[test]
fn a_rollout_of_somebody_else_is_left_alone() {
    let mut cloud = Cloud::new(3, 1);
    let group: ResourceId = cloud.look().group.id;
    cloud.carry_out(&Call::StartRefresh { group, preferences: RefreshPreferences::default() }).unwrap();
    let outcome = Play::new(cloud, native(), Trouble::default()).run();
    assert_eq!((outcome.phase, outcome.play.calls), (Phase::Refused, 0), "{}", outcome.words);
}

#[test]
fn blue_green_moves_traffic_step_by_step_and_leaves_the_old_group_warm() {
    let outcome = play(3, 1, green(), Trouble::default());
    assert_eq!(outcome.phase, Phase::Done, "{}", outcome.words);
    let cloud = &outcome.play.cloud;
    assert_eq!((cloud.weights, cloud.ids().len()), ((0, 100), 3));
    assert_eq!(cloud.twin.as_ref().map(|t| t.serving()), Some(3));
    let traffic: Vec<String> = steps(&outcome).into_iter().filter(|s| s.starts_with("traffic")).collect();
    assert_eq!(traffic, ["traffic-10/rule-1", "traffic-50/rule-1", "traffic-100/rule-1"]);
    assert!(super::play::took(&outcome) >= Duration::from_mins(4));
}

#[test]
fn blue_green_goes_back_with_one_change_of_weights_at_any_moment() {
    for at in (0..340).step_by(7) {
        let outcome = play(2, at, green(), Trouble { roll_back: Some(at), ..Trouble::default() });
        outcome.check();
        let end = if outcome.play.went_back { Phase::RolledBack } else { Phase::Done };
        assert_eq!(outcome.phase, end, "at {at}: {}", outcome.words);
        assert_eq!(outcome.play.cloud.ids(), outcome.play.old);
    }
}

#[test]
fn blue_green_pauses_when_a_new_member_falls_ill_under_traffic() {
    let mut cloud = Cloud::new(2, 3);
    cloud.weather = Weather::ZoneDark(1_250, 90_000);
    cloud.elb = false;
    let outcome = Play::new(cloud, green(), Trouble::default()).run();
    assert!(outcome.play.pauses[0].contains("not healthy any more in portal-"), "{:?}", outcome.play.pauses);
    assert_eq!(outcome.phase, Phase::RolledBack, "{}", outcome.words);
}
