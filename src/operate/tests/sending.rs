//! Up to and including the call: what stops an operation, and that a call is made once.

use super::cloud::Reply;
use super::*;
use crate::domain::{FailureKind, Owner, Status, SuspendedProcess};
use crate::journal::Answer;

/// Refused before anything was sent, in these words, with no intent on record.
async fn refused(cloud: &Arc<Cloud>, plan: Plan, words: &str) {
    let (_, end, entry) = carry_out(cloud, plan).await;
    assert_eq!(end.phase, Phase::Refused, "{}", end.note);
    assert!(end.note.contains(words), "{} lacks {words}", end.note);
    assert_eq!(cloud.calls(), []);
    assert_eq!(entry.steps, []);
    assert_eq!(end.undo_to, None);
}

#[tokio::test(start_paused = true)]
async fn a_world_that_moved_since_the_card_stops_it() {
    type Move = fn(&mut Group);
    let moves: [(Move, &str); 4] = [
        (|g| g.desired = Some(7), "stopped: desired moved 6 → 7 since the card"),
        (|g| g.max = Some(9), "max moved 12 → 9"),
        (
            |g| g.suspended = vec![SuspendedProcess { name: Label::new("Launch"), reason: Label::default() }],
            "suspended processes moved none → Launch",
        ),
        (|g| (g.desired, g.min) = (Some(5), Some(1)), "desired moved 6 → 5 since the card, min moved 2 → 1"),
    ];
    for (change, words) in moves {
        let plan = fixture::scale_to(&fixture::group(6), 8);
        let cloud = Cloud::new(fixture::group(6));
        change(&mut cloud.world().group);
        refused(&cloud, plan, words).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_chosen_member_that_left_meanwhile_stops_it() {
    let group = fixture::group(6);
    let plan = fixture::plan(&group, &ScaleRequest { victims: vec![fixture::member_id(3)], ..request(5) });
    let cloud = Cloud::new(group);
    cloud.world().group.members.retain(|m| m.id != fixture::member_id(3));
    cloud.world().group.members.push(fixture::member(9, "a"));
    refused(&cloud, plan, "members to take out moved i-03 → none since the card").await;
}

#[tokio::test(start_paused = true)]
async fn guards_judge_the_fresh_read() {
    let plan = fixture::scale_to(&fixture::group(6), 8);
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().group.owner = Some(Owner { tool: Label::new("eks"), exclusive: true });
    refused(&cloud, plan.clone(), "only eks may change this group (owner, built-in rule)").await;
    cloud.world().group.owner = None;
    cloud.world().group.status = Some(Status::moving("Delete in progress"));
    refused(&cloud, plan, "being deleted").await;
}

#[tokio::test(start_paused = true)]
async fn another_identity_than_the_permits_stops_it() {
    let plan = fixture::scale_to(&fixture::group(6), 8);
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().identity = Ok(identity("arn:aws:sts::471100000000:assumed-role/reader/kim"));
    refused(&cloud, plan.clone(), "assumed-role/reader").await;
    let other = Identity { account: Label::new("1"), ..identity(PRINCIPAL) };
    cloud.world().identity = Ok(other);
    refused(&cloud, plan.clone(), "in account 1;").await;
    let expired = crate::providers::ProviderError::new(FailureKind::Auth, "sts:GetCallerIdentity", &fixture::scope(), "ExpiredToken");
    cloud.world().identity = Err(expired);
    refused(&cloud, plan, "who we are cannot be checked").await;
}

#[tokio::test(start_paused = true)]
async fn the_same_role_in_another_session_goes_on() {
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().identity = Ok(identity("arn:aws:sts::471100000000:assumed-role/ops/kim-after-lunch"));
    let (_, end, _) = carry_out(&cloud, fixture::scale_to(&fixture::group(6), 8)).await;
    assert_eq!(end.phase, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn without_a_permit_nothing_is_read_or_sent() {
    let cloud = Cloud::new(fixture::group(6));
    let mut console = Console::with(Journal::throwaway().unwrap());
    console.begin(1, fixture::scale_to(&fixture::group(6), 8));
    let end = console.end(1).await;
    assert_eq!(end.phase, Phase::Refused);
    assert!(end.note.contains("no write permit"), "{}", end.note);
    assert_eq!(cloud.calls(), []);
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_cannot_be_written_means_no_call() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    for table in ["intents", "operations"] {
        let cloud = Cloud::new(fixture::group(6));
        let mut console = Console::with(Journal::open(&path).unwrap()).admit(&cloud);
        // Another program broke the file under us.
        let saboteur = rusqlite::Connection::open(&path).unwrap();
        saboteur.execute_batch(&format!("PRAGMA foreign_keys = OFF; DROP TABLE {table}")).unwrap();
        console.begin(1, fixture::scale_to(&fixture::group(6), 8));
        let end = console.end(1).await;
        assert_eq!(end.phase, Phase::Refused, "{}", end.note);
        assert!(end.note.contains("cannot write") && end.note.contains("free space"), "{}", end.note);
        assert_eq!(cloud.calls(), [], "{table}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_for_a_moment_is_tried_again_and_one_that_keeps_failing_stops_it() {
    let plan = fixture::scale_to(&fixture::group(6), 8);
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().unreadable = 2;
    let (_, end, _) = carry_out(&cloud, plan.clone()).await;
    assert_eq!((end.phase, cloud.calls().len()), (Phase::Done, 1));

    let cloud = Cloud::new(fixture::group(6));
    cloud.world().unreadable = 99;
    refused(&cloud, plan, "the group cannot be read again").await;
}

#[tokio::test(start_paused = true)]
async fn the_floor_is_not_judged_blindly_but_a_rescue_goes_on() {
    let group = behind_a_balancer(6);
    let rules = GuardRules { floor_percent: Some(50), ..GuardRules::default() };
    for (desired, phase, calls) in [(5, Phase::Refused, 0), (7, Phase::Interrupted, 1)] {
        let cloud = Cloud::new(group.clone());
        cloud.world().pools_unreadable = true;
        let mut console = Console::of(&cloud);
        console.operations.begin(1, fixture::scale_to(&group, desired), rules.clone(), serde_json::Value::Null);
        if phase == Phase::Interrupted {
            let following = console.until(1, |o| o.note.contains("balancer could not be read")).await;
            assert_eq!(following.phase, Phase::Following, "without the balancer nobody is called healthy");
            console.cancel.cancel();
        }
        let end = console.end(1).await;
        assert_eq!((end.phase, cloud.calls().len()), (phase, calls), "{}", end.note);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_out_by_reading() {
    let group = fixture::group(6);
    let by_id = ScaleRequest { victims: vec![fixture::member_id(2)], ..request(5) };
    let bounds = ScaleRequest { max: Some(20), ..request(14) };
    for request in [request(8), by_id, bounds] {
        let cloud = Cloud::new(group.clone());
        cloud.world().replies.push_back(Reply::LoseAfter);
        cloud.world().lag = Duration::from_secs(8);
        let (_, end, entry) = carry_out(&cloud, fixture::plan(&group, &request)).await;
        assert_eq!((end.phase, cloud.calls().len()), (Phase::Done, 1), "{}", end.note);
        assert_eq!(entry.steps[0].answer, Some(Answer::FoundDone));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_that_cannot_be_found_out_is_said_plainly_and_not_sent_again() {
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().replies.push_back(Reply::LoseBefore);
    let (_, end, entry) = carry_out(&cloud, fixture::scale_to(&fixture::group(6), 8)).await;
    assert_eq!(end.phase, Phase::Unclear);
    assert!(end.note.contains("could not be found out: the group is at desired 6"), "{}", end.note);
    assert!(end.note.contains("look before trying again"), "{}", end.note);
    assert_eq!(cloud.calls(), [set_desired(8)]);
    assert_eq!(entry.steps[0].answer, Some(Answer::Unclear));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_tried_again_after_reading() {
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().replies.extend([Reply::Refuse(FailureKind::Throttled, "Rate exceeded"); 2]);
    let (_, end, entry) = carry_out(&cloud, fixture::scale_to(&fixture::group(6), 8)).await;
    assert_eq!(end.phase, Phase::Done);
    assert_eq!(cloud.calls(), vec![set_desired(8); 3]);
    let tries: Vec<_> = entry.steps.iter().map(|s| (s.step, s.attempt, s.answer)).collect();
    assert_eq!(tries, [(0, 1, Some(Answer::Refused)), (0, 2, Some(Answer::Refused)), (0, 3, Some(Answer::Accepted))]);
}

#[tokio::test(start_paused = true)]
async fn throttling_without_end_gives_up_and_a_world_that_moved_meanwhile_stops() {
    let plan = fixture::scale_to(&fixture::group(6), 8);
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().replies.extend([Reply::Refuse(FailureKind::Throttled, "Rate exceeded"); 9]);
    let (_, end, _) = carry_out(&cloud, plan.clone()).await;
    assert_eq!((end.phase, cloud.calls().len()), (Phase::Failed, 4));
    assert!(end.note.contains("nothing was changed"), "{}", end.note);

    let cloud = Cloud::new(fixture::group(6));
    cloud.world().replies.push_back(Reply::Refuse(FailureKind::Throttled, "Rate exceeded"));
    cloud.world().meanwhile = Some(Box::new(|w| w.set_desired(7)));
    let (_, end, _) = carry_out(&cloud, plan).await;
    assert_eq!((end.phase, cloud.calls().len()), (Phase::Refused, 1));
    assert!(end.note.contains("desired moved 6 → 7"), "{}", end.note);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_cloud_ends_it_after_one_call() {
    for kind in [FailureKind::Conflict, FailureKind::Forbidden, FailureKind::Invalid, FailureKind::Quota] {
        let cloud = Cloud::new(fixture::group(6));
        cloud.world().replies.push_back(Reply::Refuse(kind, "no"));
        let (_, end, entry) = carry_out(&cloud, fixture::scale_to(&fixture::group(6), 8)).await;
        assert_eq!((end.phase, cloud.calls().len()), (Phase::Failed, 1));
        assert!(end.note.contains(kind.word()) && end.note.contains("nothing was changed"), "{}", end.note);
        assert_eq!(entry.steps[0].answer, Some(Answer::Refused));
        assert_eq!(entry.reached.map(|r| r.desired), Some(6));
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_names_the_activity_that_blocks() {
    let cloud = Cloud::new(fixture::group(6));
    let open = |id: &str, what: &str| crate::domain::Activity {
        id: Label::new(id),
        status: Status::moving("InProgress"),
        description: Label::new(what),
        cause: Label::default(),
        message: None,
        started: None,
        ended: None,
        progress: Some(30),
    };
    cloud.world().group.activities = Some(vec![open("a1", "Terminating i-1"), open("b2", "Launching a new EC2 instance: i-2")]);
    cloud.world().replies.push_back(Reply::Refuse(FailureKind::Conflict, "Scaling activity b2 is in progress and blocks this action"));
    let plan = fixture::plan(&fixture::group(6), &ScaleRequest { honor_cooldown: true, ..request(8) });
    let (_, end, _) = carry_out(&cloud, plan).await;
    assert!(end.note.contains("blocked by: Launching a new EC2 instance: i-2 (InProgress, 30 %)"), "{}", end.note);
    assert_eq!(cloud.calls(), [Call::SetDesired { group: fixture::group(6).id, desired: 8, honor_cooldown: true }]);
}

/// Bounds down to 1–5, one chosen member out: three numbers move in two calls.
fn two_steps() -> Plan {
    let request = ScaleRequest { min: Some(1), max: Some(9), victims: vec![fixture::member_id(4)], ..request(5) };
    fixture::plan(&fixture::group(6), &request)
}

#[tokio::test(start_paused = true)]
async fn several_calls_go_in_order_each_with_its_own_intent() {
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().lag = Duration::from_secs(8);
    let plan = two_steps();
    let (_, end, entry) = carry_out(&cloud, plan.clone()).await;
    assert_eq!((end.phase, &*end.note), (Phase::Done, "1 of 1 gone"));
    assert_eq!(cloud.calls(), plan.calls);
    assert_eq!(plan.calls.len(), 2);
    assert_eq!(entry.steps.iter().map(|s| s.step).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(entry.reached, entry.after);
    assert!(!cloud.world().group.members.iter().any(|m| m.id == fixture::member_id(4)));
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_breaks_half_way_says_what_was_done() {
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().replies.extend([Reply::Accept, Reply::Refuse(FailureKind::Forbidden, "not you")]);
    let (_, end, _) = carry_out(&cloud, two_steps()).await;
    assert_eq!((end.phase, cloud.calls().len()), (Phase::Failed, 2));
    assert!(end.note.contains("done before it: set bounds 1–9 and desired capacity 6"), "{}", end.note);

    let cloud = Cloud::new(fixture::group(6));
    cloud.world().meanwhile = Some(Box::new(|w| w.set_desired(8)));
    let (_, end, _) = carry_out(&cloud, two_steps()).await;
    assert_eq!((end.phase, cloud.calls().len()), (Phase::Failed, 1));
    assert!(end.note.contains("stopped half-way") && end.note.contains("but is at desired 8 within 1–9"), "{}", end.note);
}

#[tokio::test(start_paused = true)]
async fn leaving_while_checking_or_calling_takes_less_than_two_seconds() {
    let cloud = Cloud::new(fixture::group(6));
    cloud.world().unreadable = 99;
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&fixture::group(6), 8));
    console.phase(1, Phase::Checking).await;
    console.cancel.cancel();
    let end = console.end(1).await;
    assert_eq!((end.phase, &*end.note), (Phase::Refused, "left before anything was sent"));
    assert_eq!(cloud.calls(), []);

    let cloud = Cloud::new(fixture::group(6));
    cloud.world().replies.push_back(Reply::Hang);
    let mut console = Console::of(&cloud);
    console.begin(1, fixture::scale_to(&fixture::group(6), 8));
    console.phase(1, Phase::Calling).await;
    tokio::task::yield_now().await;
    let left = Instant::now();
    console.cancel.cancel();
    let end = console.end(1).await;
    console.operations.finished().await;
    assert!(left.elapsed() <= Duration::from_secs(2), "{:?}", left.elapsed());
    assert_eq!(end.phase, Phase::Interrupted);
    assert_eq!(console.entry(&end).await.steps[0].answer, Some(Answer::Unclear));
    assert_eq!(cloud.calls().len(), 1);
}
