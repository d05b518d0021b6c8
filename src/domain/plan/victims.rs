//! Who goes when a termination policy chooses. The rule order of EC2 Auto Scaling's scale-in: unhealthy members first, whatever the
//! policy; then the zone with most members that still has an unprotected one; then the policies in their order. Zone balance beats
//! every policy. Where the policies leave several, the cloud's choice cannot be known, and every candidate is named.

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::member::Member;

/// What a scale-in by policy will do, as far as it can be known.
#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    /// Those that surely go, with why.
    pub certain: Vec<(&'a Member, Label)>,
    /// How many more go, out of [`Self::candidates`].
    pub open: usize,
    pub candidates: Vec<(&'a Member, Label)>,
    /// One possible outcome of the whole choice, for the count per zone.
    pub example: Vec<&'a Member>,
}

impl Choice<'_> {
    /// For the card: id and reason, the certain ones first.
    pub fn listed(&self) -> Vec<(ResourceId, Label)> {
        let certain = self.certain.iter().map(|(m, why)| (m.id.clone(), why.clone()));
        let (open, of) = (self.open, self.candidates.len());
        let candidates = self.candidates.iter().map(move |(m, why)| (m.id.clone(), Label::new(format!("any {open} of these {of}: {why}"))));
        certain.chain(candidates).collect()
    }
}

/// Chooses `count` members to go. Fewer, where all that remain are protected.
pub(super) fn choose(group: &Group, count: usize) -> Choice<'_> {
    let mut here: Vec<&Member> = group.members.iter().filter(|m| m.counts()).collect();
    let mut choice = Choice::default();
    for _ in 0..count {
        let Some((pool, why)) = next_pool(group, &here) else { break };
        let why = Label::new(why);
        // From the first open choice on, who follows depends on it: all that come are candidates.
        if pool.len() == 1 && choice.open == 0 {
            choice.certain.push((pool[0], why));
        } else {
            choice.open += 1;
            for m in &pool {
                if !choice.candidates.iter().any(|(c, _)| c.id == m.id) {
                    choice.candidates.push((m, why.clone()));
                }
            }
        }
        let goes = pool[0];
        choice.example.push(goes);
        here.retain(|m| m.id != goes.id);
    }
    if choice.open > 0 && choice.open == choice.candidates.len() {
        // All candidates go after all.
        choice.open = 0;
        choice.certain.append(&mut choice.candidates);
    }
    choice
}

/// Those of whom the next one is taken, with why; `None` when nobody may be taken.
fn next_pool<'a>(group: &Group, here: &[&'a Member]) -> Option<(Vec<&'a Member>, String)> {
    let unhealthy: Vec<&Member> = here.iter().copied().filter(|m| m.health.is_bad()).collect();
    if !unhealthy.is_empty() {
        return Some((unhealthy, "unhealthy ones go first".to_owned()));
    }
    let free: Vec<&Member> = here.iter().copied().filter(|m| !m.protected).collect();
    let crowd = |zone: &Label| here.iter().filter(|m| m.zone == *zone).count();
    let most = free.iter().map(|m| crowd(&m.zone)).max()?;
    let mut pool: Vec<&Member> = free.into_iter().filter(|m| crowd(&m.zone) == most).collect();
    let mut zones: Vec<&str> = pool.iter().map(|m| &*m.zone).collect();
    zones.sort_unstable();
    zones.dedup();
    let place = match zones.as_slice() {
        [] | [""] => "of the group".to_owned(),
        [zone] => format!("in zone {zone}"),
        several => format!("in zones {}", several.join(", ")),
    };

    let default = [Label::new("Default")];
    let policies: &[Label] = if group.termination_policies.is_empty() { &default } else { &group.termination_policies };
    let mut by = None;
    for policy in policies {
        if pool.len() == 1 {
            break;
        }
        match narrow(policy, &pool, group) {
            Narrowed::To(left, why) => {
                by = Some(why);
                pool = left;
            }
            Narrowed::Same => {}
            // It decides by something that is not ours to know; what follows in the list no longer matters.
            Narrowed::Unknowable => {
                by = Some(format!("policy {policy} decides"));
                break;
            }
        }
    }
    let why = match by {
        Some(why) => format!("{why} {place}"),
        None if pool.len() == 1 => format!("the only one that may go {place}"),
        None => format!("equal by policy {place}"),
    };
    Some((pool, why))
}

enum Narrowed<'a> {
    /// Fewer are left, and why these.
    To(Vec<&'a Member>, String),
    /// The policy sees no difference.
    Same,
    Unknowable,
}

fn narrow<'a>(policy: &str, pool: &[&'a Member], group: &Group) -> Narrowed<'a> {
    match policy {
        "OldestInstance" => by_age(pool, true),
        "NewestInstance" => by_age(pool, false),
        "OldestLaunchTemplate" | "OldestLaunchConfiguration" => by_version(pool, group),
        // Old versions first, then the nearest billing hour, then chance: only the first half can be known.
        "Default" => match by_version(pool, group) {
            Narrowed::Same => Narrowed::Unknowable,
            narrowed => narrowed,
        },
        // ClosestToNextInstanceHour, AllocationStrategy, a Lambda function, or a word of tomorrow.
        _ => Narrowed::Unknowable,
    }
}

fn by_age<'a>(pool: &[&'a Member], oldest: bool) -> Narrowed<'a> {
    if pool.iter().any(|m| m.launched.is_none()) {
        return Narrowed::Unknowable;
    }
    let edge = if oldest { pool.iter().map(|m| m.launched).min() } else { pool.iter().map(|m| m.launched).max() };
    let left = pool.iter().copied().filter(|m| Some(m.launched) == edge);
    fewer(pool, left.collect(), || (if oldest { "the oldest" } else { "the newest" }).to_owned())
}

/// Members off the wanted version first, the oldest of those versions before others.
fn by_version<'a>(pool: &[&'a Member], group: &Group) -> Narrowed<'a> {
    let other: Vec<&Member> = pool
        .iter()
        .copied()
        .filter(|m| group.version_wanted.as_ref().is_some_and(|w| m.version.as_ref().is_some_and(|v| v != w)))
        .collect();
    let from = if other.is_empty() { pool.to_vec() } else { other };
    let Some(numbers) = from.iter().map(|m| m.version.as_deref().and_then(version_number)).collect::<Option<Vec<u64>>>() else {
        return fewer(pool, from, || "on another version than wanted".to_owned());
    };
    let oldest = numbers.iter().min().copied();
    let left: Vec<&Member> = from.iter().zip(&numbers).filter(|(_, n)| Some(**n) == oldest).map(|(m, _)| *m).collect();
    let word = left.first().and_then(|m| m.version.clone()).unwrap_or_default();
    fewer(pool, left, || format!("on the oldest version {word}"))
}

fn fewer<'a>(pool: &[&'a Member], left: Vec<&'a Member>, why: impl FnOnce() -> String) -> Narrowed<'a> {
    if left.len() < pool.len() && !left.is_empty() { Narrowed::To(left, why()) } else { Narrowed::Same }
}

/// `42`, `v42`, `portal:42` → 42.
fn version_number(word: &str) -> Option<u64> {
    let digits = word.rsplit(|c: char| !c.is_ascii_digit()).next().filter(|d| !d.is_empty())?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests;
