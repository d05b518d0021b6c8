//! Plans made by hand, for requests of every kind: what a planner would never make must be refused all the same.

use super::super::super::fixture::{group as whole, id, member_id, pool_id};
use super::super::super::{
    BlueGreen, Call, Confirmation, DatabaseAct, DatabaseRequest, FreezeRequest, Impact, Inverse, MemberAct, MemberRequest, MuteRequest,
    Plan, ProcessRequest, RedeployRequest, RefreshAct, RefreshPreferences, RefreshRequest, Registration, Request, RerouteRequest,
    RetireRequest, Saved, ScaleRequest, Size, Strategy, ThawRequest,
};
use crate::domain::{Alarm, AlarmState, Database, Group, Kind, Label, Now, OperationId, ResourceId, Status};

/// A plan of these calls, and of nothing else.
pub(super) fn by_hand(request: Request, calls: Vec<Call>) -> Plan {
    Plan {
        target: request.target().clone(),
        name: Label::new("portal"),
        title: Label::new("by hand"),
        calls,
        preconditions: Vec::new(),
        impact: Impact::default(),
        confirmation: Confirmation::Enter,
        inverse: Inverse::None(Label::new("made by hand")),
        request,
    }
}

pub(super) fn group_id() -> ResourceId {
    whole(0).id
}

pub(super) fn act(act: MemberAct, members: &[u32]) -> Request {
    Request::Member(MemberRequest { group: group_id(), members: members.iter().copied().map(member_id).collect(), act })
}

pub(super) fn redeploy(strategy: Strategy) -> Request {
    Request::Redeploy(RedeployRequest { group: group_id(), strategy })
}

pub(super) fn native(min: Option<u8>, max: Option<u8>) -> Request {
    redeploy(Strategy::Native(RefreshPreferences { min_healthy_percent: min, max_healthy_percent: max, ..RefreshPreferences::default() }))
}

pub(super) fn blue_green(steps: &[u8]) -> Request {
    let pause = std::time::Duration::from_mins(1);
    redeploy(Strategy::BlueGreen(BlueGreen { version: None, steps: steps.to_vec(), pause, bake: pause }))
}

pub(super) fn freeze(processes: &[&str]) -> Request {
    Request::Freeze(FreezeRequest { group: group_id(), processes: processes.iter().map(Label::new).collect() })
}

pub(super) fn thaw(freeze: &str, desired: u32) -> Request {
    let (size, pinned) = (Size { min: 2, max: 12, desired }, Size { min: 6, max: 6, desired: 6 });
    let saved = Saved { size, pinned, suspended: vec![Label::new("Launch")], due: vec![] };
    Request::Thaw(ThawRequest { group: group_id(), freeze: OperationId(freeze.to_owned()), saved, overwrite: false })
}

pub(super) fn processes(suspend: bool, names: &[&str]) -> Request {
    Request::Processes(ProcessRequest { group: group_id(), processes: names.iter().map(Label::new).collect(), suspend })
}

pub(super) fn refresh(act: RefreshAct) -> Request {
    Request::Refresh(RefreshRequest { group: group_id(), act })
}

pub(super) fn retire() -> Request {
    let heir = id(Kind::Group, "portal-green");
    Request::Retire(RetireRequest { group: group_id(), heir, redeploy: OperationId("20261119-120000-0001".to_owned()) })
}

pub(super) fn reroute() -> Request {
    Request::Reroute(RerouteRequest { group: group_id(), from: id(Kind::Group, "portal-green") })
}

pub(super) fn scale(desired: u32) -> Request {
    Request::Scale(ScaleRequest::to(&group_id(), desired))
}

pub(super) fn database() -> Database {
    let (name, engine) = (Label::new("hardware"), Label::new("mysql 8.0.39"));
    Database::new(id(Kind::Database, "hardware"), name, engine, Status::good("available"))
}

pub(super) fn on_database(act: DatabaseAct) -> Request {
    Request::Database(DatabaseRequest { database: id(Kind::Database, "hardware"), act })
}

pub(super) fn alarm(drives_scaling: bool) -> Alarm {
    Alarm {
        id: id(Kind::Alarm, "portal-5xx"),
        name: Label::new("portal-5xx"),
        kind: Label::new("metric"),
        state: AlarmState::Ok,
        reason: Label::default(),
        since: None,
        actions_enabled: true,
        drives_scaling,
        dimensions: Vec::new(),
        condition: None,
        muted: Vec::new(),
        about: None,
    }
}

pub(super) fn mute(until: Option<Now>) -> Request {
    Request::Mute(MuteRequest { alarm: id(Kind::Alarm, "portal-5xx"), until: until.map(|n| n.wall) })
}

/// The calls that a request of this kind makes, as far as they are known beforehand.
pub(super) fn usual_calls(request: &Request, group: &Group) -> Vec<Call> {
    let of = group.id.clone();
    match request {
        Request::Scale(r) if r.victims.is_empty() => {
            vec![Call::SetBounds {
                group: of,
                min: r.min.or(group.min).unwrap_or(0),
                max: r.max.or(group.max).unwrap_or(0),
                desired: r.desired,
            }]
        }
        Request::Scale(r) => r.victims.iter().map(|v| Call::TerminateMembers { group: of.clone(), members: vec![v.clone()] }).collect(),
        Request::Member(r) => {
            let one = |m: &ResourceId| match r.act {
                MemberAct::Terminate => Call::TerminateMembers { group: of.clone(), members: vec![m.clone()] },
                MemberAct::Replace => Call::ReplaceMember { group: of.clone(), member: m.clone() },
                MemberAct::Standby => Call::EnterStandby { group: of.clone(), members: vec![m.clone()], replace: false },
                MemberAct::StandbyReplaced => Call::EnterStandby { group: of.clone(), members: vec![m.clone()], replace: true },
                MemberAct::InService => Call::ExitStandby { group: of.clone(), members: vec![m.clone()] },
                MemberAct::Protect | MemberAct::Unprotect => {
                    Call::Protect { group: of.clone(), members: vec![m.clone()], on: r.act == MemberAct::Protect }
                }
                MemberAct::Deregister => Call::Deregister {
                    group: of.clone(),
                    pool: pool_id(),
                    targets: vec![Registration { member: m.clone(), port: Some(80) }],
                },
                MemberAct::Register => {
                    Call::Register { group: of.clone(), pool: pool_id(), targets: vec![Registration { member: m.clone(), port: None }] }
                }
                MemberAct::Reboot => Call::Reboot { group: of.clone(), member: m.clone() },
            };
            r.members.iter().map(one).collect()
        }
        Request::Freeze(r) if !r.processes.is_empty() => vec![Call::Suspend { group: of, processes: r.processes.clone() }],
        Request::Thaw(r) => {
            let Size { min, max, desired } = r.saved.size;
            vec![
                Call::SetBounds { group: of.clone(), min, max, desired },
                Call::ResumeProcesses { group: of, processes: r.saved.suspended.clone() },
            ]
        }
        Request::Processes(r) if r.suspend => vec![Call::Suspend { group: of, processes: r.processes.clone() }],
        Request::Processes(r) => vec![Call::ResumeProcesses { group: of, processes: r.processes.clone() }],
        Request::Refresh(r) => vec![match r.act {
            RefreshAct::Cancel => Call::CancelRefresh { group: of },
            RefreshAct::RollBack => Call::RollBackRefresh { group: of },
        }],
        Request::Redeploy(r) => match &r.strategy {
            Strategy::Native(preferences) => vec![Call::StartRefresh { group: of, preferences: preferences.clone() }],
            _ => Vec::new(),
        },
        Request::Retire(_) => vec![Call::DeleteGroup { group: of }],
        Request::Reroute(_) => {
            let rule = id(Kind::Rule, "rule-10");
            vec![Call::SetWeights { group: of, rule, weights: vec![(id(Kind::Pool, "portal-tg"), 100), (id(Kind::Pool, "other"), 0)] }]
        }
        _ => Vec::new(),
    }
}
