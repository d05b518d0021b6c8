//! Sources that are read only for what is looked at: metrics are bought, not taken.

use crate::domain::{Focus, Metric, SourceKind};

use super::fake::{Act, Fake};
use super::{Rig, pass};

fn charts() -> std::sync::Arc<Fake> {
    Fake::new("a").reads(SourceKind::Metrics, [vec![Act::Charts]]).ready()
}

fn looking(fake: &Fake, visible: &[&str], selected: &str) -> Focus {
    Focus { visible: visible.iter().map(|n| fake.id(n)).collect(), selected: Some(fake.id(selected)), ..Focus::default() }
}

fn value(rig: &Rig, fake: &Fake, name: &str) -> Option<f64> {
    rig.snapshot().series_of(&fake.id(name), Metric::Cpu).and_then(|s| s.latest()).map(|p| p.value)
}

#[tokio::test(start_paused = true)]
async fn nothing_is_bought_while_nobody_looks() {
    let fake = charts();
    let rig = Rig::start([&fake]);
    pass(300.0).await;
    rig.handle.refresh();
    pass(10.0).await;
    assert_eq!(fake.count(SourceKind::Metrics), 0);
    rig.handle.focus(looking(&fake, &["web"], "web"));
    pass(0.3).await;
    assert_eq!(fake.count(SourceKind::Metrics), 1);
    assert_eq!(value(&rig, &fake, "web"), Some(310.0));
}

#[tokio::test(start_paused = true)]
async fn a_restless_cursor_is_waited_for_but_not_for_ever() {
    let fake = charts();
    let rig = Rig::start([&fake]);
    rig.handle.focus(looking(&fake, &["g0"], "g0"));
    pass(5.0).await;
    assert_eq!(fake.count(SourceKind::Metrics), 1);
    for n in 1..=8 {
        rig.handle.focus(looking(&fake, &["g0"], &format!("g{n}")));
        pass(0.1).await;
    }
    assert_eq!(fake.count(SourceKind::Metrics), 1, "still moving");
    pass(0.2).await;
    assert_eq!(fake.count(SourceKind::Metrics), 2);
    assert_eq!(fake.last_focus().selected, Some(fake.id("g8")), "where it came to rest");
    for n in 10..40 {
        rig.handle.focus(looking(&fake, &["g0"], &format!("g{n}")));
        pass(0.1).await;
    }
    assert!((4..=6).contains(&fake.count(SourceKind::Metrics)), "about once a second: {}", fake.count(SourceKind::Metrics));
}

#[tokio::test(start_paused = true)]
async fn rows_just_read_are_not_bought_again() {
    let fake = charts();
    let rig = Rig::start([&fake]);
    rig.handle.focus(looking(&fake, &["web", "api"], "web"));
    pass(1.0).await;
    rig.handle.focus(looking(&fake, &["web", "api"], "api"));
    pass(1.0).await;
    assert_eq!(fake.count(SourceKind::Metrics), 2);
    for _ in 0..3 {
        rig.handle.focus(looking(&fake, &["web", "api"], "web"));
        pass(0.5).await;
        rig.handle.focus(looking(&fake, &["api"], "api"));
        pass(0.5).await;
    }
    assert_eq!(fake.count(SourceKind::Metrics), 2, "up and down over the same two rows");
}

#[tokio::test(start_paused = true)]
async fn a_narrower_focus_keeps_the_other_charts_while_they_are_fresh() {
    let fake = charts();
    let rig = Rig::start([&fake]);
    rig.handle.focus(looking(&fake, &["web", "api"], "web"));
    pass(5.0).await;
    rig.handle.focus(looking(&fake, &["web"], "web"));
    pass(60.0).await;
    assert_eq!(value(&rig, &fake, "api"), Some(0.0), "as it was read at the start");
    assert!(value(&rig, &fake, "web").is_some_and(|at| at > 50.0), "read again and again");
    pass(16.0 * 60.0).await;
    assert_eq!(value(&rig, &fake, "api"), None, "too old to be shown as the present");
}
