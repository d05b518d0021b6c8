//! A crash between every two journal writes of every strategy: undisturbed, with answers lost and reads that lag, and on the way back. The
//! driver and all its memory are dropped, the estate and the journal stay, another driver goes on.
//!
//! Where a call left between two writes there are two such moments, before and after it; where none did, there is one.

use std::time::Duration;

use super::super::crash::{carry_on, tell};
use super::ends::faults;
use super::ground::{Ground, Morning, green, native};
use super::weather::Weather;
use crate::domain::plan::Strategy;
use crate::domain::{FailureKind, Order, Phase};
use crate::journal::fuse::{Burns, Fuse};
use crate::providers::sim::{Fault, Moment, Spot};

/// One operation that is put through all crashes.
struct Case {
    name: &'static str,
    ground: Ground,
    strategy: Strategy,
    /// Answers are lost and reads lag.
    rough: bool,
    /// A human says so, so long after the beginning.
    order: Option<(Duration, Order)>,
    end: Phase,
}

/// Makes the way rough: calls done and not answered, calls that never arrive, throttling, reads of stale copies.
fn roughen(morning: &Morning) {
    let (sim, lag) = (&morning.sim, Duration::from_secs(5));
    let call = |kind| Fault::new(Spot::Call, kind);
    sim.inject(call(FailureKind::Timeout).at(Moment::After).skipping(2));
    sim.inject(call(FailureKind::Network).at(Moment::Never).skipping(3));
    sim.inject(call(FailureKind::Throttled).skipping(4));
    sim.inject(call(FailureKind::Server).at(Moment::After).skipping(5));
    sim.lag_reads(lag);
    morning.watch.seen().lag = lag;
}

/// One run with a crash or without; the writes it took up to the crash, those after which a call left, and whether it struck.
async fn run(case: &Case, burns: Burns, number: u32) -> (u32, Vec<u32>, bool) {
    let morning = case.ground.morning(1, &case.strategy);
    let weather = Weather::fair(&morning);
    if case.rough {
        roughen(&morning);
    }
    let stage = &morning.stage;
    let (id, fuse) = (stage.begin().await, Fuse::new(burns));
    let drive = async {
        match stage.drive(&id, &fuse).await {
            Some(end) => (end, false),
            None => (carry_on(stage, &id, number).await, true),
        }
    };
    let human = async {
        match case.order {
            Some((after, order)) => {
                tokio::time::sleep(after).await;
                morning.watch.tell(format!("the human says: {}", order.word()));
                tell(stage, &id, order).await;
            }
            None => std::future::pending().await,
        }
        std::future::pending::<()>().await;
    };
    let (end, struck) = tokio::select! {
        driven = drive => driven,
        () = human => unreachable!("it waits for ever"),
    };
    let mut wrong = faults(&morning, &weather, &case.strategy, &end).await;
    if end.phase != case.end {
        wrong.push(format!("should have ended {}", case.end.word()));
    }
    assert!(
        wrong.is_empty(),
        "{}, {burns:?}:\n{}\n  it ended {}: {}\n  {}",
        case.name,
        morning.watch.story(),
        end.phase.word(),
        end.note,
        wrong.join("\n  ")
    );
    (fuse.writes(), stage.operator.written(), struck)
}

async fn every_crash(case: Case) {
    let (writes, called, _) = run(&case, Burns::Never, 0).await;
    let mut points = 0;
    for number in 1..=writes {
        points += u32::from(run(&case, Burns::After(number), number).await.2);
        if called.contains(&number) {
            points += u32::from(run(&case, Burns::Before(number + 1), number).await.2);
        }
    }
    eprintln!("{}: {points} crash points over {writes} journal writes", case.name);
    assert!(points >= writes - 3, "{}: only {points} crashes struck in {writes} writes", case.name);
}

const SURGE: Strategy = Strategy::SurgeAndDrain { batch: 1 };
const IN_PLACE: Strategy = Strategy::InPlace { batch: 1 };

macro_rules! cases {
    ($($test:ident: $ground:expr, $strategy:expr, $rough:literal, $order:expr => $end:expr;)*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $test() {
                let (ground, strategy) = ($ground.await, $strategy);
                let order: Option<u64> = $order;
                let order = order.map(|after| (Duration::from_secs(after), Order::RollBack));
                every_crash(Case { name: stringify!($test), ground, strategy, rough: $rough, order, end: $end }).await;
            }
        )*
    };
}

cases! {
    surge_and_drain: Ground::of("search", 2), SURGE, false, None => Phase::Done;
    surge_and_drain_on_a_rough_way: Ground::of("search", 2), SURGE, true, None => Phase::Done;
    surge_and_drain_back: Ground::of("search", 2), SURGE, false, Some(150) => Phase::RolledBack;
    in_place: Ground::of("search", 2), IN_PLACE, false, None => Phase::Done;
    in_place_on_a_rough_way: Ground::of("search", 2), IN_PLACE, true, None => Phase::Done;
    in_place_back: Ground::of("search", 2), IN_PLACE, false, Some(8) => Phase::RolledBack;
    native_refresh: Ground::of("search", 2), native(false), false, None => Phase::Done;
    native_refresh_on_a_rough_way: Ground::of("search", 2), native(false), true, None => Phase::Done;
    native_refresh_back: Ground::with_the_template_back("search", 2), native(true), false, Some(60) => Phase::RolledBack;
    blue_green: Ground::of("portal", 3), green(), false, None => Phase::Done;
    blue_green_on_a_rough_way: Ground::of("portal", 3), green(), true, None => Phase::Done;
    blue_green_back: Ground::of("portal", 3), green(), false, Some(250) => Phase::RolledBack;
}
