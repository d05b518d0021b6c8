//! A scripted cloud: one group behind one pool. It counts calls, answers as told, and moves with time as an Auto Scaling group does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::{PRINCIPAL, identity};
use crate::domain::plan::{Size, fixture};
use crate::domain::pool::Target;
use crate::domain::{Activity, Call, FailureKind, Group, Identity, Label, Member, Now, ResourceId, Status, TargetPool};
use crate::providers::{Operator, ProviderError};

/// What becomes of one call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    Accept,
    /// A clear no.
    Refuse(FailureKind, &'static str),
    /// Carried out, but the answer is lost.
    LoseAfter,
    /// Lost on the way there.
    LoseBefore,
    /// Never answers.
    Hang,
}

/// Something that others do.
pub(super) type Meanwhile = Box<dyn FnOnce(&mut World) + Send>;

pub(super) struct World {
    pub group: Group,
    /// Where targets stand; used only if the group has pools.
    pub pool: TargetPool,
    pub identity: Result<Identity, ProviderError>,
    /// Every call that reached the cloud, carried out or not.
    pub calls: Vec<Call>,
    /// For the calls to come, in order; afterwards all are accepted.
    pub replies: VecDeque<Reply>,
    /// Every launch fails, with this message.
    pub launch_fails: Option<&'static str>,
    /// New members answer 503 for ever.
    pub sick: bool,
    /// Reads that fail before the next good one.
    pub unreadable: u32,
    pub pools_unreadable: bool,
    /// How long reads show the size of before.
    pub lag: Duration,
    /// Runs once, before the first read that follows a call.
    pub meanwhile: Option<Meanwhile>,
    stale: Option<(Instant, Size)>,
    born: Vec<(ResourceId, Instant)>,
    dying: Vec<(ResourceId, Instant)>,
    names: u32,
}

pub(super) struct Cloud(Mutex<World>);

impl Cloud {
    pub fn new(group: Group) -> Arc<Self> {
        let mut pool = TargetPool {
            id: fixture::pool_id(),
            name: Label::new("portal-tg"),
            kind: Label::new("target group"),
            protocol: Label::new("HTTP"),
            port: Some(80),
            health_check: None,
            health_path: None,
            balancers: Vec::new(),
            deregistration_delay: Some(Duration::from_mins(1)),
            targets: Some(Vec::new()),
            groups: Vec::new(),
            routes: Vec::new(),
        };
        if !group.pools.is_empty() {
            pool.targets = Some(group.members.iter().map(|m| target(&m.id, Status::good("healthy"), None)).collect());
        }
        Arc::new(Self(Mutex::new(World {
            group,
            pool,
            identity: Ok(identity(PRINCIPAL)),
            calls: Vec::new(),
            replies: VecDeque::new(),
            launch_fails: None,
            sick: false,
            unreadable: 0,
            pools_unreadable: false,
            lag: Duration::ZERO,
            meanwhile: None,
            stale: None,
            born: Vec::new(),
            dying: Vec::new(),
            names: 100,
        })))
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.world().calls.clone()
    }
}

fn target(id: &ResourceId, state: Status, reason: Option<&str>) -> Target {
    Target { member: id.clone(), label: Label::new(id.native()), port: Some(80), zone: None, state, reason: reason.map(Label::new) }
}

fn error(kind: FailureKind, message: &str) -> ProviderError {
    ProviderError::new(kind, "autoscaling:SetDesiredCapacity", &fixture::scope(), message)
}

impl World {
    pub fn size(&self) -> Size {
        Size::of(&self.group).unwrap()
    }

    pub fn set_desired(&mut self, desired: u32) {
        self.group.desired = Some(desired);
    }

    /// A balancer finds fault with a member.
    pub fn make_sick(&mut self, id: &ResourceId) {
        self.set_target(id, Status::bad("unhealthy"), Some("health check returns 503"));
    }

    fn set_target(&mut self, id: &ResourceId, state: Status, reason: Option<&str>) {
        if self.group.pools.is_empty() {
            return;
        }
        let targets = self.pool.targets.get_or_insert_default();
        targets.retain(|t| t.member != *id);
        targets.push(target(id, state, reason));
    }

    fn carry_out(&mut self, call: &Call) {
        self.stale = Some((Instant::now() + self.lag, self.size()));
        let size = self.size().after(call);
        (self.group.min, self.group.max, self.group.desired) = (Some(size.min), Some(size.max), Some(size.desired));
        if let Call::TerminateMembers { members, .. } = call {
            for id in members {
                self.dismiss(id);
            }
        }
    }

    fn dismiss(&mut self, id: &ResourceId) {
        if let Some(m) = self.group.members.iter_mut().find(|m| m.id == *id) {
            m.lifecycle = Status::moving("Terminating");
        }
        self.set_target(id, Status::moving("draining"), None);
        self.dying.push((id.clone(), Instant::now()));
    }

    /// Brings the group up to the present: 20 s to launch, 20 s to become healthy, 40 s to drain, 20 s to end.
    fn pass_time(&mut self) {
        let now = Instant::now();
        let counted = self.group.counted();
        let desired = self.group.desired.unwrap_or(0);
        if counted > desired {
            let oldest: Vec<ResourceId> =
                self.group.members.iter().filter(|m| m.counts()).take((counted - desired) as usize).map(|m| m.id.clone()).collect();
            for id in &oldest {
                self.dismiss(id);
            }
        }
        for _ in counted..desired {
            match self.launch_fails {
                Some(message) => self.fail_launch(message),
                None => self.launch(now),
            }
        }
        for (id, since) in self.born.clone() {
            let (age, sick) = (now - since, self.sick);
            let Some(m) = self.group.members.iter_mut().find(|m| m.id == id && m.counts()) else { continue };
            if age < Duration::from_secs(20) {
                continue;
            }
            m.lifecycle = Status::good("InService");
            match (age >= Duration::from_secs(40), sick) {
                (false, _) => self.set_target(&id, Status::moving("initial"), None),
                (true, true) => self.make_sick(&id),
                (true, false) => self.set_target(&id, Status::good("healthy"), None),
            }
        }
        for (id, since) in self.dying.clone() {
            if now - since >= Duration::from_secs(40) {
                self.pool.targets.get_or_insert_default().retain(|t| t.member != id);
            }
            if now - since >= Duration::from_mins(1) {
                self.group.members.retain(|m| m.id != id);
            }
        }
    }

    fn launch(&mut self, now: Instant) {
        self.names += 1;
        let mut m = Member::new(fixture::member_id(self.names), "a", Status::moving("Pending"));
        m.health = Status::good("Healthy");
        self.born.push((m.id.clone(), now));
        self.group.members.push(m);
    }

    /// One failed activity per read, as a group that keeps trying shows them.
    fn fail_launch(&mut self, message: &str) {
        self.names += 1;
        let activities = self.group.activities.get_or_insert_default();
        activities.insert(
            0,
            Activity {
                id: Label::new(format!("act-{}", self.names)),
                status: Status::bad("Failed"),
                description: Label::new("Launching a new EC2 instance"),
                cause: Label::new("desired was raised"),
                message: Some(Label::new(message)),
                started: Some(Now::at(0).wall),
                ended: Some(Now::at(1).wall),
                progress: Some(100),
            },
        );
    }
}

#[async_trait]
impl Operator for Cloud {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.world().identity.clone()
    }

    async fn read_group(&self, id: &ResourceId) -> Result<Group, ProviderError> {
        let mut world = self.world();
        if !world.calls.is_empty()
            && let Some(meanwhile) = world.meanwhile.take()
        {
            meanwhile(&mut world);
        }
        if world.unreadable > 0 {
            world.unreadable -= 1;
            return Err(error(FailureKind::Server, "<html>Service Unavailable</html>"));
        }
        world.pass_time();
        assert_eq!(*id, world.group.id);
        let mut group = world.group.clone();
        if let Some((_, was)) = world.stale.filter(|(until, _)| Instant::now() < *until) {
            (group.min, group.max, group.desired) = (Some(was.min), Some(was.max), Some(was.desired));
        }
        Ok(group)
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        let world = self.world();
        if world.pools_unreadable {
            return Err(error(FailureKind::Forbidden, "not allowed"));
        }
        assert_eq!(pools, [fixture::pool_id()]);
        Ok(vec![world.pool.clone()])
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        let reply = {
            let mut world = self.world();
            world.calls.push(call.clone());
            let reply = world.replies.pop_front().unwrap_or(Reply::Accept);
            if matches!(reply, Reply::Accept | Reply::LoseAfter) {
                world.carry_out(call);
            }
            reply
        };
        match reply {
            Reply::Accept => Ok(()),
            Reply::Refuse(kind, message) => Err(ProviderError { maybe_done: false, ..error(kind, message) }),
            Reply::LoseAfter | Reply::LoseBefore => Err(error(FailureKind::Timeout, "no answer within 10 s")),
            Reply::Hang => {
                sleep(Duration::from_hours(24)).await;
                Err(error(FailureKind::Timeout, "no answer"))
            }
        }
    }
}
