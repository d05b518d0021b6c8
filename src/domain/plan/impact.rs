//! Before → after: counts per zone as the cloud keeps them, health once the change is through, who goes, and how long it takes.

use std::time::Duration;

use super::super::group::{Activity, Group};
use super::super::label::Label;
use super::super::member::Member;
use super::super::status::StatusClass;
use super::victims::choose;
use super::{Impact, ScaleRequest, Size};

/// All of the impact but its notes.
pub(super) fn impact(group: &Group, request: &ScaleRequest, before: Size, after: Size) -> Impact {
    let mut impact = Impact {
        desired: (before.desired, after.desired),
        min: (before.min, after.min),
        max: (before.max, after.max),
        healthy_now: (group.healthy(), group.counted()),
        victims_chosen: !request.victims.is_empty(),
        ready_in: (after.desired > before.desired).then(|| ready_in(group)).flatten(),
        ..Impact::default()
    };
    if group.weighted {
        // Units are not members: neither zones nor health after the change can be told from the numbers.
        impact.healthy_after = impact.healthy_now;
        return impact;
    }
    let (lost, gone) = going(group, request, after, &mut impact);
    let kept: Vec<&Member> = group.members.iter().filter(|m| m.counts() && !gone.iter().any(|g| g.id == m.id)).collect();
    let added = after.desired.saturating_sub(kept.len() as u32);
    impact.zones = zones(group, &kept, added);
    let fit = group.members.iter().filter(|m| is_fit(m)).count() as u32;
    impact.healthy_after = (fit.saturating_sub(lost) + added, kept.len() as u32 + added);
    impact
}

/// Fills in the victims. Returns how many fit members go at worst, and one possible set of all that go.
fn going<'a>(group: &'a Group, request: &ScaleRequest, after: Size, impact: &mut Impact) -> (u32, Vec<&'a Member>) {
    if !request.victims.is_empty() {
        let gone: Vec<&Member> = group.members.iter().filter(|m| m.counts() && request.victims.contains(&m.id)).collect();
        impact.victims = request.victims.iter().map(|id| (id.clone(), chosen(group.members.iter().find(|m| m.id == *id)))).collect();
        return (gone.iter().filter(|m| is_fit(m)).count() as u32, gone);
    }
    let surplus = group.counted().saturating_sub(after.desired);
    let choice = choose(group, surplus as usize);
    impact.victims = choice.listed();
    let certain = choice.certain.iter().filter(|(m, _)| is_fit(m)).count();
    let open = choice.candidates.iter().filter(|(m, _)| is_fit(m)).count().min(choice.open);
    ((certain + open) as u32, choice.example)
}

fn chosen(member: Option<&Member>) -> Label {
    let Some(m) = member else { return Label::new("chosen, no longer in the group") };
    match (m.trouble(), m.protected) {
        (_, true) => Label::new("chosen, though protected from scale-in"),
        (Some(trouble), false) => Label::new(format!("chosen: {trouble}")),
        (None, false) => Label::new("chosen"),
    }
}

/// Neither serving nor known to be bad: it is on its way in.
fn is_warming(m: &Member) -> bool {
    m.counts()
        && !m.serves()
        && m.trouble().is_none()
        && (m.lifecycle.class == StatusClass::Moving || m.targets.iter().any(|t| t.state.class == StatusClass::Moving))
}

/// Serves, or will once it is warm.
fn is_fit(m: &Member) -> bool {
    m.counts() && (m.serves() || is_warming(m))
}

/// Members per zone, now and after. What is added goes to the least filled zone of the group, first by name among equals.
fn zones(group: &Group, kept: &[&Member], added: u32) -> Vec<(Label, u32, u32)> {
    let mut rows: Vec<(Label, u32, u32)> = group
        .by_zone()
        .into_iter()
        .map(|(zone, now)| {
            let stay = kept.iter().filter(|m| m.zone == zone).count() as u32;
            (zone, now, stay)
        })
        .collect();
    for _ in 0..added {
        let open = |zone: &Label| group.zones.is_empty() || group.zones.contains(zone);
        if let Some(row) = rows.iter_mut().filter(|r| open(&r.0)).min_by_key(|r| r.2) {
            row.2 += 1;
        }
    }
    rows
}

/// What a launch takes here: the median of those that succeeded lately, or else the warm-up or grace period the group declares.
fn ready_in(group: &Group) -> Option<Duration> {
    let took = |a: &Activity| -> Option<Duration> {
        let launch = a.status.is_good() && a.description.to_ascii_lowercase().starts_with("launch");
        Duration::try_from(a.ended?.duration_since(a.started?)).ok().filter(|_| launch)
    };
    let mut times: Vec<Duration> = group.activities.iter().flatten().filter_map(took).take(9).collect();
    times.sort_unstable();
    let declared = group.warmup.or(group.grace).filter(|d| !d.is_zero());
    match (times.get(times.len() / 2).copied(), declared) {
        // A launch activity ends after the warm-up where the group has a default one.
        (Some(median), _) => Some(median.max(group.warmup.unwrap_or_default())),
        (None, declared) => declared,
    }
}

#[cfg(test)]
mod tests;
