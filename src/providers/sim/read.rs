//! Reads of the model: each source in pages, found again by a cursor, so that the model may move on between two pages.

use std::ops::Bound;

use crate::domain::{Focus, Now, Observation, SourceKind};

use super::convert::{Words, convert_policies, convert_schedules};
use super::databases::StoreKind;
use super::fleet::Fleet;
use super::world::World;
use crate::providers::Page;

/// Rows of members, targets or instances that make a page full.
const PAGE_ROWS: usize = 500;

/// Activities listed of a group that is not looked at.
const RECENT: usize = 10;

/// Where the next page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    fleet: usize,
    /// Within the fleet: the last machine that was told.
    machine: Option<u64>,
}

/// The call a source stands for, in the cloud's words.
pub(super) fn operation(source: SourceKind) -> &'static str {
    match source {
        SourceKind::Identity => "sts:GetCallerIdentity",
        SourceKind::Groups => "autoscaling:DescribeAutoScalingGroups",
        SourceKind::Instances => "ec2:DescribeInstances",
        SourceKind::Pools => "elasticloadbalancing:DescribeTargetHealth",
        SourceKind::Databases => "rds:DescribeDBInstances",
        SourceKind::Caches => "elasticache:DescribeCacheClusters",
        SourceKind::Alarms => "cloudwatch:DescribeAlarms",
        SourceKind::Activities => "autoscaling:DescribeScalingActivities",
        SourceKind::Policies => "autoscaling:DescribePolicies",
        SourceKind::Metrics => "cloudwatch:GetMetricData",
        SourceKind::Events => "rds:DescribeEvents",
        SourceKind::Probes => "probe",
    }
}

impl World {
    /// One page, and where the next begins; `None` at the end. `wall` is for readings that carry the console's own clock.
    pub fn page(&self, source: SourceKind, focus: &Focus, cursor: Cursor, wall: Now) -> (Page, Option<Cursor>) {
        let (rows, next) = match source {
            SourceKind::Groups => self.by_fleet(cursor, |_, fleet, words, rows| {
                rows.push(Observation::Group(self.convert_group(fleet, words)));
                fleet.machines.len()
            }),
            SourceKind::Pools => {
                let (mut rows, next) = self.by_fleet(cursor, |number, fleet, words, rows| {
                    let Some(pool) = fleet.pool.as_ref().filter(|p| self.is_first_filler(number, &p.id)) else { return 0 };
                    rows.push(Observation::Pool(self.convert_pool(pool, words)));
                    fleet.machines.len()
                });
                if cursor == Cursor::default() {
                    let words = Words::new(self);
                    rows.extend(self.idle_pools().map(|p| Observation::Pool(self.convert_pool(p, &words))));
                }
                (rows, next)
            }
            SourceKind::Policies => self.by_fleet(cursor, |_, fleet, _, rows| {
                rows.push(Observation::Policies { group: fleet.id.clone(), policies: convert_policies(fleet) });
                rows.push(Observation::Schedules { group: fleet.id.clone(), schedules: convert_schedules(fleet) });
                2
            }),
            SourceKind::Activities => self.by_fleet(cursor, |_, fleet, _, rows| {
                let looked_at = focus.selected.as_ref() == Some(&fleet.id) || focus.operating.contains(&fleet.id);
                let shown = if looked_at { usize::MAX } else { RECENT };
                let activities: Vec<_> = fleet.deeds.iter().rev().take(shown).map(|d| d.activity.clone()).collect();
                let count = activities.len();
                rows.push(Observation::Activities { group: fleet.id.clone(), activities });
                count
            }),
            SourceKind::Instances => self.instances(cursor),
            _ => (self.in_one_page(source, focus, wall), None),
        };
        (Page { rows, gaps: Vec::new(), calls: 1, paid_units: 0 }, next)
    }

    /// Whole fleets until a page is full; `tell` says how many rows a fleet was worth.
    fn by_fleet(
        &self,
        cursor: Cursor,
        tell: impl Fn(usize, &Fleet, &Words, &mut Vec<Observation>) -> usize,
    ) -> (Vec<Observation>, Option<Cursor>) {
        let words = Words::new(self);
        let (mut rows, mut worth) = (Vec::new(), 0);
        for (n, fleet) in self.fleets.iter().enumerate().skip(cursor.fleet) {
            if worth >= PAGE_ROWS {
                return (rows, Some(Cursor { fleet: n, machine: None }));
            }
            if fleet.gone {
                continue;
            }
            worth += tell(n, fleet, &words, &mut rows).max(1);
        }
        (rows, None)
    }

    /// Single servers first, then machine by machine.
    fn instances(&self, cursor: Cursor) -> (Vec<Observation>, Option<Cursor>) {
        let words = Words::new(self);
        let mut rows = Vec::with_capacity(PAGE_ROWS);
        if cursor == Cursor::default() {
            rows.extend(self.loners.iter().map(|l| Observation::Instance(self.convert_loner(l, &words))));
        }
        let mut after = cursor.machine;
        for (n, fleet) in self.fleets.iter().enumerate().skip(cursor.fleet) {
            let from = after.take().map_or(Bound::Unbounded, Bound::Excluded);
            for (number, machine) in fleet.machines.range((from, Bound::Unbounded)) {
                rows.push(Observation::Instance(self.convert_instance(fleet, machine, &words)));
                if rows.len() >= PAGE_ROWS {
                    return (rows, Some(Cursor { fleet: n, machine: Some(*number) }));
                }
            }
        }
        (rows, None)
    }

    /// Sources that are small whatever the size of the estate.
    fn in_one_page(&self, source: SourceKind, focus: &Focus, wall: Now) -> Vec<Observation> {
        let stores = |caches: bool| {
            let fits = move |kind| (kind == StoreKind::Cache) == caches;
            self.stores.iter().filter(move |s| fits(s.kind)).map(|s| Observation::Database(self.convert_store(s)))
        };
        let changes = |alarms: bool| {
            let fits = move |kind| (kind == crate::domain::ChangeKind::Alarm) == alarms;
            self.changes.iter().rev().filter(move |c| fits(c.kind)).map(|c| Observation::Change(c.clone()))
        };
        match source {
            SourceKind::Identity => vec![Observation::Identity(self.convert_identity())],
            SourceKind::Databases => stores(false).collect(),
            SourceKind::Caches => stores(true).collect(),
            SourceKind::Alarms => self.bells.iter().map(|b| Observation::Alarm(b.convert_alarm(self))).chain(changes(true)).collect(),
            SourceKind::Events => changes(false).collect(),
            SourceKind::Metrics => self.convert_series(focus).into_iter().map(Observation::Series).collect(),
            SourceKind::Probes => self
                .loners
                .iter()
                .filter_map(|l| Some(Observation::Probe { member: l.id.clone(), probe: self.convert_probe(l, l.probe?, wall) }))
                .collect(),
            SourceKind::Groups | SourceKind::Pools | SourceKind::Policies | SourceKind::Activities | SourceKind::Instances => Vec::new(),
        }
    }
}
