//! Every procedure that is no redeploy, on the simulated estate, with a crash between every two journal writes: no call reaches the cloud
//! twice, and the end is as promised.

use super::crash::{Stage, Survived, assert_end, assert_once, every_crash};
use super::*;
use crate::domain::plan::{
    DatabaseAct, DatabaseRequest, FreezeRequest, Inverse, MemberAct, MemberRequest, MuteRequest, ProcessRequest, Saved, Size, ThawRequest,
};
use crate::domain::{Kind, Request, ResourceId, Scope};
use crate::providers::Provider;
use crate::providers::sim::{Scenario, Sim, SimSettings};

/// An estate on a quiet morning, and who may change it.
pub(super) struct Morning {
    pub sim: Sim,
    pub operator: Arc<dyn Operator>,
    pub permit: WritePermit,
    pub clock: Clock,
}

impl Morning {
    pub async fn of(seed: u64) -> Self {
        let settings = SimSettings { seed, scenario: Scenario::named("quiet").unwrap(), ..SimSettings::new(Now::at(0).wall) };
        let sim = Sim::new(settings);
        let anybody = Identity { scope: sim.scope().clone(), ..identity("anybody") };
        let permit = WritePermit::grant(Access::ReadWrite, &anybody).unwrap();
        let known = sim.operator(&permit).unwrap().identity().await.unwrap();
        let permit = WritePermit::grant(Access::ReadWrite, &known).unwrap();
        let operator = sim.operator(&permit).unwrap();
        let origin = Instant::now();
        let clock: Clock = Arc::new(move || {
            let mono = origin.elapsed();
            Now::new(Now::at(0).wall.checked_add(mono).unwrap(), mono)
        });
        Self { sim, operator, permit, clock }
    }

    pub fn id(&self, kind: Kind, native: &str) -> ResourceId {
        ResourceId::new(self.sim.scope(), kind, native)
    }

    /// `portal`, as it is now.
    pub async fn portal(&self) -> Group {
        self.operator.read_group(&self.id(Kind::Group, "portal")).await.unwrap()
    }

    pub fn stage(self, plan: Plan) -> Stage {
        Stage::new(self.operator, self.permit, self.clock, plan, GuardRules::default())
    }
}

/// A plan of which only the request and the calls matter.
pub(super) fn plan_of(scope: &Scope, request: Request, calls: Vec<Call>) -> Plan {
    let group = fixture::group(6);
    let mut plan = fixture::scale_to(&group, 7);
    assert_eq!(request.target().scope, *scope);
    plan.target = request.target().clone();
    plan.title = Label::new(request.word());
    plan.calls = calls;
    plan.preconditions.clear();
    plan.impact = crate::domain::plan::Impact::default();
    plan.inverse = Inverse::None(Label::new("a test"));
    plan.request = request;
    plan
}

fn names(words: &[&str]) -> Vec<Label> {
    words.iter().map(Label::new).collect()
}

async fn suspended(stage: &Stage) -> Vec<String> {
    let mut names: Vec<String> = stage.group().await.suspended.iter().map(|s| s.name.to_string()).collect();
    names.sort();
    names
}

async fn done_once(_: &Stage, survived: &Survived) {
    assert_once(survived);
    assert_end(survived, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn scaling_survives_every_crash() {
    for by in [1_i64, -1] {
        let make = async || {
            let morning = Morning::of(5).await;
            let portal = morning.portal().await;
            let desired = u32::try_from(i64::from(portal.desired.unwrap()) + by).unwrap();
            morning.stage(fixture::scale_to(&portal, desired))
        };
        every_crash("scale", make, async |_, survived| {
            assert_once(survived);
            assert_end(survived, Phase::Done);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn several_calls_survive_every_crash() {
    let make = async || {
        let morning = Morning::of(5).await;
        let portal = morning.portal().await;
        let victims: Vec<_> = portal.members.iter().filter(|m| m.in_service()).take(1).map(|m| m.id.clone()).collect();
        let request = ScaleRequest {
            min: Some(1),
            max: Some(30),
            victims: victims.clone(),
            ..ScaleRequest::to(&portal.id, portal.desired.unwrap() - victims.len() as u32)
        };
        morning.stage(fixture::plan(&portal, &request))
    };
    every_crash("scale in steps", make, done_once).await;
}

#[tokio::test(start_paused = true)]
async fn freezing_survives_every_crash() {
    let make = async || {
        let morning = Morning::of(5).await;
        let group = morning.id(Kind::Group, "portal");
        let processes = names(&["AlarmNotification", "ScheduledActions", "AZRebalance"]);
        let plan = plan_of(morning.sim.scope(), Request::Freeze(FreezeRequest { group, processes }), vec![]);
        morning.stage(plan)
    };
    let check = async |stage: &Stage, survived: &Survived| {
        done_once(stage, survived).await;
        let group = stage.group().await;
        let size = Size::of(&group).unwrap();
        assert!(size.min == size.max && size.max == size.desired && size.max >= group.counted(), "{size:?}");
        assert_eq!(suspended(stage).await, ["AZRebalance", "AlarmNotification", "ScheduledActions"]);
        assert!(group.mark().is_some_and(|m| m.is_freeze() && m.operation == survived.end.id), "{:?}", group.tags);
    };
    every_crash("freeze", make, check).await;
}

/// A frozen group, and what its freeze saved.
async fn frozen(morning: &Morning) -> (Size, Saved, OperationId) {
    let group = morning.id(Kind::Group, "portal");
    // One of them was off before: it stays off.
    let before = Call::Suspend { group: group.clone(), processes: names(&["ScheduledActions"]) };
    morning.operator.call(&before).await.unwrap();
    let size = Size::of(&morning.portal().await).unwrap();
    let request = FreezeRequest { group, processes: names(&["AZRebalance", "ScheduledActions"]) };
    let plan = plan_of(morning.sim.scope(), Request::Freeze(request), vec![]);
    let stage = Stage::new(Arc::clone(&morning.operator), morning.permit.clone(), Arc::clone(&morning.clock), plan, GuardRules::default());
    let id = stage.begin().await;
    let end = stage.drive(&id, &crate::journal::fuse::Fuse::new(crate::journal::fuse::Burns::Never)).await.unwrap();
    assert_eq!(end.phase, Phase::Done, "{}", end.note);
    let facts = stage.journal.load(&id).await.unwrap().unwrap().facts;
    let saved = facts.into_iter().rev().find_map(|(_, f)| match f {
        crate::domain::Fact::Frozen(saved) => Some(*saved),
        _ => None,
    });
    (size, saved.unwrap(), id)
}

#[tokio::test(start_paused = true)]
async fn thawing_survives_every_crash_and_restores_exactly() {
    let make = async || {
        let morning = Morning::of(5).await;
        let (_, saved, freeze) = frozen(&morning).await;
        assert_eq!(saved.suspended, names(&["AZRebalance"]));
        let group = morning.id(Kind::Group, "portal");
        let request = Request::Thaw(ThawRequest { group, freeze, saved, overwrite: false });
        let plan = plan_of(morning.sim.scope(), request, vec![]);
        morning.stage(plan)
    };
    let check = async |stage: &Stage, survived: &Survived| {
        done_once(stage, survived).await;
        let Request::Thaw(request) = &stage.plan.request else { unreachable!() };
        let group = stage.group().await;
        assert_eq!((group.min, group.max), (Some(request.saved.size.min), Some(request.saved.size.max)));
        assert_eq!(suspended(stage).await, ["ScheduledActions"]);
        assert_eq!(group.mark(), None);
    };
    every_crash("thaw", make, check).await;
}

#[tokio::test(start_paused = true)]
async fn a_thaw_overwrites_nobody_unless_told_to() {
    for overwrite in [false, true] {
        let morning = Morning::of(5).await;
        let (size, saved, freeze) = frozen(&morning).await;
        let group = morning.id(Kind::Group, "portal");
        let pinned = saved.pinned;
        let other = Call::SetBounds { group: group.clone(), min: pinned.min, max: pinned.max + 1, desired: pinned.desired };
        morning.operator.call(&other).await.unwrap();
        let request = Request::Thaw(ThawRequest { group, freeze, saved, overwrite });
        let plan = plan_of(morning.sim.scope(), request, vec![]);
        let stage = morning.stage(plan);
        let id = stage.begin().await;
        let end = stage.drive(&id, &crate::journal::fuse::Fuse::new(crate::journal::fuse::Burns::Never)).await.unwrap();
        if overwrite {
            assert_eq!(end.phase, Phase::Done, "{}", end.note);
            assert_eq!(stage.group().await.max, Some(size.max));
        } else {
            assert_eq!((end.phase, stage.calls().len()), (Phase::Refused, 0), "{}", end.note);
            assert!(end.note.contains("others changed the group while it was frozen"), "{}", end.note);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn processes_survive_every_crash() {
    let make = async || {
        let morning = Morning::of(5).await;
        let request = ProcessRequest { group: morning.id(Kind::Group, "portal"), processes: names(&["AZRebalance"]), suspend: true };
        let call = Call::Suspend { group: request.group.clone(), processes: request.processes.clone() };
        let plan = plan_of(morning.sim.scope(), Request::Processes(request), vec![call]);
        morning.stage(plan)
    };
    every_crash("suspend", make, done_once).await;
}

#[tokio::test(start_paused = true)]
async fn acts_on_members_survive_every_crash() {
    for act in MemberAct::ALL {
        let make = async || {
            let morning = Morning::of(5).await;
            let portal = morning.portal().await;
            let group = portal.id.clone();
            let members: Vec<ResourceId> = portal.members.iter().filter(|m| m.in_service()).take(2).map(|m| m.id.clone()).collect();
            let one = |m: &ResourceId| vec![m.clone()];
            let pool = portal.pools[0].clone();
            let registration = |m: &ResourceId| vec![crate::domain::Registration { member: m.clone(), port: None }];
            let standby = |m: &ResourceId| Call::EnterStandby { group: group.clone(), members: one(m), replace: true };
            let deregister = |m: &ResourceId| Call::Deregister { group: group.clone(), pool: pool.clone(), targets: registration(m) };
            for m in &members {
                match act {
                    MemberAct::InService => morning.operator.call(&standby(m)).await.unwrap(),
                    MemberAct::Unprotect => {
                        let call = Call::Protect { group: group.clone(), members: one(m), on: true };
                        morning.operator.call(&call).await.unwrap();
                    }
                    MemberAct::Register => morning.operator.call(&deregister(m)).await.unwrap(),
                    _ => {}
                }
            }
            tokio::time::sleep(Duration::from_mins(10)).await;
            let call = |m: &ResourceId| match act {
                MemberAct::Terminate => Call::TerminateMembers { group: group.clone(), members: one(m) },
                MemberAct::Replace => Call::ReplaceMember { group: group.clone(), member: m.clone() },
                MemberAct::Standby => Call::EnterStandby { group: group.clone(), members: one(m), replace: false },
                MemberAct::StandbyReplaced => standby(m),
                MemberAct::InService => Call::ExitStandby { group: group.clone(), members: one(m) },
                MemberAct::Protect | MemberAct::Unprotect => {
                    Call::Protect { group: group.clone(), members: one(m), on: act == MemberAct::Protect }
                }
                MemberAct::Deregister => deregister(m),
                MemberAct::Register => Call::Register { group: group.clone(), pool: pool.clone(), targets: registration(m) },
                MemberAct::Reboot => Call::Reboot { group: group.clone(), member: m.clone() },
            };
            let calls = members.iter().map(call).collect();
            let plan =
                plan_of(morning.sim.scope(), Request::Member(MemberRequest { group: group.clone(), members: members.clone(), act }), calls);
            let mut stage = morning.stage(plan);
            stage.rules.max_step_percent = 100;
            stage
        };
        let check = async |_: &Stage, survived: &Survived| {
            assert_once(survived);
            // A reboot leaves no trace: nobody says that it happened, and nobody repeats it.
            if act == MemberAct::Reboot && survived.end.phase == Phase::Unclear {
                assert!(survived.end.note.contains("look before trying again"), "{}", survived.end.note);
                return;
            }
            assert_end(survived, Phase::Done);
        };
        every_crash(act.word(), make, check).await;
    }
}

#[tokio::test(start_paused = true)]
async fn databases_survive_every_crash() {
    for act in [DatabaseAct::Reboot, DatabaseAct::Snapshot { name: "before-lunch".to_owned() }] {
        let make = async || {
            let morning = Morning::of(5).await;
            let database = morning.id(Kind::Database, "hardware-mysql");
            let call = match &act {
                DatabaseAct::Snapshot { name } => Call::SnapshotDatabase { database: database.clone(), name: name.clone() },
                _ => Call::RebootDatabase { database: database.clone(), fail_over: false },
            };
            let request = Request::Database(DatabaseRequest { database, act: act.clone() });
            let plan = plan_of(morning.sim.scope(), request, vec![call]);
            morning.stage(plan)
        };
        let check = async |_: &Stage, survived: &Survived| {
            assert_once(survived);
            if act != DatabaseAct::Reboot || survived.end.phase != Phase::Unclear {
                assert_end(survived, Phase::Done);
            }
        };
        every_crash(act.word(), make, check).await;
    }
}

#[tokio::test(start_paused = true)]
async fn mutes_survive_every_crash() {
    let make = async || {
        let morning = Morning::of(5).await;
        let (alarm, until) = (morning.id(Kind::Alarm, "portal-p95"), Now::at(4 * 3_600).wall);
        let call = Call::MuteAlarm { alarm: alarm.clone(), rule: "pilothouse-portal-p95".to_owned(), until };
        let plan = plan_of(morning.sim.scope(), Request::Mute(MuteRequest { alarm, until: Some(until) }), vec![call]);
        morning.stage(plan)
    };
    every_crash("mute", make, done_once).await;
}

#[tokio::test(start_paused = true)]
async fn a_reboot_whose_answer_was_lost_is_found_out_while_it_lasts() {
    use crate::domain::FailureKind;
    use crate::providers::sim::{Fault, Moment, Spot};
    for (moment, phase) in [(Moment::After, Phase::Done), (Moment::Never, Phase::Unclear)] {
        let morning = Morning::of(5).await;
        let database = morning.id(Kind::Database, "hardware-mysql");
        let call = Call::RebootDatabase { database: database.clone(), fail_over: false };
        let request = Request::Database(DatabaseRequest { database, act: DatabaseAct::Reboot });
        let plan = plan_of(morning.sim.scope(), request, vec![call.clone()]);
        morning.sim.inject(Fault::new(Spot::Call, FailureKind::Timeout).at(moment));
        let stage = morning.stage(plan);
        let id = stage.begin().await;
        let end = stage.drive(&id, &crate::journal::fuse::Fuse::new(crate::journal::fuse::Burns::Never)).await.unwrap();
        assert_eq!((end.phase, stage.calls()), (phase, vec![call]), "{}", end.note);
    }
}
