//! Whether a plan can be carried out at all: the thing can be changed this way, and the calls are those that such a request makes.

use super::super::super::group::GroupKind;
use super::super::super::ids::Kind;
use super::super::request::{MemberAct, RefreshAct, Request, Strategy};
use super::super::{Call, Plan};
use super::refusal::Refusal;
use super::rule::Rule;
use super::subject::Subject;

pub(super) fn kind(plan: &Plan, subject: Subject<'_>) -> Option<Refusal> {
    let refuse = |text: String| Some(Refusal::built_in(Rule::Kind, text, None));
    let right_kind = match plan.request {
        Request::Database(_) => Kind::Database,
        Request::Mute(_) => Kind::Alarm,
        _ => Kind::Group,
    };
    if subject.id().kind != right_kind {
        return refuse(format!("{} is no change to a {}", plan.request.word(), subject.word()));
    }
    if [&plan.target, plan.request.target()].into_iter().chain(plan.calls.iter().map(Call::target)).any(|id| id != subject.id()) {
        return refuse(format!("the plan would change something else than {}", subject.name()));
    }
    if let Some(call) = plan.calls.iter().find(|c| !belongs(c, &plan.request)) {
        return refuse(format!("to {} is no part of {}", call.describe(), plan.request.word()));
    }
    let status = match subject {
        Subject::Group(group) => {
            let single = group.kind == GroupKind::Instance && alone(&plan.request);
            if !group.kind.can_scale() && !single {
                return refuse(format!("a {} cannot be scaled", group.kind.title()));
            }
            group.status.as_ref().map(|s| &s.word)
        }
        Subject::Database(database) => Some(&database.status.word),
        Subject::Alarm(_) => None,
    };
    let deleted = status.filter(|word| word.to_ascii_lowercase().starts_with("delet"))?;
    if matches!(plan.request, Request::Retire(_)) {
        return None; // deleting is what it is for
    }
    refuse(format!("the {} is being deleted ({deleted})", subject.word()))
}

/// What can be done to an instance that no group owns.
fn alone(request: &Request) -> bool {
    matches!(request, Request::Member(r) if matches!(r.act, MemberAct::Reboot | MemberAct::Register | MemberAct::Deregister))
}

/// Whether a request of this kind makes such calls.
fn belongs(call: &Call, request: &Request) -> bool {
    let act = match request {
        Request::Member(r) => Some(r.act),
        _ => None,
    };
    let is_act = |acts: &[MemberAct]| act.is_some_and(|a| acts.contains(&a));
    match call {
        Call::Mark { .. } | Call::Unmark { .. } => true,
        Call::SetDesired { .. } | Call::SetBounds { .. } => {
            matches!(request, Request::Scale(_) | Request::Freeze(_) | Request::Thaw(_) | Request::Member(_) | Request::Retire(_))
        }
        Call::TerminateMembers { .. } => matches!(request, Request::Scale(_)) || is_act(&[MemberAct::Terminate]),
        Call::ReplaceMember { .. } => is_act(&[MemberAct::Replace]),
        Call::EnterStandby { replace: true, .. } => is_act(&[MemberAct::StandbyReplaced]),
        Call::EnterStandby { .. } => is_act(&[MemberAct::Standby]),
        Call::ExitStandby { .. } => is_act(&[MemberAct::InService]),
        Call::Protect { on: true, .. } => is_act(&[MemberAct::Protect]),
        Call::Protect { .. } => is_act(&[MemberAct::Unprotect]),
        Call::Register { .. } => is_act(&[MemberAct::Register, MemberAct::InService]),
        Call::Deregister { .. } => is_act(&[
            MemberAct::Deregister,
            MemberAct::Terminate,
            MemberAct::Replace,
            MemberAct::Standby,
            MemberAct::StandbyReplaced,
            MemberAct::Reboot,
        ]),
        Call::Reboot { .. } => is_act(&[MemberAct::Reboot]),
        Call::Suspend { .. } => matches!(request, Request::Freeze(_)) || matches!(request, Request::Processes(r) if r.suspend),
        Call::ResumeProcesses { .. } => matches!(request, Request::Thaw(_)) || matches!(request, Request::Processes(r) if !r.suspend),
        Call::StartRefresh { .. } => matches!(request, Request::Redeploy(r) if matches!(r.strategy, Strategy::Native(_))),
        Call::CancelRefresh { .. } => matches!(request, Request::Refresh(r) if r.act == RefreshAct::Cancel),
        Call::RollBackRefresh { .. } => matches!(request, Request::Refresh(r) if r.act == RefreshAct::RollBack),
        Call::SetWeights { .. } if matches!(request, Request::Reroute(_)) => true,
        Call::CloneGroup { .. } | Call::SetWeights { .. } => {
            matches!(request, Request::Redeploy(r) if matches!(r.strategy, Strategy::BlueGreen(_)))
        }
        Call::DeleteGroup { .. } => matches!(request, Request::Retire(r) if r.heir != r.group),
        Call::RebootDatabase { .. } | Call::FailOverDatabase { .. } | Call::SnapshotDatabase { .. } => {
            matches!(request, Request::Database(_))
        }
        Call::MuteAlarm { .. } => matches!(request, Request::Mute(r) if r.until.is_some()),
        Call::UnmuteAlarm { .. } => matches!(request, Request::Mute(r) if r.until.is_none()),
    }
}
