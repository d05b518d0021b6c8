//! Databases and alarms as they are told what to do.

use std::time::Duration;

use jiff::SignedDuration;

use super::support::*;
use crate::domain::{AlarmState, Call, Database, FailureKind, Kind, ResourceId};
use crate::providers::Provider;
use crate::providers::sim::{Sim, Trouble};

fn id(sim: &Sim, kind: Kind, name: &str) -> ResourceId {
    ResourceId::new(sim.scope(), kind, name)
}

async fn database(sim: &Sim, name: &str) -> Database {
    operator(sim).read_database(&id(sim, Kind::Database, name)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_reboot_is_short_and_a_failover_changes_the_zone() {
    for (fail_over, longest) in [(false, 60), (true, 120)] {
        let sim = sim("quiet");
        let mysql = id(&sim, Kind::Database, "hardware-mysql");
        let before = database(&sim, "hardware-mysql").await;
        call(&sim, Call::RebootDatabase { database: mysql.clone(), fail_over }).await.unwrap();
        assert_eq!(&*database(&sim, "hardware-mysql").await.status.word, "rebooting");
        let again = call(&sim, Call::RebootDatabase { database: mysql, fail_over }).await.unwrap_err();
        assert!(again.message.contains("InvalidDBInstanceState") && again.message.contains("rebooting"), "{again}");
        sim.advance(SECONDS(longest + 1));
        let after = database(&sim, "hardware-mysql").await;
        assert!(after.status.is_good());
        assert_eq!(before.zone == after.zone, !fail_over, "{:?} → {:?}", before.zone, after.zone);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failover_needs_somebody_to_fail_over_to() {
    let sim = sim("quiet");
    let (mysql, replica, redis, nobody) = (
        id(&sim, Kind::Database, "hardware-mysql"),
        id(&sim, Kind::Database, "hardware-mysql-replica"),
        id(&sim, Kind::Database, "portal-redis"),
        id(&sim, Kind::Database, "nobody"),
    );
    for (refused, kind, says) in [
        (Call::RebootDatabase { database: replica.clone(), fail_over: true }, FailureKind::Invalid, "not Multi-AZ"),
        (Call::FailOverDatabase { database: replica }, FailureKind::Invalid, "not Multi-AZ"),
        (Call::RebootDatabase { database: redis, fail_over: false }, FailureKind::NotFound, "DBInstanceNotFound"),
        (Call::SnapshotDatabase { database: nobody, name: "a".into() }, FailureKind::NotFound, "DBInstanceNotFound"),
        (Call::SnapshotDatabase { database: mysql.clone(), name: "-a".into() }, FailureKind::Invalid, "not a valid identifier"),
    ] {
        let error = call(&sim, refused.clone()).await.unwrap_err();
        assert!(error.kind == kind && error.message.contains(says), "{refused:?}: {error}");
    }
    let zone = database(&sim, "hardware-mysql").await.zone;
    call(&sim, Call::FailOverDatabase { database: mysql }).await.unwrap();
    sim.advance(SECONDS(121));
    let after = database(&sim, "hardware-mysql").await;
    assert!(after.status.is_good() && after.zone != zone);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_takes_its_time_and_its_name_is_taken() {
    let sim = sim("quiet");
    let take = || Call::SnapshotDatabase { database: id(&sim, Kind::Database, "hardware-mysql"), name: "before-42".into() };
    call(&sim, take()).await.unwrap();
    let now = database(&sim, "hardware-mysql").await;
    let latest = now.latest_snapshot.unwrap();
    assert_eq!((&*latest.name, &*latest.status.word, &*now.status.word), ("before-42", "creating", "backing-up"));
    let again = call(&sim, take()).await.unwrap_err();
    assert!(again.message.contains("DBSnapshotAlreadyExists"), "{again}");
    sim.advance(minutes(6));
    let now = database(&sim, "hardware-mysql").await;
    assert!(now.status.is_good() && now.latest_snapshot.unwrap().status.is_good());
}

#[tokio::test(start_paused = true)]
async fn a_muted_alarm_still_fires_and_the_mute_ends_by_itself() {
    let sim = sim("quiet");
    let alarm = id(&sim, Kind::Alarm, "portal-p95");
    let until = sim.wall() + SignedDuration::from_mins(10);
    let mute = |until| Call::MuteAlarm { alarm: alarm.clone(), rule: "pilothouse-1".into(), until };
    let read = async || operator(&sim).read_alarm(&alarm).await.unwrap();
    call(&sim, mute(until)).await.unwrap();
    assert_eq!(read().await.muted, [("pilothouse-1".into(), Some(until))]);
    sim.befall(Duration::ZERO, Trouble::Alarm { name: "portal-p95".into(), lasts: minutes(3) });
    assert_eq!(read().await.state, AlarmState::Firing);
    call(&sim, mute(until + SignedDuration::from_mins(5))).await.expect("the same rule again has a new end");
    assert_eq!(read().await.muted.len(), 1);
    sim.advance(minutes(16));
    assert_eq!((read().await.muted, read().await.state), (Vec::new(), AlarmState::Ok));
    let unmute = Call::UnmuteAlarm { alarm: alarm.clone(), rule: "pilothouse-1".into() };
    let nobody = Call::UnmuteAlarm { alarm: id(&sim, Kind::Alarm, "nobody"), rule: "a".into() };
    for (refused, says) in
        [(unmute.clone(), "Mute rule pilothouse-1 does not exist"), (nobody, "does not exist"), (mute(until), "in the future")]
    {
        let error = call(&sim, refused.clone()).await.unwrap_err();
        assert!(error.message.contains(says), "{refused:?}: {error}");
    }
    call(&sim, mute(sim.wall() + SignedDuration::from_hours(1))).await.unwrap();
    call(&sim, unmute).await.unwrap();
    assert!(read().await.muted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn muting_the_alarm_of_a_policy_stops_the_policy() {
    let sim =
        sim_of("[[event]]\nat = \"1m\"\nspike = { group = \"portal\", factor = 3.0, ramp = \"1m\", hold = \"60m\", fall = \"1m\" }\n");
    let alarm = id(&sim, Kind::Alarm, "TargetTracking-portal-AlarmHigh");
    let until = sim.wall() + SignedDuration::from_mins(20);
    let before = look(&sim, "portal").await.0.desired;
    call(&sim, Call::MuteAlarm { alarm, rule: "r".into(), until }).await.unwrap();
    sim.advance(minutes(19));
    assert_eq!(look(&sim, "portal").await.0.desired, before);
    sim.advance(minutes(5));
    assert!(look(&sim, "portal").await.0.desired > before);
}
