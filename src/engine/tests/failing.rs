//! Failures: what is waited out, what hangs, what never ends, and how everything stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::{FailureKind, Now, SourceKind};
use crate::engine::{Clock, Settings};

use super::fake::{Act, Fake};
use super::{Rig, pass};

fn gaps(times: &[f64]) -> Vec<f64> {
    times.windows(2).map(|w| w[1] - w[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn retries_back_off_up_to_a_minute_and_stop_with_the_first_success() {
    let fake = Fake::new("a");
    let mut script = vec![vec![Act::Fail(FailureKind::Network)]; 12];
    script.push(vec![Act::Page(vec![fake.group("web")])]);
    let fake = fake.reads(SourceKind::Groups, script).ready();
    let rig = Rig::start([&fake]);
    pass(15.0 * 60.0).await;
    let times = fake.times(SourceKind::Groups);
    assert!(times.len() > 13, "tried {} times", times.len());
    for (n, gap) in gaps(&times[..13]).iter().enumerate() {
        let ceiling = 2_f64.powi(n as i32).min(60.0);
        assert!((0.249..=ceiling + 0.01).contains(gap), "wait {n} was {gap} s, ceiling {ceiling}");
    }
    assert!(gaps(&times[..13]).iter().any(|g| *g > 8.0), "it does slow down: {times:?}");
    assert!(rig.state(&fake, SourceKind::Groups).failure.is_none());
    assert!(gaps(&times[13..]).iter().all(|g| (54.0..=66.1).contains(g)), "back to its cadence: {times:?}");
}

#[tokio::test(start_paused = true)]
async fn the_service_says_when_to_come_back_and_asking_does_not_help() {
    let script = [vec![Act::FailUntil(FailureKind::Throttled, Duration::from_secs(45))], vec![Act::Page(vec![])]];
    let fake = Fake::new("a").reads(SourceKind::Groups, script).ready();
    let rig = Rig::start([&fake]);
    pass(5.0).await;
    rig.handle.refresh();
    pass(39.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 1);
    pass(2.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 2);
}

#[tokio::test(start_paused = true)]
async fn what_waiting_does_not_cure_is_tried_rarely_and_at_once_when_asked() {
    for (kind, least, most) in
        [(FailureKind::Forbidden, 269.0, 331.0), (FailureKind::Unsupported, 269.0, 331.0), (FailureKind::Auth, 26.0, 34.0)]
    {
        let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Fail(kind)]]).ready();
        let rig = Rig::start([&fake]);
        pass(1_000.0).await;
        assert!(gaps(&fake.times(SourceKind::Groups)).iter().all(|g| (least..=most).contains(g)), "{kind:?}");
        let before = fake.count(SourceKind::Groups);
        rig.handle.refresh();
        pass(2.0).await;
        assert_eq!(fake.count(SourceKind::Groups), before + 1, "{kind:?}: asked");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_panics_is_a_failed_read_and_is_tried_again() {
    let fake = Fake::new("a");
    let page = || vec![Act::Page(vec![fake.group("web")])];
    let script = [page(), vec![Act::Panic], page()];
    let fake = fake.reads(SourceKind::Groups, script).ready();
    let rig = Rig::start([&fake]);
    pass(1.0).await;
    rig.handle.refresh();
    pass(0.1).await;
    let failure = rig.state(&fake, SourceKind::Groups).failure.expect("it was seen to fail");
    assert_eq!(failure.kind, FailureKind::Decode);
    assert_eq!(rig.groups(), ["web"], "its rows stay");
    pass(30.0).await;
    assert!(rig.state(&fake, SourceKind::Groups).failure.is_none(), "and it is read again");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_hangs_is_given_up_and_shown_as_timed_out() {
    let fake = Fake::new("a");
    let page = vec![fake.group("web")];
    let fake = fake.reads(SourceKind::Groups, [vec![Act::Page(page)], vec![Act::Hang]]).ready();
    let rig = Rig::start([&fake]);
    pass(1.0).await;
    rig.handle.refresh();
    pass(59.0).await;
    assert!(rig.state(&fake, SourceKind::Groups).failure.is_none(), "not yet");
    pass(3.0).await;
    let failure = rig.state(&fake, SourceKind::Groups).failure.expect("given up");
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_eq!(&*failure.message, "no answer within 60 s");
    assert_eq!(rig.groups(), ["web"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_read_that_keeps_paging_is_not_hung() {
    let fake = Fake::new("a");
    let script: Vec<Act> = (0..10).flat_map(|n| [Act::Wait(30.0), Act::Page(vec![fake.group(&format!("g{n}"))])]).collect();
    let fake = fake.reads(SourceKind::Groups, [script]).ready();
    let rig = Rig::start([&fake]);
    pass(301.0).await;
    assert!(rig.state(&fake, SourceKind::Groups).failure.is_none());
    assert_eq!(rig.groups().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_pages_in_circles_is_cut_off() {
    let fake = Fake::new("a");
    let row = fake.group("web");
    let fake = fake.reads(SourceKind::Groups, [vec![Act::Circle(vec![row; 100])]]).ready();
    let rig = Rig::with([&fake], Settings { max_rows: 5_000, seed: Some(1), ..Settings::default() });
    pass(0.2).await;
    let state = rig.state(&fake, SourceKind::Groups);
    assert_eq!(state.failure.expect("cut off").kind, FailureKind::Decode);
    assert!(state.rows <= 5_000);
    assert_eq!(rig.groups(), ["web"], "one group, however often it came");
}

#[tokio::test(start_paused = true)]
async fn one_scope_in_trouble_does_not_slow_another() {
    let sick = Fake::new("a")
        .reads(SourceKind::Groups, [vec![Act::Hang]])
        .reads(SourceKind::Pools, [vec![Act::Fail(FailureKind::Throttled)]])
        .ready();
    let well = Fake::new("b");
    let page = vec![well.group("web")];
    let well = well.reads(SourceKind::Groups, [vec![Act::Page(page)]]).ready();
    let rig = Rig::start([&sick, &well]);
    pass(600.0).await;
    assert_eq!(rig.groups(), ["web"]);
    assert!((9..=12).contains(&well.count(SourceKind::Groups)), "{}", well.count(SourceKind::Groups));
    assert!(rig.state(&sick, SourceKind::Groups).failure.is_some());
    assert!(rig.state(&well, SourceKind::Groups).failure.is_none());
}

#[tokio::test(start_paused = true)]
async fn cancel_stops_everything_at_once_even_a_hung_read() {
    let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Hang]]).reads(SourceKind::Pools, [vec![Act::Page(vec![])]]).ready();
    let rig = Rig::start([&fake]);
    pass(1.0).await;
    assert_eq!(fake.reads_under_way(), 1);
    rig.cancel.cancel();
    tokio::time::timeout(Duration::from_secs(2), rig.handle.stopped()).await.expect("stopped within 2 s");
    assert_eq!(fake.reads_under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_engine_ends_with_its_last_handle() {
    let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Page(vec![])]]).ready();
    let rig = Rig::start([&fake]);
    pass(1.0).await;
    assert_eq!(Arc::strong_count(&fake), 2);
    drop(rig);
    pass(1.0).await;
    assert_eq!(Arc::strong_count(&fake), 1);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_starts_over() {
    let fake = Fake::new("a");
    let page = vec![fake.group("web")];
    let fake = fake
        .reads(SourceKind::Groups, [vec![Act::Page(page)]])
        .reads(SourceKind::Alarms, [vec![Act::Page(vec![])], vec![Act::Hang]])
        .ready();
    let slept = Arc::new(AtomicI64::new(0));
    let clock = {
        let (slept, inner) = (slept.clone(), Clock::fixed_start(Now::at(0).wall));
        Clock::custom(move || {
            let now = inner.now();
            Now { wall: now.wall + Duration::from_secs(slept.load(Ordering::SeqCst) as u64), ..now }
        })
    };
    let rig = Rig::on([&fake], Settings { seed: Some(1), ..Settings::default() }, clock);
    pass(1.0).await;
    rig.handle.refresh();
    pass(2.0).await;
    assert_eq!((fake.count(SourceKind::Groups), fake.count(SourceKind::Alarms)), (2, 2));
    slept.store(8 * 3_600, Ordering::SeqCst);
    pass(6.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 3, "read again at once");
    assert_eq!(fake.count(SourceKind::Alarms), 3, "the read under way is as old as the sleep: given up, begun anew");
    pass(30.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 3, "and only once");
}
