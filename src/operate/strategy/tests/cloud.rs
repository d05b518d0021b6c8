//! A small cloud in memory, in whole seconds: one group over three zones behind one pool. It behaves as badly as a real one may: it scales in
//! the newest first, replaces whom its balancer gave up, and lets others meddle.

use std::time::Duration;

use crate::domain::plan::fixture;
use crate::domain::pool::{Balancer, Target};
use crate::domain::{
    Activity, Call, Group, Hook, Kind, Label, Member, Now, ResourceId, Rollout, Route, Status, SuspendedProcess, TargetPool,
};

use super::super::super::procedure::Look;

const ZONES: [&str; 3] = ["a", "b", "c"];
pub(super) const DRAIN: u64 = 30;

/// How a launch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    Fine,
    /// Launches fail until then.
    NoCapacity(u64),
    /// What is launched after then never turns healthy.
    SickFrom(u64),
    /// A zone is dark from then until then: its members do not answer, and nothing is launched there.
    ZoneDark(u64, u64),
}

#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub number: u32,
    pub zone: usize,
    born: u64,
    boot: u64,
    sick: bool,
    /// In the pool since, if it is.
    registered: Option<u64>,
    draining: Option<u64>,
    pub ended: Option<u64>,
    protected: bool,
    version: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Cloud {
    pub now: u64,
    pub name: String,
    pub machines: Vec<Machine>,
    pub next: u32,
    pub min: u32,
    pub max: u32,
    pub desired: u32,
    pub pool: Option<ResourceId>,
    pub elb: bool,
    pub suspended: Vec<Label>,
    pub weather: Weather,
    pub version: u32,
    pub warmup: u64,
    pub activities: Vec<Activity>,
    pub rollout: Option<Refresh>,
    pub refreshes: u32,
    /// Shares of the rule, own pool first.
    pub weights: (u32, u32),
    pub twin: Option<Box<Cloud>>,
    /// Members that its own automation took.
    pub took: u32,
    tries: u64,
    dice: u64,
}

/// The cloud's own rollout.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub id: u32,
    pub word: &'static str,
    pub began: u64,
    pub reason: &'static str,
    /// Fails once so many are replaced.
    pub fails_at: Option<u32>,
    replaced: u32,
    all: u32,
    waits: u64,
}

pub(super) fn member(number: u32) -> ResourceId {
    fixture::id(Kind::Member, &format!("i-{number:04}"))
}

pub(super) fn pool(name: &str) -> ResourceId {
    fixture::id(Kind::Pool, &format!("arn:x:{name}"))
}

impl Machine {
    pub fn counts(&self) -> bool {
        self.ended.is_none()
    }

    fn in_service(&self, now: u64) -> bool {
        self.counts() && now >= self.born + self.boot
    }
}

impl Cloud {
    pub fn new(desired: u32, seed: u64) -> Self {
        let mut cloud = Self {
            now: 1_000,
            name: "portal".to_owned(),
            machines: Vec::new(),
            next: 1,
            min: 1,
            max: desired + 1,
            desired,
            pool: Some(pool("own")),
            elb: true,
            suspended: Vec::new(),
            weather: Weather::Fine,
            version: 1,
            warmup: 30,
            activities: Vec::new(),
            rollout: None,
            refreshes: 0,
            weights: (100, 0),
            twin: None,
            took: 0,
            tries: 0,
            dice: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        };
        for _ in 0..desired {
            cloud.launch();
            let m = cloud.machines.last_mut().unwrap();
            (m.born, m.registered) = (0, Some(0));
        }
        cloud.activities.clear();
        cloud.version = 2;
        cloud
    }

    pub fn roll(&mut self, below: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % below
    }

    fn is_dark(&self, zone: usize) -> bool {
        matches!(self.weather, Weather::ZoneDark(from, to) if zone == 0 && (from..to).contains(&self.now))
    }

    fn is_suspended(&self, process: &str) -> bool {
        self.suspended.iter().any(|p| &**p == process)
    }

    fn is_healthy(&self, m: &Machine) -> bool {
        let checked = self.pool.is_none() || (m.draining.is_none() && m.registered.is_some_and(|at| self.now >= at + 20));
        m.in_service(self.now) && checked && !m.sick && !self.is_dark(m.zone)
    }

    /// Members that take requests.
    pub fn serving(&self) -> u32 {
        self.machines.iter().filter(|m| self.is_healthy(m)).count() as u32
    }

    pub fn serves(&self, id: &ResourceId) -> bool {
        self.machines.iter().any(|m| member(m.number) == *id && self.is_healthy(m))
    }

    pub fn counted(&self) -> u32 {
        self.machines.iter().filter(|m| m.counts()).count() as u32
    }

    pub fn ids(&self) -> Vec<ResourceId> {
        self.machines.iter().filter(|m| m.counts()).map(|m| member(m.number)).collect()
    }

    pub fn has_protected(&self) -> bool {
        self.machines.iter().any(|m| m.counts() && m.protected)
    }

    fn launch(&mut self) {
        let boot = 20 + self.roll(40);
        let dark: Vec<bool> = (0..3).map(|z| self.is_dark(z)).collect();
        let crowd = |z: &usize| self.machines.iter().filter(|m| m.counts() && m.zone == *z).count();
        let zone = (0..3).filter(|z| !dark[*z]).min_by_key(|z| crowd(z)).unwrap_or(1);
        let sick = matches!(self.weather, Weather::SickFrom(at) if self.now >= at);
        let (number, born, version) = (self.next, self.now, self.version);
        self.machines.push(Machine {
            number,
            zone,
            born,
            boot,
            sick,
            registered: None,
            draining: None,
            ended: None,
            protected: false,
            version,
        });
        self.next += 1;
    }

    pub fn end(&mut self, id: &ResourceId) {
        let now = self.now;
        if let Some(m) = self.machines.iter_mut().find(|m| member(m.number) == *id) {
            m.ended.get_or_insert(now);
            if m.registered.is_some() {
                m.draining.get_or_insert(now);
            }
        }
    }

    /// Somebody else lowers desired; the cloud chooses whom it takes, the newest first.
    pub fn scale_in(&mut self) {
        self.desired = self.desired.saturating_sub(1).max(self.min);
    }

    /// Lets the group do its work for this second.
    pub fn tick(&mut self) {
        self.now += 1;
        let now = self.now;
        for m in &mut self.machines {
            if m.ended.is_none() && now == m.born + m.boot && self.pool.is_some() {
                m.registered = Some(now);
            }
            if m.draining.is_some_and(|at| now >= at + DRAIN) {
                (m.registered, m.draining) = (None, None);
            }
        }
        self.machines.retain(|m| m.ended.is_none_or(|at| now < at + DRAIN + 15));
        if self.elb && !self.is_suspended("ReplaceUnhealthy") {
            let unfit = |m: &&Machine| m.in_service(now) && now > m.born + m.boot + 120 && !self.is_healthy(m);
            let ill: Vec<ResourceId> = self.machines.iter().filter(unfit).map(|m| member(m.number)).collect();
            self.took += ill.len() as u32;
            for id in &ill {
                self.end(id);
            }
        }
        // What the brief suspension is for: half the load per member looks like too many of them.
        if !self.is_suspended("AlarmNotification") && self.counted() > self.desired.max(4) {
            self.took += 1;
            self.scale_in();
        }
        while self.counted() > self.desired {
            let newest = self.machines.iter().rev().find(|m| m.counts() && !m.protected).map(|m| member(m.number));
            let Some(newest) = newest else { break };
            self.end(&newest);
        }
        if self.counted() < self.desired && now >= self.tries {
            self.tries = now + 5;
            match self.weather {
                Weather::NoCapacity(until) if now < until => self.fail_launch(),
                _ => self.launch(),
            }
        }
        self.refresh();
        if let Some(twin) = &mut self.twin {
            twin.tick();
        }
    }

    fn fail_launch(&mut self) {
        let id = format!("act-{}", self.now);
        self.activities.insert(
            0,
            Activity {
                id: Label::new(id),
                status: Status::bad("Failed"),
                description: Label::new("Launching a new EC2 instance"),
                cause: Label::new("desired was raised"),
                message: Some(Label::new("no capacity in zone b")),
                started: Some(Now::at(self.now).wall),
                ended: Some(Now::at(self.now).wall),
                progress: Some(100),
            },
        );
        self.activities.truncate(5);
    }

    /// One at a time, terminate first, as the cloud does by default.
    fn refresh(&mut self) {
        let Some(mut refresh) = self.rollout.take() else { return };
        let old: Vec<ResourceId> =
            self.machines.iter().filter(|m| m.counts() && m.version < self.version).map(|m| member(m.number)).collect();
        let back: Vec<ResourceId> =
            self.machines.iter().filter(|m| m.counts() && m.version > self.version).map(|m| member(m.number)).collect();
        let whole = self.serving() == self.desired && self.now >= refresh.waits;
        if !self.is_suspended("InstanceRefresh") && whole {
            refresh.waits = self.now + 10;
            match (refresh.word, old.first(), back.first()) {
                ("Pending", ..) => refresh.word = "InProgress",
                ("InProgress", ..) if refresh.fails_at == Some(refresh.replaced) => {
                    (refresh.word, refresh.reason) = ("Failed", "stuck for an hour");
                }
                ("InProgress", Some(id), _) => {
                    refresh.replaced += 1;
                    self.end(id);
                }
                ("InProgress", None, _) => refresh.word = "Successful",
                ("RollbackInProgress", _, Some(id)) => {
                    // The version of before is launched again.
                    refresh.replaced = refresh.replaced.saturating_sub(1);
                    self.end(&id.clone());
                }
                ("RollbackInProgress", _, None) => refresh.word = "RollbackSuccessful",
                _ => {}
            }
        }
        self.rollout = Some(refresh);
    }

    /// What the call does; `Err` in the cloud's words.
    pub fn carry_out(&mut self, call: &Call) -> Result<(), String> {
        match call {
            Call::SetDesired { desired, .. } if *desired > self.max || *desired < self.min => Err("outside of its bounds".to_owned()),
            Call::SetDesired { desired, .. } => {
                self.desired = *desired;
                Ok(())
            }
            Call::SetBounds { min, max, desired, .. } => {
                assert!(min <= desired && desired <= max);
                (self.min, self.max, self.desired) = (*min, *max, *desired);
                Ok(())
            }
            Call::TerminateMembers { members, .. } => {
                let [id] = &members[..] else { panic!("one member per call, not {}", members.len()) };
                if !self.ids().contains(id) {
                    return Err("no such member".to_owned());
                }
                if self.desired <= self.min {
                    return Err("would fall below its minimum".to_owned());
                }
                self.desired -= 1;
                self.end(id);
                Ok(())
            }
            Call::ReplaceMember { member, .. } if !self.ids().contains(member) => Err("no such member".to_owned()),
            Call::ReplaceMember { member, .. } => {
                self.end(member);
                Ok(())
            }
            Call::Protect { members, on, .. } => {
                let now = self.now;
                for id in members {
                    let m = self.machines.iter_mut().find(|m| member(m.number) == *id && m.in_service(now));
                    m.ok_or_else(|| "not in service".to_owned())?.protected = *on;
                }
                Ok(())
            }
            Call::Deregister { targets, .. } => {
                let now = self.now;
                for m in self.machines.iter_mut().filter(|m| targets.iter().any(|t| t.member == member(m.number))) {
                    m.draining.get_or_insert(now);
                }
                Ok(())
            }
            Call::Register { targets, .. } => {
                let now = self.now;
                for m in self.machines.iter_mut().filter(|m| targets.iter().any(|t| t.member == member(m.number))) {
                    (m.registered, m.draining) = (Some(now), None);
                }
                Ok(())
            }
            Call::StartRefresh { .. } => {
                self.refreshes += 1;
                let (id, began, all) = (self.refreshes, self.now, self.counted());
                let fails_at = match self.weather {
                    Weather::SickFrom(_) => Some(1),
                    _ => None,
                };
                self.rollout = Some(Refresh { id, word: "Pending", began, reason: "", fails_at, replaced: 0, all, waits: 0 });
                Ok(())
            }
            Call::RollBackRefresh { .. } => match &mut self.rollout {
                Some(refresh) if refresh.word == "InProgress" || refresh.word == "Pending" => {
                    refresh.word = "RollbackInProgress";
                    self.version -= 1;
                    Ok(())
                }
                _ => Err("no refresh runs".to_owned()),
            },
            Call::CloneGroup { name, pool, min, max, desired, .. } => {
                assert!(self.twin.is_none(), "cloned once");
                let mut twin = Cloud::new(0, self.dice);
                (twin.now, twin.name, twin.pool) = (self.now, name.clone(), Some(pool.clone()));
                (twin.min, twin.max, twin.desired, twin.next) = (*min, *max, *desired, 500);
                (twin.weather, twin.version, twin.elb) = (self.weather, self.version, self.elb);
                self.twin = Some(Box::new(twin));
                Ok(())
            }
            Call::DeleteGroup { group } => {
                assert_eq!(self.twin.as_ref().map(|t| t.name.as_str()), Some(group.native()), "only its own clone");
                self.twin = None;
                Ok(())
            }
            Call::SetWeights { weights, .. } => {
                self.weights = (weights[0].1, weights[1].1);
                Ok(())
            }
            other => panic!("no strategy may {}", other.describe()),
        }
    }

    /// The read that a driver gets, pools and all.
    pub fn look(&self) -> Look {
        let (group, pools) = self.read();
        let mut look = Look::new(Now::at(self.now), group, pools);
        if let Some(twin) = &self.twin {
            let (group, pools) = twin.read();
            (look.twin, look.twin_pools) = (Some(group), pools);
        }
        look
    }

    fn read(&self) -> (Group, Vec<TargetPool>) {
        let mut group = fixture::group(0);
        group.id = fixture::id(Kind::Group, &self.name);
        group.name = Label::new(&self.name);
        group.zones = ZONES.iter().map(|z| Label::new(*z)).collect();
        (group.min, group.max, group.desired) = (Some(self.min), Some(self.max), Some(self.desired));
        group.warmup = Some(Duration::from_secs(self.warmup));
        group.grace = Some(Duration::from_mins(1));
        group.health_check = Label::new(if self.elb { "ELB" } else { "EC2" });
        group.version_wanted = Some(Label::new(format!("v{}", self.version)));
        group.suspended = self.suspended.iter().map(|p| SuspendedProcess { name: p.clone(), reason: Label::default() }).collect();
        group.pools = self.pool.iter().cloned().collect();
        group.activities = Some(self.activities.clone());
        group.hooks = Some(vec![Hook { name: Label::new("boot"), launching: true, timeout: Duration::from_mins(1) }]);
        group.rollout = self.rollout.as_ref().map(|r| Rollout {
            id: Label::new(format!("refresh-{}", r.id)),
            status: match r.word {
                "Successful" | "RollbackSuccessful" => Status::good(r.word),
                "Failed" | "Cancelled" => Status::bad(r.word),
                word => Status::moving(word),
            },
            percent: Some((r.replaced * 100 / r.all.max(1)).min(100) as u8),
            left: Some(r.all.saturating_sub(r.replaced)),
            reason: Some(Label::new(r.reason)),
            started: Some(Now::at(r.began).wall),
            ..Rollout::default()
        });
        let mut targets = Vec::new();
        for m in &self.machines {
            let (id, zone) = (member(m.number), Label::new(ZONES[m.zone]));
            let lifecycle = match (m.ended, m.in_service(self.now)) {
                (Some(_), _) => Status::moving("Terminating"),
                (None, true) => Status::good("InService"),
                (None, false) => Status::moving("Pending"),
            };
            let mut read = Member::new(id.clone(), zone, lifecycle);
            read.health = Status::good("Healthy");
            read.protected = m.protected;
            read.version = Some(Label::new(format!("v{}", m.version)));
            if let (Some(pool), Some(at)) = (&self.pool, m.registered) {
                let state = match m.draining {
                    Some(_) => Status::moving("draining"),
                    None if m.sick || self.is_dark(m.zone) => Status::bad("unhealthy"),
                    None if self.now < at + 20 => Status::moving("initial"),
                    None => Status::good("healthy"),
                };
                let name = Label::new(pool.native());
                read.targets =
                    vec![crate::domain::MemberTarget { pool: pool.clone(), pool_name: name, state: state.clone(), reason: None }];
                targets.push(Target { member: id, label: read.label.clone(), port: Some(80), zone: None, state, reason: None });
            }
            group.members.push(read);
        }
        let pools = self.pool.iter().map(|id| {
            let mut pool = TargetPool::new(id.clone(), id.native());
            pool.deregistration_delay = Some(Duration::from_secs(DRAIN));
            pool.targets = Some(targets.clone());
            let (id, kind) = (fixture::id(Kind::Balancer, "front"), Label::new("alb"));
            pool.balancers =
                vec![Balancer { id, name: kind.clone(), kind, state: Status::good("active"), listeners: Vec::new(), dns_name: None }];
            pool.routes = vec![Route {
                rule: fixture::id(Kind::Rule, "rule-1"),
                name: Label::new("HTTPS:443 rule 1"),
                weights: vec![(super::cloud::pool("own"), self.weights.0), (super::cloud::pool("other"), self.weights.1)],
            }];
            pool
        });
        (group, pools.collect())
    }
}
