//! Blue/green: a second group of the new version beside the first, traffic over to it step by step, the first one kept warm. The way back is
//! one change of weights, and stays open until the first group is removed, which is an operation of its own.

use std::time::Duration;

use crate::domain::plan::BlueGreen;
use crate::domain::{Call, Fact, Label, Now, Phase};

use super::super::known::Known;
use super::super::procedure::{Look, Next, Procedure};
use super::limits::{PATIENCE, words};
use super::scene::Scene;
use super::twin::Ways;

pub(super) struct BlueGreenWay {
    pub way: BlueGreen,
}

/// How long connections may take to follow the weights before the new group goes, on the way back: as long as their pools give them, and no
/// longer than this.
const FOLLOWS: Duration = Duration::from_mins(1);

impl Procedure for BlueGreenWay {
    /// The old group must stay as large as it is while its traffic leaves it: it is the way back.
    fn borrows(&self, _: &Known, _: &Look) -> Vec<Label> {
        ["AlarmNotification", "ScheduledActions", "AZRebalance"].into_iter().map(Label::new).collect()
    }

    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        let ways = match scene.ways() {
            Ok(ways) => ways,
            Err(next) => return next,
        };
        if !known.is_done(CLONE) {
            return self.clone_group(&scene, &ways);
        }
        if let Some(next) = scene.size_moved() {
            return next;
        }
        scene.bring_up_twin().unwrap_or_else(|| self.move_traffic(&scene, &ways))
    }

    fn backward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        if !known.is_done(CLONE) {
            return Next::end(Phase::RolledBack, "the second group was never created: nothing was changed");
        }
        if scene.traffic() != Some(0) {
            let ways = match scene.ways() {
                Ok(ways) => ways,
                Err(Next::Pause { why }) => return Next::end(Phase::Held, why),
                Err(next) => return next,
            };
            return scene.traffic_home(&ways);
        }
        scene.remove_twin().unwrap_or_else(|| {
            scene.close_slots().unwrap_or_else(|| {
                Next::end(Phase::RolledBack, format!("all traffic is on {} again, and the second group is gone", scene.name()))
            })
        })
    }

    fn marks(&self) -> bool {
        true
    }
}

pub(super) const CLONE: &str = "clone";

impl BlueGreenWay {
    fn clone_group(&self, scene: &Scene, ways: &Ways) -> Next {
        if let Some(next) = scene.size_moved() {
            return next;
        }
        // Whoever takes traffic there now would lose it, or share it with members that are not ready.
        if let Some(percent) = ways.percent_there.filter(|p| *p > 0) {
            return Next::end(
                Phase::Refused,
                format!("stopped before anything was sent: {} takes {percent} % of the traffic already", ways.there_name()),
            );
        }
        let size = scene.ledger.home;
        let call = Call::CloneGroup {
            group: scene.group(),
            name: scene.twin_name(),
            version: self.way.version.clone(),
            pool: ways.there.clone(),
            min: size.min,
            max: size.max,
            desired: size.desired,
        };
        Next::call(CLONE, call)
    }

    /// One step after the other, each watched for a while.
    fn move_traffic(&self, scene: &Scene, ways: &Ways) -> Next {
        let at = scene.traffic().unwrap_or(0);
        let paused = scene.traffic_since();
        let Some(next) = self.way.steps.iter().copied().find(|p| *p > at).or((at < 100).then_some(100)) else {
            return self.bake(scene, ways, at);
        };
        let stood = paused.map(|since| scene.now.age_of(since));
        if scene.is_moving_to(next) {
            return scene.send_traffic(ways, next);
        }
        if at > 0
            && let Some(off) = scene.off_course(ways, at)
        {
            return off;
        }
        if let Some(stood) = stood.filter(|t| at > 0 && *t < self.way.pause) {
            let left = self.way.pause.saturating_sub(stood);
            let what = format!("{at} % of the traffic is on {}", scene.twin_name());
            return scene.wait_counting(&what, &format!("; {next} % in {}", words(left)), Some((u32::from(at), 100)));
        }
        scene.send_traffic(ways, next)
    }

    fn bake(&self, scene: &Scene, ways: &Ways, at: u8) -> Next {
        let stood = scene.traffic_since().map_or(Duration::ZERO, |since| scene.now.age_of(since));
        let twin = scene.twin_name();
        if let Some(off) = scene.off_course(ways, at) {
            return off;
        }
        if stood < self.way.bake {
            let left = self.way.bake.saturating_sub(stood);
            let what = format!("all traffic is on {twin}, {} stays warm", scene.name());
            return scene.wait_counting(&what, &format!("; watches for {} more", words(left)), Some((100, 100)));
        }
        let mut end = format!(
            "all traffic is on {twin}; {} stays as it is, without traffic, until it is removed: an operation of its own",
            scene.name()
        );
        let lost = |count: usize, what: &str| {
            if count > 0 { format!("; {count} {what} of {} were not copied", scene.name()) } else { String::new() }
        };
        if let Some(copy) = &scene.look.twin {
            let (old, new) = (&scene.look.group, copy);
            let missing = |a: Option<usize>, b: Option<usize>| a.unwrap_or(0).saturating_sub(b.unwrap_or(0));
            end += &lost(missing(old.policies.as_ref().map(Vec::len), new.policies.as_ref().map(Vec::len)), "scaling policies");
            end += &lost(missing(old.schedules.as_ref().map(Vec::len), new.schedules.as_ref().map(Vec::len)), "scheduled actions");
        }
        Next::end(Phase::Done, end)
    }
}

impl Scene<'_> {
    /// Back to the old group, all of it.
    fn traffic_home(&self, ways: &Ways) -> Next {
        self.next_weights(ways, 0, "back/traffic").unwrap_or(Next::Note(Fact::Traffic { percent: 0 }))
    }

    /// The second group goes once nobody sends to it.
    fn remove_twin(&self) -> Option<Next> {
        let follows = self.drain_delay().min(FOLLOWS);
        let stood = self.traffic_since().map_or(follows, |since| self.now.age_of(since));
        if stood < follows {
            return Some(self.wait(format!("all traffic is on {} again; lets connections follow", self.name()), None));
        }
        let twin = self.twin_id();
        let step = "back/delete";
        let Some(begun) = self.known.done_at(step) else {
            return Some(Next::call(step, Call::DeleteGroup { group: twin }));
        };
        self.look.twin.as_ref()?;
        if self.known.waited(begun, self.now.wall) > PATIENCE * 2 {
            return Some(Next::end(
                Phase::Held,
                format!("all traffic is on {} again, but {} is still being deleted", self.name(), self.twin_name()),
            ));
        }
        Some(self.wait(format!("waits until {} is deleted", self.twin_name()), None))
    }
}
