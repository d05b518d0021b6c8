//! The second group of a blue/green redeploy: its name, its members as they come up, and the weights that send traffic to it.

use jiff::Timestamp;

use crate::domain::{Call, Fact, Group, Kind, Label, Member, OperationId, Phase, ResourceId, Route, SlotState};

use super::super::procedure::Next;
use super::blue_green::CLONE;
use super::limits::{Limits, words};
use super::readiness::{is_ready, unready};
use super::scene::Scene;

/// The rules that share traffic between the group's pool and the other one.
pub(super) struct Ways<'a> {
    pub here: ResourceId,
    pub there: ResourceId,
    /// The least and the most that any of the rules sends there; `None`: they differ.
    pub percent_there: Option<u8>,
    pub routes: Vec<&'a Route>,
}

impl Ways<'_> {
    pub fn there_name(&self) -> Label {
        Label::new(self.there.native())
    }
}

impl<'a> Scene<'a> {
    /// Finds the way over, or says why there is none: nothing is guessed about traffic.
    #[expect(clippy::result_large_err, reason = "the other way out is the next move, made once a look")]
    pub fn ways(&self) -> Result<Ways<'a>, Next> {
        let begun = self.known.is_done(CLONE);
        let refuse = |why: String| {
            let next = if begun { Next::pause(why) } else { Next::end(Phase::Refused, format!("stopped before anything was sent: {why}")) };
            Err(next)
        };
        if !self.sees_pools() {
            return Err(self.wait("waits until its balancer can be read again", None));
        }
        let [here] = &self.look.group.pools[..] else {
            return refuse(format!(
                "{} stands in {} pools; traffic moves between two, one of them its own",
                self.name(),
                self.look.group.pools.len()
            ));
        };
        let mut routes: Vec<&Route> = self.look.routes().filter(|r| r.weights.iter().any(|(p, _)| p == here)).collect();
        routes.sort_by(|a, b| a.rule.cmp(&b.rule));
        routes.dedup_by(|a, b| a.rule == b.rule);
        let mut there: Option<&ResourceId> = None;
        for route in &routes {
            let others: Vec<&ResourceId> = route.weights.iter().map(|(p, _)| p).filter(|p| *p != here).collect();
            match (&others[..], there) {
                ([other], None) => there = Some(other),
                ([other], Some(same)) if *other == same => {}
                _ => {
                    return refuse(format!(
                        "{} does not share its traffic between the pool of {} and one other, the same for all rules",
                        route.name,
                        self.name()
                    ));
                }
            }
        }
        let Some(there) = there else {
            return refuse(format!("no listener rule shares traffic between the pool of {} and another", self.name()));
        };
        let percents: Vec<Option<u8>> = routes.iter().map(|r| r.percent(there)).collect();
        let percent_there = percents.first().copied().flatten().filter(|p| percents.iter().all(|q| *q == Some(*p)));
        Ok(Ways { here: here.clone(), there: there.clone(), percent_there, routes })
    }

    /// What the second group was called when it was asked for; else what it will be called. The operation is in it, so that a driver that
    /// takes over says the same.
    pub fn twin_name(&self) -> String {
        match self.known.made.get(CLONE).map(|m| &m.call) {
            Some(Call::CloneGroup { name, .. }) => name.clone(),
            _ => twin_name(self.look.group.id.native(), &self.known.id),
        }
    }

    pub fn twin_id(&self) -> ResourceId {
        ResourceId::new(&self.look.group.id.scope, Kind::Group, self.twin_name())
    }

    /// Where the traffic stands by what was written down.
    pub fn traffic(&self) -> Option<u8> {
        self.last_traffic().map(|(_, percent)| percent)
    }

    pub fn traffic_since(&self) -> Option<Timestamp> {
        // A pause is no watching: after one, the time begins anew.
        self.last_traffic().map(|(at, _)| self.known.going_since().map_or(at, |r| r.max(at)))
    }

    /// Some rule was told of this step already, and it is not written down that all stand there.
    pub fn is_moving_to(&self, percent: u8) -> bool {
        let since = self.last_traffic().map(|(at, _)| at);
        let step = format!("traffic-{percent}/");
        self.known
            .made
            .iter()
            .any(|(name, made)| name.starts_with(&step) && self.known.is_done(name) && since.is_none_or(|at| made.at >= at))
    }

    fn last_traffic(&self) -> Option<(Timestamp, u8)> {
        self.known.facts.iter().rev().find_map(|(at, f)| match f {
            Fact::Traffic { percent } => Some((*at, *percent)),
            _ => None,
        })
    }

    fn twin_members(&self) -> Vec<&'a Member> {
        self.look.twin.iter().flat_map(|g| &g.members).filter(|m| m.counts()).collect()
    }

    fn twin_ready(&self, group: &Group, m: &Member) -> bool {
        // A clone whose pool cannot be seen yet is not ready, whatever its members say.
        !group.pools.is_empty() && is_ready(m, group, &self.look.twin_pools)
    }

    /// All pools of the second group are known, or it is not there yet.
    fn sees_twin(&self) -> bool {
        let known = |id: &ResourceId| self.look.twin_pools.iter().any(|p| p.id == *id && p.targets.is_some());
        self.look.twin.as_ref().is_none_or(|g| g.pools.iter().all(known))
    }

    /// The slot has served before with the member it has, or had last.
    fn has_served(&self, slot: u32) -> bool {
        let own = self.known.facts.iter().rev().take_while(|(_, f)| !matches!(f, Fact::Newcomer { slot: s, .. } if *s == slot));
        own.into_iter().any(|(_, f)| matches!(f, Fact::Slot { slot: s, state: SlotState::InService, .. } if *s == slot))
    }

    /// The pause for members that served, and do not any more, while traffic is on them: two looks agree on it.
    fn fallen(&self, open: &[u32]) -> Option<Next> {
        let behind = open.iter().filter(|n| self.state(**n) != SlotState::InService && self.has_served(**n));
        let seen_before = |n: &&u32| self.known.slot(**n).1.is_some_and(|since| since < self.look.at.wall);
        let ill: Vec<String> = behind.filter(seen_before).map(|n| self.twin_detail(*n)).collect();
        if ill.is_empty() || self.traffic().unwrap_or(0) == 0 {
            return None;
        }
        let why = format!("not healthy any more in {}: {}", self.twin_name(), ill.join(", "));
        (!self.known.is_waved_through(&why)).then(|| Next::pause(why))
    }

    /// One slot per member of the second group, until all serve and are warm; `None`: they do.
    pub fn bring_up_twin(&self) -> Option<Next> {
        let want = match self.known.made.get(CLONE).map(|m| &m.call) {
            Some(Call::CloneGroup { desired, .. }) => *desired,
            _ => self.start.size.desired,
        };
        let open = self.open();
        if (open.len() as u32) < want {
            return Some(Scene::note_slot(self.free(), SlotState::Launching, None));
        }
        if !self.sees_twin() && !open.is_empty() {
            return Some(self.wait(format!("waits until the balancer of {} can be read again", self.twin_name()), None));
        }
        if let Some(next) = open.iter().find_map(|n| self.raise(*n)) {
            return Some(next);
        }
        if open.iter().all(|n| self.state(*n) == SlotState::InService) {
            return None;
        }
        if let Some(next) = self.fallen(&open) {
            return Some(next);
        }
        let behind: Vec<u32> = open.iter().copied().filter(|n| self.state(*n) != SlotState::InService).collect();
        let slot = *behind.first()?;
        let state = self.state(slot);
        let what = self.twin_detail(slot);
        let twin = self.look.twin.as_ref();
        let limit = twin
            .map_or_else(
                || Limits::of(&self.look.group, self.drain_delay(), None),
                |g| Limits::of(g, self.drain_delay(), self.twin_newcomer(slot)),
            )
            .state(state);
        let waited = self.known.waited(self.entered(slot), self.now.wall);
        let head = format!("slot {slot} of {want} in {} is {}", self.twin_name(), state.word());
        if waited > limit {
            return Some(Next::pause(format!("{head} for {}, longer than the {} it may take: {what}", words(waited), words(limit))));
        }
        let there = open.len() - behind.len();
        Some(self.wait(format!("{head}: {what}"), Some((there as u32, want))))
    }

    fn twin_newcomer(&self, slot: u32) -> Option<&'a Member> {
        let id = self.known.newcomer(slot)?;
        self.twin_members().into_iter().find(|m| m.id == *id)
    }

    fn raise(&self, slot: u32) -> Option<Next> {
        let (state, since) = self.known.slot(slot);
        let Some(new) = self.twin_newcomer(slot) else {
            if state == SlotState::InService {
                // Reads of two groups differ in age: one that served is looked for again before it is given up.
                let gone = || Some("gone again".to_owned());
                return self.look.twin.is_some().then(|| Scene::note_slot(slot, SlotState::Launching, gone()));
            }
            if state != SlotState::Launching {
                return Some(Scene::note_slot(slot, SlotState::Launching, Some("gone again".to_owned())));
            }
            let open = self.open();
            let taken = |m: &&Member| open.iter().any(|n| self.known.newcomer(*n) == Some(&m.id));
            let member = self.twin_members().into_iter().find(|m| !taken(m))?.id.clone();
            return Some(self.in_vain(slot).unwrap_or(Next::Note(Fact::Newcomer { slot, member })));
        };
        let twin = self.look.twin.as_ref()?;
        let warm = since.is_some_and(|at| self.now.age_of(at) >= twin.warmup.or(self.look.group.warmup).unwrap_or_default());
        let next = match state {
            _ if !new.in_service() => SlotState::Launching,
            _ if !self.twin_ready(twin, new) => SlotState::Registering,
            SlotState::InService => SlotState::InService,
            SlotState::Warming if warm => SlotState::InService,
            // One bad read: it was warm before.
            SlotState::Registering if self.has_served(slot) => SlotState::InService,
            _ => SlotState::Warming,
        };
        let note = (state == SlotState::InService).then(|| unready(new, &self.look.twin_pools));
        (next != state).then(|| Scene::note_slot(slot, next, note))
    }

    fn twin_detail(&self, slot: u32) -> String {
        let Some(twin) = &self.look.twin else { return "the second group does not show yet".to_owned() };
        let failed = || {
            let a = twin.activities.iter().flatten().find(|a| a.status.is_bad())?;
            Some(format!("{}: {}", a.description, a.message.as_ref().unwrap_or(&a.cause)))
        };
        match self.twin_newcomer(slot) {
            None => failed().unwrap_or_else(|| "no member yet".to_owned()),
            Some(m) if self.state(slot) == SlotState::Warming => format!("{} warms up", m.label),
            Some(m) => format!("{}: {}", m.label, unready(m, &self.look.twin_pools)),
        }
    }

    /// The weights of the next rule that does not send this percentage over; `None`: all do.
    pub fn next_weights(&self, ways: &Ways, percent: u8, step: &str) -> Option<Next> {
        let route = ways.routes.iter().find(|r| r.percent(&ways.there) != Some(percent))?;
        let step = format!("{step}/{}", tail(&route.rule));
        if let Some(at) = self.known.done_at(&step) {
            if self.now.age_of(at) < Call::SETTLE {
                return Some(self.wait(format!("waits until {} shows {percent} %", route.name), None));
            }
            // The way home is always taken again; on the way over, somebody else may have had a reason.
            if percent > 0
                && let Some(next) = self.off_course(ways, percent)
            {
                return Some(next);
            }
        }
        let weights = vec![(ways.here.clone(), u32::from(100 - percent)), (ways.there.clone(), u32::from(percent))];
        Some(Next::call(self.nth(&step), Call::SetWeights { group: self.group(), rule: route.rule.clone(), weights }))
    }

    /// Moves traffic to a step, rule by rule, then writes down that it stands there.
    pub fn send_traffic(&self, ways: &Ways, percent: u8) -> Next {
        self.next_weights(ways, percent, &format!("traffic-{percent}")).unwrap_or(Next::Note(Fact::Traffic { percent }))
    }

    /// Somebody else moved the traffic.
    pub fn off_course(&self, ways: &Ways, percent: u8) -> Option<Next> {
        if ways.percent_there == Some(percent) {
            return None;
        }
        let is = ways.percent_there.map_or_else(|| "differs from rule to rule".to_owned(), |p| format!("is {p} %"));
        let why = format!("somebody else moved the traffic: the share of {} {is}, where this left {percent} %", self.twin_name());
        (!self.known.is_waved_through(&why)).then(|| Next::pause(why))
    }
}

/// Names are at most 255 characters; the group's own is cut, never what tells two operations apart.
fn twin_name(group: &str, operation: &OperationId) -> String {
    let head: String = without_operation(group).chars().take(230).collect();
    format!("{head}-{operation}")
}

/// Redeploying a group that came of a redeploy replaces the operation in its name: names do not grow.
fn without_operation(name: &str) -> &str {
    const SHAPE: &[u8] = b"-00000000-000000-xxxx";
    let fits = |(is, shape): (u8, &u8)| match shape {
        b'0' => is.is_ascii_digit(),
        b'x' => is.is_ascii_hexdigit(),
        other => is == *other,
    };
    match name.len().checked_sub(SHAPE.len()).and_then(|at| name.split_at_checked(at)) {
        Some((head, end)) if !head.is_empty() && end.bytes().zip(SHAPE).all(fits) => head,
        _ => name,
    }
}

fn tail(rule: &ResourceId) -> &str {
    rule.native().rsplit(':').next().unwrap_or(rule.native())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Now;

    #[test]
    fn the_second_group_is_named_after_the_first_and_names_do_not_grow() {
        let (one, two) = (OperationId::new(Now::at(3_661).wall, 0x7f3a), OperationId::new(Now::at(0).wall, 1));
        let first = twin_name("portal", &one);
        assert_eq!(first, "portal-20261120-010101-7f3a");
        assert_eq!(twin_name(&first, &two), "portal-20261120-000000-0001");
        assert_eq!(twin_name(&"x".repeat(300), &one).len(), 251);
        let odd = "-20261120-010101-7f3a";
        assert_eq!(twin_name(odd, &two), format!("{odd}-20261120-000000-0001"));
    }
}
