//! After the call: the goal, what stands in its way, and who takes over.

use super::*;
use crate::domain::plan::Size;

#[tokio::test(start_paused = true)]
async fn going_up_is_done_when_all_are_in_service_and_healthy_behind_their_balancer() {
    let group = behind_a_balancer(6);
    let cloud = Cloud::new(group.clone());
    let (console, end, entry) = carry_out(&cloud, fixture::scale_to(&group, 8)).await;
    assert_eq!((end.phase, &*end.note), (Phase::Done, "8 of 8 in service and healthy"));
    assert_eq!((end.progress, end.undo_to), (Some((8, 8)), Some(6)));
    assert_eq!(cloud.calls(), [set_desired(8)]);

    let mut phases: Vec<_> = console.seen.iter().map(|o| o.phase).collect();
    phases.dedup();
    assert_eq!(phases, [Phase::Checking, Phase::Calling, Phase::Following, Phase::Done]);
    let reached: Vec<_> = console.seen.iter().filter_map(|o| o.progress).collect();
    assert!(reached.is_sorted() && reached[0] == (6, 8), "{reached:?}");

    let remarks: Vec<_> = entry.remarks.iter().map(|r| &*r.text).collect();
    let want = ["accepted", "6 of 8 in service and healthy: 2 launching", "6 of 8 in service and healthy: 2 initial"];
    assert_eq!(remarks, want);
    let size = |desired| Size { min: 2, max: 12, desired };
    assert_eq!((entry.before, entry.after, entry.reached), (Some(size(6)), Some(size(8)), Some(size(8))));
    assert_eq!(&*entry.principal, PRINCIPAL);
}

#[tokio::test(start_paused = true)]
async fn going_down_is_done_when_the_leavers_are_drained_and_gone() {
    let group = behind_a_balancer(8);
    for victims in [vec![], vec![fixture::member_id(5), fixture::member_id(6)]] {
        let plan = fixture::plan(&group, &ScaleRequest { victims: victims.clone(), ..request(6) });
        let cloud = Cloud::new(group.clone());
        let (_, end, entry) = carry_out(&cloud, plan).await;
        assert_eq!((end.phase, &*end.note), (Phase::Done, "2 of 2 gone"));
        assert_eq!((end.progress, end.undo_to), (Some((2, 2)), Some(8)));
        assert_eq!(cloud.calls().len(), victims.len().max(1));
        let remarks: Vec<_> = entry.remarks.iter().map(|r| &*r.text).collect();
        assert_eq!(remarks, ["accepted", "0 of 2 gone: 2 draining", "0 of 2 gone: 2 terminating"]);
        let left = cloud.world().group.members.clone();
        assert!(left.len() == 6 && left.iter().all(|m| !victims.contains(&m.id)));
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_in_trouble_before_is_not_waited_for() {
    let group = behind_a_balancer(6);
    let cloud = Cloud::new(group.clone());
    cloud.world().make_sick(&fixture::member_id(1));
    let (_, end, _) = carry_out(&cloud, fixture::scale_to(&group, 8)).await;
    assert_eq!((end.phase, &*end.note), (Phase::Done, "7 of 8 in service and healthy; 1 in trouble before still is"));
}

#[tokio::test(start_paused = true)]
async fn moving_bounds_alone_is_done_once_they_read_so() {
    let group = fixture::group(6);
    let cloud = Cloud::new(group.clone());
    cloud.world().lag = Duration::from_secs(10);
    let plan = fixture::plan(&group, &ScaleRequest { max: Some(20), ..request(6) });
    let (_, end, _) = carry_out(&cloud, plan).await;
    assert_eq!((end.phase, end.undo_to, cloud.calls().len()), (Phase::Done, None, 1), "{}", end.note);
    assert_eq!(cloud.world().size(), Size { min: 2, max: 20, desired: 6 });
}

#[tokio::test(start_paused = true)]
async fn a_launch_that_fails_is_stuck_in_the_clouds_words_and_followed_on() {
    let group = behind_a_balancer(6);
    let cloud = Cloud::new(group.clone());
    cloud.world().launch_fails = Some("We currently do not have sufficient t3.large capacity in zone a");
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&group, 8));
    let stuck = console.phase(1, Phase::Stuck).await;
    assert!(stuck.note.contains("2 not launched yet") && stuck.note.contains("sufficient t3.large capacity"), "{}", stuck.note);
    assert_eq!(console.operations.in_flight().len(), 1);
    cloud.world().launch_fails = None;
    let end = console.end(1).await;
    assert_eq!((end.phase, cloud.calls().len()), (Phase::Done, 1), "what got unstuck is done: {}", end.note);
}

#[tokio::test(start_paused = true)]
async fn a_member_that_never_turns_healthy_is_stuck_after_its_time() {
    let group = behind_a_balancer(6);
    let cloud = Cloud::new(group.clone());
    cloud.world().sick = true;
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&group, 7));
    let began = Instant::now();
    let stuck = console.phase(1, Phase::Stuck).await;
    let after = began.elapsed().as_secs();
    // Warm-up 1 min, grace 2 min, and five more.
    assert!((480..500).contains(&after), "{after}");
    assert!(stuck.note.starts_with("no progress for 8 min: 6 of 7 in service and healthy"), "{}", stuck.note);
    assert!(stuck.note.contains("i-101: health check returns 503"), "{}", stuck.note);
    assert_eq!(cloud.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_who_changes_desired_meanwhile_ends_it_plainly() {
    let group = fixture::group(6);
    let cloud = Cloud::new(group.clone());
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&group, 8));
    console.until(1, |o| o.progress.is_some()).await;
    cloud.world().set_desired(7);
    let end = console.end(1).await;
    assert_eq!(end.phase, Phase::Done);
    assert!(end.note.starts_with("done, then changed by another: desired is 7"), "{}", end.note);
    assert_eq!(cloud.calls().len(), 1, "nobody is fought with");
}

#[tokio::test(start_paused = true)]
async fn reads_that_lag_are_not_taken_for_somebody_elses_change() {
    let group = fixture::group(6);
    let cloud = Cloud::new(group.clone());
    cloud.world().lag = Duration::from_secs(20);
    let (_, end, _) = carry_out(&cloud, fixture::scale_to(&group, 8)).await;
    assert_eq!((end.phase, &*end.note), (Phase::Done, "8 of 8 in service and healthy"));
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_while_following_are_said_and_outlived() {
    let group = fixture::group(6);
    let cloud = Cloud::new(group.clone());
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&group, 8));
    console.phase(1, Phase::Following).await;
    cloud.world().unreadable = 3;
    let blind = console.until(1, |o| o.note.starts_with("cannot look")).await;
    assert_eq!(blind.phase, Phase::Following);
    assert_eq!(console.end(1).await.phase, Phase::Done);
    assert_eq!(cloud.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn leaving_while_following_is_quick_and_on_record() {
    let group = behind_a_balancer(6);
    let cloud = Cloud::new(group.clone());
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&group, 8));
    console.until(1, |o| o.progress.is_some()).await;
    let left = Instant::now();
    console.cancel.cancel();
    let end = console.end(1).await;
    console.operations.finished().await;
    assert!(left.elapsed() <= Duration::from_secs(2));
    assert_eq!(end.phase, Phase::Interrupted);
    assert_eq!(&*end.note, "followed until the console was left: 6 of 8 in service and healthy: 2 launching");
    let entry = console.entry(&end).await;
    assert_eq!((entry.state(), entry.steps[0].answer), ("interrupted", Some(crate::journal::Answer::Accepted)));
    assert_eq!(cloud.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_gone_or_slow_does_not_hold_an_operation_for_ever() {
    let group = fixture::group(6);
    let cloud = Cloud::new(group.clone());
    let console = Console::of(&cloud);
    drop(console.events);
    console.operations.begin(1, fixture::scale_to(&group, 8), GuardRules::default(), serde_json::Value::Null);
    console.operations.finished().await;
    let entries = console.journal.list(Filter::default()).await.unwrap();
    assert_eq!((entries[0].state(), cloud.calls().len()), ("done", 1));
}

#[tokio::test(start_paused = true)]
async fn a_group_has_one_operation_at_a_time_and_a_newer_takes_over_from_one_that_looks_on() {
    let group = behind_a_balancer(6);
    let cloud = Cloud::new(group.clone());
    cloud.world().launch_fails = Some("no capacity");
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&group, 8));
    console.begin(2, fixture::scale_to(&group, 7));
    let second = console.end(2).await;
    assert_eq!(second.phase, Phase::Refused);
    assert!(second.note.contains("Scale portal 6 → 8 is being sent"), "{}", second.note);

    console.phase(1, Phase::Stuck).await;
    let now = cloud.world().group.clone();
    console.begin(3, fixture::plan(&now, &request(6)));
    let first = console.end(1).await;
    assert_eq!(first.phase, Phase::Interrupted);
    assert!(first.note.contains("\"Scale portal 8 → 6\" took over"), "{}", first.note);
    let third = console.end(3).await;
    assert_eq!(third.phase, Phase::Done, "{}", third.note);
    assert_eq!(cloud.calls(), [set_desired(8), set_desired(6)]);
    assert!(console.operations.in_flight().is_empty());
}
