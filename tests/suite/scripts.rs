//! The verbs that change something, from a script: exit codes, the one document on standard output, and that what is begun ends.

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::console::{Launch, run_plain};
use crate::home::Home;
use crate::witness::Witness;

/// Runs a verb and expects this exit code.
#[track_caller]
fn run(home: &Home, line: &str, code: i32) -> (String, String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (got, stdout, stderr) = run_plain(home, &words);
    assert_eq!(got, code, "pilothouse {line}\nstdout: {stdout}\nstderr: {stderr}");
    (stdout, stderr)
}

/// Runs a verb with `-o json` and reads its one document.
#[track_caller]
fn document(home: &Home, line: &str, code: i32) -> Value {
    let (stdout, stderr) = run(home, &format!("{line} -o json"), code);
    let mut documents = serde_json::Deserializer::from_str(&stdout).into_iter::<Value>();
    let document = documents.next().unwrap_or_else(|| panic!("nothing on stdout; stderr: {stderr}")).expect("it is JSON");
    assert!(documents.next().is_none(), "more than one document:\n{stdout}");
    assert_eq!(document["exit"].as_i64().map_or(0, i64::from), i64::from(code), "{document}");
    document
}

fn sent(backend: &Backend, call: &str) -> u64 {
    backend.calls_of(&format!("autoscaling.{call}"))
}

#[test]
fn scale_waits_for_the_end_and_says_so() {
    let backend = Backend::start("portal");
    backend.pace(&[("launch", 1.0), ("warm", 1.0)]);
    let home = Home::against(&backend);
    let (stdout, stderr) = run(&home, "scale portal +1 --confirm portal --wait", 0);
    assert!(stdout.contains("done"), "{stdout}");
    assert!(stderr.contains("Scale portal 4 → 5") && stderr.contains("following"), "the card and the progress:\n{stderr}");
    assert_eq!(Witness::of(&backend).desired("portal"), 5);
    assert_eq!(sent(&backend, "SetDesiredCapacity"), 1);

    // The same again is nothing to do, and no error.
    let same = document(&home, "scale portal 5 --confirm portal", 0);
    assert_eq!(same["operations"][0]["state"], "nothing-to-do");
    assert_eq!(sent(&backend, "SetDesiredCapacity"), 1);
}

#[test]
fn a_leading_minus_takes_one_away() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let done = document(&home, "scale portal -1 --confirm portal --wait", 0);
    assert_eq!(done["operations"][0]["state"], "done", "{done}");
    assert_eq!(done["operations"][0]["target"], "portal");
    assert_eq!(Witness::of(&backend).desired("portal"), 3);
}

#[test]
fn what_nobody_waits_for_ends_all_the_same() {
    let backend = Backend::start("portal");
    backend.pace(&[("launch", 2.0), ("warm", 1.0)]);
    let home = Home::against(&backend);
    let begun = document(&home, "scale portal 5 --confirm portal", 0);
    let one = &begun["operations"][0];
    assert_eq!(one["state"], "begun", "{begun}");
    let id = one["id"].as_str().expect("it has an id").to_owned();
    let listed = document(&home, "ops", 0);
    assert_eq!(listed["operations"][0]["id"], id.as_str(), "{listed}");
    let ended = document(&home, &format!("ops wait {id}"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    assert_eq!(Witness::of(&backend).members("portal").len(), 5);
}

#[test]
fn a_dry_run_prints_the_card_and_ends_as_the_real_one_would() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let (stdout, _) = run(&home, "scale portal 5 --dry-run", 0);
    for word in ["Scale portal 4 → 5", "want", "healthy", "call 1: set desired capacity 5", "undo"] {
        assert!(stdout.contains(word), "{word:?} is not in:\n{stdout}");
    }
    let card = document(&home, "scale portal 5 --dry-run", 0);
    assert_eq!((&card["dry_run"], &card["operations"][0]["state"]), (&json!(true), &json!("allowed")), "{card}");

    let refused = document(&home, "scale portal 2 --dry-run", 3);
    let refusals = &refused["operations"][0]["card"]["refusals"];
    assert_eq!(refusals[0]["rule"], "max-step", "{refused}");
    let really = document(&home, "scale portal 2 --confirm portal", 3);
    assert_eq!(&really["operations"][0]["card"]["refusals"], refusals);
    run(&home, "scale portal 99 --dry-run", 3);
    assert!(backend.changes().is_empty(), "{:?}", backend.changes());
}

#[test]
fn a_rule_is_set_aside_where_the_config_lets_it_and_that_is_on_record() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let given = "scale portal 2 --confirm portal --override max-step --reason drill";
    run(&home, given, 3);
    home.config("[guards]\nallow_override = [\"max-step\"]\n");
    run(&home, &format!("{given} --wait"), 0);
    assert_eq!(Witness::of(&backend).desired("portal"), 2);
    let (journal, _) = run(&home, "journal --export", 0);
    assert!(journal.contains("overridden") && journal.contains("drill"), "{journal}");
    run(&home, "scale portal 2 --override no-such-rule --reason drill --dry-run", 2);
}

#[test]
fn a_name_must_mean_one_thing() {
    let backend = Backend::start_all(&["fleet:2:3", "fleet:2:3@us-east-1"]);
    let home = Home::against(&backend);
    let both = "--region eu-central-1 --region us-east-1";
    let stop = document(&home, &format!("scale fleet-0001 +1 --confirm fleet-0001 {both}"), 2);
    assert_eq!(stop["candidates"], json!(["fleet-0001 in eu-central-1", "fleet-0001 in us-east-1"]), "{stop}");
    let (_, stderr) = run(&home, "scale fleet-001 +1 --confirm fleet-0001", 2);
    assert!(stderr.contains("did you mean \"fleet-0001\""), "{stderr}");
    assert!(backend.changes().is_empty());
    run(&home, "--region us-east-1 scale fleet-0001 +1 --dry-run", 0);
}

#[test]
fn nothing_is_changed_unconfirmed() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    for given in ["", "--yes", "--confirm worker"] {
        let (_, stderr) = run(&home, &format!("scale portal 5 {given}"), 3);
        assert!(stderr.contains("--confirm portal"), "{stderr}");
    }
    home.config("[contexts.sandbox]\nenvironment = \"development\"\nregions = [\"eu-central-1\"]\n");
    let (_, stderr) = run(&home, "scale portal 5", 2);
    assert!(stderr.contains("--yes"), "{stderr}");
    assert!(backend.changes().is_empty(), "{:?}", backend.changes());
    run(&home, "scale portal 5 --yes --wait", 0);
    assert_eq!(Witness::of(&backend).desired("portal"), 5);
}

#[test]
fn a_terminal_is_asked() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let mut terminal = Launch::new(&home, &["scale", "portal", "5", "--wait"]).start();
    terminal.wait_for("type \"portal\"");
    terminal.keys("worker\r");
    terminal.wait_for("not confirmed");
    assert_eq!(terminal.wait_exit().exit_code(), 3);
    let mut terminal = Launch::new(&home, &["scale", "portal", "5", "--wait"]).start();
    terminal.wait_for("type \"portal\"");
    terminal.keys("portal\r");
    assert_eq!(terminal.wait_exit().exit_code(), 0, "{}", terminal.screen());
    assert_eq!(Witness::of(&backend).desired("portal"), 5);
}

#[test]
fn read_only_is_refused_but_may_look() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    run(&home, "--read-only scale portal 5 --confirm portal", 3);
    run(&home, "scale portal 5 --read-only --dry-run", 0);
    assert!(backend.changes().is_empty());
}

#[test]
fn a_refused_call_leaves_everything_as_it_was() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let rule = json!([{"service": "autoscaling", "action": "SetDesiredCapacity", "kind": "error", "status": 403, "code": "AccessDenied",
        "message": "not authorized to perform: autoscaling:SetDesiredCapacity"}]);
    backend.faults(&rule);
    let failed = document(&home, "scale portal 5 --confirm portal --wait", 4);
    assert!(failed["operations"][0]["note"].as_str().is_some_and(|n| n.contains("SetDesiredCapacity")), "{failed}");
    assert_eq!(Witness::of(&backend).desired("portal"), 4);
}

#[test]
fn an_undo_takes_the_last_change_back() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    run(&home, "undo portal --confirm portal", 3);
    run(&home, "scale portal 5 --confirm portal --wait", 0);
    let (_, card) = run(&home, "undo portal --confirm portal --wait", 0);
    assert!(card.contains("Scale portal 4 → 5"), "it says what it takes back:\n{card}");
    assert_eq!(Witness::of(&backend).desired("portal"), 4);
    // Somebody else moved it: the card says so.
    run(&home, "scale portal 5 --confirm portal --wait", 0);
    Witness::of(&backend).set_desired("portal", 3);
    let (card, _) = run(&home, "undo portal --dry-run", 0);
    assert!(card.contains("desired was 5 after it, is 3 now"), "{card}");
}

#[test]
fn the_journal_is_exported_line_by_line() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    assert_eq!(run(&home, "journal --export", 0).0, "");
    run(&home, "scale portal 5 --confirm portal --wait", 0);
    run(&home, "scale portal 4 --confirm portal --wait", 0);
    let (lines, _) = run(&home, "journal --export", 0);
    let records: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("every line is a document")).collect();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["title"], "Scale portal 4 → 5", "oldest first");
    assert!(records.iter().all(|r| !r["facts"].as_array().expect("facts").is_empty() && r["plan"].is_object()), "{lines}");
    assert!(!lines.contains("only-for-tests"), "no secret is on record");
    let id = records[0]["id"].as_str().expect("an id");
    let (one, _) = run(&home, &format!("journal --id {id}"), 0);
    assert!(one.contains("fact:") && one.contains("set desired capacity 5"), "{one}");
    assert_eq!(run(&home, "journal --state done", 0).0.matches("Scale portal").count(), 2);
    assert_eq!(run(&home, "journal --state refused", 0).0, "");
}

#[test]
fn a_freeze_pins_what_is_there_and_a_thaw_gives_it_back() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let bounds = |home: &Home| {
        let looked = document(home, "scale portal 5 --dry-run", 0);
        looked["operations"][0]["card"]["rows"][0]["remark"].as_str().expect("the bounds").to_owned()
    };
    assert!(bounds(&home).contains("2–8"), "{}", bounds(&home));
    let frozen = document(&home, "freeze portal --confirm portal --wait", 0);
    assert_eq!(frozen["operations"][0]["state"], "done", "{frozen}");
    // Nobody can move it now.
    run(&home, "scale portal 5 --confirm portal", 3);
    let thawed = document(&home, "thaw portal --confirm portal --wait", 0);
    assert_eq!(thawed["operations"][0]["state"], "done", "{thawed}");
    assert!(bounds(&home).contains("2–8"), "{}", bounds(&home));
    run(&home, "thaw portal --confirm portal", 3);
}
