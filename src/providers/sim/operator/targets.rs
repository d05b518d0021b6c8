//! Members at their balancer, and the weights of its rules.

use super::{Refused, no_pool};
use crate::domain::{Change, ChangeKind, FailureKind, Label, Registration, ResourceId, Verdict};
use crate::providers::sim::fleet::{Phase, Standing};
use crate::providers::sim::life::Step;
use crate::providers::sim::world::World;

/// A rule's weights are 0 to this.
const MAX_WEIGHT: u32 = 999;

impl World {
    /// The machines of a group behind registrations; those of other groups and of other ports are `None`.
    fn registered<'a>(&'a self, at: usize, pool: &ResourceId, targets: &'a [Registration]) -> Vec<(&'a Registration, Option<u64>)> {
        let fleet = &self.fleets[at];
        let port = fleet.pool.as_ref().filter(|p| p.id == *pool).map(|p| p.port);
        let number = |t: &Registration| {
            let fits = port.is_some() && t.port.is_none_or(|p| Some(p) == port);
            fleet.machines.iter().find(|(_, m)| fits && m.id == t.member).map(|(n, _)| *n)
        };
        targets.iter().map(|t| (t, number(t))).collect()
    }

    pub(super) fn register(&mut self, at: usize, pool: &ResourceId, targets: &[Registration]) -> Result<(), Refused> {
        self.pool(pool).ok_or_else(|| no_pool(pool))?;
        let mut numbers = Vec::with_capacity(targets.len());
        for (target, number) in self.registered(at, pool, targets) {
            let running = |n: &u64| matches!(self.fleets[at].machines[n].phase, Phase::InService | Phase::Parking | Phase::Parked);
            match number.filter(running) {
                Some(number) => numbers.push(number),
                None => {
                    let text = format!(
                        "InvalidTarget: The following targets are not in a running state and cannot be registered: '{}'",
                        target.member.native()
                    );
                    return Err((FailureKind::Invalid, text));
                }
            }
        }
        for number in numbers {
            let fresh = self.fleets[at].alter(number, self.now, |m| {
                m.deregistered = false;
                let fresh = matches!(m.standing, Standing::Absent | Standing::Alone | Standing::Draining);
                if fresh {
                    m.standing = Standing::Registering;
                }
                fresh
            });
            if fresh == Some(true) {
                self.register_soon(at, number);
            }
        }
        Ok(())
    }

    /// Targets that are not registered are none to it, as in the real service.
    pub(super) fn deregister(&mut self, at: usize, pool: &ResourceId, targets: &[Registration]) -> Result<(), Refused> {
        let drain = self.pool(pool).ok_or_else(|| no_pool(pool))?.drain;
        let numbers: Vec<u64> = self.registered(at, pool, targets).into_iter().filter_map(|(_, n)| n).collect();
        for number in numbers {
            let until = self.now + drain;
            let left = self.fleets[at].alter(number, self.now, |m| {
                let registered = !matches!(m.standing, Standing::Alone | Standing::Absent | Standing::Draining);
                if registered {
                    (m.standing, m.drained, m.deregistered) = (Standing::Draining, until, true);
                }
                registered
            });
            if left == Some(true) {
                self.machine_event(drain, at, number, Step::Drained);
                // A group that watches its balancer sees at once that it is no longer in use.
                self.judge_after_grace(at, number);
            }
        }
        Ok(())
    }

    pub(super) fn set_weights(&mut self, rule: &ResourceId, weights: &[(ResourceId, u32)]) -> Result<(), Refused> {
        let Some(n) = self.rules.iter().position(|r| r.id == *rule) else {
            return Err((FailureKind::NotFound, "RuleNotFound: One or more rules not found".to_owned()));
        };
        if let Some((pool, _)) = weights.iter().find(|(p, _)| self.pool(p).is_none()) {
            return Err(no_pool(pool));
        }
        if weights.is_empty() || weights.iter().any(|(_, w)| *w > MAX_WEIGHT) {
            let text = format!("ValidationError: The weight of a target group must be 0 to {MAX_WEIGHT}");
            return Err((FailureKind::Invalid, text));
        }
        // The balancer's nodes take the new weights over within seconds; the model takes them over at once.
        let now = self.now;
        self.rules[n].set(now, weights.to_vec());
        let name = |p: &ResourceId| self.pool(p).map_or_else(Label::default, |p| p.name.clone());
        let shares: Vec<String> = weights.iter().map(|(p, w)| format!("{} {w}", name(p))).collect();
        let about = self.fleets[self.rules[n].origin].id.clone();
        let change = self.change(ChangeKind::Deploy, Verdict::Ok, format!("traffic: {}", shares.join(", ")));
        self.tell_change(Change { about: Some(about), who: Some(Label::new(super::US)), ..change });
        Ok(())
    }
}
