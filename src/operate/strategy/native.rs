//! The cloud's own rolling redeploy: started, followed live, and ended as it ends. What it did is verified by id, whatever it says.

use std::time::Duration;

use crate::domain::plan::{Leftover, RefreshPreferences};
use crate::domain::{Call, Fact, Label, Member, Now, Phase, Rollout, SlotState};

use super::super::known::Known;
use super::super::procedure::{Look, Next, Procedure};
use super::limits::words;
use super::scene::{Scene, names};

pub(super) struct Native {
    pub preferences: RefreshPreferences,
}

const START: &str = "refresh/start";
const BACK: &str = "refresh/roll-back";

/// How long a rollout may take to show, and those it replaced to be gone, once the cloud said so.
const SHOWS: Duration = Duration::from_mins(3);
const SETTLES: Duration = Duration::from_mins(10);

impl Procedure for Native {
    /// The one way to pause it.
    fn halts(&self, _: &Known, look: &Look) -> Vec<Label> {
        let moving = look.group.rollout.as_ref().is_some_and(|r| r.status.is_moving());
        if moving { vec![Label::new("InstanceRefresh")] } else { Vec::new() }
    }

    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        let Some(begun) = known.done_at(START) else { return self.start(&scene) };
        match scene.rollout() {
            Some(rollout) => self.follow(&scene, rollout),
            None if known.waited(begun, now.wall) > SHOWS => {
                Next::pause(format!("the refresh was accepted, but {} shows none of its own for {}", scene.name(), words(SHOWS)))
            }
            None => scene.wait("waits until the refresh shows", None),
        }
    }

    fn backward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Some(scene) = Scene::of(known, look, now) else { return Scene::blank() };
        let Some(begun) = known.done_at(START) else {
            return Next::end(Phase::RolledBack, "the refresh was never started: nothing was changed");
        };
        let Some(rollout) = scene.rollout() else {
            let waited = known.waited(begun, now.wall);
            if waited > SHOWS {
                return Next::end(
                    Phase::Held,
                    format!("{} shows no refresh of this operation: there is nothing to roll back", scene.name()),
                );
            }
            return scene.wait("waits until the refresh shows", None);
        };
        let going_back = rollout.status.word.starts_with("Rollback");
        if rollout.status.is_moving() && !going_back {
            if known.is_done(BACK) {
                return scene.wait("waits until the refresh turns round", scene.replaced(rollout));
            }
            return Next::call(BACK, Call::RollBackRefresh { group: scene.group() });
        }
        if rollout.status.is_moving() || going_back {
            return self.follow(&scene, rollout);
        }
        Next::end(
            Phase::Held,
            format!("the refresh is over ({}), and the cloud rolls back only one that runs{}", rollout.status.word, reason(rollout)),
        )
    }

    fn marks(&self) -> bool {
        true
    }
}

impl Native {
    fn start(&self, scene: &Scene) -> Next {
        let there = scene.look.group.rollout.as_ref();
        if let Some(other) = there.filter(|r| r.status.is_moving()) {
            let what = format!("another refresh of {} is under way ({}{})", scene.name(), other.status.word, reason(other));
            return Next::end(Phase::Refused, format!("stopped before anything was sent: {what}"));
        }
        // Its id tells ours from the last one, which stays to be seen for weeks.
        if !scene.known.knows_what_preceded() {
            return Next::Note(Fact::Preceded { rollout: there.map(|r| r.id.clone()) });
        }
        Next::call(START, Call::StartRefresh { group: scene.group(), preferences: self.preferences.clone() })
    }

    fn follow(&self, scene: &Scene, rollout: &Rollout) -> Next {
        let mixed = |what: &str| {
            let left = scene.old_left();
            let fleet = match (left.len(), scene.newer().len()) {
                (_, 0) => format!("all {} are still the old ones", left.len()),
                (0, new) => format!("all {new} are new all the same"),
                (old, new) => format!("the fleet is mixed, {old} old and {new} new"),
            };
            Next::end(Phase::Failed, format!("the refresh {what}: {fleet}{}", reason(rollout)))
        };
        match &*rollout.status.word {
            "Successful" => self.verify(scene, rollout),
            "Failed" => mixed("failed"),
            "Cancelled" => mixed("was cancelled"),
            "RollbackFailed" => mixed("failed to roll back"),
            "RollbackSuccessful" => self.gone_back(scene, rollout),
            word => {
                if let Some(next) = scene.show_replaced() {
                    return next;
                }
                let percent = rollout.percent.map_or_else(String::new, |p| format!(", {p} %"));
                let left = rollout.left.map_or_else(String::new, |n| format!(", {n} to go"));
                let what = match word {
                    "RollbackInProgress" => "rolls back",
                    "Baking" => "is through and watches",
                    "Cancelling" => "is being cancelled",
                    "Pending" => "is about to begin",
                    _ => "replaces members",
                };
                let halted =
                    if scene.look.group.is_suspended("InstanceRefresh") { "; its process InstanceRefresh is suspended" } else { "" };
                scene.wait_left(format!("the refresh {what}{percent}{left}{halted}{}", reason(rollout)), scene.replaced(rollout), rollout)
            }
        }
    }

    /// It says that it rolled back; who runs what tells whether it did.
    fn gone_back(&self, scene: &Scene, rollout: &Rollout) -> Next {
        let versions = scene.look.group.versions();
        let list = versions.iter().map(|(v, n)| format!("{v} ×{n}")).collect::<Vec<_>>().join(", ");
        let target = rollout.version.as_ref().or(self.preferences.version.as_ref());
        let newer = scene.newer();
        let left: Vec<&Label> = newer.iter().filter(|m| m.version.is_some() && m.version.as_ref() == target).map(|m| &m.label).collect();
        if versions.len() > 1 && !left.is_empty() {
            let words = format!("the refresh says it rolled back, but the fleet is mixed, {list}: {} did not go back", names(left));
            return Next::end(Phase::Held, format!("{words}{}", reason(rollout)));
        }
        let runs = if versions.is_empty() { "what they run is not known".to_owned() } else { format!("members run {list}") };
        Next::end(Phase::RolledBack, format!("the refresh rolled back: {runs}{}", reason(rollout)))
    }

    /// It says so; this makes sure.
    fn verify(&self, scene: &Scene, rollout: &Rollout) -> Next {
        let left = scene.old_left();
        if let Some(next) = scene.show_replaced() {
            return next;
        }
        if left.is_empty() {
            if let Some(next) = Self::serving(scene, rollout) {
                return next;
            }
            return Next::end(
                Phase::Done,
                format!("all {} are new, by their ids: {}", scene.newer().len(), names(scene.newer().iter().map(|m| &m.label))),
            );
        }
        let who = names(left.iter().map(|m| &m.label));
        if let Some(why) = self.excuse(scene, &left) {
            return Next::end(Phase::Done, format!("the refresh is through; {} old ones stay, {why}: {who}", left.len()));
        }
        let over = rollout.ended.unwrap_or(scene.now.wall);
        let since = scene.known.done_at(START).map_or(over, |begun| begun.max(over));
        if scene.known.waited(since, scene.now.wall) < SETTLES {
            return scene.wait(
                format!("the refresh says it is through; old ones are still there: {who}"),
                Some((scene.newer().len() as u32, scene.start.old.len() as u32)),
            );
        }
        Next::end(Phase::Failed, format!("the refresh says it was successful, but {} old ones are still there: {who}", left.len()))
    }

    /// A group that does not ask its balancer takes a new member for healthy that nobody sends to: it is through once all serve.
    fn serving(scene: &Scene, rollout: &Rollout) -> Option<Next> {
        let newer = scene.newer();
        let behind: Vec<&Label> = newer.iter().filter(|m| !scene.ready(m)).map(|m| &m.label).collect();
        if behind.is_empty() {
            return None;
        }
        let what = if scene.sees_pools() {
            format!("not serving yet: {}", names(behind))
        } else {
            "who serves cannot be told: its balancer could not be read".to_owned()
        };
        let over = rollout.ended.unwrap_or(scene.now.wall);
        let since = scene.known.done_at(START).map_or(over, |begun| begun.max(over));
        if scene.known.waited(since, scene.now.wall) < SETTLES {
            return Some(scene.wait(format!("the refresh is through; {what}"), scene.replaced(rollout)));
        }
        Some(Next::end(Phase::Held, format!("the refresh is through and all are new, but after {} {what}", words(SETTLES))))
    }

    /// Why old ones stay though it succeeded, if its preferences allow that.
    fn excuse(&self, scene: &Scene, left: &[&Member]) -> Option<&'static str> {
        let p = &self.preferences;
        let last = p.checkpoints.last().copied().unwrap_or(100);
        if p.protected == Leftover::Ignore && left.iter().all(|m| m.protected) {
            return Some("protected from scale-in and left alone as asked");
        }
        let matching = |m: &&Member| m.version.is_some() && m.version == scene.look.group.version_wanted;
        if p.skip_matching && left.iter().all(matching) {
            return Some("because they ran the wanted version already");
        }
        if last < 100 {
            return Some("because its last checkpoint is below 100 %");
        }
        (p.skip_matching || p.protected == Leftover::Ignore)
            .then_some("as its preferences allow (matching skipped or protected ones left alone)")
    }
}

impl<'a> Scene<'a> {
    /// The rollout that this operation started, once it shows.
    fn rollout(&self) -> Option<&'a Rollout> {
        let own = |r: &&Rollout| self.known.knows_what_preceded() && self.known.preceded() != Some(&r.id);
        self.look.group.rollout.as_ref().filter(own)
    }

    /// Members replaced and in all, as the rollout counts them.
    fn replaced(&self, rollout: &Rollout) -> Option<(u32, u32)> {
        let all = self.start.old.len() as u32;
        Some((all.checked_sub(rollout.left?)?, all))
    }

    /// Gives the cloud's own replacements slots to be seen in: each old one that went, and the new one in its stead.
    fn show_replaced(&self) -> Option<Next> {
        if let Some(slot) = self.open().into_iter().find(|n| self.newcomer(*n).is_some_and(|m| self.ready(m))) {
            return Some(Scene::note_slot(slot, SlotState::Gone, None));
        }
        let victims = self.victims();
        let left = self.start.old.iter().find(|id| self.present(id).is_none() && !victims.contains(id));
        if let Some(left) = left {
            let slot = self.free();
            if self.known.victim(slot) != Some(left) {
                return Some(Next::Note(Fact::Victim { slot, member: left.clone() }));
            }
            return Some(Scene::note_slot(slot, SlotState::Launching, None));
        }
        let slot = self.open().into_iter().find(|n| self.newcomer(*n).is_none())?;
        let member = self.unassigned().first()?.id.clone();
        Some(Next::Note(Fact::Newcomer { slot, member }))
    }

    /// Waits, with an estimate from the share that is done.
    fn wait_left(&self, words: String, progress: Option<(u32, u32)>, rollout: &Rollout) -> Next {
        let next = self.wait(words, progress);
        let done = rollout.percent.filter(|p| (5..100).contains(p));
        let (Next::Wait(waiting), Some(percent), Some(begun)) = (&next, done, rollout.started) else { return next };
        let gone_by = self.now.age_of(begun);
        let left = gone_by * u32::from(100 - percent) / u32::from(percent);
        Next::Wait(super::super::procedure::Waiting { left: Some(left), ..waiting.clone() })
    }
}

fn reason(rollout: &Rollout) -> String {
    rollout.reason.as_ref().filter(|r| !r.is_empty()).map_or_else(String::new, |r| format!("; it says: {r}"))
}
