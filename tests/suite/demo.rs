//! The demo: no account, no config, no network, and every key of the deck.

use crate::console::{ENTER, ESC, Launch, TAB};
use crate::home::Home;

#[test]
fn opens_on_the_simulated_portal() {
    let home = Home::empty();
    let console = Launch::new(&home, &["demo"]).start();
    console.wait_for("SIMULATED");
    let screen = console.wait_until("all panes", |s| {
        ["portal", "hardware", "GROUPS", "LOAD BALANCERS", "DATABASES", "METRICS", "CHANGES"].iter().all(|w| s.contains(w))
    });
    assert!(screen.contains("live"), "the age of the data is always there:\n{screen}");
    console.assert_taken();
}

#[test]
fn keys_go_where_they_say() {
    let home = Home::empty();
    let mut console = Launch::new(&home, &["demo", "--scenario", "quiet"]).start();
    console.wait_for("hardware");

    console.keys("?");
    console.wait_for("Scale the group up by one");
    console.keys(ESC);
    console.wait_gone("Scale the group up by one");

    console.keys("/hardw");
    console.keys(ENTER);
    console.wait_until("only hardware among the groups", |s| s.contains("hardware") && !s.contains("jumpbox"));
    console.keys(ESC);
    console.wait_for("jumpbox");

    console.keys("3z");
    console.wait_until("databases alone", |s| s.contains("DATABASES") && !s.contains("METRICS") && s.contains("hardware-mysql"));
    console.keys("z1");
    console.wait_for("METRICS");

    console.keys(":help");
    console.keys(ENTER);
    console.wait_for("Scale the group up by one");
    console.keys(ESC);
    console.wait_gone("Scale the group up by one");

    console.keys("/portal");
    console.keys(ENTER);
    console.keys(ENTER);
    console.wait_until("the group's own screen", |s| s.contains("MEMBERS") && s.contains("ACTIVITIES") && s.contains("i-"));
    console.keys(TAB);
    console.wait_for("WHAT");
    console.keys(ESC);
    // An escape is alone only once it had its effect; what follows at once would be read as alt.
    console.wait_until("the deck", |s| s.contains("LOAD BALANCERS") && !s.contains("ACTIVITIES"));

    console.keys("p");
    console.wait_for("held");
    console.keys("p");
    console.wait_gone("held");
}

#[test]
fn scaling_the_simulated_portal_is_followed_to_its_end() {
    let home = Home::empty();
    let mut console = Launch::new(&home, &["demo", "--scenario", "quiet", "--speed", "30"]).start();
    console.wait_for("portal");
    console.keys("/portal");
    console.keys(ENTER);
    console.open_card("+");
    console.wait_until("the impact card", |s| s.contains("Scale") && s.contains("now") && s.contains("after") && s.contains("want"));
    console.keys(ENTER);
    console.wait_for("done");
    // Its journal was its own and is gone; the user's was never made.
    let (code, stdout, _) = crate::console::run_plain(&home, &["journal"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("nothing was changed from here yet"), "{stdout}");
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let home = Home::empty();
    let groups = || {
        let console = Launch::new(&home, &["demo", "--seed", "11", "--groups", "40", "--members", "200"]).size(200, 60).start();
        let screen = console.wait_until("forty groups", |s| s.contains("40") && s.contains("portal"));
        drop(console);
        let names: std::collections::BTreeSet<String> =
            screen.lines().filter_map(|l| l.split_whitespace().find(|w| w.contains('-') && w.is_ascii()).map(str::to_owned)).collect();
        names
    };
    let first = groups();
    assert!(first.len() > 5, "{first:?}");
}

#[test]
fn every_scenario_opens() {
    let home = Home::empty();
    for scenario in ["quiet", "bad-deploy", "zone-outage", "db-failover", "traffic-spike"] {
        let console = Launch::new(&home, &["demo", "--scenario", scenario, "--speed", "50"]).start();
        console.wait_until(scenario, |s| s.contains("SIMULATED") && s.contains("portal"));
    }
}
