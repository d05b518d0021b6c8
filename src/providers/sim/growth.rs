//! Growth: any number of further groups and members around the portal app. Quiet, with a little trouble here and there.

use crate::domain::Label;

use super::calendar::SECOND;
use super::estate::{blank_fleet, pool, settle};
use super::fleet::{Illness, Standing, Termination, Tracked, Tracking, Version};
use super::load::Service;
use super::world::World;

const TEAMS: [&str; 16] = [
    "billing", "catalog", "checkout", "identity", "ledger", "mailer", "media", "orders", "payments", "pricing", "profile", "ratings",
    "shipping", "stock", "tickets", "video",
];
const ROLES: [&str; 6] = ["api", "web", "worker", "batch", "stream", "cache"];

/// Members per group where only the number of groups was given, and the other way round.
const USUAL_SIZE: u32 = 10;

/// Grows the estate to `groups` groups with `members` members in all; what is there already counts.
pub(super) fn grow(world: &mut World, groups: Option<u32>, members: Option<u32>) {
    if groups.is_none() && members.is_none() {
        return;
    }
    let present_groups = world.fleets.len() as u32;
    let present: u32 = world.fleets.iter().map(|f| f.desired).sum();
    let missing = members.map(|m| m.saturating_sub(present));
    let count = match (groups, missing) {
        // Members that are asked for need a group to be in.
        (Some(g), m) => g.saturating_sub(present_groups).max(u32::from(m.is_some_and(|m| m > 0))),
        (None, Some(m)) => m.div_ceil(50),
        (None, None) => 0,
    };
    let missing = missing.unwrap_or(count * USUAL_SIZE);
    if count == 0 {
        return;
    }
    let (size, rest) = (missing / count, missing % count);
    for n in 0..count {
        // Neighbours lend each other members, so that sizes differ and the sum stays.
        let lent = world.dice.between(0x64, u64::from(n / 2), 0, i64::from(size / 2 + 1)) as u32;
        let partner = n ^ 1;
        let size = if partner >= count {
            size
        } else if n.is_multiple_of(2) {
            size + lent
        } else {
            size - lent
        };
        add(world, n, size + u32::from(n < rest));
    }
}

fn name_of(n: u32) -> String {
    let (team, role) = (TEAMS[n as usize % TEAMS.len()], ROLES[n as usize / TEAMS.len() % ROLES.len()]);
    match n as usize / (TEAMS.len() * ROLES.len()) {
        0 => format!("{team}-{role}"),
        round => format!("{team}-{role}-{}", round + 1),
    }
}

fn add(world: &mut World, n: u32, size: u32) {
    let name = name_of(n);
    let mut fleet = blank_fleet(world, &name);
    let has_pool = n % 5 != 4;
    fleet.zones = if n.is_multiple_of(3) { vec![0, 1, 2] } else { vec![0, 1] };
    (fleet.min, fleet.desired, fleet.max) = (size / 2, size, size * 2 + 2);
    fleet.versions = vec![Version::sound(&format!("v{}", 10 + world.dice.bits(0x7e, u64::from(n)) % 90), 0)];
    fleet.service = Service {
        peak: f64::from(size.max(1)) * 55.0,
        per_machine: 100.0,
        latency: 0.02 + 0.001 * f64::from(n % 60),
        busiest: 12.0 + f64::from(n % 5),
        night: 0.6,
        needs_database: 0.0,
        stream: 0x1000 + u64::from(n),
    };
    if has_pool {
        fleet.pool = Some(pool(world, &name, &format!("shared-alb-{}", n / 20 + 1), ("/healthz", 8080, 60 * SECOND)));
    }
    if n.is_multiple_of(4) {
        fleet.tracking =
            Some(Tracking { name: Label::new(format!("{name}-cpu")), what: Tracked::Cpu, target: 60.0, above: 0, below: 0, acted: None });
    }
    if n % 131 == 77 {
        fleet.suspended.push((Label::new("AZRebalance"), Label::new("User suspended at the last maintenance")));
    }
    fleet.termination = if n.is_multiple_of(2) { Termination::Default } else { Termination::OldestInstance };
    fleet.instance_type = Label::new(["t3.small", "t3.medium", "c6g.large", "m6g.large"][n as usize % 4]);
    let at = settle(world, fleet);
    if has_pool && n % 83 == 41 {
        fail_one(world, at);
    }
}

/// One machine of this fleet has answered 503 for a while, and nobody replaced it.
fn fail_one(world: &mut World, fleet: usize) {
    let now = world.now;
    let Some(number) = world.fleets[fleet].machines.keys().next().copied() else { return };
    world.fleets[fleet].alter(number, now, |m| {
        m.sick = true;
        m.standing = Standing::Unhealthy(Illness::Refuses);
    });
}
