//! The console against a live account: rows appear, a key changes the world, and the change is followed to its end.

use serde_json::json;

use crate::backend::Backend;
use crate::console::{Console, ENTER, ESC, Launch, run_plain};
use crate::home::Home;
use crate::witness::Witness;

/// The account as the header shortens it.
const ACCOUNT: &str = "1234…:";

fn open(home: &Home) -> Console {
    let console = Launch::new(home, &[]).start();
    console.wait_until("the portal, its balancer and its database", |s| {
        s.contains("portal") && s.contains("portal-tg") && s.contains("portal-redis") && s.contains(ACCOUNT)
    });
    console
}

fn select_portal(console: &mut Console) {
    console.keys("/portal");
    console.keys(ENTER);
    console.wait_until("only the portal among the groups", |s| !s.contains("jumpbox"));
}

/// Confirms the card on screen as an unclassified environment wants it: by the group's name.
fn confirm(console: &mut Console, name: &str) {
    console.wait_until("the impact card", |s| s.contains("want") && s.contains("after") && s.contains("leaves it be"));
    if console.screen().contains("type") {
        console.keys(name);
    }
    console.keys(ENTER);
}

#[test]
fn rows_of_a_live_account_appear() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let console = open(&home);
    let screen =
        console.wait_until("everything", |s| ["worker", "hardware", "jumpbox", "legacy-elb", "portal-5xx"].iter().all(|w| s.contains(w)));
    assert!(!screen.contains("SIMULATED"), "{screen}");
    assert!(backend.changes().is_empty(), "looking changes nothing: {:?}", backend.changes());
}

#[test]
fn several_regions_stand_in_the_same_tables() {
    let backend = Backend::start_all(&["portal", "fleet:2:3@us-east-1"]);
    let home = Home::against(&backend);
    let mut console = Launch::new(&home, &["--region", "eu-central-1", "--region", "us-east-1"]).size(200, 60).start();
    let screen =
        console.wait_until("groups of both regions", |s| s.contains("portal-tg") && s.contains("fleet-0001") && s.contains(ACCOUNT));
    assert!(screen.contains("eu-central-1") && screen.contains("us-east-1"), "the regions are named:\n{screen}");
    // A change goes to the region of its group and to no other.
    console.keys("/fleet-0001");
    console.keys(ENTER);
    console.wait_until("one group", |s| !s.contains("jumpbox"));
    console.open_card("+");
    let card = console.screen();
    assert!(card.contains("us-east-1"), "the card says where:\n{card}");
    confirm(&mut console, "fleet-0001");
    console.wait_for("done");
    assert_eq!(backend.changes(), [("autoscaling.SetDesiredCapacity".to_owned(), 1)]);
    console.keys(ESC);
    console.wait_for("portal-tg");
}

#[test]
fn a_role_that_wants_an_mfa_code_asks_for_it_and_never_shows_it() {
    let backend = Backend::start("portal");
    let home = Home::empty();
    home.write(
        ".aws/config",
        "[profile base]\nregion = eu-central-1\naws_access_key_id = operator\naws_secret_access_key = only-for-tests\n\n\
         [profile oncall]\nregion = eu-central-1\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/oncall\n\
         mfa_serial = arn:aws:iam::123456789012:mfa/operator\n",
    );
    let mut console = Launch::new(&home, &["--profile", "oncall", "--endpoint-url", &backend.url()]).start();
    let question = console.wait_for("mfa/operator");
    assert!(question.contains("oncall"), "it says what the code is for:\n{question}");
    console.keys("428513");
    console.wait_typed();
    assert!(!console.screen().contains("428513"), "a code is not shown:\n{}", console.screen());
    console.keys(ENTER);
    let screen = console.wait_until("the estate as that role", |s| s.contains("portal-tg") && s.contains(ACCOUNT));
    assert!(screen.contains("oncall"), "the header says who:\n{screen}");
    console.keys("q");
    console.wait_exit();
    assert!(!String::from_utf8_lossy(&console.raw()).contains("428513"));
}

#[test]
fn plus_adds_one_and_follows_it_until_it_is_healthy() {
    let backend = Backend::start("portal");
    backend.pace(&[("launch", 3.0), ("warm", 3.0), ("drain", 1.0), ("terminate", 1.0)]);
    let witness = Witness::of(&backend);
    let home = Home::against(&backend);
    let mut console = open(&home);
    assert_eq!(witness.desired("portal"), 4);
    select_portal(&mut console);

    console.open_card("+");
    confirm(&mut console, "portal");
    console.wait_until("the operation under way", |s| s.contains("portal") && s.contains('5'));
    wait_desired(&witness, "portal", 5);
    console.wait_for("done");
    let members = witness.members("portal");
    assert_eq!(members.len(), 5);
    assert!(members.iter().all(|(_, lifecycle)| lifecycle == "InService"), "done means in service: {members:?}");
    assert_eq!(backend.changes(), [("autoscaling.SetDesiredCapacity".to_owned(), 1)], "one call, and only that one");

    console.keys("q");
    console.wait_exit();
    let (code, stdout, stderr) = run_plain(&home, &["journal"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("portal") && stdout.contains("123456789012"), "who, where and what are on record:\n{stdout}");
}

#[test]
fn minus_takes_one_away_and_waits_for_it_to_drain() {
    let backend = Backend::start("portal");
    backend.pace(&[("drain", 2.0), ("terminate", 1.0)]);
    let witness = Witness::of(&backend);
    let home = Home::against(&backend);
    let mut console = open(&home);
    select_portal(&mut console);
    console.open_card("-");
    console.wait_for("likely to go");
    confirm(&mut console, "portal");
    wait_desired(&witness, "portal", 3);
    console.wait_for("done");
    assert_eq!(witness.members("portal").len(), 3);
}

#[test]
fn leaving_the_card_changes_nothing() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let mut console = open(&home);
    select_portal(&mut console);
    console.open_card("+");
    console.keys(ESC);
    console.wait_gone("leaves it be");
    console.keys("q");
    console.wait_exit();
    assert!(backend.changes().is_empty(), "{:?}", backend.changes());
}

#[test]
fn a_group_that_moved_meanwhile_stops_the_change() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let mut console = open(&home);
    select_portal(&mut console);
    console.open_card("+");
    // Somebody else is quicker.
    let witness = Witness::of(&backend);
    witness.set_desired("portal", 6);
    confirm(&mut console, "portal");
    console.wait_until("words about the move", |s| s.contains("moved") || s.contains("changed") || s.contains("since"));
    let changes = backend.changes();
    assert_eq!(changes, [("autoscaling.SetDesiredCapacity".to_owned(), 1)], "only the other hand's call: {changes:?}");
    assert_eq!(witness.desired("portal"), 6);
}

#[test]
fn a_lost_answer_is_found_out_by_reading_and_never_sent_twice() {
    let backend = Backend::start("portal");
    backend.pace(&[("launch", 1.0), ("warm", 1.0)]);
    let home = Home::against(&backend);
    let mut console = open(&home);
    select_portal(&mut console);
    backend.faults(&json!([{"service": "autoscaling", "action": "SetDesiredCapacity", "kind": "reset", "when": "after", "times": 1}]));
    console.open_card("+");
    confirm(&mut console, "portal");
    console.wait_for("done");
    assert_eq!(Witness::of(&backend).desired("portal"), 5);
    assert_eq!(backend.changes(), [("autoscaling.SetDesiredCapacity".to_owned(), 1)]);
}

#[test]
fn a_refused_call_says_why() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let mut console = open(&home);
    select_portal(&mut console);
    let message = "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: autoscaling:SetDesiredCapacity";
    let rule = json!([{"service": "autoscaling", "action": "SetDesiredCapacity", "kind": "error", "status": 403, "code": "AccessDenied", "message": message}]);
    backend.faults(&rule);
    console.open_card("+");
    confirm(&mut console, "portal");
    console.wait_for("autoscaling:SetDesiredCapacity");
    assert_eq!(Witness::of(&backend).desired("portal"), 4);
}

#[test]
fn members_that_stay_unhealthy_are_called_stuck_not_done() {
    let backend = Backend::start("portal");
    backend.pace(&[("launch", 0.5), ("warm", 0.5)]);
    let home = Home::against(&backend);
    let mut console = open(&home);
    let sick = json!([{"pool": "portal-tg", "state": "unhealthy", "reason": "Target.ResponseCodeMismatch", "description": "Health checks failed with these codes: [503]"}]);
    backend.sickness(&sick);
    console.keys("\x12");
    console.wait_for("503");
    assert!(console.line_with("503").contains("unhealthy"), "{}", console.screen());
}

#[expect(clippy::disallowed_methods, reason = "deadlines of a test")]
fn wait_desired(witness: &Witness, group: &str, wanted: i32) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while witness.desired(group) != wanted {
        assert!(std::time::Instant::now() < deadline, "{group} stays at {}", witness.desired(group));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
