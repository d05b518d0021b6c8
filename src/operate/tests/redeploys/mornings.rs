//! Many mornings by the dice. A failure prints the seed, which tells all of it, and the story.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Dice;
use super::ends::faults;
use super::ground::{Ground, green, native};
use super::human::Human;
use super::weather::Weather;
use crate::domain::Phase;
use crate::domain::plan::Strategy;

/// Stories that are told where many went wrong.
const SHOWN: usize = 3;

/// What became of many mornings.
struct Tally {
    ends: BTreeMap<&'static str, u32>,
    looks: u64,
    calls: u64,
}

/// One morning; the seed tells all of it.
async fn one(ground: &Ground, seed: u64, strategy: &Strategy, tally: &mut Tally) -> Result<(), String> {
    let mut dice = Dice::new(seed);
    let morning = ground.morning(seed, strategy);
    let weather = Weather::gather(&morning, &mut dice, ground.group.native(), strategy);
    let end = Human::by(&mut dice).attend(&morning, &weather).await;
    let wrong = faults(&morning, &weather, strategy, &end).await;
    let seen = morning.watch.seen();
    tally.looks += u64::from(seen.looks);
    tally.calls += u64::from(seen.calls);
    *tally.ends.entry(end.phase.word()).or_default() += 1;
    drop(seen);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{}\n  it ended {}: {}\n  {}", morning.watch.story(), end.phase.word(), end.note, wrong.join("\n  ")))
}

/// These seeds of a strategy on a ground, of which at least a quarter must end well.
async fn mornings(name: &str, ground: Ground, seeds: Range<u64>, strategy: impl Fn(u64) -> Strategy) {
    let mut tally = Tally { ends: BTreeMap::new(), looks: 0, calls: 0 };
    let (count, group) = (seeds.end - seeds.start, ground.group.native().to_owned());
    let mut wrong = Vec::new();
    for seed in seeds {
        if let Err(story) = one(&ground, seed, &strategy(seed), &mut tally).await {
            wrong.push(format!("{name} of {group}, seed {seed}:\n{story}"));
        }
    }
    let Tally { ends, looks, calls } = &tally;
    eprintln!("{name} of {group}: {count} mornings, {looks} looks, {calls} calls, {ends:?}");
    assert!(wrong.is_empty(), "{} of {count} mornings went wrong:\n\n{}", wrong.len(), wrong[..wrong.len().min(SHOWN)].join("\n\n"));
    let well = ends.get(Phase::Done.word()).copied().unwrap_or(0);
    assert!(u64::from(well) * 4 > count, "{name}: {ends:?}");
}

fn surge(seed: u64) -> Strategy {
    Strategy::SurgeAndDrain { batch: 1 + u32::from(seed % 5 == 4) }
}

fn in_place(_: u64) -> Strategy {
    Strategy::InPlace { batch: 1 }
}

/// A test per stretch of seeds, so that they run side by side.
macro_rules! stretches {
    ($($test:ident: $name:literal, $ground:expr, $strategy:expr, $seeds:expr;)*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $test() {
                mornings($name, $ground.await, $seeds, $strategy).await;
            }
        )*
    };
}

stretches! {
    surge_and_drain_by_the_balancer: "surge and drain", Ground::of("search", 3), surge, 0..70;
    surge_and_drain_by_the_balancer_2: "surge and drain", Ground::of("search", 3), surge, 70..140;
    surge_and_drain_by_the_balancer_3: "surge and drain", Ground::of("search", 3), surge, 140..240;
    surge_and_drain_by_the_balancer_4: "surge and drain", Ground::of("search", 3), surge, 240..340;
    surge_and_drain_by_the_group: "surge and drain", Ground::of("portal", 4), surge, 1_000..1_060;
    surge_and_drain_by_the_group_2: "surge and drain", Ground::of("portal", 4), surge, 1_060..1_160;
    in_place_by_the_balancer: "in place", Ground::of("search", 3), in_place, 0..70;
    in_place_by_the_balancer_2: "in place", Ground::of("search", 3), in_place, 5_050..5_120;
    in_place_by_the_balancer_3: "in place", Ground::of("search", 3), in_place, 5_120..5_220;
    in_place_by_the_balancer_4: "in place", Ground::of("search", 3), in_place, 5_220..5_286;
    in_place_by_the_group: "in place", Ground::of("portal", 5), in_place, 1_000..1_060;
    in_place_by_the_group_2: "in place", Ground::of("portal", 5), in_place, 1_060..1_160;
    native_by_the_balancer: "native", Ground::of("search", 3), |_| native(false), 0..100;
    native_by_the_balancer_2: "native", Ground::of("search", 3), |_| native(false), 100..200;
    native_by_the_group: "native", Ground::of("portal", 4), |_| native(false), 1_000..1_100;
    native_by_the_group_2: "native", Ground::of("portal", 4), |_| native(false), 1_100..1_200;
    native_with_a_way_back: "native", Ground::with_the_template_back("search", 3), |_| native(true), 2_000..2_100;
    native_with_a_way_back_2: "native", Ground::with_the_template_back("search", 3), |_| native(true), 2_100..2_200;
    blue_green_of_three: "blue/green", Ground::of("portal", 3), |_| green(), 0..70;
    blue_green_of_three_2: "blue/green", Ground::of("portal", 3), |_| green(), 5_050..5_120;
    blue_green_of_three_3: "blue/green", Ground::of("portal", 3), |_| green(), 5_120..5_220;
    blue_green_of_three_4: "blue/green", Ground::of("portal", 3), |_| green(), 70..150;
    blue_green_of_two: "blue/green", Ground::of("portal", 2), |_| green(), 1_000..1_060;
    blue_green_of_two_2: "blue/green", Ground::of("portal", 2), |_| green(), 1_060..1_160;
}
