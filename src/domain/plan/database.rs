//! What may be done to a database: a reboot, a failover, a snapshot. Each is one call that cannot be taken back.

use std::time::Duration;

use super::super::database::{Database, DatabaseRole};
use super::super::label::Label;
use super::super::status::StatusClass;
use super::super::time::Now;
use super::super::verdict::Verdict;
use super::notes::{note, worst_first};
use super::precondition::Precondition;
use super::request::{DatabaseAct, DatabaseRequest};
use super::scale::PlanError;
use super::setting::{Setting, listed};
use super::{Call, Impact, ImpactNote, Inverse, Plan, Request};

/// Typical times by the cloud's own word: a cluster fails over within this, an instance with a standby within that.
const CLUSTER_FAILOVER: Duration = Duration::from_secs(35);
const STANDBY_FAILOVER: Duration = Duration::from_mins(2);

/// Longest name a snapshot may have.
const NAME: usize = 255;

pub(super) fn plan(s: Setting<'_>, request: &DatabaseRequest) -> Result<Plan, PlanError> {
    let database = &s.snapshot.database(&request.database).ok_or_else(|| impossible("the database is no longer there"))?.item;
    let act = named(&request.act, database, s.now);
    possible(s, database, &act)?;
    let name = &database.name;
    let id = database.id.clone();
    let (call, title, why) = match &act {
        DatabaseAct::Reboot => (
            Call::RebootDatabase { database: id, fail_over: false },
            format!("Reboot {name}"),
            "a reboot cannot be taken back: connections that dropped are gone",
        ),
        DatabaseAct::RebootWithFailover => (
            Call::RebootDatabase { database: id, fail_over: true },
            format!("Reboot {name} into its standby"),
            "failing over again is another outage, no way back",
        ),
        DatabaseAct::FailOver => {
            (Call::FailOverDatabase { database: id }, format!("Fail {name} over"), "failing over again is another outage, no way back")
        }
        DatabaseAct::Snapshot { name: snapshot } => (
            Call::SnapshotDatabase { database: id, name: snapshot.clone() },
            format!("Take the snapshot {snapshot} of {name}"),
            "a snapshot changes nothing; delete it where it was made if it is not wanted",
        ),
    };
    let outage = !matches!(act, DatabaseAct::Snapshot { .. });
    Ok(Plan {
        target: database.id.clone(),
        name: name.clone(),
        title: Label::new(title),
        calls: vec![call],
        preconditions: vec![Precondition::of_database(database)],
        impact: impact(s, database, &act),
        confirmation: s.confirmation(name, outage),
        inverse: Inverse::None(Label::new(why)),
        request: Request::Database(DatabaseRequest { act, ..request.clone() }),
    })
}

fn impossible(why: impl Into<String>) -> PlanError {
    PlanError::NotPossible(why.into())
}

/// A snapshot asked for without a name gets one, which stays.
fn named(act: &DatabaseAct, database: &Database, now: Now) -> DatabaseAct {
    match act {
        DatabaseAct::Snapshot { name } if name.is_empty() => DatabaseAct::Snapshot { name: snapshot_name(database, now) },
        other => other.clone(),
    }
}

/// `pilothouse-hardware-20261120-031244`: letters, digits and single hyphens, as databases want it.
pub fn snapshot_name(database: &Database, now: Now) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in database.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        words.push(word.to_ascii_lowercase());
    }
    let mut middle = words.join("-");
    middle.truncate(200);
    let middle = middle.trim_end_matches('-');
    let at = now.wall.strftime("%Y%m%d-%H%M%S");
    if middle.is_empty() { format!("pilothouse-{at}") } else { format!("pilothouse-{middle}-{at}") }
}

fn possible(s: Setting<'_>, database: &Database, act: &DatabaseAct) -> Result<(), PlanError> {
    let name = &database.name;
    if database.role == DatabaseRole::Cache {
        return Err(impossible(match act {
            DatabaseAct::Snapshot { .. } => format!("{name} is a cache: snapshots of caches are not taken from here"),
            DatabaseAct::FailOver => format!("{name} is a cache: its failover is a test tool of the cloud, not for operations"),
            _ => format!("{name} is a cache: a reboot loses what it holds"),
        }));
    }
    match database.status.class {
        StatusClass::Good => {}
        _ if &*database.status.word == "storage-optimization" => {}
        StatusClass::Moving | StatusClass::Parked => {
            return Err(impossible(format!("{name} is {}: wait until it is available", database.status.word)));
        }
        StatusClass::Bad if matches!(act, DatabaseAct::Snapshot { .. }) => {
            return Err(impossible(format!("{name} is {}: no snapshot can be taken of it", database.status.word)));
        }
        StatusClass::Bad | StatusClass::Unknown => {}
    }
    match act {
        DatabaseAct::Reboot if database.role == DatabaseRole::Cluster => {
            Err(impossible(format!("{name} is a cluster: reboot its instances one by one")))
        }
        DatabaseAct::RebootWithFailover if database.role == DatabaseRole::Cluster => {
            Err(impossible(format!("{name} is a cluster: fail it over instead")))
        }
        DatabaseAct::RebootWithFailover => match database.multi_az {
            Some(true) => Ok(()),
            Some(false) => Err(impossible(format!("{name} has no standby to fail over to (single zone)"))),
            None => Err(impossible(format!("whether {name} has a standby is not known; press ctrl-r to read it again"))),
        },
        DatabaseAct::FailOver if database.role != DatabaseRole::Cluster => Err(impossible(match (&database.parent, database.multi_az) {
            (Some(cluster), _) if database.role != DatabaseRole::Replica => {
                format!("{name} belongs to the cluster {cluster}: fail that over")
            }
            (_, Some(true)) => format!("{name} stands in no cluster: reboot it with a failover into its standby"),
            _ => format!("{name} has nobody to fail over to"),
        })),
        DatabaseAct::FailOver if members(s, database).count() == 1 => {
            Err(impossible(format!("{name} has no replica: it would be made anew, which takes long")))
        }
        DatabaseAct::Snapshot { name: snapshot } => valid(snapshot),
        DatabaseAct::Reboot | DatabaseAct::FailOver => Ok(()),
    }
}

fn valid(snapshot: &str) -> Result<(), PlanError> {
    let letters = snapshot.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let starts = snapshot.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    if letters && starts && !snapshot.ends_with('-') && !snapshot.contains("--") && snapshot.len() <= NAME {
        return Ok(());
    }
    Err(impossible("a snapshot's name begins with a letter and holds letters, digits and single hyphens, not at the end"))
}

/// Instances of a cluster.
fn members<'a>(s: Setting<'a>, cluster: &'a Database) -> impl Iterator<Item = &'a Database> {
    let of = move |d: &&Database| d.id.scope == cluster.id.scope && d.parent.as_ref() == Some(&cluster.name);
    s.snapshot.databases.iter().map(|d| &d.item).filter(of)
}

fn impact(s: Setting<'_>, database: &Database, act: &DatabaseAct) -> Impact {
    let mut impact = Impact::default();
    let mut notes: Vec<ImpactNote> = Vec::new();
    let status = &database.status.word;
    let row = |what: &str, now: &str, after: &str| (Label::new(what), Label::new(now), Label::new(after));
    let connections = database.connections.map(|n| format!("{n:.0}"));
    let drop = |notes: &mut Vec<ImpactNote>| {
        notes.push(match &connections {
            Some(n) => note(Verdict::Warning, format!("{n} connections drop")),
            None => note(Verdict::Unknown, "how many connections drop is not known"),
        });
    };
    match act {
        DatabaseAct::Reboot => {
            impact.changes.push(row("status", status, "rebooting, then available"));
            drop(&mut notes);
            notes.push(note(Verdict::Warning, "it serves nobody until it is up again"));
            if database.role == DatabaseRole::Primary {
                notes.push(note(Verdict::Warning, "it is the writer: nothing is written meanwhile"));
            }
        }
        DatabaseAct::RebootWithFailover | DatabaseAct::FailOver => {
            impact.takes = Some(if database.role == DatabaseRole::Cluster { CLUSTER_FAILOVER } else { STANDBY_FAILOVER });
            impact.changes.push(row("status", status, "failing over, then available"));
            drop(&mut notes);
            notes.push(note(Verdict::Warning, "clients that keep the old address ask the old host until their DNS entry ages"));
        }
        DatabaseAct::Snapshot { name } => {
            let newest = database.latest_snapshot.as_ref().map_or_else(|| "none known".to_owned(), |s| s.name.to_string());
            impact.changes.push(row("newest snapshot", &newest, name));
            if database.multi_az == Some(false) && database.role != DatabaseRole::Cluster {
                notes.push(note(Verdict::Warning, "it stands in a single zone: reads and writes may pause for a moment at the start"));
            }
        }
    }
    if matches!(act, DatabaseAct::FailOver) {
        let writer: Vec<&Database> = members(s, database).filter(|d| d.role == DatabaseRole::Primary).collect();
        let replicas = members(s, database).filter(|d| d.role == DatabaseRole::Replica).count();
        match (writer.first(), replicas) {
            (_, 0) => notes.push(note(Verdict::Unknown, "which replicas could take over is not known")),
            (Some(writer), n) => {
                impact.changes.push(row("writer", &writer.name, &format!("one of {n} replicas, the cloud chooses")));
            }
            (None, _) => {}
        }
        let lag = members(s, database).filter_map(|d| d.replica_lag).max().filter(|lag| lag.as_secs() >= 1);
        if let Some(lag) = lag {
            notes.push(note(Verdict::Warning, format!("the replica furthest behind lags {} s", lag.as_secs())));
        }
    }
    if !matches!(act, DatabaseAct::Snapshot { .. }) && !database.pending.is_empty() {
        notes.push(note(Verdict::Notice, format!("changes that waited for a reboot take effect: {}", listed(&database.pending))));
    }
    if database.status.class != StatusClass::Good {
        notes.push(note(Verdict::Warning, format!("its status is {status}")));
    }
    impact.notes = worst_first(notes);
    impact
}

#[cfg(test)]
mod tests;
