//! Databases of the model: MySQL with its replica, and Redis. Their load comes from the portal; when the primary is lost, the portal feels it.

use crate::domain::{Change, ChangeKind, Label, Metric, ResourceId, Status, Verdict};

use super::calendar::{HOUR, MINUTE, Millis};
use super::load::DatabaseEffect;
use super::world::{Event, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreKind {
    /// The database the portal needs.
    Primary,
    Replica,
    Cache,
}

/// A snapshot that somebody asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Backup {
    pub name: Label,
    pub at: Millis,
    /// When it is there.
    pub done: Millis,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Store {
    pub id: ResourceId,
    pub name: Label,
    pub kind: StoreKind,
    pub engine: Label,
    pub class: Label,
    pub zone: u8,
    /// Zone of the standby, where there is one.
    pub standby: Option<u8>,
    /// Bytes allocated.
    pub storage: Option<u64>,
    pub endpoint: Label,
    pub port: u16,
    pub max_connections: Option<u32>,
    pub parent: Option<Label>,
    pub created: Millis,
    /// Backups are taken daily at this age of the model's day, in hours.
    pub backup_hour: Option<f64>,
    /// From and until; open to readers again at the second.
    pub outages: Vec<(Millis, Millis)>,
    /// Oldest first.
    pub backups: Vec<Backup>,
}

/// Time after a failover in which the caches of a database fill again.
const COLD: Millis = 12 * MINUTE;

impl Store {
    pub fn is_down(&self, at: Millis) -> bool {
        self.outages.iter().any(|(from, until)| (*from..*until).contains(&at))
    }

    /// The cloud's word for its state. A failover shows as a reboot.
    pub fn status(&self, at: Millis) -> Status {
        if self.is_down(at) {
            Status::moving("rebooting")
        } else if self.backups.iter().any(|b| (b.at..b.done).contains(&at)) {
            Status::moving("backing-up")
        } else {
            Status::good("available")
        }
    }

    /// How much slower than usual it answers: 1 = as usual.
    fn slowness(&self, at: Millis) -> f64 {
        let since = self.outages.iter().map(|(_, until)| at - until).filter(|t| *t >= 0).min();
        since.filter(|t| *t < COLD).map_or(1.0, |t| 1.0 + 1.5 * (-(t as f64) / (100.0 * 1_000.0)).exp())
    }

    /// The moment of its latest daily backup.
    pub fn latest_backup(&self, world: &World) -> Option<Millis> {
        let hour = self.backup_hour?;
        let since = (world.calendar.hour_at(world.now) - hour).rem_euclid(24.0);
        Some(world.now - (since * HOUR as f64) as Millis)
    }
}

impl World {
    /// What the main database does to those who need it.
    pub fn database_effect(&self, at: Millis) -> DatabaseEffect {
        self.stores
            .iter()
            .find(|s| s.kind == StoreKind::Primary)
            .map_or(DatabaseEffect { down: false, slow: 1.0 }, |s| DatabaseEffect { down: s.is_down(at), slow: s.slowness(at) })
    }

    /// The portal, on whose load the databases depend.
    const PORTAL: usize = 0;

    /// Portal load relative to its busiest hour.
    fn portal_load(&self, at: Millis) -> f64 {
        self.fleets.get(Self::PORTAL).map_or(0.0, |f| self.service_demand(Self::PORTAL, at) / f.service.peak)
    }

    /// A metric of a database at a moment; a database that is down reports nothing.
    pub fn store_metric(&self, store: usize, metric: Metric, at: Millis) -> Option<f64> {
        let store = &self.stores[store];
        if store.is_down(at) {
            return None;
        }
        let stream = 0xdb00 + (u64::from(store.port) << 8) + u64::from(store.kind == StoreKind::Replica) * 64;
        let wander = |n: u64| self.dice.wander(stream + n, at);
        let load = self.portal_load(at);
        let slow = store.slowness(at);
        match (metric, store.kind) {
            (Metric::Cpu, StoreKind::Primary) => Some((9.0 + 40.0 * load * slow.sqrt() + 4.0 * wander(1)).clamp(0.0, 99.0)),
            (Metric::Cpu, StoreKind::Replica) => Some((6.0 + 17.0 * load + 3.0 * wander(1)).clamp(0.0, 99.0)),
            (Metric::Cpu, StoreKind::Cache) => Some((3.0 + 8.0 * load + wander(1)).clamp(0.0, 99.0)),
            (Metric::Connections, StoreKind::Primary) => {
                let portals = self.fleets.iter().enumerate().filter(|(n, f)| f.origin.unwrap_or(*n) == Self::PORTAL);
                let held: u64 = portals.map(|(_, f)| f.tally_at(at).connections).sum();
                let held = held as f64;
                let most = store.max_connections.map_or(f64::MAX, f64::from);
                Some((13.0 + held * (0.9 + 0.1 * load) * slow.powf(0.4) + 2.0 * wander(2)).clamp(0.0, most).round())
            }
            (Metric::Connections, StoreKind::Replica) => Some((9.0 + 6.0 * load + 2.0 * wander(2)).max(0.0).round()),
            (Metric::Connections, StoreKind::Cache) => Some((24.0 + 3.0 * wander(2)).round()),
            (Metric::FreeStorage, StoreKind::Primary | StoreKind::Replica) => {
                // Fills slowly; old binary logs are purged every six hours.
                let size = store.storage? as f64;
                let tooth = at.rem_euclid(6 * HOUR) as f64 / (6 * HOUR) as f64;
                Some(size * (0.31 - 0.02 * tooth + 0.002 * wander(3)))
            }
            (Metric::ReplicaLag, StoreKind::Replica) => {
                let broken = self.database_effect(at).down;
                // A stream that does not run has no lag to tell, which is not the same as none.
                (!broken).then(|| (0.3 + 0.25 * wander(4) + 14.0 * (load - 1.3).max(0.0)).max(0.0))
            }
            (Metric::MemoryUsed, StoreKind::Cache) => Some((34.0 + 9.0 * load + 2.0 * wander(5)).clamp(0.0, 100.0)),
            (Metric::Evictions, StoreKind::Cache) => Some((60.0 * (load - 1.9)).max(0.0).round()),
            _ => None,
        }
    }

    /// It restarts where it stands, and keeps its caches cold for a while.
    pub fn begin_reboot(&mut self, store: usize, lasts: Millis) {
        let (start, end) = (self.now, self.now + lasts);
        self.stores[store].outages.push((start, end));
        for (at, verdict, text) in [(start, Verdict::Notice, "DB instance shutdown"), (end, Verdict::Ok, "DB instance restarted")] {
            self.schedule(at, Event::StoreSays { store, verdict, text });
        }
    }

    /// Its standby takes over, asked for by somebody.
    pub fn begin_failover(&mut self, store: usize, lasts: Millis, by: &str) {
        let (start, end) = (self.now, self.now + lasts);
        self.stores[store].outages.push((start, end));
        let (id, name) = (self.stores[store].id.clone(), self.stores[store].name.clone());
        let change = self.change(ChangeKind::Database, Verdict::Notice, format!("{name}: Multi-AZ failover requested"));
        self.tell_change(Change { about: Some(id), who: Some(Label::new(by)), ..change });
        for (share, verdict, text) in [
            (1, Verdict::Warning, "Multi-AZ instance failover started"),
            (6, Verdict::Notice, "DB instance restarted"),
            (10, Verdict::Ok, "Multi-AZ instance failover completed"),
        ] {
            self.schedule(start + lasts * share / 10, Event::StoreSays { store, verdict, text });
        }
        self.schedule(end, Event::FailedOver(store));
    }

    /// The standby took over: the zones change places.
    pub fn failed_over(&mut self, store: usize) {
        let store = &mut self.stores[store];
        if let Some(standby) = &mut store.standby {
            std::mem::swap(&mut store.zone, standby);
        }
    }
}
