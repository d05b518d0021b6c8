//! The same from the console: chosen by key, confirmed by name, seen by somebody else.

use super::stage::{Stage, until};
use crate::console::{Console, ENTER, ESC, Launch};

fn open(stage: &Stage) -> Console {
    let console = Launch::new(&stage.laptop.home, &[]).start();
    console.wait_until("the portal, its balancer, its database and its alarm", |s| {
        ["portal-tg", "hardwar", "portal-5xx", "1234…:"].iter().all(|w| s.contains(w))
    });
    console
}

/// The portal with its members.
fn open_portal(stage: &Stage) -> Console {
    let mut console = open(stage);
    console.keys("/portal");
    console.keys(ENTER);
    console.wait_until("only the portal among the groups", |s| !s.contains("jumpbox"));
    console.keys(ENTER);
    console.wait_until("its members", |s| s.contains("MEMBERS") && s.contains("healthy") && s.contains("InService"));
    console
}

/// Goes to the row of this name in this pane.
fn choose(console: &mut Console, pane: &str, name: &str) {
    console.keys(pane);
    console.keys(&format!("/{name}"));
    console.keys(ENTER);
    console.wait_until("one row", |s| s.contains("1 of "));
}

/// Confirms the card with this title by the name of what it is about.
fn confirm(console: &mut Console, title: &str, name: &str) {
    console.wait_until("the card", |s| s.contains(title) && s.contains("to go on:"));
    console.keys(name);
    console.keys(ENTER);
    console.wait_gone("to go on:");
}

/// A command by its name; right after the list moved the console asks to press again.
fn command(console: &mut Console, name: &str, shows: &str) {
    console.keys(&format!(":{name}"));
    console.keys(ENTER);
    let screen = console.wait_until("the card, or a question to press again", |s| s.contains(shows) || s.contains("press again"));
    if !screen.contains(shows) {
        console.keys(&format!(":{name}"));
        console.keys(ENTER);
        console.wait_for(shows);
    }
}

/// The first entry of the menu of what can be done, which is this one.
fn first_of_menu(console: &mut Console, entry: &str) {
    loop {
        console.keys("c");
        console.wait_for(entry);
        console.keys(ENTER);
        let screen = console.wait_until("the card, or a question to press again", |s| s.contains("to go on:") || s.contains("press again"));
        if screen.contains("to go on:") {
            return;
        }
    }
}

fn leave(mut console: Console, stage: &Stage, told: &[(&str, &str)]) {
    console.keys("q");
    console.wait_exit();
    // Closed or not: the operations are on record as scripts would find them.
    let journal = stage.json("journal", 0);
    let operations = journal["operations"].as_array().expect("operations");
    assert_eq!(operations.len(), told.len(), "{journal:#}");
    for ((title, call), one) in told.iter().zip(operations.iter().rev()) {
        assert!(one["title"].as_str().is_some_and(|t| t.contains(title)), "{title}: {one:#}");
        stage.story(one["id"].as_str().expect("an id")).assert_is("done", &[(call, "accepted")]);
    }
}

#[test]
fn a_member_is_parked_brought_back_and_terminated_by_key() {
    let stage = Stage::portal();
    let mut console = open_portal(&stage);
    let members = stage.eye.members_in("portal", "InService");
    let portal = |console: &mut Console, title: &str| confirm(console, title, "portal");

    command(&mut console, "standby", "to go on:");
    portal(&mut console, "Put into standby");
    let parked = until("a parked member", || stage.eye.members_in("portal", "Standby").pop());
    console.wait_until("it reads so", |s| s.contains("Standby") && s.contains("done: 1 of 1 in standby"));
    assert!(stage.eye.size("portal").1 == 3 && members.contains(&parked));
    stage.assert_sent(&[("EnterStandby", 1)]);

    command(&mut console, "in-service", "to go on:");
    portal(&mut console, "back");
    until("it serves again", || (stage.eye.members_in("portal", "InService").len() == 4).then_some(()));
    console.wait_for("done: 1 of 1 in service");
    stage.assert_sent(&[("ExitStandby", 1)]);
    // The card is made from the picture: it must be there as well.
    console.keys("\x12");
    console.wait_gone("Standby  ");

    // From the menu of what can be done, its first entry.
    first_of_menu(&mut console, "Terminate the member; the group shrinks");
    portal(&mut console, "Terminate");
    until("it is gone", || (stage.eye.members("portal").len() == 3).then_some(()));
    console.wait_for("done: 1 of 1 gone");
    assert!(!stage.eye.members("portal").contains_key(&parked), "the selected one, and no neighbour");
    stage.assert_sent(&[("TerminateInstanceInAutoScalingGroup", 1)]);
    leave(console, &stage, &[("Put into standby", "EnterStandby"), ("back", "ExitStandby"), ("Terminate", "TerminateMembers")]);
}

#[test]
fn a_database_is_rebooted_and_an_alarm_muted_by_key() {
    let stage = Stage::portal();
    stage.backend.pace(&[("reboot", 3.0)]);
    let mut console = open(&stage);
    choose(&mut console, "5", "portal-5xx");
    command(&mut console, "mute", "mute for");
    console.keys(ENTER);
    confirm(&mut console, "Mute portal-5xx", "portal-5xx");
    console.wait_for("done: muted until");
    let mutes = stage.eye.mutes();
    assert!(mutes.len() == 1 && mutes[0].1 == "ACTIVE" && mutes[0].2 > 0, "with an end: {mutes:?}");
    stage.assert_sent(&[("PutAlarmMuteRule", 1)]);
    console.keys(ESC);
    console.wait_gone("1 of ");

    choose(&mut console, "3", "hardw");
    command(&mut console, "reboot-database", "to go on:");
    confirm(&mut console, "Reboot hardwareavailability", "hardwareavailability");
    until("it reboots", || (stage.eye.database("hardwareavailability") == "rebooting").then_some(()));
    console.keys("q");
    console.wait_exit();
    stage.assert_sent(&[("RebootDBInstance", 1)]);
    // It goes on without the console; a script follows it.
    let id = stage.json("journal", 0)["operations"][0]["id"].as_str().expect("an id").to_owned();
    let still = stage.one(&format!("ops wait {id} --timeout 1s"), 6);
    assert!(still.note().contains("not over after 1s"), "{still:?}");
}

#[test]
fn marked_groups_are_frozen_with_one_key_and_thawed_by_a_script() {
    let stage = Stage::portal();
    let mut console = open(&stage);
    // The groups, first and last: worker has a finding, portal is last by name.
    console.keys("1");
    for name in ["worker", "portal"] {
        console.keys(&format!("/{name}"));
        console.keys(ENTER);
        console.wait_until("one group", |s| s.contains("1 of "));
        console.keys(" ");
        console.wait_until("its mark", |s| s.contains(&format!("✓{name}")));
        console.keys(ESC);
        console.wait_for("jumpbox");
    }
    console.keys("F");
    let card = console.wait_until("the card of both", |s| s.contains("2 of 2") && s.contains("unclassified 2"));
    assert!(card.contains("Freeze portal at 4") && card.contains("Freeze worker at 3"), "{card}");
    console.keys("unclassified 2");
    console.keys(ENTER);
    until("both are frozen", || ["portal", "worker"].iter().all(|g| stage.eye.mark(g).is_some()).then_some(()));
    console.wait_until("both reports", |s| s.contains("done: frozen at"));
    assert_eq!((stage.eye.size("portal"), stage.eye.size("worker")), ((4, 4, 4), (3, 3, 3)));
    stage.assert_sent(&[("CreateOrUpdateTags", 2), ("SuspendProcesses", 2), ("UpdateAutoScalingGroup", 2)]);
    console.keys("q");
    console.wait_exit();
    let thawed = stage.json_of(&["thaw", "--all", "--confirm", "unclassified 2", "--wait"], 0);
    assert_eq!(thawed["operations"].as_array().map(Vec::len), Some(2), "{thawed:#}");
    assert_eq!((stage.eye.size("portal"), stage.eye.size("worker")), ((2, 4, 8), (0, 3, 10)));
    assert_eq!((stage.eye.suspended("portal").len(), stage.eye.suspended("worker").len()), (0, 1));
}
