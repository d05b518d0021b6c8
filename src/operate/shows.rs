//! Whether a look shows that a call was carried out: how a lost answer is found out. Pure; knows every call.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::plan::{RefreshPreferences, Registration, Size};
use crate::domain::{Call, Group, Label, Member, ResourceId, Rollout, TargetPool};

use super::procedure::Look;

/// `Some(true)`: it was. `Some(false)`: nothing shows that it was. `None`: this look does not tell. `before` is the size that the group had
/// before the call left, where that is known.
pub(super) fn shows(call: &Call, before: Option<Size>, now: &Look) -> Option<bool> {
    let group = &now.group;
    let size = now.size();
    // Others may have moved what a call does not set; and what was so before proves nothing.
    let sized = |is: bool, was: bool| Some(is && !(was && before.is_some()));
    match call {
        Call::SetDesired { desired, .. } => sized(size?.desired == *desired, before.is_some_and(|b| b.desired == *desired)),
        Call::SetBounds { min, max, desired, .. } => {
            let wanted = Size { min: *min, max: *max, desired: *desired };
            sized(size? == wanted, before == Some(wanted))
        }
        Call::TerminateMembers { members, .. } => Some(members.iter().all(|id| is_out(group, id))),
        Call::ReplaceMember { member, .. } => Some(is_out(group, member)),
        Call::Suspend { processes, .. } => Some(processes.iter().all(|p| group.is_suspended(p))),
        Call::ResumeProcesses { processes, .. } => Some(!processes.iter().any(|p| group.is_suspended(p))),
        Call::EnterStandby { members, .. } => Some(all(group, members, is_standby)),
        Call::ExitStandby { members, .. } => Some(all(group, members, |m| !is_standby(m))),
        Call::Protect { members, on, .. } => Some(all(group, members, |m| m.protected == *on)),
        Call::Register { pool, targets, .. } => Some(targets.iter().all(|t| stands_in(pool_of(now, pool), t) == Some(true))),
        Call::Deregister { pool, targets, .. } => {
            let stand: Vec<Option<bool>> = targets.iter().map(|t| stands_in(pool_of(now, pool), t)).collect();
            if stand.contains(&None) { None } else { Some(!stand.contains(&Some(true))) }
        }
        // Any refresh proves nothing: see [`began`].
        Call::StartRefresh { .. } => None,
        Call::CancelRefresh { .. } => Some(group.rollout.as_ref().is_none_or(|r| !r.status.is_moving() || begins(r, "Cancel"))),
        Call::RollBackRefresh { .. } => Some(group.rollout.as_ref().is_some_and(|r| begins(r, "Rollback"))),
        Call::Mark { operation, .. } => Some(group.mark().is_some_and(|m| m.operation == *operation)),
        Call::Unmark { operation, .. } => Some(group.mark().is_none_or(|m| m.operation != *operation)),
        Call::CloneGroup { name, .. } => Some(now.twin.as_ref().is_some_and(|g| g.id.native() == name)),
        Call::DeleteGroup { group: id } => Some(is_deleted(now, id)),
        Call::SetWeights { rule, weights, .. } => {
            let wanted: BTreeMap<&ResourceId, u32> = weights.iter().map(|(p, w)| (p, *w)).collect();
            let route = now.routes().chain(now.twin_pools.iter().flat_map(|p| &p.routes)).find(|r| r.rule == *rule)?;
            Some(route.weights.iter().map(|(p, w)| (p, *w)).collect::<BTreeMap<_, _>>() == wanted)
        }
        Call::SnapshotDatabase { name, .. } => {
            Some(now.database.as_ref()?.latest_snapshot.as_ref().is_some_and(|s| s.name.eq_ignore_ascii_case(name)))
        }
        Call::MuteAlarm { rule, until, .. } => {
            // Clouds keep whole minutes or seconds.
            let near = |end: &Option<jiff::Timestamp>| end.is_none_or(|e| e.duration_since(*until).unsigned_abs().as_secs() < 60);
            Some(now.alarm.as_ref()?.muted.iter().any(|(name, end)| **name == **rule && near(end)))
        }
        Call::UnmuteAlarm { rule, .. } => Some(!now.alarm.as_ref()?.muted.iter().any(|(name, _)| **name == **rule)),
        // Only while it lasts: who comes back has nothing to tell of it.
        Call::RebootDatabase { .. } | Call::FailOverDatabase { .. } => {
            let word = now.database.as_ref()?.status.word.to_ascii_lowercase();
            (word.starts_with("reboot") || word.starts_with("failing")).then_some(true)
        }
        Call::Reboot { .. } => None,
    }
}

/// How far a service's clock and ours may lie apart, and how long a call may be on its way.
const APART: Duration = Duration::from_mins(2);

/// Whether a rollout is the one that was asked for at a moment: not the one that was there before, begun about then, to the same version.
pub(super) fn began(rollout: &Rollout, asked: Timestamp, preferences: &RefreshPreferences, preceded: Option<&Label>) -> bool {
    let about_then = rollout.started.is_none_or(|at| at.duration_since(asked).unsigned_abs() < APART);
    let same = rollout.version.is_none() || preferences.version.is_none() || rollout.version == preferences.version;
    preceded != Some(&rollout.id) && about_then && same
}

/// Gone, or on its way out.
fn is_out(group: &Group, id: &ResourceId) -> bool {
    group.members.iter().find(|m| m.id == *id).is_none_or(|m| !m.counts())
}

/// Members that left altogether are no proof of anything else.
fn all(group: &Group, ids: &[ResourceId], test: impl Fn(&Member) -> bool) -> bool {
    ids.iter().all(|id| group.members.iter().find(|m| m.id == *id).is_some_and(&test))
}

pub(super) fn is_standby(m: &Member) -> bool {
    matches!(&*m.lifecycle.word, "Standby" | "EnteringStandby")
}

fn begins(rollout: &crate::domain::Rollout, word: &str) -> bool {
    rollout.status.word.starts_with(word)
}

fn pool_of<'a>(look: &'a Look, id: &ResourceId) -> Option<&'a TargetPool> {
    look.pools.iter().chain(&look.twin_pools).find(|p| p.id == *id)
}

/// Whether it is registered and not on its way out of the pool; `None`: the pool could not be read.
fn stands_in(pool: Option<&TargetPool>, wanted: &Registration) -> Option<bool> {
    let pool = pool?;
    let port = wanted.port.or(pool.port);
    let same = |port_there: Option<u16>| port.is_none() || port_there.is_none() || port == port_there;
    Some(pool.targets.as_ref()?.iter().any(|t| t.member == wanted.member && same(t.port) && !t.is_draining()))
}

fn is_deleted(look: &Look, id: &ResourceId) -> bool {
    let deleting = |g: &Group| g.status.as_ref().is_some_and(|s: &crate::domain::Status| s.word.to_ascii_lowercase().starts_with("delet"));
    if look.group.id == *id { look.gone || deleting(&look.group) } else { look.twin.as_ref().is_none_or(deleting) }
}

/// Names of processes, for a sentence.
pub(super) fn names(processes: &[Label]) -> String {
    processes.iter().map(|p| &**p).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Now, Status};

    fn rollout(id: &str, started: u64, version: Option<&str>) -> Rollout {
        Rollout {
            id: Label::new(id),
            status: Status::moving("InProgress"),
            percent: None,
            left: None,
            reason: None,
            started: Some(Now::at(started).wall),
            ended: None,
            version: version.map(Label::new),
        }
    }

    #[test]
    fn only_a_refresh_of_that_moment_is_the_one_that_was_asked_for() {
        let to = |version: Option<&str>| RefreshPreferences { version: version.map(Label::new), ..RefreshPreferences::default() };
        let (asked, before) = (Now::at(1_000).wall, Label::new("r-1"));
        for (what, there, preferences, ours) in [
            ("another one, just begun", rollout("r-2", 1_001, None), to(None), true),
            ("the one that was there", rollout("r-1", 1_001, None), to(None), false),
            ("one that somebody began long before", rollout("r-2", 700, None), to(None), false),
            ("one that somebody began after it", rollout("r-2", 1_500, None), to(None), false),
            ("to the same version", rollout("r-2", 1_001, Some("7")), to(Some("7")), true),
            ("to another version", rollout("r-2", 1_001, Some("6")), to(Some("7")), false),
        ] {
            assert_eq!(began(&there, asked, &preferences, Some(&before)), ours, "{what}");
        }
        let over = Rollout { status: Status::bad("Failed"), ..rollout("r-2", 1_001, None) };
        assert!(began(&over, asked, &to(None), None), "one that failed at once was begun all the same");
    }
}
