//! Alarms: muted with an end, listed while they are, never one that drives scaling.

use super::stage::Stage;

#[test]
fn an_alarm_is_muted_until_an_end_and_speaks_again_and_none_that_drives_scaling() {
    let stage = Stage::portal();
    let end = tomorrow();
    let deed = stage.done(&format!("mute portal-5xx --until {end} --confirm portal-5xx"));
    let [(name, status, ends)] = &stage.eye.mutes()[..] else { panic!("not one rule: {:?}", stage.eye.mutes()) };
    assert!(name.contains("portal-5xx") && status == "ACTIVE", "{name} {status}");
    assert_eq!(*ends, end.as_second());
    stage.assert_sent(&[("PutAlarmMuteRule", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("MuteAlarm", "accepted")]);

    let deed = stage.done("unmute portal-5xx --confirm portal-5xx");
    assert!(stage.eye.mutes().is_empty());
    stage.assert_sent(&[("DeleteAlarmMuteRule", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("UnmuteAlarm", "accepted")]);
    let again = stage.one("unmute portal-5xx --confirm portal-5xx", 0);
    assert_eq!((again.state(), again.0["target"].as_str()), ("nothing-to-do", Some("portal-5xx")));

    // Undo of a mute is its end.
    stage.done("mute portal-cpu --for 30m --confirm portal-cpu");
    stage.done("undo portal-cpu --confirm portal-cpu");
    assert!(stage.eye.mutes().is_empty());
    stage.assert_sent(&[("DeleteAlarmMuteRule", 1), ("PutAlarmMuteRule", 1)]);

    // Never one that drives scaling, and none without an end ahead.
    stage.eye.put_scaling_alarm("portal-more");
    stage.sent();
    let (_, said) = stage.run("mute portal-more --for 1h --confirm portal-more", 3);
    assert!(said.contains("drives scaling") && said.contains("suspend AlarmNotification"), "{said}");
    for line in ["mute portal-5xx", "mute portal-5xx --until 2020-01-01T00:00:00Z", "mute portal-5xx --for 2w", "mute portal-4xx --for 1h"]
    {
        stage.run(&format!("{line} --confirm portal-5xx"), 2);
    }
    stage.assert_sent(&[]);
    assert!(stage.eye.mutes().is_empty());
}

/// In a day, to the minute.
#[expect(clippy::disallowed_methods, reason = "an end ahead of the real clock")]
fn tomorrow() -> jiff::Timestamp {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second((now / 60 + 24 * 60) * 60).expect("a time")
}
