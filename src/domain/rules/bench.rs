//! A bench to judge single resources on: what tables of rules share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Activity, Assessment, Failure, FailureKind, Finding, Group, GroupKind, Kind, Label, Member, MemberTarget, Metric, Now, Point,
    ResourceId, Scope, Series, SeriesKey, Since, SourceKey, SourceKind, SourceState, Status, Target, TargetPool, Verdict,
};

use super::Context;

/// The moment of judgement in all tables: late enough that things can be old.
pub const NOW: u64 = 1_000_000;

pub fn scope() -> Scope {
    Scope::new("fake", "1", "a")
}

pub fn id(kind: Kind, native: &str) -> ResourceId {
    ResourceId::new(&scope(), kind, native)
}

/// Everything a context borrows.
#[derive(Default)]
pub struct Bench {
    pub sources: BTreeMap<SourceKey, SourceState>,
    pub series: BTreeMap<SeriesKey, Arc<Series>>,
    pub pools: Vec<TargetPool>,
    pub since: HashMap<ResourceId, Since>,
}

impl Bench {
    /// All sources read whole a moment ago.
    pub fn new() -> Self {
        let mut bench = Self::default();
        for kind in
            [SourceKind::Groups, SourceKind::Instances, SourceKind::Pools, SourceKind::Databases, SourceKind::Caches, SourceKind::Alarms]
        {
            bench.set_source(kind, |s| s.read_at = Some(Now::at(NOW - 2)));
        }
        bench
    }

    pub fn set_source(&mut self, kind: SourceKind, change: impl FnOnce(&mut SourceState)) {
        let key = SourceKey { scope: scope(), kind };
        let state = self.sources.entry(key.clone()).or_insert_with(|| SourceState::new(key, Duration::from_secs(10)));
        change(state);
    }

    /// Points a minute apart, the last one a minute old.
    pub fn measure(&mut self, resource: &ResourceId, metric: Metric, values: &[f64]) {
        let n = values.len() as u64;
        let points = values.iter().zip(0_u64..).map(|(v, i)| Point { at: Now::at(NOW - 60 * (n - i)).wall, value: *v }).collect();
        let key = SeriesKey { resource: resource.clone(), metric };
        let series = Series { key: key.clone(), source: Label::new("fake"), period: Duration::from_mins(1), points };
        self.series.insert(key, Arc::new(series));
    }

    pub fn troubled_for(&mut self, id: ResourceId, seconds: u64, at_least: bool) {
        self.since.insert(id, Since { at: Now::at(NOW - seconds).wall, at_least });
    }

    pub fn context(&self) -> Context<'_> {
        Context { now: Now::at(NOW), sources: &self.sources, series: &self.series, pools: &self.pools, since: &self.since }
    }
}

pub fn failure(kind: FailureKind, attempts: u32) -> Failure {
    Failure { kind, operation: Label::new("fake:Read"), message: Label::default(), since: Now::at(NOW - 30), attempts, next_try: None }
}

/// A group that wants as many members as it is given, all well.
pub fn group(members: Vec<Member>) -> Group {
    let mut group = Group::new(id(Kind::Group, "web"), Label::new("web"), GroupKind::AutoScalingGroup);
    group.zones = vec![Label::new("a"), Label::new("b")];
    (group.desired, group.min, group.max) = (Some(members.len() as u32), Some(1), Some(12));
    group.members = members;
    group
}

/// Well, in zones by turns, an hour old.
pub fn members(n: usize) -> Vec<Member> {
    (0..n)
        .map(|n| {
            let zone = if n % 2 == 0 { "a" } else { "b" };
            let mut member = Member::new(id(Kind::Member, &format!("i-{n}")), zone, Status::good("InService"));
            member.health = Status::good("Healthy");
            member.version = Some(Label::new("v1"));
            member.launched = Some(Now::at(NOW - 3_600).wall);
            member
        })
        .collect()
}

pub fn stand(member: &mut Member, state: Status, reason: &str) {
    member.targets.push(MemberTarget {
        pool: id(Kind::Pool, "web-tg"),
        pool_name: Label::new("web-tg"),
        state,
        reason: (!reason.is_empty()).then(|| Label::new(reason)),
    });
}

pub fn pool(targets: Option<Vec<Target>>) -> TargetPool {
    TargetPool { port: Some(80), targets, ..TargetPool::new(id(Kind::Pool, "web-tg"), "web-tg") }
}

pub fn activity(word: &str, class: fn(String) -> Status, minutes_ago: u64, message: &str) -> Activity {
    let at = Now::at(NOW - minutes_ago * 60).wall;
    let status = class(word.to_owned());
    Activity {
        id: Label::new(format!("{word}-{minutes_ago}")),
        ended: (!status.is_moving()).then_some(at),
        status,
        description: Label::new("Launching a new EC2 instance"),
        cause: Label::new("desired was raised"),
        message: (!message.is_empty()).then(|| Label::new(message)),
        started: Some(at),
        progress: None,
    }
}

/// One line of a table: what was done to the resource, and the worst finding it must lead to (`None`: nothing at all).
#[track_caller]
pub fn expect(case: &str, assessment: &Assessment, want: Option<(Verdict, &str)>) {
    let got = assessment.findings.first().map(|f| (f.verdict, &*f.text));
    assert_eq!(got, want, "{case}; all findings: {:?}", texts(&assessment.findings));
}

/// The finding stands among others, not necessarily first.
#[track_caller]
pub fn expect_among(case: &str, assessment: &Assessment, want: (Verdict, &str)) {
    assert!(
        assessment.findings.iter().any(|f| (f.verdict, &*f.text) == want),
        "{case}: {want:?} not among {:?}",
        texts(&assessment.findings)
    );
}

/// No finding begins like this.
#[track_caller]
pub fn expect_none(case: &str, assessment: &Assessment, beginning: &str) {
    assert!(!assessment.findings.iter().any(|f| f.text.contains(beginning)), "{case}: {:?}", texts(&assessment.findings));
}

fn texts(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{}: {}", f.verdict.word(), f.text)).collect()
}
