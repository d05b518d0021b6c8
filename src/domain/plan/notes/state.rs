//! Notes on the group as it stands: its members, what is under way in it, its owner, and how fresh the picture is.

use super::super::super::source::{Picture, SourceKey, SourceKind};
use super::super::super::time::format_age;
use super::super::super::verdict::Verdict;
use super::super::ImpactNote;
use super::{Sight, note, roughly};

pub(super) fn add(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    common(s, out);
    shrinking(s, out);
    timing(s, out);
}

pub(super) fn common(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    freshness(s, out);
    under_way(s, out);
    at_work(s, out);
    ownership(s, out);
    membership(s, out);
}

/// A console says by its mark that it is at work here; maybe on another machine.
fn at_work(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    if let Some(mark) = s.group.mark() {
        out.push(note(Verdict::Warning, format!("an operation is at work on this group: {} ({})", mark.text, mark.operation)));
    }
}

fn freshness(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    for kind in [SourceKind::Groups, SourceKind::Pools] {
        if kind == SourceKind::Pools && s.group.pools.is_empty() {
            continue;
        }
        let key = SourceKey { scope: s.group.id.scope.clone(), kind };
        let Some(state) = s.snapshot.sources.get(&key) else { continue };
        let (what, all) = (kind.word(), "it is read again before anything is sent");
        match state.picture(s.now) {
            Picture::Live { .. } => {}
            Picture::Stale { age: Some(age), .. } => {
                out.push(note(Verdict::Warning, format!("{what} as of {} ago: {all}", format_age(age))));
            }
            Picture::Stale { age: None, .. } | Picture::Partial { .. } => {
                out.push(note(Verdict::Warning, format!("{what} not read to the end yet: {all}")));
            }
            Picture::NotYet => out.push(note(Verdict::Unknown, format!("{what} not read yet"))),
            Picture::CouldNotRead(f) => out.push(note(Verdict::Unknown, format!("{what} could not be read: {}", f.kind.word()))),
        }
    }
}

fn under_way(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    if let Some(status) = &s.group.status {
        out.push(note(Verdict::Warning, format!("the group says: {}", status.word)));
    }
    if let Some(r) = s.group.rollout.as_ref().filter(|r| r.status.is_moving()) {
        let at = r.percent.map_or_else(String::new, |p| format!(" at {p} %"));
        out.push(note(Verdict::Warning, format!("an instance refresh is under way{at} ({})", r.status.word)));
    }
    let Some(activities) = &s.group.activities else {
        out.push(note(Verdict::Unknown, "open activities are not known: not read yet"));
        return;
    };
    let open: Vec<_> = activities.iter().filter(|a| a.is_open()).collect();
    for a in open.iter().take(3) {
        let at = a.progress.map_or_else(String::new, |p| format!(", {p} %"));
        let blocks = if s.honor_cooldown { ": the cloud will refuse until it ends" } else { "" };
        let verdict = if s.honor_cooldown { Verdict::Warning } else { Verdict::Notice };
        out.push(note(verdict, format!("open activity: {} ({}{at}){blocks}", a.description, a.status.word)));
    }
    if open.len() > 3 {
        out.push(note(Verdict::Notice, format!("and {} more open activities", open.len() - 3)));
    }
    cooldown(s, out);
}

/// The cooldown runs from the end of the last activity.
fn cooldown(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    let Some(cooldown) = s.group.cooldown.filter(|c| !c.is_zero()) else { return };
    let ended = s.group.activities.iter().flatten().filter(|a| a.status.is_good()).filter_map(|a| a.ended).max();
    let Some(left) = ended.and_then(|e| cooldown.checked_sub(s.now.age_of(e))).filter(|l| !l.is_zero()) else { return };
    out.push(if s.honor_cooldown {
        note(Verdict::Warning, format!("the cooldown runs {} more: the cloud will refuse until it ends", roughly(left)))
    } else {
        note(Verdict::Notice, format!("the cooldown runs {} more; this change does not wait for it", roughly(left)))
    });
}

fn ownership(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    let Some(owner) = &s.group.owner else { return };
    let tool = &owner.tool;
    if owner.exclusive {
        out.push(note(Verdict::Critical, format!("only {tool} may change this group")));
    } else if s.bounds_move() {
        out.push(note(Verdict::Warning, format!("owned by {tool}: its next run sets the bounds back")));
    } else if s.step() == 0 && !s.drift.is_empty() {
        out.push(note(Verdict::Notice, format!("owned by {tool}: {}", s.drift)));
    } else if s.step() > 0 {
        out.push(note(Verdict::Notice, format!("owned by {tool}: desired drifts from what it declares, its next run may set it back")));
    }
}

fn membership(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    let g = s.group;
    if g.weighted {
        out.push(note(Verdict::Warning, "capacity counts units of weight, not members: it may exceed the maximum by the largest weight"));
    }
    let counted = g.counted();
    if !g.weighted && counted != s.before.desired {
        out.push(note(
            Verdict::Notice,
            format!("desired is {}, but {counted} members are there: a change is still under way", s.before.desired),
        ));
    }
    let standby = g.members.iter().filter(|m| &*m.lifecycle.word == "Standby").count();
    if standby > 0 {
        out.push(note(Verdict::Notice, format!("{standby} in standby: not counted, left alone")));
    }
    if s.up() && g.protects_new {
        out.push(note(Verdict::Notice, "new members start protected from scale-in"));
    }
}

fn shrinking(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    if !s.down() {
        return;
    }
    let g = s.group;
    if s.after.desired == 0 {
        out.push(note(Verdict::Warning, "nobody is left to serve"));
    } else if s.impact.healthy_after.0 == 0 && s.impact.healthy_now.0 > 0 && !g.weighted {
        out.push(note(Verdict::Warning, "no healthy member may be left"));
    }
    let counted: Vec<_> = g.members.iter().filter(|m| m.counts()).collect();
    let protected = counted.iter().filter(|m| m.protected).count();
    if s.impact.victims_chosen {
        let defied = counted.iter().filter(|m| m.protected && s.chosen.contains(&m.id)).count();
        if defied > 0 {
            out.push(note(Verdict::Warning, format!("{defied} chosen are protected from scale-in: going by id, they go all the same")));
        }
        out.push(note(Verdict::Notice, "going back launches new members; those chosen do not return"));
    } else if protected > 0 && protected == counted.len() {
        out.push(note(Verdict::Warning, "all members are protected from scale-in: desired would fall, but nobody would go"));
    } else if protected > 0 && counted.len() - protected < (s.step() as usize) {
        let free = counted.len() - protected;
        out.push(note(Verdict::Warning, format!("{protected} are protected from scale-in: only {free} can go")));
    } else if protected > 0 {
        out.push(note(Verdict::Notice, format!("{protected} of {} are protected from scale-in and stay", counted.len())));
    }
    newest_lost(s, out);
}

/// A deploy half-way is undone by shrinking when the members of the wanted version are those that go.
fn newest_lost(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    let Some(wanted) = &s.group.version_wanted else { return };
    let goes = |id| s.impact.victims.iter().any(|(v, _)| v == id);
    let mut counted = s.group.members.iter().filter(|m| m.counts());
    let stays_old = counted.clone().any(|m| !goes(&m.id) && m.version.as_ref().is_some_and(|v| v != wanted));
    if stays_old && counted.any(|m| goes(&m.id) && m.version.as_ref() == Some(wanted)) {
        out.push(note(Verdict::Warning, format!("members on the wanted version {wanted} may go while older ones stay")));
    }
}

fn timing(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    if let Some(ready) = s.impact.ready_in {
        out.push(note(Verdict::Ok, format!("new members serve in about {}", roughly(ready))));
    }
    if s.down() {
        let delays = s.group.pools.iter().filter_map(|p| s.snapshot.pool(p)).filter_map(|p| p.item.deregistration_delay);
        if let Some(delay) = delays.max().filter(|d| !d.is_zero()) {
            out.push(note(Verdict::Ok, format!("connections drain for up to {}", roughly(delay))));
        }
    }
}
