//! Replace in place: so many out at a time, each replaced by its group, back before the next.

use super::super::super::verdict::Verdict;
use super::super::guard::Rule;
use super::super::notes::{note, roughly};
use super::super::request::Strategy;
use super::super::setting::count;
use super::super::{ImpactNote, Inverse, pace};
use super::case::Case;
pub(super) use super::surge::refusals;
use super::surge::{blind, duration, unchanged};
use super::{Outlook, members, until};

pub(super) fn defaults(_: &Case<'_>) -> Strategy {
    Strategy::InPlace { batch: 1 }
}

/// Why a batch would take out more than may be missing, if it would. Guards refuse such a plan by the same rules; the form says it before.
pub(super) fn below_floor(case: &Case<'_>, batch: u32) -> Option<String> {
    let rules = case.s.rules;
    let (rule, source) = match rules.floor_percent {
        Some(_) => (Rule::CapacityFloor, &rules.floor_source),
        None => (Rule::MaxStep, &rules.max_step_source),
    };
    let (healthy, floor) = (case.healthy(), case.floor());
    let spare = healthy.saturating_sub(floor);
    if healthy == 0 || batch <= spare || rules.overridden(rule).is_some() {
        return None;
    }
    let instead = if spare > 0 { format!("up to {spare} at a time would do") } else { "surge and drain takes nobody out first".to_owned() };
    let left = healthy.saturating_sub(batch);
    Some(format!("{batch} out of {healthy} healthy leaves {left}, less than the floor of {floor} ({source}); {instead}"))
}

pub(super) fn outlook(case: &Case<'_>, batch: u32) -> Outlook {
    let batch = batch.max(1);
    let slots = case.slots();
    Outlook {
        slots,
        at_once: batch.min(slots),
        least: case.healthy().saturating_sub(batch),
        most: case.size.desired,
        takes: pace::rounds(slots.div_ceil(batch), case.launch, case.drain),
    }
}

pub(super) fn explanation(case: &Case<'_>, batch: u32) -> String {
    let o = outlook(case, batch);
    let drain = case.drain.filter(|d| !d.is_zero()).map_or_else(String::new, |d| format!(", drained for up to {}", roughly(d)));
    let mut text = format!(
        "Takes {} at a time out of service{drain}, lets the group launch others in their stead, waits until they are {}, and goes on: {}. Needs no room above desired {}; {} of {} healthy serve meanwhile. {}",
        o.at_once,
        case.ready_words(),
        count(o.slots as usize, "slot"),
        case.size.desired,
        o.least,
        case.healthy(),
        duration(&o),
    );
    if o.least == 0 {
        text += " Nobody serves between the old and the new one: an outage.";
    }
    text += &format!(" {} are off meanwhile and given back.", case.off().join(", "));
    text
}

pub(super) fn notes(case: &Case<'_>, batch: u32) -> Vec<ImpactNote> {
    let o = outlook(case, batch);
    let mut out = members::by_id(case);
    if o.least == 0 && case.healthy() > 0 {
        out.push(note(Verdict::Warning, "nobody serves between the old and the new one: an outage"));
    }
    out.extend(blind(case));
    out.extend(unchanged(case, &Strategy::InPlace { batch }));
    out
}

pub(super) fn inverse(case: &Case<'_>) -> Inverse {
    until(
        case,
        "the first old member is terminated, right after it drained: after that a hold leaves the rest old and what was replaced new",
    )
}
