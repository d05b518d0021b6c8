//! The way back, and what is said where the world moved since.

use super::super::fixture::{group, member_id, scale_to, snapshot};
use super::super::{GuardRules, MemberRequest, ProcessRequest, Saved, ScaleRequest, make};
use super::*;
use crate::domain::plan::FreezeRequest;
use crate::domain::{Baseline, Now, Start, Status, SuspendedProcess};

fn op() -> OperationId {
    OperationId("20261120-031244-7f3a".into())
}

fn planned(group: &Group, request: &Request) -> Plan {
    make::plan(&snapshot(group), request, &GuardRules::default(), Now::at(0)).unwrap()
}

#[test]
fn a_scale_goes_back_and_says_what_moved_since() {
    let plan = scale_to(&group(6), 8);
    let (request, warnings) = undo(&op(), &plan, &[], &snapshot(&group(8))).unwrap();
    assert_eq!((request, warnings), (Request::Scale(ScaleRequest::to(&group(6).id, 6)), vec![]));
    let mut since = group(9);
    since.max = Some(20);
    let (_, warnings) = undo(&op(), &plan, &[], &snapshot(&since)).unwrap();
    assert_eq!(
        warnings,
        ["desired was 8 after it, is 9 now: somebody changed it since", "max was 12 after it, is 20 now: somebody changed it since"]
            .map(Label::new)
    );
    assert!(undo(&op(), &plan, &[], &Snapshot::default()).unwrap_err().contains("no longer there"));
}

#[test]
fn a_freeze_is_thawed_by_what_it_saved() {
    let g = group(6);
    let plan = planned(&g, &Request::Freeze(FreezeRequest { group: g.id.clone(), processes: vec!["Launch".into()] }));
    assert!(undo(&op(), &plan, &[], &snapshot(&g)).is_err(), "nothing was saved yet");
    let size = |min, max| Size { min, max, desired: 6 };
    let saved = Saved { size: size(2, 12), pinned: size(6, 6), suspended: vec!["Launch".into()], due: vec![] };
    let facts = [(Now::at(1).wall, Fact::Frozen(Box::new(saved.clone())))];
    let (request, _) = undo(&op(), &plan, &facts, &snapshot(&g)).unwrap();
    assert_eq!(request, Request::Thaw(ThawRequest { group: g.id.clone(), freeze: op(), saved, overwrite: false }));
}

#[test]
fn members_and_processes_that_moved_on_are_left_alone() {
    let g = group(6);
    let members = vec![member_id(1), member_id(2)];
    let plan = planned(&g, &Request::Member(MemberRequest { group: g.id.clone(), members, act: MemberAct::Standby }));
    let mut parked = group(6);
    parked.desired = Some(4);
    parked.members[0].lifecycle = Status::parked("Standby");
    let (request, warnings) = undo(&op(), &plan, &[], &snapshot(&parked)).unwrap();
    assert_eq!(request, Request::Member(MemberRequest { group: g.id.clone(), members: vec![member_id(1)], act: MemberAct::InService }));
    assert_eq!(warnings, [Label::new("not as it left them any more, so left alone: i-02")]);
    assert!(undo(&op(), &plan, &[], &snapshot(&Group { desired: Some(4), ..g.clone() })).is_err(), "both are back by themselves");

    let both = ["Launch", "Terminate"].map(Label::new).to_vec();
    let plan = planned(&g, &Request::Processes(ProcessRequest { group: g.id.clone(), processes: both, suspend: true }));
    let mut half = g.clone();
    half.suspended = vec![SuspendedProcess { name: "Launch".into(), reason: Label::default() }];
    let (request, warnings) = undo(&op(), &plan, &[], &snapshot(&half)).unwrap();
    assert_eq!(request, Request::Processes(ProcessRequest { group: g.id.clone(), processes: vec!["Launch".into()], suspend: false }));
    assert_eq!(warnings, [Label::new("Terminate running again already")]);
    assert!(undo(&op(), &plan, &[], &snapshot(&g)).unwrap_err().contains("nothing to undo"));
}

#[test]
fn a_refresh_to_a_named_version_goes_back_by_another_one() {
    let g = group(6);
    let native = |version: &str| {
        let way = Strategy::Native(RefreshPreferences { version: Some(version.into()), ..RefreshPreferences::default() });
        RedeployRequest { group: g.id.clone(), strategy: way }
    };
    let plan = planned(&g, &Request::Redeploy(native("v42")));
    let start = Start {
        at: Now::at(0).wall,
        size: Size { min: 2, max: 12, desired: 6 },
        old: vec![],
        healthy: 6,
        version: Some("v41".into()),
        suspended: vec![],
        baseline: Baseline::default(),
    };
    let facts = [(Now::at(0).wall, Fact::Started(Box::new(start)))];
    let after = |wanted: &str| snapshot(&Group { version_wanted: Some(wanted.into()), ..group(6) });
    let (request, warnings) = undo(&op(), &plan, &facts, &after("v42")).unwrap();
    assert_eq!((request, warnings.len()), (Request::Redeploy(native("v41")), 1));
    let (_, warnings) = undo(&op(), &plan, &facts, &after("v43")).unwrap();
    assert_eq!(warnings[1], Label::new("the group wanted v42 after it, wants v43 now: somebody deployed since"));
    assert!(undo(&op(), &plan, &[], &after("v42")).unwrap_err().contains("and redeploy"), "what was before is not on record");
}

#[test]
fn a_redeploy_that_is_through_says_what_ran_before_and_what_to_do() {
    for (way, wanted, before) in [
        (Strategy::SurgeAndDrain { batch: 1 }, "v42", "v41"),
        (Strategy::InPlace { batch: 1 }, "v42", "v41"),
        (Strategy::Native(RefreshPreferences::default()), "v42", "v41"),
        (Strategy::SurgeAndDrain { batch: 1 }, "v41", "v41"),
    ] {
        let mut g = group(4);
        g.version_wanted = Some(wanted.into());
        g.members.iter_mut().for_each(|m| m.version = Some("v41".into()));
        let plan = planned(&g, &Request::Redeploy(RedeployRequest { group: g.id.clone(), strategy: way.clone() }));
        let why = undo(&op(), &plan, &[], &snapshot(&g)).unwrap_err();
        assert!(why.contains(&format!("they ran {before}")) && why.contains("redeploy") && why.contains("template"), "{way:?}: {why}");
        assert_eq!(why.contains("name version v41"), wanted != before, "{way:?}: {why}");
    }
}

#[test]
fn what_has_no_way_back_says_why() {
    let g = group(6);
    let gone = planned(&g, &Request::Member(MemberRequest { group: g.id.clone(), members: vec![member_id(1)], act: MemberAct::Terminate }));
    assert!(undo(&op(), &gone, &[], &snapshot(&g)).unwrap_err().contains("does not come back"));
}
