//! How often is read, by whom it is asked, and what it costs.

use std::sync::atomic::Ordering;

use crate::domain::{Focus, SourceKind};
use crate::engine::Settings;

use super::fake::{Act, Fake};
use super::{Rig, pass};

fn simple(kind: SourceKind) -> std::sync::Arc<Fake> {
    Fake::new("a").reads(kind, [vec![Act::Page(vec![])]]).ready()
}

#[tokio::test(start_paused = true)]
async fn focus_and_operations_quicken_the_cadence() {
    let fake = simple(SourceKind::Groups);
    let rig = Rig::start([&fake]);
    let mut before = 0;
    for (focus, least, most, every, why) in [
        (Focus::default(), 9, 12, 60, "in the background"),
        (Focus { kinds: vec![SourceKind::Groups], ..Focus::default() }, 54, 67, 10, "in focus"),
        (Focus { operating: vec![fake.id("web")], ..Focus::default() }, 180, 224, 3, "while an operation runs"),
        (Focus { kinds: vec![SourceKind::Alarms], ..Focus::default() }, 8, 12, 60, "another pane in focus"),
    ] {
        rig.handle.focus(focus);
        pass(600.0).await;
        let read = fake.count(SourceKind::Groups) - before;
        before = fake.count(SourceKind::Groups);
        assert!((least..=most).contains(&read), "{why}: {read} reads in ten minutes");
        assert_eq!(rig.state(&fake, SourceKind::Groups).every.as_secs(), every, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_in_another_scope_is_not_ours() {
    let (here, there) = (simple(SourceKind::Groups), Fake::new("b").reads(SourceKind::Groups, [vec![]]).ready());
    let rig = Rig::start([&here, &there]);
    rig.handle.focus(Focus { operating: vec![here.id("web")], ..Focus::default() });
    pass(60.0).await;
    assert!(here.count(SourceKind::Groups) > 15);
    assert!(there.count(SourceKind::Groups) <= 2);
}

#[tokio::test(start_paused = true)]
async fn a_focus_that_comes_late_reads_at_once() {
    let fake = simple(SourceKind::Groups);
    let rig = Rig::start([&fake]);
    pass(40.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 1);
    rig.handle.focus(Focus { kinds: vec![SourceKind::Groups], ..Focus::default() });
    pass(0.1).await;
    assert_eq!(fake.count(SourceKind::Groups), 2);
}

#[tokio::test(start_paused = true)]
async fn asking_many_times_is_asking_once() {
    let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Wait(2.0), Act::Page(vec![])]]).ready();
    let rig = Rig::start([&fake]);
    pass(1.0).await;
    for _ in 0..50 {
        rig.handle.refresh();
        pass(0.01).await;
    }
    pass(20.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 2, "the one under way, and one that began after the asking");
    assert_eq!(fake.most_in_flight.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_held_key_reads_once_a_second() {
    let fake = simple(SourceKind::Groups);
    let rig = Rig::start([&fake]);
    for _ in 0..500 {
        rig.handle.refresh();
        pass(0.02).await;
    }
    assert!((9..=12).contains(&fake.count(SourceKind::Groups)), "{}", fake.count(SourceKind::Groups));
}

#[tokio::test(start_paused = true)]
async fn a_source_slower_than_its_cadence_gets_to_breathe() {
    let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Wait(30.0), Act::Page(vec![])]]).ready();
    let rig = Rig::start([&fake]);
    rig.handle.focus(Focus { kinds: vec![SourceKind::Groups], ..Focus::default() });
    pass(310.0).await;
    assert!((9..=11).contains(&fake.count(SourceKind::Groups)), "{}", fake.count(SourceKind::Groups));
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_overspent_waits_and_says_what_it_used() {
    let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Costly(vec![], 300, 1_000)]]).ready();
    let settings = Settings { calls_per_second: 2.0, burst: 10.0, seed: Some(3), ..Settings::default() };
    let rig = Rig::with([&fake], settings);
    rig.handle.focus(Focus { kinds: vec![SourceKind::Groups], ..Focus::default() });
    pass(59.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 1, "in debt for a minute");
    assert_eq!(rig.snapshot().calls_per_minute, 300);
    pass(4.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 2);
    assert!((rig.snapshot().cost_per_hour - 1.2).abs() < 0.1, "two purchases of a cent in a minute: {}", rig.snapshot().cost_per_hour);
}
