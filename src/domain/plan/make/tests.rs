//! Over random groups and requests of every kind: whatever is planned names what is there, and no call leads out of the bounds of its
//! moment unless a guard stops it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::fixture::{group as whole, id, member, member_id, picture, pool, target};
use super::super::guard::guard;
use super::super::{
    Call, FreezeRequest, MemberAct, MemberRequest, PROCESSES, ProcessRequest, RedeployRequest, RefreshPreferences, Saved, ScaleRequest,
    Size, Strategy as Way, ThawRequest,
};
use super::*;
use crate::domain::{Group, Kind, Label, OperationId, ResourceId, Status, SuspendedProcess};

fn any_member(n: u32) -> impl Strategy<Value = crate::domain::Member> {
    let lifecycle = prop_oneof![
        8 => Just(Status::good("InService")),
        1 => Just(Status::moving("Pending")),
        1 => Just(Status::moving("Terminating")),
        2 => Just(Status::parked("Standby")),
        1 => Just(Status::unknown("Reticulating")),
    ];
    let seen = prop_oneof![3 => Just(Status::good("healthy")), 1 => Just(Status::bad("unhealthy")), 1 => Just(Status::moving("initial"))];
    (lifecycle, seen, 0..3_usize, proptest::bool::weighted(0.2)).prop_map(move |(lifecycle, seen, zone, protected)| {
        let mut m = member(n, ["a", "b", "c"][zone]);
        (m.lifecycle, m.protected, m.targets) = (lifecycle, protected, vec![target(seen, None)]);
        m
    })
}

fn any_processes() -> impl Strategy<Value = Vec<Label>> {
    proptest::sample::subsequence(PROCESSES.to_vec(), 0..=PROCESSES.len()).prop_map(|p| p.into_iter().map(Label::new).collect())
}

fn any_group() -> impl Strategy<Value = Group> {
    let members = (0..10_u32).prop_flat_map(|count| (1..=count).map(any_member).collect::<Vec<_>>());
    let off = prop_oneof![3 => Just(Vec::new()), 1 => any_processes()];
    (members, 0..5_u32, 0..8_u32, -2..=2_i32, off, proptest::bool::weighted(0.1)).prop_map(
        |(members, below, above, drift, off, weighted)| {
            let mut g = whole(0);
            g.members = members;
            let desired = g.counted().saturating_add_signed(drift);
            (g.desired, g.min, g.max) = (Some(desired), Some(desired.saturating_sub(below)), Some(desired + above));
            g.suspended = off.into_iter().map(|name| SuspendedProcess { name, reason: Label::default() }).collect();
            g.pools = vec![id(Kind::Pool, "portal-tg")];
            g.weighted = weighted;
            g
        },
    )
}

fn any_size() -> impl Strategy<Value = Size> {
    (0..6_u32, 0..6_u32, 0..6_u32).prop_map(|(min, up, above)| Size { min, desired: min + up, max: min + up + above })
}

fn any_request() -> impl Strategy<Value = Request> {
    let group = || whole(0).id;
    let members = proptest::collection::vec(1..12_u32, 0..4).prop_map(|n| n.into_iter().map(member_id).collect::<Vec<ResourceId>>());
    let act = proptest::sample::select(MemberAct::ALL.to_vec());
    let way = prop_oneof![
        (0..5_u32).prop_map(|batch| Way::SurgeAndDrain { batch }),
        (0..5_u32).prop_map(|batch| Way::InPlace { batch }),
        Just(Way::Native(RefreshPreferences::default())),
    ];
    prop_oneof![
        2 => (0..14_u32).prop_map(move |n| Request::Scale(ScaleRequest::to(&group(), n))),
        6 => (members, act).prop_map(move |(members, act)| Request::Member(MemberRequest { group: group(), members, act })),
        2 => any_processes().prop_map(move |processes| Request::Freeze(FreezeRequest { group: group(), processes })),
        3 => (any_size(), any_size(), any_processes(), any::<bool>()).prop_map(move |(size, pinned, suspended, overwrite)| {
            let saved = Saved { size, pinned, suspended, due: vec![] };
            Request::Thaw(ThawRequest { group: group(), freeze: OperationId("f".into()), saved, overwrite })
        }),
        3 => (any_processes(), any::<bool>()).prop_map(move |(processes, suspend)| {
            Request::Processes(ProcessRequest { group: group(), processes, suspend })
        }),
        2 => way.prop_map(move |strategy| Request::Redeploy(RedeployRequest { group: group(), strategy })),
    ]
}

/// Members a call names.
fn named(call: &Call) -> Vec<ResourceId> {
    match call {
        Call::TerminateMembers { members, .. }
        | Call::EnterStandby { members, .. }
        | Call::ExitStandby { members, .. }
        | Call::Protect { members, .. } => members.clone(),
        Call::ReplaceMember { member, .. } | Call::Reboot { member, .. } => vec![member.clone()],
        Call::Register { targets, .. } | Call::Deregister { targets, .. } => targets.iter().map(|t| t.member.clone()).collect(),
        _ => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn calls_name_what_is_there_and_stay_within_bounds(group in any_group(), request in any_request()) {
        let rules = GuardRules { max_step_percent: 100, ..GuardRules::default() };
        let Ok(plan) = plan(&picture(&[&group], &[pool("portal-tg", &group, true)]), &request, &rules, Now::at(0)) else { return Ok(()) };
        let before = Size::of(&group).unwrap();
        let there: BTreeSet<&ResourceId> = group.members.iter().map(|m| &m.id).collect();
        let mut size = before;
        let mut within = true;
        for call in &plan.calls {
            prop_assert_eq!(call.target(), &group.id);
            for member in named(call) {
                prop_assert!(there.contains(&member), "{} is not in the group: {}", member.native(), call.describe());
            }
            match call {
                Call::TerminateMembers { members, .. } | Call::EnterStandby { members, .. } | Call::ExitStandby { members, .. } => {
                    prop_assert_eq!(members.len(), 1, "one call each: {}", call.describe());
                }
                Call::Suspend { processes, .. } => {
                    prop_assert!(!processes.is_empty() && processes.iter().all(|p| !group.is_suspended(p) && &**p != "AddToLoadBalancer"));
                }
                Call::ResumeProcesses { processes, .. } => {
                    prop_assert!(!processes.is_empty() && processes.iter().all(|p| group.is_suspended(p)));
                }
                Call::Register { pool, targets, .. } | Call::Deregister { pool, targets, .. } => {
                    prop_assert!(group.pools.contains(pool) && !targets.is_empty());
                }
                _ => {}
            }
            size = size.after(call);
            within &= size.holds();
        }
        let refused = || !guard(&plan, &group, &rules, Now::at(0)).is_empty();
        prop_assert!(within || refused(), "out of bounds, and no guard says so: {:?}", plan.calls);
        // What the card says is what the calls do, where they are known beforehand.
        if !matches!(plan.request, Request::Freeze(_)) {
            let said = Size { min: plan.impact.min.1, max: plan.impact.max.1, desired: plan.impact.desired.1 };
            prop_assert_eq!(size, said, "{}", plan.title);
        }
        let (least, counted) = plan.impact.healthy_least.expect("every plan of a group says how few may serve");
        prop_assert!(least <= plan.impact.healthy_now.0.max(plan.impact.healthy_after.0) && counted <= group.members.len() as u32 + 14);
        prop_assert!(plan.impact.notes.is_sorted_by(|a, b| a.verdict >= b.verdict), "worst first");
    }

    #[test]
    fn a_plan_made_again_from_its_own_request_is_the_same(group in any_group(), request in any_request()) {
        let picture = picture(&[&group], &[pool("portal-tg", &group, true)]);
        let Ok(first) = plan(&picture, &request, &GuardRules::default(), Now::at(0)) else { return Ok(()) };
        let again = plan(&picture, &first.request, &GuardRules::default(), Now::at(0));
        prop_assert_eq!(again.as_ref(), Ok(&first));
    }
}
