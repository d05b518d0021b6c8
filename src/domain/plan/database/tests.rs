//! What may be done to which database, and how strongly it is asked.

use std::sync::Arc;

use super::super::fixture::id;
use super::super::{Confirmation, Environment, GuardRules, make, moved_database};
use super::*;
use crate::domain::snapshot::Judged;
use crate::domain::{Kind, Snapshot, Status};

fn database(name: &str, role: DatabaseRole) -> Database {
    let mut d = Database::new(id(Kind::Database, name), Label::new(name), Label::new("mysql 8.0.39"), Status::good("available"));
    d.role = role;
    d.multi_az = Some(false);
    d.connections = Some(214.0);
    d
}

fn picture(databases: &[Database]) -> Snapshot {
    let judged = |d: &Database| Arc::new(Judged { item: d.clone(), assessment: crate::domain::Assessment::default() });
    let mut out = Snapshot { databases: databases.iter().map(judged).collect(), ..Snapshot::default() };
    out.databases.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    out
}

fn ask(databases: &[Database], act: DatabaseAct) -> Result<Plan, PlanError> {
    let request = Request::Database(DatabaseRequest { database: databases[0].id.clone(), act });
    let rules = GuardRules { environment: Environment::Development, ..GuardRules::default() };
    make::plan(&picture(databases), &request, &rules, Now::at(0))
}

#[test]
fn an_outage_is_asked_by_name_everywhere_a_snapshot_is_not() {
    let mut standby = database("hardware", DatabaseRole::Single);
    standby.multi_az = Some(true);
    for (act, call, by_name) in [
        (DatabaseAct::Reboot, "reboot the database", true),
        (DatabaseAct::RebootWithFailover, "reboot the database with a failover", true),
        (DatabaseAct::Snapshot { name: "before-it".into() }, "take the snapshot before-it", false),
    ] {
        let plan = ask(&[standby.clone()], act).unwrap();
        assert_eq!(plan.calls.iter().map(Call::describe).collect::<Vec<_>>(), [call]);
        assert_eq!(plan.confirmation == Confirmation::TypeName("hardware".into()), by_name, "{call}");
        assert!(matches!(plan.inverse, Inverse::None(_)));
        assert_eq!(moved_database(&plan, &standby), []);
        let mut busy = standby.clone();
        busy.status = Status::moving("modifying");
        assert_eq!(moved_database(&plan, &busy).len(), 1);
    }
}

#[test]
fn a_snapshot_without_a_name_gets_one_that_stays() {
    let mut odd = database("Hardware_DB--(old)", DatabaseRole::Single);
    odd.id = id(Kind::Database, "odd");
    let plan = ask(&[odd], DatabaseAct::Snapshot { name: String::new() }).unwrap();
    let Request::Database(request) = &plan.request else { panic!() };
    let DatabaseAct::Snapshot { name } = &request.act else { panic!() };
    assert_eq!(name, "pilothouse-hardware-db-old-20261120-000000");
    assert_eq!(plan.calls[0].describe(), format!("take the snapshot {name}"));
    assert!(valid(name).is_ok());
    for wrong in ["1st", "a--b", "a-", "ä", "a_b", ""] {
        assert!(valid(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_cannot_work_is_refused_with_the_way_that_does() {
    let single = database("hardware", DatabaseRole::Single);
    let cluster = database("notejam", DatabaseRole::Cluster);
    let of_cluster = |name: &str, role| Database { parent: Some("notejam".into()), ..database(name, role) };
    let writer = of_cluster("notejam-1", DatabaseRole::Primary);
    let in_state = |status: Status| Database { status, ..single.clone() };
    for (databases, act, want) in [
        (vec![single.clone()], DatabaseAct::RebootWithFailover, "has no standby"),
        (vec![Database { multi_az: None, ..single.clone() }], DatabaseAct::RebootWithFailover, "is not known"),
        (vec![single.clone()], DatabaseAct::FailOver, "has nobody to fail over to"),
        (vec![writer.clone(), cluster.clone()], DatabaseAct::FailOver, "belongs to the cluster notejam"),
        (vec![cluster.clone()], DatabaseAct::Reboot, "reboot its instances"),
        (vec![cluster.clone(), writer.clone()], DatabaseAct::FailOver, "has no replica"),
        (vec![database("redis", DatabaseRole::Cache)], DatabaseAct::Reboot, "a reboot loses what it holds"),
        (vec![in_state(Status::moving("modifying"))], DatabaseAct::Reboot, "wait until it is available"),
        (vec![in_state(Status::parked("stopped"))], DatabaseAct::Reboot, "wait until it is available"),
        (vec![in_state(Status::bad("storage-full"))], DatabaseAct::Snapshot { name: String::new() }, "no snapshot can be taken"),
        (vec![single.clone()], DatabaseAct::Snapshot { name: "no good".into() }, "a snapshot's name"),
    ] {
        let why = ask(&databases, act.clone()).unwrap_err().to_string();
        assert!(why.contains(want), "{act:?}: {why}");
    }
    let replica = of_cluster("notejam-2", DatabaseRole::Replica);
    let plan = ask(&[cluster, writer, replica], DatabaseAct::FailOver).unwrap();
    assert_eq!(plan.calls[0].describe(), "fail the database over");
    assert_eq!(plan.impact.takes, Some(CLUSTER_FAILOVER));
    assert!(plan.impact.changes.iter().any(|(what, now, _)| &**what == "writer" && &**now == "notejam-1"));
    assert!(ask(&[in_state(Status::moving("storage-optimization"))], DatabaseAct::Snapshot { name: String::new() }).is_ok());
    assert!(ask(&[in_state(Status::bad("incompatible-parameters"))], DatabaseAct::Reboot).is_ok(), "a reboot may be the cure");
}

#[test]
fn connections_that_drop_are_counted_or_said_to_be_unknown() {
    let notes =
        |d: Database| -> Vec<String> { ask(&[d], DatabaseAct::Reboot).unwrap().impact.notes.iter().map(|n| n.text.to_string()).collect() };
    let d = database("hardware", DatabaseRole::Single);
    assert!(notes(d.clone()).contains(&"214 connections drop".to_owned()));
    assert!(notes(Database { connections: None, ..d }).contains(&"how many connections drop is not known".to_owned()));
}
