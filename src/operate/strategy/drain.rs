//! Old members out of their pools, and back into them. Always by id, with the ports they were registered with.

use std::collections::BTreeSet;

use crate::domain::{Call, Label, Registration, ResourceId, TargetPool};

use super::super::procedure::Next;
use super::limits::words;
use super::readiness::standing;
use super::scene::Scene;

impl<'a> Scene<'a> {
    fn pools_in_order(&self) -> Vec<&'a TargetPool> {
        let mut pools: Vec<&TargetPool> = self.look.pools.iter().filter(|p| self.look.group.pools.contains(&p.id)).collect();
        pools.sort_by(|a, b| a.id.cmp(&b.id));
        pools
    }

    /// How often a member was taken out of a pool, and put back.
    fn rounds(&self, member: &ResourceId, pool: &ResourceId) -> (u32, u32) {
        let (mut out, mut back) = (0, 0);
        for (step, made) in &self.known.made {
            let of = |p: &ResourceId, targets: &[Registration]| p == pool && targets.iter().any(|t| t.member == *member);
            match &made.call {
                Call::Deregister { pool, targets, .. } if of(pool, targets) && self.known.is_done(step) => out += 1,
                Call::Register { pool, targets, .. } if of(pool, targets) && self.known.is_done(step) => back += 1,
                _ => {}
            }
        }
        (out, back)
    }

    /// We took it out of a pool, and it was not put back.
    pub fn is_out(&self, member: &ResourceId) -> bool {
        self.look.pools.iter().map(|p| self.rounds(member, &p.id)).any(|(out, back)| out > back)
    }

    /// The next call that takes an old member out of a pool; `None`: all are made.
    pub fn deregister(&self, victim: &ResourceId) -> Option<Next> {
        self.pools_in_order().into_iter().find_map(|pool| {
            let targets: Vec<Registration> = standing(pool, victim)
                .map(|t| Registration { member: victim.clone(), port: t.port })
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            let (out, back) = self.rounds(victim, &pool.id);
            if targets.is_empty() || out > back {
                return None;
            }
            let step = self.nth(&format!("deregister/{}/{}", victim.native(), tail(&pool.id)));
            Some(Next::call(step, Call::Deregister { group: self.group(), pool: pool.id.clone(), targets }))
        })
    }

    /// No pool of the group knows it any more, or all have let its connections end.
    pub fn is_drained(&self, victim: &ResourceId) -> bool {
        let done = |p: &TargetPool| standing(p, victim).next().is_none() && !drains(p, victim);
        self.sees_pools() && self.look.pools.iter().all(done)
    }

    /// What of it is still in a pool.
    pub fn drain_words(&self, victim: &ResourceId) -> String {
        let Some(pool) = self.pools_in_order().into_iter().find(|p| drains(p, victim) || standing(p, victim).next().is_some()) else {
            return "out of every pool".to_owned();
        };
        match pool.deregistration_delay {
            Some(delay) if drains(pool, victim) => format!("draining in {}, which takes up to {}", pool.name, words(delay)),
            _ if drains(pool, victim) => format!("draining in {}", pool.name),
            _ => format!("still registered in {}", pool.name),
        }
    }

    /// Members that were taken out of a pool and not put back: pool, registrations.
    fn out_of_pools(&self) -> Vec<(&'a ResourceId, &'a [Registration])> {
        let mut out: Vec<(&ResourceId, &[Registration])> = Vec::new();
        for (step, made) in &self.known.made {
            let Call::Deregister { pool, targets, .. } = &made.call else { continue };
            if !self.known.is_done(step) || out.contains(&(pool, targets)) {
                continue;
            }
            let away = targets.iter().any(|t| {
                let (gone, back) = self.rounds(&t.member, pool);
                gone > back && self.present(&t.member).is_some()
            });
            if away {
                out.push((pool, targets));
            }
        }
        out
    }

    /// The next call that puts an old member back into a pool; `None`: all are made.
    pub fn register_again(&self) -> Option<Next> {
        let (pool, targets) = self.out_of_pools().into_iter().next()?;
        let first = targets.first()?;
        let step = self.nth(&format!("register/{}/{}", first.member.native(), tail(pool)));
        Some(Next::call(step, Call::Register { group: self.group(), pool: pool.clone(), targets: targets.to_vec() }))
    }

    /// Members that were put back and are not good in all pools yet.
    pub fn not_yet_back(&self) -> Vec<&'a Label> {
        let put = self.known.made.iter().filter(|(step, _)| self.known.is_done(step)).filter_map(|(_, made)| match &made.call {
            Call::Register { targets, .. } => Some(targets),
            _ => None,
        });
        let ids: BTreeSet<&ResourceId> = put.flatten().map(|t| &t.member).collect();
        ids.into_iter().filter_map(|id| self.present(id)).filter(|m| !self.ready(m)).map(|m| &m.label).collect()
    }
}

fn drains(pool: &TargetPool, id: &ResourceId) -> bool {
    pool.targets.iter().flatten().any(|t| t.member == *id && t.is_draining())
}

/// The part of an id that tells pools apart, for names of steps.
fn tail(pool: &ResourceId) -> &str {
    pool.native().rsplit(':').next().unwrap_or(pool.native())
}
