//! Before → after: counts per zone as the cloud keeps them, health once the change is through, who goes, and how long it takes.

use super::super::group::Group;
use super::super::label::Label;
use super::super::member::Member;
use super::super::status::StatusClass;
use super::pace;
use super::victims::choose;
use super::{Impact, ScaleRequest, Size};

/// Of a change that moves nobody: the same before and after.
pub(super) fn still(group: &Group, before: Size, after: Size) -> Impact {
    let healthy = (group.healthy(), group.counted());
    Impact {
        desired: (before.desired, after.desired),
        min: (before.min, after.min),
        max: (before.max, after.max),
        zones: if group.weighted { Vec::new() } else { group.by_zone().into_iter().map(|(zone, n)| (zone, n, n)).collect() },
        healthy_now: healthy,
        healthy_after: healthy,
        healthy_least: Some(healthy),
        ..Impact::default()
    }
}

/// All of the impact of a change of size but its notes.
pub(super) fn impact(group: &Group, request: &ScaleRequest, before: Size, after: Size) -> Impact {
    let mut impact = Impact {
        desired: (before.desired, after.desired),
        min: (before.min, after.min),
        max: (before.max, after.max),
        healthy_now: (group.healthy(), group.counted()),
        victims_chosen: !request.victims.is_empty(),
        ready_in: (after.desired > before.desired).then(|| pace::launch(group)).flatten(),
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

#[cfg(test)]
mod tests;
