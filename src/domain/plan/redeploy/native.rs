//! The cloud's own rolling redeploy, the instance refresh, with the traps of its preferences.

use std::time::Duration;

use super::super::super::label::Label;
use super::super::super::verdict::Verdict;
use super::super::notes::{note, roughly};
use super::super::pace;
use super::super::refresh::{Leftover, RefreshPreferences};
use super::super::request::Strategy;
use super::super::setting::count;
use super::super::{ImpactNote, Inverse};
use super::case::Case;
use super::surge::{duration, unchanged};
use super::{Outlook, members};

/// What the cloud takes where neither the preferences nor the group's own policy say.
const MIN_HEALTHY: u8 = 90;
const CHECKPOINT_DELAY: Duration = Duration::from_hours(1);
/// Longest checkpoint delay and bake time.
const LONGEST: Duration = Duration::from_hours(48);
const ALARMS: usize = 10;
/// A refresh is given up by the cloud after this.
const CAP: Duration = Duration::from_hours(14 * 24);

/// New before old, one at a time at least; those that match are skipped where that cannot replace twice and would not skip everybody.
pub(super) fn defaults(case: &Case<'_>) -> Strategy {
    let one = 100_u32.div_ceil(case.size.desired.max(1)).clamp(10, 100) as u8;
    let matches = case.group.version_wanted.as_ref().is_none_or(|w| case.all_run(w));
    Strategy::Native(RefreshPreferences {
        min_healthy_percent: Some(100),
        max_healthy_percent: Some(100 + one),
        skip_matching: !matches && !case.group.version_floats,
        protected: Leftover::Ignore,
        standby: Leftover::Ignore,
        ..RefreshPreferences::default()
    })
}

pub(super) fn refusals(case: &Case<'_>, p: &RefreshPreferences) -> Vec<String> {
    let mut out = Vec::new();
    let mut refuse = |wrong: bool, why: &str| {
        if wrong {
            out.push(why.to_owned());
        }
    };
    let (min, max) = (p.min_healthy_percent, p.max_healthy_percent);
    refuse(min.is_some_and(|n| n > 100), "at least healthy is 0 to 100 %");
    refuse(max.is_some_and(|n| !(100..=200).contains(&n)), "at most healthy is 100 to 200 %");
    refuse(max.is_some() && min.is_none(), "a maximum healthy percentage needs a minimum beside it");
    refuse(
        matches!((min, max), (Some(min), Some(max)) if max.saturating_sub(min) > 100),
        "minimum and maximum healthy percentage lie at most 100 apart",
    );
    refuse(!p.checkpoints.is_sorted_by(|a, b| a < b), "checkpoints rise from one to the next");
    refuse(p.checkpoints.iter().any(|c| *c == 0 || *c > 100), "checkpoints are 1 to 100 %");
    let last = p.checkpoints.last().copied();
    refuse(last.is_some_and(|l| l < 100), "the last checkpoint must be 100 %, or the rest stays old");
    refuse(p.checkpoint_delay.is_some_and(|d| d > LONGEST), "a checkpoint waits 48 h at most");
    refuse(p.bake.is_some_and(|d| d > LONGEST), "the bake time is 48 h at most");
    refuse(p.alarms.len() > ALARMS, "at most 10 alarms are watched");
    refuse(
        p.auto_rollback && p.version.is_none(),
        "rolling back by itself needs a version named: the cloud must know what to go back from",
    );
    let floats = p.version.as_ref().is_some_and(|v| v.starts_with('$'));
    refuse(p.auto_rollback && floats, "rolling back by itself needs a version by its number, not $Latest or $Default");
    refuse(p.auto_rollback && case.group.version_floats, "rolling back by itself is impossible: the group launches $Latest or $Default");
    refuse(case.group.is_suspended("InstanceRefresh"), "InstanceRefresh is suspended: it would stand still; resume it first");
    let wanted = case.wanted(&Strategy::Native(p.clone()));
    if let Some(wanted) = wanted.filter(|w| p.skip_matching && case.all_run(w)) {
        out.push(format!("all run {wanted} already, and matching ones are skipped: nobody would be replaced; switch skip matching off"));
    }
    let firing = p.alarms.iter().find(|name| {
        let fires = |a: &super::super::super::alarm::Alarm| a.state == super::super::super::alarm::AlarmState::Firing;
        case.s.snapshot.alarms.iter().any(|a| a.item.name == **name && a.item.id.scope == case.group.id.scope && fires(&a.item))
    });
    if let Some(name) = firing {
        out.push(format!("the alarm {name} is firing: the refresh would fail at once"));
    }
    out
}

pub(super) fn outlook(case: &Case<'_>, p: &RefreshPreferences) -> Outlook {
    let desired = case.size.desired;
    let share = |percent: u8| u64::from(desired) * u64::from(percent);
    let keep = share(p.min_healthy_percent.unwrap_or(MIN_HEALTHY).min(100)).div_ceil(100) as u32;
    let (keep, most) = match p.max_healthy_percent {
        // Where both bounds cannot be met it launches first; one more is always possible.
        Some(max) => (keep, ((share(max) / 100) as u32).max(if keep == desired { desired + 1 } else { desired })),
        // Where the minimum cannot be met it takes one out all the same.
        None => (keep.min(desired.saturating_sub(1)), desired),
    };
    let slots = to_replace(case, p);
    let at_once = most.saturating_sub(keep).clamp(1, slots.max(1));
    let launch = case.launch.map(|l| p.warmup.map_or(l, |w| l.max(w)));
    let rounds = pace::rounds(slots.div_ceil(at_once), launch, case.drain);
    let stops = p.checkpoints.len().saturating_sub(1) as u32;
    let waits = p.checkpoint_delay.unwrap_or(CHECKPOINT_DELAY) * stops + p.bake.unwrap_or_default();
    Outlook { slots, at_once, least: case.healthy().saturating_sub(desired.saturating_sub(keep)), most, takes: rounds.map(|r| r + waits) }
}

/// Matching ones are skipped where asked, protected ones where they are ignored.
fn to_replace(case: &Case<'_>, p: &RefreshPreferences) -> u32 {
    let wanted = case.wanted(&Strategy::Native(p.clone()));
    let stays = |m: &super::super::super::member::Member| {
        (p.skip_matching && m.version.is_some() && m.version == wanted) || (m.protected && p.protected == Leftover::Ignore)
    };
    case.counted().filter(|m| !stays(m)).count() as u32
}

pub(super) fn explanation(case: &Case<'_>, p: &RefreshPreferences) -> String {
    let o = outlook(case, p);
    let desired = case.size.desired;
    let least = if p.min_healthy_percent.is_none() {
        format!(
            "At least {} of {} healthy stay, by the cloud's default of {MIN_HEALTHY} % unless the group has a policy of its own.",
            o.least,
            case.healthy()
        )
    } else {
        format!("At least {} of {} healthy stay.", o.least, case.healthy())
    };
    let mut text = format!(
        "The cloud replaces {} by itself, {} at a time ({}), with up to {} for {desired} wanted. {least} {}",
        count(o.slots as usize, "member"),
        o.at_once,
        p.describe(),
        count(o.most as usize, "member"),
        duration(&o),
    );
    for trap in traps(case, p) {
        text += &format!(" {}.", capital(&trap.text));
    }
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// What of these preferences bites on this group.
fn traps(case: &Case<'_>, p: &RefreshPreferences) -> Vec<ImpactNote> {
    let mut out = Vec::new();
    let o = outlook(case, p);
    if o.least == 0 && case.healthy() > 0 {
        let text = "nobody serves between the old and the new one: set the maximum above 100 % to launch first";
        out.push(note(Verdict::Warning, text));
    }
    if p.max_healthy_percent.is_none() {
        out.push(note(Verdict::Notice, "without a maximum it terminates and launches at the same time; an explicit 100 % launches first"));
    }
    if p.skip_matching && case.group.version_floats {
        let text = "the group launches $Latest or $Default: what matches is asked anew for each member, and some may be replaced twice";
        out.push(note(Verdict::Warning, text));
    }
    if p.skip_matching && case.group.mixed {
        out.push(note(Verdict::Warning, "skip matching compares templates: a changed mix of instance types goes unnoticed"));
    }
    if !p.auto_rollback {
        out.push(note(Verdict::Notice, "if it fails or is cancelled, the group stays mixed: it does not go back by itself"));
    }
    if p.checkpoints.len() > 1 {
        let delay = p.checkpoint_delay.unwrap_or(CHECKPOINT_DELAY);
        let at: Vec<String> = p.checkpoints.iter().filter(|c| **c < 100).map(|c| format!("{c} %")).collect();
        out.push(note(Verdict::Notice, format!("it waits {} at {}, and goes on by itself", roughly(delay), at.join(" and "))));
    }
    if o.takes.is_some_and(|t| t > CAP) {
        out.push(note(Verdict::Warning, "the cloud gives a refresh up after 14 days: this one takes longer"));
    }
    out
}

pub(super) fn notes(case: &Case<'_>, p: &RefreshPreferences) -> Vec<ImpactNote> {
    let mut out = members::by_refresh(case, p.protected, p.standby);
    out.extend(traps(case, p));
    out.extend(unchanged(case, &Strategy::Native(p.clone())));
    out
}

pub(super) fn inverse(case: &Case<'_>, p: &RefreshPreferences) -> Inverse {
    let floats = case.group.version_floats || p.version.as_ref().is_some_and(|v| v.starts_with('$'));
    if p.version.is_none() || floats {
        return Inverse::None(
            "no version is named by its number, so the cloud refuses to roll it back; cancelling leaves the group mixed".into(),
        );
    }
    let back = case.group.version_wanted.as_ref().map_or_else(
        || "which version it then launches is not known".to_owned(),
        |v| format!("the cloud then launches {v} again; after it, going back is another refresh, to {v}"),
    );
    Inverse::RollBack { until: Label::new(format!("the refresh ends, its bake time included: {back}")) }
}
