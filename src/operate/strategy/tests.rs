//! Strategies against a small cloud in memory, thousands of times by the dice: what must never happen, and where each may end.

mod cloud;
mod play;
mod single;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::Phase;
use crate::domain::plan::{BlueGreen, RefreshPreferences, Strategy};

use cloud::{Cloud, Weather};
use play::{Outcome, Play, Trouble};

fn green() -> Strategy {
    let (pause, bake) = (Duration::from_mins(1), Duration::from_mins(2));
    Strategy::BlueGreen(BlueGreen { version: None, steps: vec![10, 50, 100], pause, bake })
}

fn native() -> Strategy {
    Strategy::Native(RefreshPreferences::default())
}

fn play(desired: u32, seed: u64, strategy: Strategy, trouble: Trouble) -> Outcome {
    Play::new(Cloud::new(desired, seed), strategy, trouble).run()
}

/// Everything that may go wrong, by the dice.
fn stormy(seed: u64, strategy: Strategy) -> Outcome {
    let desired = 2 + (seed % 6) as u32;
    let mut cloud = Cloud::new(desired, seed);
    let at = |cloud: &mut Cloud, of: u64| (cloud.roll(of) == 0).then(|| 20 + cloud.roll(500));
    let trouble = Trouble {
        calls: [0, 10, 40][cloud.roll(3) as usize],
        blind: [0, 5, 30][cloud.roll(3) as usize],
        scale_in: at(&mut cloud, 5),
        old_dies: at(&mut cloud, 4),
        new_dies: at(&mut cloud, 4),
        roll_back: at(&mut cloud, 4),
        pause: at(&mut cloud, 4).map(|at| (at, 900)),
    };
    let from = 1_000 + cloud.roll(300);
    cloud.weather = match cloud.roll(6) {
        0 => Weather::NoCapacity(from + 120),
        1 => Weather::NoCapacity(from + 90_000),
        2 => Weather::SickFrom(from),
        3 => Weather::ZoneDark(from, from + 400),
        _ => Weather::Fine,
    };
    cloud.elb = cloud.roll(2) == 0;
    // A rollout of the cloud's own that cannot launch is retried for an hour, and then fails: here at once.
    if matches!(strategy, Strategy::Native(_)) && cloud.weather != Weather::Fine {
        cloud.weather = Weather::SickFrom(u64::MAX);
    }
    let mut play = Play::new(cloud, strategy, trouble);
    play.late = true;
    play.run()
}

fn storms(name: &str, seeds: u64, strategy: impl Fn(u64) -> Strategy + std::panic::RefUnwindSafe) -> BTreeMap<&'static str, u32> {
    let (mut ends, mut looks) = (BTreeMap::new(), 0);
    for seed in 0..seeds {
        let outcome = std::panic::catch_unwind(|| {
            let outcome = stormy(seed, strategy(seed));
            outcome.check();
            outcome
        });
        let outcome = outcome.unwrap_or_else(|_| panic!("{name}: seed {seed}"));
        *ends.entry(outcome.phase.word()).or_default() += 1;
        looks += outcome.play.looks;
    }
    println!("{name}: {seeds} seeds, {looks} looks, {ends:?}");
    ends
}

#[test]
fn surges_through_storms_end_all_new_all_old_or_held_and_said_so() {
    let ends = storms("surge and drain", 500, |seed| Strategy::SurgeAndDrain { batch: 1 + (seed % 3) as u32 });
    assert!(ends["done"] > 100 && ends["rolled back"] > 50, "{ends:?}");
}

#[test]
fn replacing_in_place_through_storms_too() {
    let ends = storms("in place", 500, |seed| Strategy::InPlace { batch: 1 + (seed % 2) as u32 });
    assert!(ends["done"] > 100 && ends["rolled back"] > 5, "{ends:?}");
}

#[test]
fn the_clouds_own_rollouts_through_storms_too() {
    let ends = storms("native", 400, |_| native());
    assert!(ends["done"] > 80 && ends["rolled back"] > 5 && ends["failed"] > 20, "{ends:?}");
}

#[test]
fn blue_green_through_storms_too() {
    let ends = storms("blue/green", 400, |_| green());
    assert!(ends["done"] > 80 && ends["rolled back"] > 50, "{ends:?}");
}
