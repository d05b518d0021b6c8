//! Carries out the events of a scenario. Each only pushes the model; what follows is the model's own doing.

use crate::domain::{Change, ChangeKind, Label, Verdict};

use super::fault::{Fault, Spot};
use super::fleet::Version;
use super::load::Spike;
use super::scenario::{Deploy, Event as StoryEvent, Failover, Halt};
use super::world::{Event, World};

impl World {
    /// Queues every event of the script.
    pub fn open_book(&mut self) {
        let script = self.script.clone();
        for (n, event) in script.event.iter().enumerate() {
            self.schedule(event.get_ref().at.0, Event::Story(n));
        }
    }

    /// The position of a story fleet; scenarios are checked to name only those.
    fn fleet_named(&self, name: &str) -> Option<usize> {
        self.fleets[..self.story_fleets].iter().position(|f| &*f.name == name)
    }

    pub fn tell(&mut self, n: usize) {
        let script = self.script.clone();
        let Some(event) = script.event.get(n).map(toml::Spanned::get_ref) else { return };
        self.tell_of_fleets(event);
        if let Some(outage) = &event.zone_outage {
            let name = self.zone_name(outage.zone.index());
            let change = self.change(ChangeKind::Member, Verdict::Critical, format!("zone {name} is out"));
            self.tell_change(Change { who: Some(Label::new("the cloud")), ..change });
            self.zone_out(outage.zone.index());
            self.schedule(self.now + outage.lasts.0, Event::ZoneBack(outage.zone.index()));
        }
        if let Some(failover) = &event.failover {
            self.fail_over(failover);
        }
        if let Some(fault) = &event.fault {
            self.faults.add(Fault::new(Spot::Read(fault.source.source()), fault.kind.kind()).until(self.now + fault.lasts.0));
        }
    }

    fn tell_of_fleets(&mut self, event: &StoryEvent) {
        if let Some(deploy) = &event.deploy
            && let Some(fleet) = self.fleet_named(deploy.group.0)
        {
            self.deploy(fleet, deploy);
        }
        if let Some(halt) = &event.halt
            && let Some(fleet) = self.fleet_named(halt.group.0)
        {
            self.halt(fleet, halt);
        }
        if let Some(suspend) = &event.suspend
            && let Some(fleet) = self.fleet_named(suspend.group.0)
        {
            let processes: Vec<Label> = suspend.processes.iter().map(|p| Label::new(p.0)).collect();
            self.switch_off(fleet, &processes, &suspend.reason);
        }
        if let Some(resume) = &event.resume
            && let Some(fleet) = self.fleet_named(resume.group.0)
        {
            let processes: Vec<Label> = resume.processes.iter().map(|p| Label::new(p.0)).collect();
            self.switch_on(fleet, &processes);
        }
        if let Some(resize) = &event.resize
            && let Some(fleet) = self.fleet_named(resize.group.0)
        {
            let target = &self.fleets[fleet];
            let desired = resize.desired.clamp(target.min, target.max);
            let why = self.user_request(fleet, desired);
            self.resize(fleet, desired, &why, &resize.by);
        }
        if let Some(spike) = &event.spike
            && let Some(fleet) = self.fleet_named(spike.group.0)
        {
            self.spikes.push(Spike {
                fleet,
                from: self.now,
                ramp: spike.ramp.0,
                hold: spike.hold.0,
                fall: spike.fall.0,
                factor: spike.factor,
            });
        }
    }

    /// The cause AWS gives for a change of desired by a person.
    pub fn user_request(&self, fleet: usize, desired: u32) -> String {
        format!(
            "At {} a user request explicitly set group desired capacity changing the desired capacity from {} to {desired}.",
            self.calendar.words(self.now),
            self.fleets[fleet].desired
        )
    }

    fn deploy(&mut self, fleet: usize, deploy: &Deploy) {
        let now = self.now;
        let target = &mut self.fleets[fleet];
        let before = target.versions.get(usize::from(target.wanted));
        let (old, connections) = before.map_or((Label::default(), 0), |v| (v.name.clone(), v.connections));
        target.versions.push(Version {
            name: Label::new(&deploy.version),
            errors: (deploy.errors * 1_000.0) as u64,
            connections: deploy.connections.unwrap_or(connections),
            sick: deploy.sick,
            sick_after: deploy.sick_after.0,
            launched: 0,
        });
        target.wanted = (target.versions.len() - 1) as u16;
        target.replacing = deploy.replace.min(target.tally.counted);
        target.surge = target.replacing.min(deploy.at_once.unwrap_or(u32::MAX));
        let replaced = target.replacing;
        target.recount(now);
        let (id, name, size) = (target.id.clone(), target.name.clone(), target.desired);
        let detail = if replaced == 0 {
            "a new version of the template; nothing is replaced by that".to_owned()
        } else {
            format!("{replaced} of {size} are replaced, a new one launched before an old one goes")
        };
        let change = self.change(ChangeKind::Deploy, Verdict::Ok, format!("{name} {old} → {}", deploy.version));
        self.tell_change(Change { about: Some(id), detail: Some(Label::new(detail)), who: Some(Label::new(&deploy.by)), ..change });
        self.reconcile(fleet, None);
    }

    fn halt(&mut self, fleet: usize, halt: &Halt) {
        let target = &mut self.fleets[fleet];
        (target.replacing, target.surge) = (0, 0);
        if let Some(version) = target.versions.iter().position(|v| *v.name == *halt.version) {
            target.wanted = version as u16;
        }
        let (id, name) = (target.id.clone(), target.name.clone());
        let title = format!("{name} deploy halted, back to {}", halt.version);
        let change = self.change(ChangeKind::Deploy, Verdict::Warning, title);
        self.tell_change(Change { about: Some(id), detail: Some(Label::new(&halt.reason)), who: Some(Label::new(&halt.by)), ..change });
        self.reconcile(fleet, None);
    }

    fn fail_over(&mut self, failover: &Failover) {
        let Some(store) = self.stores.iter().position(|s| &*s.name == failover.database.0) else { return };
        let (start, end) = (self.now, self.now + failover.lasts.0);
        self.stores[store].outages.push((start, end));
        for (share, verdict, text) in [
            (0, Verdict::Critical, "the primary host of the Multi-AZ instance is unreachable due to loss of network connectivity"),
            (1, Verdict::Warning, "Multi-AZ instance failover started"),
            (6, Verdict::Notice, "DB instance restarted"),
            (10, Verdict::Ok, "Multi-AZ instance failover completed"),
        ] {
            self.schedule(start + (end - start) * share / 10, Event::StoreSays { store, verdict, text });
        }
        self.schedule(end, Event::FailedOver(store));
    }
}
