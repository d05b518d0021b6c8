//! Members that a redeploy cannot simply replace, listed on the card: protected, in standby, spot, in a warm pool; and hooks that hold them.

use super::super::super::member::Member;
use super::super::super::verdict::Verdict;
use super::super::ImpactNote;
use super::super::notes::{note, roughly};
use super::super::refresh::Leftover;
use super::super::setting::{count, few, named};
use super::case::Case;

/// By id everybody goes, whatever a policy or a protection says.
pub(super) fn by_id(case: &Case<'_>) -> Vec<ImpactNote> {
    let mut out = Vec::new();
    let (protected, standby) = (protected(case), standby(case));
    if !protected.is_empty() {
        out.push(note(Verdict::Warning, format!("protected from scale-in: {}: going by id, they go all the same", few(protected))));
    }
    if !standby.is_empty() {
        out.push(note(Verdict::Warning, format!("in standby: {}: left alone, old when put back into service", few(standby))));
    }
    out.extend(everywhere(case));
    out.extend(hooks(case));
    out
}

/// What the cloud's own refresh makes of them.
pub(super) fn by_refresh(case: &Case<'_>, of_protected: Leftover, of_standby: Leftover) -> Vec<ImpactNote> {
    let mut out = Vec::new();
    for (members, what, how) in [(protected(case), "protected from scale-in", of_protected), (standby(case), "in standby", of_standby)] {
        if members.is_empty() {
            continue;
        }
        let fate = match how {
            Leftover::Replace => "replaced like the others",
            Leftover::Ignore => "left as they are, so the group ends mixed",
            Leftover::Wait => "waited for: the refresh fails after 1 h if nobody frees them",
        };
        let verdict = if how == Leftover::Replace { Verdict::Notice } else { Verdict::Warning };
        out.push(note(verdict, format!("{what}: {}: {fate}", few(members))));
    }
    out.extend(everywhere(case));
    out
}

pub(super) fn protected<'a>(case: &Case<'a>) -> Vec<&'a Member> {
    case.counted().filter(|m| m.protected).collect()
}

pub(super) fn standby<'a>(case: &Case<'a>) -> Vec<&'a Member> {
    case.group.members.iter().filter(|m| &*m.lifecycle.word == "Standby").collect()
}

fn everywhere(case: &Case<'_>) -> Vec<ImpactNote> {
    let mut out = Vec::new();
    let spot: Vec<&Member> = case.counted().filter(|m| m.spot).collect();
    if !spot.is_empty() {
        out.push(note(Verdict::Notice, format!("spot: {}: the cloud may take them, and new ones, at any moment", few(spot))));
    }
    if let Some(pool) = &case.group.warm_pool {
        let size = pool.size.map_or_else(|| "the warm pool".to_owned(), |n| format!("the warm pool ({})", count(n as usize, "instance")));
        if pool.size != Some(0) {
            out.push(note(Verdict::Warning, format!("{size} was prepared before: who launches from it holds what it was prepared with")));
        }
        if pool.reuses {
            out.push(note(
                Verdict::Warning,
                "the warm pool takes back those who leave by scale-in (reuse): old ones may come back from it",
            ));
        }
    }
    if case.group.mixed {
        out.push(note(Verdict::Notice, "instance types are mixed: a new member may be of another type than the one it replaces"));
    }
    out
}

/// Hooks hold members on their way in and out until somebody completes them.
fn hooks(case: &Case<'_>) -> Vec<ImpactNote> {
    let Some(hooks) = &case.group.hooks else {
        return vec![note(Verdict::Unknown, "lifecycle hooks are not known: not read yet")];
    };
    let side = |launching: bool| -> Option<ImpactNote> {
        let these: Vec<_> = hooks.iter().filter(|h| h.launching == launching).collect();
        let longest = these.iter().map(|h| h.timeout).max()?;
        let names = named(&these.iter().map(|h| h.name.to_string()).collect::<Vec<_>>());
        let way = if launching { "in" } else { "out" };
        Some(note(Verdict::Notice, format!("{names} may hold each member on its way {way} for up to {}", roughly(longest))))
    };
    [side(true), side(false)].into_iter().flatten().collect()
}
