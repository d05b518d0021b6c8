//! Orders, borrowing and claims, with a surge on the simulated estate as the work at hand.

use super::crash::{Stage, tell};
use super::crashes::{Morning, plan_of};
use super::*;
use crate::domain::plan::{FreezeRequest, Inverse, RedeployRequest, Strategy};
use crate::domain::{Fact, Kind, Order, Request};
use crate::journal::fuse::{Burns, Fuse};
use crate::providers::Provider;
use crate::providers::sim::{Sim, Trouble};

/// What a surge switches off while it works.
const AUTOMATION: [&str; 3] = ["AZRebalance", "AlarmNotification", "ScheduledActions"];

async fn redeploy() -> (Sim, Stage, OperationId) {
    let morning = Morning::of(5).await;
    let sim = morning.sim.clone();
    let group = morning.id(Kind::Group, "portal");
    let request = Request::Redeploy(RedeployRequest { group, strategy: Strategy::SurgeAndDrain { batch: 1 } });
    let mut plan = plan_of(sim.scope(), request, vec![]);
    plan.inverse = Inverse::RollBack { until: Label::new("the first old member is drained") };
    let stage = morning.stage(plan);
    let id = stage.begin().await;
    (sim, stage, id)
}

async fn suspended(stage: &Stage) -> Vec<String> {
    let mut names: Vec<String> = stage.group().await.suspended.iter().map(|s| s.name.to_string()).collect();
    names.sort();
    names
}

fn borrowed_by(stage: &[String]) -> bool {
    AUTOMATION.iter().all(|p| stage.iter().any(|s| s == p))
}

/// Drives in the background.
fn begin(stage: &Stage, id: &OperationId) -> tokio::task::JoinHandle<Operation> {
    let (journal, id, permit, clock) = (stage.journal.clone(), id.clone(), stage.permit.clone(), Arc::clone(&stage.clock));
    let operator = Arc::clone(&stage.operator) as Arc<dyn Operator>;
    tokio::spawn(async move { run_one(journal, &id, operator, permit, clock, CancellationToken::new()).await.unwrap() })
}

async fn facts(stage: &Stage, id: &OperationId) -> Vec<Fact> {
    stage.journal.load(id).await.unwrap().unwrap().facts.into_iter().map(|(_, f)| f).collect()
}

async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn count(facts: &[Fact], test: impl Fn(&Fact) -> bool) -> usize {
    facts.iter().filter(|f| test(f)).count()
}

#[tokio::test(start_paused = true)]
async fn a_surge_marks_borrows_and_gives_back() {
    let (_, stage, id) = redeploy().await;
    let before = stage.group().await;
    let end = stage.drive(&id, &Fuse::new(Burns::Never)).await.unwrap();
    assert_eq!(end.phase, Phase::Done, "{}", end.note);
    assert_eq!((end.borrowed.len(), suspended(&stage).await.len()), (0, before.suspended.len()));
    let after = stage.group().await;
    assert_eq!(after.mark(), None, "the mark is taken off");
    assert!(before.members.iter().all(|old| !after.members.iter().any(|m| m.id == old.id && m.counts())), "all are new");
    let calls = stage.calls();
    let marks = calls.iter().filter(|c| matches!(c, Call::Mark { .. } | Call::Unmark { .. })).count();
    assert_eq!(marks, 2);
}

#[tokio::test(start_paused = true)]
async fn a_hold_gives_back_and_taking_up_takes_again() {
    let (_, stage, id) = redeploy().await;
    let driver = begin(&stage, &id);
    wait(60).await;
    assert!(borrowed_by(&suspended(&stage).await));
    assert!(stage.group().await.mark().is_some_and(|m| m.operation == id));
    tell(&stage, &id, Order::Hold).await;
    let held = driver.await.unwrap();
    assert_eq!((held.phase, held.borrowed.len()), (Phase::Held, 0), "{}", held.note);
    assert!(held.note.starts_with("held by kim@laptop at 00:01 UTC: slot 1 of "), "{}", held.note);
    assert!(held.note.ends_with("; waits to be resumed, rolled back or abandoned"), "{}", held.note);
    let resting = |o: &Operation| o.slots.iter().flat_map(|s| &s.spans).all(|s| s.to.is_some());
    assert!(resting(&held), "while nobody looks nothing grows: {:?}", held.slots);
    assert_eq!(held.orders, [Order::Resume, Order::RollBack, Order::Abandon]);
    assert_eq!(suspended(&stage).await, Vec::<String>::new());
    assert_eq!(stage.group().await.mark(), None);
    let open = interrupted(&stage.journal).await;
    assert_eq!(open.iter().map(|o| (&o.id, o.phase)).collect::<Vec<_>>(), [(&id, Phase::Held)]);

    wait(3_600).await;
    assert!(interrupted(&stage.journal).await.iter().all(resting));
    let driver = begin(&stage, &id);
    wait(60).await;
    assert!(borrowed_by(&suspended(&stage).await), "taken again");
    let end = driver.await.unwrap();
    assert_eq!(end.phase, Phase::Done, "{}", end.note);
    assert_eq!(suspended(&stage).await, Vec::<String>::new());
    let watched: i64 = end.slots[0].spans.iter().map(|s| s.to.map_or(0, |to| to.duration_since(s.from).as_secs())).sum();
    assert!(watched < 1_200, "an hour of rest is no hour of work: {:?}", end.slots[0].spans);
}

#[tokio::test(start_paused = true)]
async fn how_long_a_pause_keeps_what_it_borrowed_is_the_configs_to_say() {
    let morning = Morning::of(5).await;
    let request =
        Request::Redeploy(RedeployRequest { group: morning.id(Kind::Group, "portal"), strategy: Strategy::SurgeAndDrain { batch: 1 } });
    let plan = plan_of(morning.sim.scope(), request, vec![]);
    let mut stage = morning.stage(plan);
    stage.rules.pause_gives_back_after = Duration::from_mins(2);
    let id = stage.begin().await;
    let driver = begin(&stage, &id);
    wait(60).await;
    tell(&stage, &id, Order::Pause).await;
    wait(60).await;
    assert!(borrowed_by(&suspended(&stage).await));
    wait(90).await;
    assert_eq!(suspended(&stage).await, Vec::<String>::new());
    tell(&stage, &id, Order::Abandon).await;
    let end = driver.await.unwrap();
    assert!(end.note.starts_with("abandoned by kim@laptop: left as it is: "), "{}", end.note);
}

#[tokio::test(start_paused = true)]
async fn a_long_pause_gives_back_and_going_on_takes_again() {
    let (_, stage, id) = redeploy().await;
    let driver = begin(&stage, &id);
    wait(60).await;
    tell(&stage, &id, Order::Pause).await;
    wait(60).await;
    let calls = stage.calls().len();
    wait(5 * 60).await;
    assert!(borrowed_by(&suspended(&stage).await), "a short pause keeps them");
    assert_eq!(stage.calls().len(), calls, "and makes no call");
    wait(6 * 60).await;
    assert_eq!(suspended(&stage).await, Vec::<String>::new(), "a long one gives them back");
    tell(&stage, &id, Order::Resume).await;
    wait(30).await;
    assert!(borrowed_by(&suspended(&stage).await), "going on takes them again");
    let end = driver.await.unwrap();
    assert_eq!(end.phase, Phase::Done, "{}", end.note);
    assert_eq!(suspended(&stage).await, Vec::<String>::new());
    let facts = facts(&stage, &id).await;
    assert_eq!(count(&facts, |f| matches!(f, Fact::Borrowed { .. })), 2);
    assert_eq!(count(&facts, |f| matches!(f, Fact::GivenBack { .. })), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_suspended_before_stays_suspended() {
    let (_, stage, id) = redeploy().await;
    let before = Call::Suspend { group: stage.plan.target.clone(), processes: vec![Label::new("AZRebalance")] };
    stage.operator.call(&before).await.unwrap();
    let end = stage.drive(&id, &Fuse::new(Burns::Never)).await.unwrap();
    assert_eq!(end.phase, Phase::Done, "{}", end.note);
    assert_eq!(suspended(&stage).await, ["AZRebalance"]);
}

#[tokio::test(start_paused = true)]
async fn orders_at_any_moment_end_whole() {
    for order in [Order::Hold, Order::RollBack, Order::Abandon] {
        for at in [0, 5, 20, 45, 90, 150, 240, 400, 700] {
            let (_, stage, id) = redeploy().await;
            let driver = begin(&stage, &id);
            wait(at).await;
            tell(&stage, &id, order).await;
            let end = driver.await.unwrap();
            let want: &[Phase] = match order {
                Order::Hold => &[Phase::Held, Phase::Done],
                Order::RollBack => &[Phase::RolledBack, Phase::Done, Phase::Held],
                _ => &[Phase::Abandoned, Phase::Done],
            };
            assert!(want.contains(&end.phase), "{} after {at} s: {} {}", order.word(), end.phase.word(), end.note);
            assert_eq!(suspended(&stage).await, Vec::<String>::new(), "{} after {at} s: {}", order.word(), end.note);
            assert_eq!(stage.group().await.mark(), None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_drivers_never_drive_one_operation() {
    let (_, stage, id) = redeploy().await;
    let first = begin(&stage, &id);
    wait(30).await;
    let second = begin(&stage, &id).await.unwrap();
    assert!(second.note.contains("another process drives it"), "{}", second.note);
    let end = first.await.unwrap();
    assert_eq!(end.phase, Phase::Done, "{}", end.note);
}

#[tokio::test(start_paused = true)]
async fn another_operation_on_the_group_is_refused_but_a_freeze_holds_it() {
    let (sim, stage, id) = redeploy().await;
    let first = begin(&stage, &id);
    wait(60).await;
    let other = |request: Request, calls: Vec<Call>| {
        let plan = plan_of(sim.scope(), request, calls);
        let (permit, clock) = (stage.permit.clone(), Arc::clone(&stage.clock));
        let operator = Arc::clone(&stage.operator) as Arc<dyn Operator>;
        Stage { journal: stage.journal.clone(), ..Stage::new(operator, permit, clock, plan, GuardRules::default()) }
    };
    let group = stage.plan.target.clone();
    let request = crate::domain::plan::ProcessRequest { group: group.clone(), processes: vec![Label::new("Terminate")], suspend: true };
    let call = Call::Suspend { group: group.clone(), processes: request.processes.clone() };
    let rival = other(Request::Processes(request), vec![call]);
    let refused = rival.drive(&rival.begin().await, &Fuse::new(Burns::Never)).await.unwrap();
    assert_eq!((refused.phase, rival.calls().len()), (Phase::Refused, 0), "{}", refused.note);
    assert!(refused.note.contains("under way on this group"), "{}", refused.note);

    let freeze = other(Request::Freeze(FreezeRequest { group, processes: vec![Label::new("AZRebalance")] }), vec![]);
    let began = Instant::now();
    let frozen = freeze.drive(&freeze.begin().await, &Fuse::new(Burns::Never)).await.unwrap();
    assert_eq!(frozen.phase, Phase::Done, "{}", frozen.note);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let held = first.await.unwrap();
    assert_eq!(held.phase, Phase::Held, "{}", held.note);
    assert_eq!(suspended(&stage).await, ["AZRebalance"], "what was borrowed is back, what is frozen is off");
    assert!(stage.group().await.mark().is_some_and(|m| m.is_freeze()));
}

#[tokio::test(start_paused = true)]
async fn new_trouble_pauses_it_and_whoever_goes_on_accepts_that() {
    let (sim, stage, id) = redeploy().await;
    let driver = begin(&stage, &id);
    wait(60).await;
    sim.befall(Duration::ZERO, Trouble::Sickness { group: "portal".to_owned(), count: 1 });
    for _ in 0..60 {
        wait(10).await;
        if count(&facts(&stage, &id).await, |f| matches!(f, Fact::Ordered { order: Order::Pause, .. })) > 0 {
            break;
        }
    }
    let paused = facts(&stage, &id).await.into_iter().find_map(|f| match f {
        Fact::Ordered { order: Order::Pause, by, why, number } => Some((by, why, number)),
        _ => None,
    });
    let (by, why, number) = paused.expect("it paused by itself");
    assert_eq!((&*by, number), ("itself", None));
    assert!(why.contains("unhealthy") || why.contains("fires") || why.contains("5xx"), "{why}");
    tell(&stage, &id, Order::Hold).await;
    assert_eq!(driver.await.unwrap().phase, Phase::Held);
}

#[tokio::test(start_paused = true)]
async fn trouble_that_was_there_before_stops_nothing() {
    let (sim, stage, id) = redeploy().await;
    sim.befall(Duration::ZERO, Trouble::Alarm { name: "portal-p95".to_owned(), lasts: Duration::from_hours(4) });
    wait(180).await;
    let end = stage.drive(&id, &Fuse::new(Burns::Never)).await.unwrap();
    assert_eq!(end.phase, Phase::Done, "{}", end.note);
    assert_eq!(count(&facts(&stage, &id).await, |f| matches!(f, Fact::Ordered { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn an_operation_left_behind_tells_what_is_known() {
    let (_, stage, id) = redeploy().await;
    assert!(stage.drive(&id, &Fuse::new(Burns::Before(12))).await.is_none());
    let open = interrupted(&stage.journal).await;
    let [left] = open.as_slice() else { panic!("one is open, not {}", open.len()) };
    assert_eq!((left.phase, &left.id), (Phase::Interrupted, &id));
    assert!(left.note.contains("known done"), "{}", left.note);
    assert!(left.orders.contains(&Order::Resume) && left.orders.contains(&Order::Abandon));
    tell(&stage, &id, Order::Abandon).await;
    let end = stage.drive(&id, &Fuse::new(Burns::Never)).await.unwrap();
    assert_eq!(end.phase, Phase::Abandoned, "{}", end.note);
    assert_eq!(suspended(&stage).await, Vec::<String>::new());
    assert!(interrupted(&stage.journal).await.is_empty());
}
