//! Watching for harm: what an operation that takes long stops at by itself. Pure: one look is compared with the baseline, and what two
//! looks in a row agree on counts. Planned drains, and our own newcomers coming up, are no trouble.

use std::collections::BTreeMap;

use crate::domain::{Alarm, AlarmState, Baseline, Member, ResourceId, SlotState, Start};

use super::goal::{is_coming, is_ready};
use super::known::Known;
use super::procedure::Look;

/// Percent of requests that may fail beyond the baseline.
const RISE: f64 = 1.0;

/// What the look before the last one found, by a name that stays the same from look to look.
#[derive(Debug, Default)]
pub(super) struct Vigil {
    suspected: BTreeMap<String, String>,
}

impl Vigil {
    /// The trouble that this look and the one before agree on.
    pub fn judge(&mut self, known: &Known, look: &Look) -> Option<String> {
        let found = trouble(known, look);
        let agreed = found.iter().find(|(what, _)| self.suspected.contains_key(*what)).map(|(_, words)| words.clone());
        self.suspected = found;
        agreed
    }

    /// Forgets what it suspected: time has passed without looks.
    pub fn rest(&mut self) {
        self.suspected.clear();
    }
}

/// The trouble there is now, for later looks to be compared with.
pub(super) fn baseline(look: &Look) -> Baseline {
    let poorly = |m: &&Member| m.counts() && m.in_service() && look.blind.is_none() && !is_coming(m) && !is_ready(m, look);
    Baseline {
        firing: look.alarms.iter().flatten().filter(|a| is_firing(a)).map(|a| a.id.clone()).collect(),
        unhealthy: look.group.members.iter().filter(poorly).map(|m| m.id.clone()).collect(),
        errors_percent: look.errors_percent,
    }
}

/// Everything that is worse than the baseline.
fn trouble(known: &Known, look: &Look) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let (Some(start), Some(baseline)) = (known.start(), known.baseline()) else { return out };
    for alarm in look.alarms.iter().flatten().filter(|a| is_firing(a) && !a.drives_scaling && !baseline.firing.contains(&a.id)) {
        out.insert(format!("alarm {}", alarm.id.native()), format!("alarm {} fires: {}", alarm.name, alarm.reason));
    }
    for member in look.group.members.iter().filter(|m| m.counts() && !baseline.unhealthy.contains(&m.id)) {
        if let Some(why) = member.trouble().filter(|_| is_watched(known, start, &member.id)) {
            out.insert(format!("member {}", member.id.native()), format!("{} turned unhealthy: {why}", member.label));
        }
    }
    if let (Some(was), Some(is)) = (baseline.errors_percent, look.errors_percent)
        && is > was + RISE.max(was)
    {
        out.insert("errors".to_owned(), format!("{is:.1} % of requests are answered 5xx, {was:.1} % before"));
    }
    out
}

fn is_firing(alarm: &Alarm) -> bool {
    alarm.state == AlarmState::Firing
}

/// Old members that are not being taken out, and new ones that have served already.
fn is_watched(known: &Known, start: &Start, id: &ResourceId) -> bool {
    if let Some(slot) = known.slot_of_newcomer(id) {
        return known.slot(slot).0 >= SlotState::InService;
    }
    start.old.contains(id) && !known.victims().any(|v| v == id)
}
