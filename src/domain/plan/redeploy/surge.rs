//! Surge and drain: so many new ones, then as many old ones out by id.

use super::super::super::verdict::Verdict;
use super::super::notes::{note, roughly};
use super::super::request::Strategy;
use super::super::setting::count;
use super::super::{ImpactNote, Inverse, pace};
use super::case::Case;
use super::{Outlook, members, until};

pub(super) fn defaults(_: &Case<'_>) -> Strategy {
    Strategy::SurgeAndDrain { batch: 1 }
}

pub(super) fn refusals(case: &Case<'_>, batch: u32) -> Vec<String> {
    let mut out = Vec::new();
    if batch == 0 {
        out.push("a batch holds at least 1".to_owned());
    }
    if batch > case.slots().max(1) {
        out.push(format!("a batch of {batch} is more than the {} there are", count(case.slots() as usize, "member")));
    }
    out
}

pub(super) fn outlook(case: &Case<'_>, batch: u32) -> Outlook {
    let batch = batch.max(1);
    let slots = case.slots();
    Outlook {
        slots,
        at_once: batch.min(slots),
        least: case.healthy(),
        most: case.size.desired + batch.min(slots),
        takes: pace::rounds(slots.div_ceil(batch), case.launch, case.drain),
    }
}

pub(super) fn explanation(case: &Case<'_>, batch: u32) -> String {
    let o = outlook(case, batch);
    let max = case.size.max;
    let room = if o.most > max {
        format!("{}, for which the maximum goes from {max} to {} and back", o.most, o.most)
    } else {
        format!("{} of at most {max}", o.most)
    };
    let drain = case.drain.filter(|d| !d.is_zero()).map_or_else(String::new, |d| format!(" for up to {}", roughly(d)));
    let leave = if case.group.pools.is_empty() { "terminates".to_owned() } else { format!("deregisters{drain} and then terminates") };
    let mut text = format!(
        "Launches {} at a time on top of the {} there are, waits until they are {}, {leave} as many old ones by id, and goes on: {}. Grows to {room}; never below the {} healthy there are now. {}",
        o.at_once,
        case.size.desired,
        case.ready_words(),
        count(o.slots as usize, "slot"),
        o.least,
        duration(&o),
    );
    text += &format!(" {} are off meanwhile and given back.", case.off().join(", "));
    text += &policy(case);
    text
}

pub(super) fn duration(o: &Outlook) -> String {
    o.takes.map_or_else(|| "How long it takes is not known: no launch to judge by.".to_owned(), |t| format!("About {}.", roughly(t)))
}

/// The trap of doubling and halving, where this group's policies would fall into it.
fn policy(case: &Case<'_>) -> String {
    let Some(first) = case.group.termination_policies.first() else { return String::new() };
    let kills = match &**first {
        "NewestInstance" => "would throw away the new ones",
        "OldestInstance" => return String::new(),
        "OldestLaunchTemplate" if case.group.version_wanted.as_ref().is_none_or(|w| !case.all_run(w)) => return String::new(),
        _ => "may leave a mix of old and new",
    };
    format!(" Doubling and halving the group instead {kills} under its policy {first}; here the policy is never asked.")
}

pub(super) fn notes(case: &Case<'_>, batch: u32) -> Vec<ImpactNote> {
    let o = outlook(case, batch);
    let mut out = members::by_id(case);
    if o.most > case.size.max {
        let text = format!("the maximum is raised from {} to {} meanwhile and set back at the end", case.size.max, o.most);
        out.push(note(Verdict::Warning, text));
    }
    if case.group.pools.is_empty() {
        out.push(note(Verdict::Notice, "no balancer tells whether new members work: in service and warm is all that is waited for"));
    }
    out.extend(blind(case));
    out.extend(unchanged(case, &Strategy::SurgeAndDrain { batch }));
    out
}

/// Pools whose targets are not known: nobody could be judged.
pub(super) fn blind(case: &Case<'_>) -> Option<ImpactNote> {
    let known = case.pools.iter().filter(|p| p.targets.is_some()).count();
    let unknown = case.group.pools.len() - known;
    (unknown > 0).then(|| {
        note(Verdict::Unknown, format!("the targets of {} are not known: it waits until they can be read", count(unknown, "pool")))
    })
}

/// Software installed at boot has no version: replacing like by like is often meant, and worth a word.
pub(super) fn unchanged(case: &Case<'_>, strategy: &Strategy) -> Option<ImpactNote> {
    let wanted = case.wanted(strategy).filter(|w| case.all_run(w))?;
    Some(note(Verdict::Notice, format!("all run {wanted} already: only what is installed at boot will be newer")))
}

pub(super) fn inverse(case: &Case<'_>) -> Inverse {
    until(case, "the first old member is terminated")
}
