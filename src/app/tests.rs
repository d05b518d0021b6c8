//! Keys in, state and effects out: the console without a terminal, a network or a clock.

mod acts;
mod assent;
mod deck;
mod dialogs;
mod properties;
mod scaling;
mod screens;
mod speed;

use std::sync::Arc;

use super::state::{ListState, Overlay, Pane, RowKey, Session, State};
use super::{Effect, Msg, update};
use crate::config::keymap::{Key, Keymap};
use crate::domain::snapshot::Judged;
use crate::domain::{
    Alarm, AlarmState, Assessment, Change, ChangeKind, Database, Environment, Finding, Group, GroupKind, GuardRules, Identity, Kind, Label,
    Member, MemberTarget, Now, ResourceId, Scope, Snapshot, SourceKey, SourceKind, SourceState, Status, Target, TargetPool, Verdict,
};

fn scope() -> Scope {
    Scope::new("sim", "demo", "eu-central-1")
}

fn id(kind: Kind, name: &str) -> ResourceId {
    ResourceId::new(&scope(), kind, name)
}

fn group_id(name: &str) -> ResourceId {
    id(Kind::Group, name)
}

fn session(environment: Environment, read_only: bool) -> Session {
    Session {
        context: Label::new("test"),
        environment,
        scopes: vec![scope()],
        read_only,
        guard: GuardRules { environment, max_step_percent: 100, ..GuardRules::default() },
        operations: crate::config::OperationSettings::default(),
        keymap: Keymap::default(),
        remarks: Vec::new(),
        zone: jiff::tz::TimeZone::UTC,
    }
}

/// An estate to change by hand between messages.
#[derive(Clone, Default)]
struct Estate {
    groups: Vec<Judged<Group>>,
    pools: Vec<Judged<TargetPool>>,
    databases: Vec<Judged<Database>>,
    alarms: Vec<Judged<Alarm>>,
    changes: Vec<Change>,
    generation: u64,
    /// Whether the first read is over and we know who we are.
    unread: bool,
    anonymous: bool,
}

fn judged<T>(item: T, verdict: Verdict) -> Judged<T> {
    let findings =
        if verdict == Verdict::Ok { Vec::new() } else { vec![Finding::new(verdict, format!("{} for a reason", verdict.word()))] };
    Judged { item, assessment: Assessment::of(findings) }
}

fn member(group: &str, n: u32) -> Member {
    let name = format!("i-{group}-{n}");
    let mut m = Member::new(id(Kind::Member, &name), if n.is_multiple_of(2) { "a" } else { "b" }, Status::good("in service"));
    m.health = Status::good("healthy");
    m.launched = Some(Now::at(u64::from(n)).wall);
    m.targets = vec![MemberTarget {
        pool: id(Kind::Pool, "portal-tg"),
        pool_name: Label::new("portal-tg"),
        state: Status::good("healthy"),
        reason: None,
    }];
    m
}

impl Estate {
    /// Groups named in the text, `!` after a name for critical and `?` for unknown, all wanting four; and a little of everything else.
    fn of(names: &str) -> Self {
        let mut estate = Self::default();
        for name in names.split_whitespace() {
            let verdict = match name.chars().last() {
                Some('!') => Verdict::Critical,
                Some('?') => Verdict::Unknown,
                _ => Verdict::Ok,
            };
            estate.group(name.trim_end_matches(['!', '?']), 4, verdict);
        }
        let mut pool = TargetPool::new(id(Kind::Pool, "portal-tg"), "portal-tg");
        (pool.port, pool.groups) = (Some(80), vec![group_id("portal")]);
        pool.targets = Some(vec![Target {
            member: id(Kind::Member, "i-portal-1"),
            label: Label::new("i-portal-1"),
            port: Some(80),
            zone: None,
            state: Status::good("healthy"),
            reason: None,
        }]);
        estate.pools.push(judged(pool, Verdict::Ok));
        let database = Database::new(id(Kind::Database, "mysql"), Label::new("mysql"), Label::new("mysql 8"), Status::good("available"));
        estate.databases.push(judged(database, Verdict::Ok));
        estate.alarms.push(judged(
            Alarm {
                id: id(Kind::Alarm, "5xx"),
                name: Label::new("5xx"),
                kind: Label::new("metric"),
                state: AlarmState::Firing,
                reason: Label::new("37 > 5"),
                since: Some(Now::at(10).wall),
                actions_enabled: true,
                drives_scaling: false,
                dimensions: Vec::new(),
                condition: None,
                muted: Vec::new(),
                about: Some(id(Kind::Pool, "portal-tg")),
            },
            Verdict::Critical,
        ));
        for (n, (name, about)) in
            [("late", Some(group_id("portal"))), ("early", Some(id(Kind::Database, "mysql"))), ("lost", None)].iter().enumerate()
        {
            estate.changes.push(Change {
                id: Label::new(*name),
                at: Now::at(90 - n as u64).wall,
                kind: ChangeKind::Scale,
                verdict: Verdict::Ok,
                about: about.clone(),
                title: Label::new(format!("{name} change")),
                detail: None,
                who: None,
            });
        }
        estate
    }

    fn group(&mut self, name: &str, desired: u32, verdict: Verdict) -> &mut Group {
        let mut group = Group::new(group_id(name), Label::new(name), GroupKind::AutoScalingGroup);
        group.zones = vec![Label::new("a"), Label::new("b")];
        (group.desired, group.min, group.max) = (Some(desired), Some(0), Some(10));
        group.members = (0..desired).map(|n| member(name, n)).collect();
        group.activities = Some(Vec::new());
        group.policies = Some(Vec::new());
        group.schedules = Some(Vec::new());
        self.groups.retain(|g| g.item.id != group.id);
        self.groups.push(judged(group, verdict));
        &mut self.groups.last_mut().unwrap().item
    }

    fn without(&mut self, name: &str) -> &mut Self {
        self.groups.retain(|g| g.item.id != group_id(name));
        self
    }

    fn snapshot(&mut self) -> Arc<Snapshot> {
        self.generation += 1;
        self.groups.sort_by(|a, b| a.item.id.cmp(&b.item.id));
        let mut out = Snapshot {
            generation: self.generation,
            groups: self.groups.iter().cloned().map(Arc::new).collect(),
            pools: self.pools.iter().cloned().map(Arc::new).collect(),
            databases: self.databases.iter().cloned().map(Arc::new).collect(),
            alarms: self.alarms.iter().cloned().map(Arc::new).collect(),
            changes: self.changes.iter().cloned().map(Arc::new).collect(),
            ..Snapshot::default()
        };
        let key = SourceKey { scope: scope(), kind: SourceKind::Groups };
        let mut source = SourceState::new(key.clone(), std::time::Duration::from_secs(10));
        source.read_at = (!self.unread).then(|| Now::at(100));
        out.sources.insert(key, source);
        if !self.anonymous {
            let identity =
                Identity { scope: scope(), account: Label::new("demo"), principal: Label::new("you"), expires: None, skew_seconds: None };
            out.identities.insert(scope(), identity);
        }
        Arc::new(out)
    }
}

/// A console under test, with a clock that the test turns.
struct Console {
    state: State,
    estate: Estate,
    seconds: u64,
}

impl Console {
    fn new(names: &str) -> Self {
        Self::sized(names, 120, 40)
    }

    fn sized(names: &str, width: u16, height: u16) -> Self {
        Self::with(Estate::of(names), session(Environment::Development, false), width, height)
    }

    fn with(estate: Estate, session: Session, width: u16, height: u16) -> Self {
        let state = State::new(session, Now::at(100), width, height);
        let mut console = Self { state, estate, seconds: 100 };
        console.refresh();
        console
    }

    /// Sends the estate as it is now.
    fn refresh(&mut self) -> Vec<Effect> {
        let snapshot = self.estate.snapshot();
        self.send(Msg::Snapshot(snapshot))
    }

    fn send(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = update(&mut self.state, msg, Now::at(self.seconds));
        effects.retain(|e| !matches!(e, Effect::Focus(_)));
        effects
    }

    /// Presses keys by name, separated by spaces.
    fn press(&mut self, keys: &str) -> Vec<Effect> {
        keys.split_whitespace().flat_map(|k| self.send(Msg::Key(Key::parse(k).unwrap_or_else(|| panic!("no key {k}"))))).collect()
    }

    /// Types text, letter by letter.
    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Key(Key::char(c)));
        }
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.seconds += seconds;
        self
    }

    fn list(&self, pane: Pane) -> &ListState {
        &self.state.deck.lists[pane as usize]
    }

    fn groups(&self) -> &ListState {
        self.list(Pane::Groups)
    }

    /// Names of the rows of a pane, in order; a ghost in parentheses, the selected one with `>` before it.
    fn rows(&self, pane: Pane) -> String {
        rows(self.list(pane))
    }

    fn selected(&self) -> String {
        name(self.groups().selected.as_ref().expect("a row is selected"))
    }

    fn notice(&self) -> &str {
        self.state.notice.as_ref().map_or("", |(text, _)| text)
    }

    fn card(&self) -> &super::state::Card {
        match self.state.overlay() {
            Some(Overlay::Card(card)) => card,
            other => panic!("no card but {other:?}; the notice says {:?}", self.notice()),
        }
    }

    fn form(&self) -> &super::state::ScaleForm {
        match self.state.overlay() {
            Some(Overlay::ScaleForm(form)) => form,
            other => panic!("no form but {other:?}; the notice says {:?}", self.notice()),
        }
    }
}

fn name(key: &RowKey) -> String {
    key.fallback().to_string()
}

fn rows(list: &ListState) -> String {
    let row = |r: &super::state::Row| {
        let word = name(&r.key);
        let word = if r.index.is_none() { format!("({word})") } else { word };
        if Some(&r.key) == list.selected.as_ref() { format!(">{word}") } else { word }
    };
    list.rows.iter().map(row).collect::<Vec<_>>().join(" ")
}

/// The operations among effects, as `group: before → after`.
fn operated(effects: &[Effect]) -> Vec<String> {
    let one = |e: &Effect| match e {
        Effect::Operate { plan, .. } => Some(format!("{}: {} → {}", plan.name, plan.impact.desired.0, plan.impact.desired.1)),
        _ => None,
    };
    effects.iter().filter_map(one).collect()
}
