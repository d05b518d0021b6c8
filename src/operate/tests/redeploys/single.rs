//! One redeploy each, with what it must do about one thing.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::crash::tell;
use super::super::*;
use super::ground::{Ground, Morning, green, native};
use super::watch::serving;
use crate::domain::plan::Strategy;
use crate::domain::{Fact, FailureKind, Order};
use crate::providers::sim::{Fault, Spot, Trouble};

/// Drives in the background.
async fn begin(morning: &Morning) -> (OperationId, tokio::task::JoinHandle<Operation>) {
    let stage = &morning.stage;
    let id = stage.begin().await;
    let (journal, permit, clock) = (stage.journal.clone(), stage.permit.clone(), Arc::clone(&stage.clock));
    let (operator, of) = (Arc::clone(&stage.operator) as Arc<dyn Operator>, id.clone());
    let driver = tokio::spawn(async move { run_one(journal, &of, operator, permit, clock, CancellationToken::new()).await.unwrap() });
    (id, driver)
}

async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Why it paused, each time.
async fn pauses(morning: &Morning, id: &OperationId) -> Vec<String> {
    let facts = morning.stage.journal.load(id).await.unwrap().unwrap().facts;
    let pause = |f: &Fact| match f {
        Fact::Ordered { order: Order::Pause, why, .. } => Some(why.to_string()),
        _ => None,
    };
    facts.iter().filter_map(|(_, f)| pause(f)).collect()
}

#[tokio::test(start_paused = true)]
async fn traffic_does_not_stop_for_one_bad_read_of_a_new_member_but_for_two() {
    for (reads, paused) in [(1, false), (2, true)] {
        let ground = Ground::of("portal", 3).await;
        let morning = ground.morning(1, &green());
        morning.watch.seen().blink = Some((Duration::from_secs(180), reads));
        let (id, driver) = begin(&morning).await;
        wait(230).await;
        let pauses = pauses(&morning, &id).await;
        assert_eq!(!pauses.is_empty(), paused, "{reads}: {pauses:?}");
        assert!(pauses.iter().all(|why| why.contains("not healthy any more in portal-")), "{pauses:?}");
        assert_eq!(morning.watch.seen().blink.map(|(_, left)| left), Some(0), "it was seen");
        if paused {
            tell(&morning.stage, &id, Order::Resume).await;
        }
        let end = driver.await.unwrap();
        assert_eq!(end.phase, Phase::Done, "{}", end.note);
    }
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_second_group_pause_the_move_too() {
    let ground = Ground::of("portal", 3).await;
    let morning = ground.morning(1, &green());
    let (id, driver) = begin(&morning).await;
    wait(190).await;
    let twin = format!("portal-{id}");
    morning.sim.befall(Duration::ZERO, Trouble::Errors { group: twin, percent: 60.0, lasts: Duration::from_mins(10) });
    wait(120).await;
    let pauses = pauses(&morning, &id).await;
    assert!(pauses.iter().any(|why| why.contains("answered 5xx")), "{pauses:?}\n{}", morning.watch.story());
    tell(&morning.stage, &id, Order::RollBack).await;
    let end = driver.await.unwrap();
    assert_eq!(end.phase, Phase::RolledBack, "{}", end.note);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_says_it_rolled_back_is_looked_at() {
    // The template asks for the new version already: the cloud has nothing else to go back to.
    for (ground, phase) in
        [(Ground::of("search", 3).await, Phase::Held), (Ground::with_the_template_back("search", 3).await, Phase::RolledBack)]
    {
        let morning = ground.morning(1, &native(true));
        let (id, driver) = begin(&morning).await;
        wait(125).await;
        tell(&morning.stage, &id, Order::RollBack).await;
        let end = driver.await.unwrap();
        assert_eq!(end.phase, phase, "{}", end.note);
        assert!(phase == Phase::RolledBack || end.note.contains("the fleet is mixed"), "{}", end.note);
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_put_back_is_not_replaced_once_replacing_is_on_again() {
    for strategy in [Strategy::InPlace { batch: 1 }, Strategy::SurgeAndDrain { batch: 1 }] {
        let ground = Ground::of("search", 3).await;
        let morning = ground.morning(1, &strategy);
        let (id, driver) = begin(&morning).await;
        let out = async {
            while !morning.watch.carried_out().iter().any(|c| matches!(c, Call::Deregister { .. })) {
                wait(1).await;
            }
        };
        out.await;
        wait(10).await;
        tell(&morning.stage, &id, Order::RollBack).await;
        let end = driver.await.unwrap();
        assert_eq!(end.phase, Phase::RolledBack, "{}", end.note);
        wait(900).await;
        let (group, pools) = morning.watch.truth();
        assert_eq!(serving(&group, &pools), morning.watch.old, "the same members serve as before");
    }
}

#[tokio::test(start_paused = true)]
async fn a_strategy_that_takes_members_out_is_not_begun_where_nobody_can_be_judged() {
    let ground = Ground::of("search", 3).await;
    let mut morning = ground.morning(1, &Strategy::InPlace { batch: 1 });
    morning.stage.rules.floor_percent = Some(50);
    morning.sim.inject(Fault::new(Spot::ReadPools, FailureKind::Server).always());
    let (_, driver) = begin(&morning).await;
    let end = driver.await.unwrap();
    assert_eq!((end.phase, morning.watch.carried_out().len()), (Phase::Refused, 0), "{}", end.note);
    assert!(end.note.contains("the capacity floor cannot be judged"), "{}", end.note);
}
