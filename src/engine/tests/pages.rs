//! From pages to pictures: what is shown when.

use crate::domain::source::Picture;
use crate::domain::{ChangeKind, FailureKind, Kind, Label, ResourceId, SourceKind, Status, Target, Verdict};

use super::fake::{Act, Fake};
use super::{Rig, pass};

#[tokio::test(start_paused = true)]
async fn the_first_picture_is_there_at_once_and_says_that_nothing_was_read() {
    let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Hang]]).ready();
    let rig = Rig::start([&fake]);
    assert_eq!(rig.snapshot().picture(&[SourceKind::Groups], rig.now()), Picture::NotYet);
}

#[tokio::test(start_paused = true)]
async fn pages_of_a_first_read_show_as_they_come_and_later_ones_swap_whole() {
    let fake = Fake::new("a");
    let (web, api, job) = (fake.group("web"), fake.group("api"), fake.group("job"));
    let fake = fake
        .reads(
            SourceKind::Groups,
            [
                vec![Act::Wait(1.0), Act::Page(vec![web.clone()]), Act::Wait(1.0), Act::Page(vec![api]), Act::Wait(1.0)],
                vec![Act::Page(vec![web]), Act::Wait(5.0), Act::Page(vec![job])],
            ],
        )
        .ready();
    let rig = Rig::start([&fake]);
    pass(1.5).await;
    assert_eq!(rig.groups(), ["web"]);
    assert_eq!(rig.snapshot().picture(&[SourceKind::Groups], rig.now()), Picture::Partial { rows: 1 });
    assert!(rig.state(&fake, SourceKind::Groups).reading_since.is_some());
    pass(1.0).await;
    assert_eq!(rig.groups(), ["api", "web"]);
    pass(1.0).await;
    assert!(matches!(rig.snapshot().picture(&[SourceKind::Groups], rig.now()), Picture::Live { .. }));
    rig.handle.refresh();
    pass(4.0).await;
    assert_eq!(fake.count(SourceKind::Groups), 2);
    assert_eq!(rig.groups(), ["api", "web"], "half a refresh is not shown");
    pass(2.0).await;
    assert_eq!(rig.groups(), ["job", "web"]);
}

#[tokio::test(start_paused = true)]
async fn no_rows_is_not_the_same_as_not_read() {
    let fake = Fake::new("a").reads(SourceKind::Groups, [vec![Act::Page(vec![])]]).ready();
    let rig = Rig::start([&fake]);
    pass(0.5).await;
    assert!(matches!(rig.snapshot().picture(&[SourceKind::Groups], rig.now()), Picture::Live { .. }));
    assert!(rig.groups().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_pages_is_published_at_most_ten_times_a_second() {
    let fake = Fake::new("a");
    let script: Vec<Act> = (0..200).flat_map(|n| [Act::Page(vec![fake.group(&format!("g{n:03}"))]), Act::Wait(0.01)]).collect();
    let fake = fake.reads(SourceKind::Groups, [script]).ready();
    let rig = Rig::start([&fake]);
    let mut snapshots = rig.handle.snapshots();
    let mut published = 0;
    let counting = async {
        while snapshots.changed().await.is_ok() {
            published += 1;
        }
    };
    let _ = tokio::time::timeout(std::time::Duration::from_secs(2), counting).await;
    assert!((10..=24).contains(&published), "{published} pictures in 2 s");
    pass(1.0).await;
    assert_eq!(rig.groups().len(), 200);
}

#[tokio::test(start_paused = true)]
async fn equal_rows_keep_their_generation_and_grow_younger() {
    let fake = Fake::new("a");
    let page = vec![fake.group("web")];
    let fake = fake.reads(SourceKind::Groups, [vec![Act::Page(page)]]).ready();
    let rig = Rig::start([&fake]);
    pass(1.0).await;
    let before = rig.snapshot();
    pass(70.0).await;
    let after = rig.snapshot();
    assert_eq!(fake.count(SourceKind::Groups), 2);
    assert_eq!(before.generation, after.generation);
    assert!(std::sync::Arc::ptr_eq(&before.groups[0], &after.groups[0]), "the very same rows");
    let read_at = |s: &crate::domain::Snapshot| s.sources.values().next().unwrap().read_at.unwrap();
    assert!(read_at(&after).mono > read_at(&before).mono);
}

#[tokio::test(start_paused = true)]
async fn rows_in_another_order_are_the_same_rows() {
    let fake = Fake::new("a");
    let (web, api) = (fake.group("web"), fake.group("api"));
    let fake = fake.reads(SourceKind::Groups, [vec![Act::Page(vec![web.clone(), api.clone()])], vec![Act::Page(vec![api, web])]]).ready();
    let rig = Rig::start([&fake]);
    pass(1.0).await;
    let before = rig.snapshot().generation;
    rig.handle.refresh();
    pass(2.0).await;
    assert_eq!(rig.snapshot().generation, before);
}

#[tokio::test(start_paused = true)]
async fn a_failure_keeps_the_rows_and_says_since_when_and_why() {
    let fake = Fake::new("a");
    let page = vec![fake.group("web")];
    let fake = fake
        .reads(SourceKind::Groups, [vec![Act::Page(page), Act::Wait(1.0)], vec![Act::Wait(1.0), Act::Fail(FailureKind::Server)]])
        .ready();
    let rig = Rig::start([&fake]);
    pass(2.0).await;
    rig.handle.refresh();
    pass(1.2).await;
    assert_eq!(rig.groups(), ["web"]);
    let state = rig.state(&fake, SourceKind::Groups);
    let failure = state.failure.clone().expect("it failed");
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Server, 1));
    assert_eq!(&*failure.operation, "fake:ReadGroups");
    assert_eq!(failure.since.mono.as_secs(), 3);
    assert!(failure.next_in(rig.now()).is_some());
    assert!(matches!(state.picture(rig.now()), Picture::Stale { age: Some(_), failure: Some(_) }));
    pass(10.0).await;
    let group = rig.snapshot().groups[0].clone();
    assert_eq!(group.verdict(), Verdict::Unknown, "what could not be read twice is not known to be well: {:?}", group.assessment);
}

#[tokio::test(start_paused = true)]
async fn a_first_read_that_breaks_off_keeps_its_pages_until_a_whole_one() {
    let fake = Fake::new("a");
    let (web, api, job) = (fake.group("web"), fake.group("api"), fake.group("job"));
    let fake = fake
        .reads(
            SourceKind::Groups,
            [
                vec![Act::Page(vec![web.clone(), api]), Act::Wait(1.0), Act::Fail(FailureKind::Network)],
                vec![Act::Wait(2.0), Act::Page(vec![web.clone()]), Act::Wait(3.0), Act::Page(vec![job])],
            ],
        )
        .ready();
    let rig = Rig::start([&fake]);
    pass(1.1).await;
    assert_eq!(rig.groups(), ["api", "web"]);
    assert!(matches!(rig.snapshot().picture(&[SourceKind::Groups], rig.now()), Picture::Stale { age: None, failure: Some(_) }));
    pass(4.0).await;
    assert_eq!(rig.groups(), ["api", "web"], "the second try has shown less so far");
    pass(4.0).await;
    assert_eq!(rig.groups(), ["job", "web"]);
}

#[tokio::test(start_paused = true)]
async fn gaps_of_a_good_answer_are_shown_and_go_with_the_next() {
    let fake = Fake::new("a");
    let page = Act::Page(vec![fake.group("web")]);
    let fake = fake.reads(SourceKind::Groups, [vec![page.clone(), Act::Gap("targets of api-tg")], vec![page]]).ready();
    let rig = Rig::start([&fake]);
    pass(0.5).await;
    assert_eq!(rig.state(&fake, SourceKind::Groups).gaps, [Label::new("targets of api-tg")]);
    rig.handle.refresh();
    pass(2.0).await;
    assert!(rig.state(&fake, SourceKind::Groups).gaps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_health_flip_needs_two_reads_that_agree() {
    let fake = Fake::new("a");
    let pool = |class: &str| {
        let state = if class == "healthy" { Status::good(class) } else { Status::bad(class) };
        let member = ResourceId::new(&fake.scope, Kind::Member, "i-1");
        let reason = Some(Label::new("health check returns 503"));
        vec![Act::Page(vec![
            fake.pool("web-tg", vec![Target { member, label: Label::new("i-1"), port: Some(80), zone: None, state, reason }]),
        ])]
    };
    let script = [pool("healthy"), pool("unhealthy"), pool("healthy"), pool("unhealthy"), pool("unhealthy")];
    let fake = Fake::new("a").reads(SourceKind::Pools, script).ready();
    let rig = Rig::start([&fake]);
    let flips =
        || -> Vec<String> { rig.snapshot().changes.iter().filter(|c| c.kind == ChangeKind::Target).map(|c| c.title.to_string()).collect() };
    for expected in [0, 0, 0, 0, 1, 1] {
        pass(2.0).await;
        assert_eq!(flips().len(), expected, "after {} reads: {:?}", fake.count(SourceKind::Pools), flips());
        rig.handle.refresh();
    }
    assert_eq!(flips(), ["i-1 of web-tg unhealthy: health check returns 503"]);
}
