//! How long a script waits, and what it asks a human meanwhile.

use serde_json::json;

use super::stage::{Laptop, Stage};
use crate::console::Launch;
use crate::home::Home;

#[test]
fn a_wait_ends_when_its_time_is_up_and_the_operation_goes_on() {
    let stage = Stage::portal();
    stage.backend.pace(&[("launch", 7.0)]);
    let deed = stage.one("scale portal 5 --confirm portal --timeout 2s", 6);
    assert_eq!(deed.state(), "following", "it is under way: {deed:?}");
    for word in ["not over after 2s", "goes on", &format!("pilothouse ops wait {}", deed.id())] {
        assert!(deed.note().contains(word), "{word:?}: {}", deed.note());
    }
    let listed = stage.json("ops", 0);
    assert_eq!(listed["operations"][0]["state"], "following", "{listed}");
    let still = stage.one(&format!("ops wait {} --timeout 1s", deed.id()), 6);
    assert_eq!(still.state(), "following", "{still:?}");
    let over = stage.one(&format!("ops wait {} --timeout 20m", deed.id()), 0);
    assert_eq!(over.state(), "done", "{over:?}");
    assert_eq!(stage.eye.members_in("portal", "InService").len(), 5);
    stage.run("scale portal 5 --confirm portal --timeout soon", 2);
}

#[test]
fn what_nobody_confirmed_is_left_alone_and_a_dry_run_waits_for_nothing() {
    let stage = Stage::portal();
    assert_eq!(stage.one("scale portal 5 --dry-run --timeout 20m", 0).state(), "allowed");
    assert_eq!(stage.one("scale portal 2 --dry-run --wait", 3).state(), "refused");
    // A terminal is needed to be asked, and there is none.
    stage.laptop.home.config("[contexts.sandbox]\nenvironment = \"development\"\nregions = [\"eu-central-1\"]\n");
    let stop = stage.json("freeze portal", 2);
    assert!(stop["error"].as_str().is_some_and(|e| e.contains("--yes")), "{stop}");
    stage.json("freeze portal worker --yes --wait", 0);
    assert_eq!(stage.eye.suspended("worker").len(), 7);
    stage.sent();
    confirmed_by_name(&stage);
}

#[test]
fn whatever_goes_wrong_is_told_in_one_document() {
    let laptop = Laptop { home: Home::empty() };
    let says = |line: &str, code: i32, word: &str| {
        let document = laptop.json(line, code);
        assert!(document["error"].as_str().is_some_and(|e| e.contains(word)), "{line}: {document}");
    };
    says("scale portal", 2, "required arguments");
    says("scale portal six", 2, "expected a number such as 6");
    says("ops wait 1 --timeout soon", 2, "expected a time such as");
    says("scale portal 6 --profile nobody", 2, "no profile");
    says("ops resume 20261120-031244-7f3a", 2, "there is no operation");
    assert_eq!(laptop.json("ops", 0), json!({"operations": []}));
    assert_eq!(laptop.json("journal", 0), json!({"operations": []}));
    laptop.home.config("regions = [");
    for line in ["scale portal 6", "ops", "journal"] {
        says(line, 2, "unclosed array");
    }
}

/// Production wants the name, and a yes is none.
#[track_caller]
fn confirmed_by_name(stage: &Stage) {
    let context = |environment: &str| {
        stage.laptop.home.config(&format!("[contexts.prod]\nenvironment = \"{environment}\"\nregions = [\"eu-central-1\"]\n"));
    };
    context("production");
    for (given, code) in [("", 3), ("--yes", 3), ("--confirm worker", 3), ("--yes --confirm production", 3), ("--dry-run", 0)] {
        let document = stage.json(&format!("mute portal-5xx --for 1h {given}"), code);
        assert!(code == 0 || document["error"].as_str().is_some_and(|e| e.contains("--confirm portal-5xx")), "{given}: {document}");
    }
    stage.assert_sent(&[]);
    stage.done("mute portal-5xx --for 1h --confirm portal-5xx");
    // Elsewhere a yes is enough, and the name is as good.
    context("staging");
    assert!(stage.json("unmute portal-5xx", 2)["error"].as_str().is_some_and(|e| e.contains("--yes")));
    stage.done("unmute portal-5xx --yes");
    stage.done("mute portal-5xx --for 1h --confirm portal-5xx");
    stage.assert_sent(&[("DeleteAlarmMuteRule", 1), ("PutAlarmMuteRule", 2)]);
}

const ONCALL: &str = "[profile base]\nregion = eu-central-1\naws_access_key_id = operator\naws_secret_access_key = only-for-tests\n\n\
     [profile oncall]\nregion = eu-central-1\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/oncall\n\
     mfa_serial = arn:aws:iam::123456789012:mfa/operator\n";

#[test]
fn a_code_is_typed_unseen_and_the_terminal_is_as_it_was_however_the_question_ends() {
    let stage = Stage::portal();
    let home = Home::empty();
    home.write(".aws/config", ONCALL);
    let url = stage.backend.url();
    let words = ["--profile", "oncall", "--endpoint-url", &url, "scale", "portal", "5", "--wait"];
    let mut terminal = Launch::new(&home, &words).start();
    terminal.wait_for("mfa/operator");
    // A slip is taken back with the keys of any terminal.
    terminal.keys("42x\x7f8513\r");
    let screen = terminal.wait_for("type \"portal\"");
    assert!(!screen.contains("42") && !screen.contains("8513"), "{screen}");
    // What is no secret is shown.
    terminal.keys("portal\r");
    let ended = terminal.wait_exit();
    assert_eq!(ended.exit_code(), 0, "{}", terminal.screen());
    assert!(!String::from_utf8_lossy(&terminal.raw()).contains("8513"));
    terminal.assert_given_back();
    assert_eq!(stage.eye.size("portal").1, 5);
    stage.sent();

    // Left unanswered, by key and by signal.
    let mut terminal = Launch::new(&home, &words).start();
    terminal.wait_for("mfa/operator");
    terminal.keys("42\x03");
    assert_ne!(terminal.wait_exit().exit_code(), 0, "{}", terminal.screen());
    terminal.assert_given_back();
    let mut terminal = Launch::new(&home, &words).start();
    terminal.wait_for("mfa/operator");
    terminal.signal(rustix::process::Signal::TERM);
    assert_eq!(terminal.wait_exit().exit_code(), 143, "{}", terminal.screen());
    terminal.assert_given_back();
    stage.assert_sent(&[]);
}
