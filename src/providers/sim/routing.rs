//! Who stands in which pool, and how the rules of the balancers share traffic between pools.

use crate::domain::{Kind, Label, ResourceId, Route};

use super::calendar::Millis;
use super::fleet::{Fleet, Pool};
use super::world::World;

/// A listener rule that forwards to several pools by weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub id: ResourceId,
    pub name: Label,
    /// The fleet whose work it hands out.
    pub origin: usize,
    /// Weights over time, oldest first: metrics look back.
    log: Vec<(Millis, Vec<(ResourceId, u32)>)>,
}

impl Rule {
    pub fn new(id: ResourceId, name: Label, origin: usize, since: Millis, weights: Vec<(ResourceId, u32)>) -> Self {
        Self { id, name, origin, log: vec![(since, weights)] }
    }

    /// Weights at a moment; before the first record, as the first record says.
    fn weights_at(&self, at: Millis) -> &[(ResourceId, u32)] {
        let after = self.log.partition_point(|(t, _)| *t <= at);
        self.log.get(after.saturating_sub(1)).map_or(&[], |(_, weights)| weights)
    }

    pub fn weights(&self) -> &[(ResourceId, u32)] {
        self.log.last().map_or(&[], |(_, weights)| weights)
    }

    pub fn set(&mut self, now: Millis, weights: Vec<(ResourceId, u32)>) {
        self.log.push((now, weights));
    }

    pub fn names(&self, pool: &ResourceId) -> bool {
        self.log.iter().any(|(_, weights)| weights.iter().any(|(p, _)| p == pool))
    }

    /// Share of its traffic that goes to a pool, 0–1.
    pub fn share(&self, pool: &ResourceId, at: Millis) -> f64 {
        let weights = self.weights_at(at);
        let all: u32 = weights.iter().map(|(_, w)| w).sum();
        let own = weights.iter().find(|(p, _)| p == pool).map_or(0, |(_, w)| *w);
        if all == 0 { 0.0 } else { f64::from(own) / f64::from(all) }
    }
}

impl World {
    /// A pool, filled by a group or not.
    pub fn pool(&self, id: &ResourceId) -> Option<&Pool> {
        let filled = self.fillers.get(id).and_then(|f| f.first()).and_then(|f| self.fleets[*f].pool.as_ref());
        filled.or_else(|| self.spares.iter().find(|p| p.id == *id))
    }

    /// The group that tells a pool in lists: the first that fills it.
    pub fn is_first_filler(&self, number: usize, pool: &ResourceId) -> bool {
        self.fillers.get(pool).and_then(|f| f.first()) == Some(&number)
    }

    /// Groups that register their members in a pool.
    pub fn fleets_in(&self, pool: &ResourceId) -> impl Iterator<Item = &Fleet> {
        self.fillers.get(pool).into_iter().flatten().map(|f| &self.fleets[*f])
    }

    /// Pools that nobody fills at present.
    pub fn idle_pools(&self) -> impl Iterator<Item = &Pool> {
        self.spares.iter().filter(|p| self.fillers.get(&p.id).is_none_or(Vec::is_empty))
    }

    /// The group fills its pool from now on.
    pub fn fill(&mut self, number: usize) {
        if let Some(pool) = &self.fleets[number].pool {
            self.fillers.entry(pool.id.clone()).or_default().push(number);
        }
    }

    /// A deleted group has lost its last machine: its name is free, its pool stays.
    pub fn bury(&mut self, number: usize) {
        let fleet = &mut self.fleets[number];
        fleet.gone = true;
        let (id, pool) = (fleet.id.clone(), fleet.pool.clone());
        self.fleet_by_id.remove(&id);
        if let Some(pool) = pool {
            if let Some(fillers) = self.fillers.get_mut(&pool.id) {
                fillers.retain(|f| *f != number);
            }
            if !self.spares.iter().any(|p| p.id == pool.id) {
                self.spares.push(pool);
            }
        }
    }

    /// What sends traffic to a pool: rules that weigh it, else the default action of its listener.
    pub fn convert_routes(&self, pool: &Pool) -> Vec<Route> {
        let ruled: Vec<Route> = self
            .rules
            .iter()
            .filter(|r| r.weights().iter().any(|(p, _)| *p == pool.id))
            .map(|r| Route { rule: r.id.clone(), name: r.name.clone(), weights: r.weights().to_vec() })
            .collect();
        if !ruled.is_empty() || self.rules.iter().any(|r| r.names(&pool.id)) {
            return ruled;
        }
        vec![Route {
            rule: ResourceId::new(&self.scope, Kind::Rule, pool.balancer.native().replacen("loadbalancer/", "listener/", 1)),
            name: pool.listener.clone(),
            weights: vec![(pool.id.clone(), 1)],
        }]
    }

    /// Share of the work of its service that reaches a fleet, 0–1.
    pub fn share_of(&self, number: usize, at: Millis) -> f64 {
        let fleet = &self.fleets[number];
        let ruled = |pool: &Pool| self.rules.iter().find(|r| r.names(&pool.id)).map(|r| r.share(&pool.id, at));
        let share = match fleet.pool.as_ref().map(ruled) {
            None => return 1.0,
            Some(Some(share)) => share,
            // A copy in a pool that no rule names gets nothing; a group behind a listener of its own gets all.
            Some(None) => f64::from(u8::from(fleet.origin.is_none())),
        };
        let Some(others) = fleet.pool.as_ref().and_then(|p| self.fillers.get(&p.id)).filter(|f| f.len() > 1) else { return share };
        let serving = |n: &usize| f64::from(self.fleets[*n].tally_at(at).serving);
        let all: f64 = others.iter().map(serving).sum();
        if all > 0.0 { share * serving(&number) / all } else { share / others.len() as f64 }
    }

    /// Requests and errors per second that reach a pool at a moment; a pool that gets traffic and has nobody in it answers all with 503.
    pub fn pool_traffic(&self, pool: &ResourceId, at: Millis) -> (f64, f64) {
        let filled = self.fillers.get(pool).filter(|f| !f.is_empty());
        if let Some(fillers) = filled {
            return fillers.iter().map(|f| self.reading(*f, at)).fold((0.0, 0.0), |(d, e), r| (d + r.demand, e + r.errors));
        }
        let lost: f64 = self.rules.iter().map(|r| r.share(pool, at) * self.service_demand(r.origin, at)).sum();
        (lost, lost)
    }
}
