//! Zones kept even: where one has two more than another, the group launches in the emptier and then takes one out of the fuller.

use super::fleet::{Phase, Standing, ZONES};
use super::world::World;

impl World {
    /// Looks once a minute. A group that is busy, or being changed by a deployment or refresh, is left alone.
    pub fn balance_zones(&mut self, fleet: usize) {
        let target = &self.fleets[fleet];
        if target.rebalance > 0 {
            self.end_balancing(fleet);
            return;
        }
        let refreshing = target.refresh.as_ref().is_some_and(super::refresh::Refresh::is_active);
        let busy = refreshing || target.surge > 0 || target.deleting || target.tally.counted != target.desired || target.hopeless > 0;
        if busy || target.is_suspended("AZRebalance") || target.is_suspended("Launch") {
            return;
        }
        let Some((emptiest, fullest)) = self.spread(fleet) else { return };
        if fullest < emptiest + 2 {
            return;
        }
        let target = &mut self.fleets[fleet];
        // At most a tenth of the group beyond its size, and at least one.
        target.rebalance = ((fullest - emptiest) / 2).min((target.desired / 10).max(1));
        let names: Vec<String> = target.zones.clone().into_iter().map(|z| self.zone_name(z).to_string()).collect();
        let why = format!(
            "At {} instances were launched to balance instances in zones {} with other zones resulting in more than desired number of instances in the group.",
            self.calendar.words(self.now),
            names.join(" ")
        );
        self.reconcile(fleet, Some(&why));
    }

    /// Machines in the emptiest and the fullest of the zones that a group may use and that are open.
    fn spread(&self, fleet: usize) -> Option<(u32, u32)> {
        let target = &self.fleets[fleet];
        let open = |z: &&u8| {
            let zone = self.zones[usize::from(**z)];
            !zone.out && zone.avoided_until.is_none_or(|end| end <= self.now)
        };
        let counts = || target.zones.iter().filter(open).map(|z| target.tally.by_zone[usize::from(*z) % ZONES]);
        Some((counts().min()?, counts().max()?))
    }

    /// Once the new ones are up, as many go from where there are most. Where nothing may be terminated they stay, beyond the maximum even.
    fn end_balancing(&mut self, fleet: usize) {
        let target = &self.fleets[fleet];
        let coming = |phase: Phase, standing: Standing| {
            phase == Phase::Pending
                || (phase == Phase::InService
                    && matches!(standing, Standing::Registering | Standing::Checking)
                    && target.replaces_unhealthy)
        };
        let waits = target.machines.values().any(|m| coming(m.phase, m.standing)) || target.hopeless > 0;
        if waits || target.is_suspended("Terminate") {
            return;
        }
        self.fleets[fleet].rebalance = 0;
        self.reconcile(fleet, None);
    }
}
