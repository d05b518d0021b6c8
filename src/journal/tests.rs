//! On real files: what is written is there after a crash, nothing is taken back, and what cannot be trusted is refused in words.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::domain::plan::fixture;
use crate::domain::{GuardRules, Now};

fn at(seconds: u64) -> Timestamp {
    Now::at(seconds).wall
}

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state/journal.db");
    (dir, path)
}

fn operation(seconds: u64) -> NewOperation {
    let group = fixture::group(6);
    let plan = fixture::scale_to(&group, 8);
    let before = Size::of(&group).unwrap();
    let after = before.after_all(&plan.calls);
    NewOperation {
        started: at(seconds),
        principal: Label::new("arn:aws:iam::1:user/kim"),
        plan,
        rules: GuardRules::default(),
        way: serde_json::Value::Null,
        before: Some(before),
        after: Some(after),
    }
}

/// A whole operation: begun, sent, answered, remarked on, ended.
async fn record(journal: &Journal, seconds: u64) -> OperationId {
    let new = operation(seconds);
    let id = journal.begin(new.clone()).await.unwrap();
    let intent = journal.intend(&id, "step-1", &new.plan.calls[0], at(seconds + 1)).await.unwrap();
    journal.answer(intent, Answer::Accepted, "accepted", at(seconds + 2)).await.unwrap();
    journal.note(&id, &Label::new("1 of 2 in service"), at(seconds + 3)).await.unwrap();
    journal.end(&id, Phase::Done, &Label::new("8 of 8 in service and healthy"), new.after, at(seconds + 4)).await.unwrap();
    id
}

async fn all(journal: &Journal) -> Vec<Entry> {
    journal.list(Filter::default()).await.unwrap()
}

#[tokio::test]
async fn an_operation_reads_back_whole() {
    let (_dir, path) = place();
    let journal = Journal::open(&path).unwrap();
    let id = record(&journal, 10).await;
    let entries = all(&journal).await;
    let [e] = entries.as_slice() else { panic!("one entry, not {}", entries.len()) };
    assert_eq!(e.id, id);
    assert!(e.id.0.starts_with("20261120-000010-"), "{}", e.id);
    assert_eq!((e.started, e.ended), (at(10), Some(at(14))));
    assert_eq!((&*e.title, &*e.group, &*e.group_id), ("Scale portal 6 → 8", "portal", "portal"));
    assert_eq!([e.before, e.after, e.reached].map(|s| s.map(|s| s.desired)), [Some(6), Some(8), Some(8)]);
    assert_eq!(e.scope, fixture::scope());
    assert_eq!(&*e.principal, "arn:aws:iam::1:user/kim");
    assert!(!e.user.is_empty() && !e.host.is_empty());
    assert_eq!((e.phase, e.state()), (Some(Phase::Done), "done"));
    assert_eq!(e.steps.len(), 1);
    assert_eq!((e.steps[0].answer, e.steps[0].answered), (Some(Answer::Accepted), Some(at(12))));
    assert_eq!(e.steps[0].call, operation(10).plan.calls[0]);
    assert_eq!(&*e.remarks[0].text, "1 of 2 in service");
    let line = serde_json::to_string(e).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), *e);
}

#[tokio::test]
async fn entries_are_listed_newest_first_and_filtered() {
    let journal = Journal::throwaway().unwrap();
    let first = record(&journal, 10).await;
    let second = record(&journal, 10).await;
    let open = journal.begin(operation(500)).await.unwrap();
    assert_ne!(first, second, "two operations of one second are told apart");
    let ids = |entries: Vec<Entry>| entries.into_iter().map(|e| e.id).collect::<Vec<_>>();
    assert_eq!(ids(all(&journal).await), [open.clone(), second.clone(), first.clone()]);
    for (filter, want) in [
        (Filter { limit: Some(1), ..Filter::default() }, vec![open.clone()]),
        (Filter { since: Some(at(11)), ..Filter::default() }, vec![open.clone()]),
        (Filter { state: Some("unfinished".into()), ..Filter::default() }, vec![open.clone()]),
        (Filter { state: Some("done".into()), limit: Some(1), ..Filter::default() }, vec![second.clone()]),
        (Filter { group: Some("portal".into()), limit: Some(2), ..Filter::default() }, vec![open, second]),
        (Filter { group: Some("worker".into()), ..Filter::default() }, vec![]),
        (Filter { id: Some(first.clone()), ..Filter::default() }, vec![first]),
    ] {
        assert_eq!(ids(journal.list(filter.clone()).await.unwrap()), want, "{filter:?}");
    }
}

#[tokio::test]
async fn a_crash_loses_nothing_that_was_acknowledged() {
    let (dir, path) = place();
    let journal = Journal::open(&path).unwrap();
    let new = operation(10);
    let id = journal.begin(new.clone()).await.unwrap();
    journal.intend(&id, "step-1", &new.plan.calls[0], at(11)).await.unwrap();
    // The disk as a power cut would leave it: the files of a journal that was never closed.
    let after = dir.path().join("after");
    fs::create_dir(&after).unwrap();
    for file in fs::read_dir(path.parent().unwrap()).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), after.join(file.file_name())).unwrap();
    }
    let found = all(&Journal::open(&after.join("journal.db")).unwrap()).await;
    assert_eq!(found[0].id, id);
    assert_eq!((found[0].state(), found[0].steps[0].answer), ("unfinished", None));
}

#[tokio::test]
async fn a_journal_opens_again_and_goes_on() {
    let (_dir, path) = place();
    let first = record(&Journal::open(&path).unwrap(), 10).await;
    let again = Journal::open(&path).unwrap();
    let second = record(&again, 20).await;
    assert_eq!(all(&again).await.into_iter().map(|e| e.id).collect::<Vec<_>>(), [second, first]);
}

#[tokio::test]
async fn only_the_owner_may_read_it() {
    let (_dir, path) = place();
    let journal = Journal::open(&path).unwrap();
    record(&journal, 10).await;
    let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
    for file in fs::read_dir(path.parent().unwrap()).unwrap().map(Result::unwrap) {
        assert_eq!(mode(&file.path()), 0o600, "{:?}", file.path());
    }
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    drop(journal);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _journal = Journal::open(&path).unwrap();
    assert_eq!(mode(&path), 0o600, "a file that was opened up is closed again");
}

#[tokio::test]
async fn the_tables_only_grow() {
    let (_dir, path) = place();
    let journal = Journal::open(&path).unwrap();
    record(&journal, 10).await;
    let other = Connection::open(&path).unwrap();
    for table in ["operations", "intents", "outcomes", "notes"] {
        for deed in [format!("DELETE FROM {table}"), format!("UPDATE {table} SET seq = 99")] {
            let error = other.execute(&deed, []).unwrap_err().to_string();
            assert!(error.contains("only grows"), "{deed}: {error}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_written_says_so() {
    let (_dir, path) = place();
    let journal = Journal::open(&path).unwrap();
    let new = operation(10);
    let id = journal.begin(new.clone()).await.unwrap();
    Connection::open(&path).unwrap().execute_batch("DROP TABLE intents").unwrap();
    let error = journal.intend(&id, "step-1", &new.plan.calls[0], at(11)).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot write the intent to the journal") && error.contains("free space"), "{error}");
}

#[test]
fn a_file_that_is_no_good_is_refused_with_a_way_out() {
    let (_dir, path) = place();
    let version = |n: i64| {
        drop(Journal::open(&path).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", n).unwrap();
    };
    version(99);
    let error = Journal::open(&path).unwrap_err().to_string();
    assert!(error.contains("newer pilothouse (version 99") && error.contains("update pilothouse"), "{error}");
    version_back(&path);

    let stranger = path.with_file_name("stranger.db");
    Connection::open(&stranger).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let before = fs::read(&stranger).unwrap();
    let error = Journal::open(&stranger).unwrap_err().to_string();
    assert!(error.contains("another program"), "{error}");
    assert_eq!(fs::read(&stranger).unwrap(), before, "a stranger's file stays as it is");

    let text = path.with_file_name("text.db");
    fs::write(&text, "Dear journal, ".repeat(200)).unwrap();
    let error = Journal::open(&text).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains("move it away"), "{error}");
}

fn version_back(path: &Path) {
    Connection::open(path).unwrap().pragma_update(None, "user_version", 2).unwrap();
    drop(Journal::open(path).unwrap());
}

#[tokio::test]
async fn a_damaged_page_is_found_at_the_door() {
    let (_dir, path) = place();
    let journal = Journal::open(&path).unwrap();
    for n in 0..40 {
        record(&journal, n).await;
    }
    drop(journal);
    // The writer's thread closes the file a moment after the last handle went.
    while path.with_extension("db-wal").exists() {
        std::thread::yield_now();
    }
    let mut bytes = fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4_096).skip(2) {
        page[..64].fill(0xa5);
    }
    fs::write(&path, bytes).unwrap();
    let error = Journal::open(&path).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains(".recover"), "{error}");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let (dir, _) = place();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.join("journal.db"), PathBuf::from("/proc/journal.db")] {
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains("cannot make the journal") && error.contains("writable"), "{error}");
    }
}

#[tokio::test]
async fn a_throw_away_journal_leaves_nothing() {
    let journal = Journal::throwaway().unwrap();
    record(&journal, 10).await;
    assert_eq!(all(&journal).await.len(), 1);
    assert!(all(&Journal::throwaway().unwrap()).await.is_empty(), "each has its own");
}

/// Names the file in the second process of the test below.
const SECOND: &str = "PILOTHOUSE_TEST_SECOND_JOURNAL";
const EACH: u64 = 40;

#[tokio::test]
async fn two_processes_write_side_by_side() {
    let (_dir, path) = place();
    let mut second = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "journal::tests::as_the_second_process"])
        .env(SECOND, &path)
        .spawn()
        .unwrap();
    // Both race to make the file as well.
    let journal = Journal::open(&path).unwrap();
    for n in 0..EACH {
        record(&journal, n).await;
    }
    assert!(second.wait().unwrap().success());
    let entries = all(&journal).await;
    assert_eq!(entries.len() as u64, EACH * 2);
    assert!(entries.iter().all(|e| e.state() == "done" && e.steps.len() == 1));
}

/// Does nothing unless started by the test above.
#[tokio::test]
async fn as_the_second_process() {
    #[expect(clippy::disallowed_methods, reason = "how a test reaches the process it started")]
    let Some(path) = std::env::var_os(SECOND) else { return };
    let journal = Journal::open(Path::new(&path)).unwrap();
    for n in 0..EACH {
        record(&journal, 1_000 + n).await;
    }
}
