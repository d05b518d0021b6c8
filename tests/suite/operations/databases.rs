//! Databases: snapshots, and what takes them away for a moment.

use super::stage::Stage;

#[test]
fn a_snapshot_is_taken_under_a_name_that_says_what_and_when() {
    let stage = Stage::portal();
    let deed = stage.done("database snapshot hardwareavailability --snapshot before-upgrade --confirm hardwareavailability");
    assert!(stage.eye.snapshots("hardwareavailability").contains(&"before-upgrade".to_owned()));
    stage.assert_sent(&[("CreateDBSnapshot", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("SnapshotDatabase", "accepted")]);
    stage.done("database snapshot hardwareavailability --confirm hardwareavailability");
    let made = stage.eye.snapshots("hardwareavailability");
    assert!(made.iter().any(|n| n.starts_with("pilothouse-hardwareavailability-2")), "{made:?}");
    stage.assert_sent(&[("CreateDBSnapshot", 1)]);
    stage.run("database snapshot hardwareavailability --snapshot 9lives --confirm hardwareavailability", 3);

    // What cannot work is refused with the reason, and nothing is sent.
    for (line, why) in [
        ("database reboot portal-redis", "a reboot loses what it holds"),
        ("database reboot ledger", "reboot its instances one by one"),
        ("database fail-over hardwareavailability", "nobody to fail over to"),
        ("database fail-over ledger-1", "fail that over"),
        ("database reboot-with-failover hardwareavailability", "no standby"),
    ] {
        let name = line.rsplit(' ').next().unwrap_or_default();
        let (_, said) = stage.run(&format!("{line} --confirm {name}"), 3);
        assert!(said.contains(why), "{line}: {said}");
    }
    stage.assert_sent(&[]);
}

/// Reboots leave no other trace than that they are over some time later: all three wait at once.
#[test]
fn what_reboots_is_followed_until_it_serves_again() {
    let stage = Stage::portal();
    let writer = stage.eye.writer("ledger").expect("a writer");
    let member = stage.eye.members_in("portal", "InService").remove(0);
    let begun = [
        stage.begin("database reboot hardwareavailability --confirm hardwareavailability"),
        stage.begin("database fail-over ledger --confirm ledger"),
        stage.begin(&format!("member reboot portal {member} --confirm portal")),
    ];
    for id in &begun {
        let deed = stage.one(&format!("ops wait {id}"), 0);
        assert_eq!(deed.state(), "done", "{deed:?}");
    }
    assert_eq!(stage.eye.database("hardwareavailability"), "available");
    assert_ne!(stage.eye.writer("ledger"), Some(writer), "a replica took over");
    assert!(stage.eye.members_in("portal", "InService").contains(&member));
    stage.assert_sent(&[("FailoverDBCluster", 1), ("RebootDBInstance", 1), ("RebootInstances", 1)]);
    for (id, call) in begun.iter().zip(["RebootDatabase", "FailOverDatabase", "Reboot"]) {
        stage.story(id).assert_is("done", &[(call, "accepted")]);
    }
}
