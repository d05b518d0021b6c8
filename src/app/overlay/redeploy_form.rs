//! The form behind `R`: how a group is redeployed. Each way is explained for this very group, one that cannot work here says why, and what
//! can be set of the chosen one stands below. The card comes after it.

use std::time::Duration;

use super::super::act;
use super::super::state::{Offer, Overlay, RedeployForm, State, Way};
use super::fields::Field;
use super::mute::parse_wait;
use crate::config::keymap::{Key, KeyCode};
use crate::domain::plan::{self, BlueGreen, Leftover, RedeployRequest, RefreshPreferences, Strategy, StrategyChoice};
use crate::domain::{Label, Request, ResourceId};

/// What becomes of protected and of parked members, in the order of the choice.
const LEFTOVERS: [Leftover; 3] = [Leftover::Ignore, Leftover::Replace, Leftover::Wait];
const LEFTOVER_WORDS: &[&str] = &["leave them as they are", "replace them too", "wait for them"];

impl Way {
    pub const ALL: [Self; 4] = [Self::Native, Self::SurgeAndDrain, Self::InPlace, Self::BlueGreen];

    pub fn title(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::SurgeAndDrain => "surge and drain",
            Self::InPlace => "replace in place",
            Self::BlueGreen => "blue/green",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }

    /// As for `--strategy`.
    fn word(self) -> &'static str {
        Strategy::WORDS[self as usize]
    }

    /// In general, where it is for several groups at once.
    fn about(self) -> &'static str {
        match self {
            Self::Native => "The cloud replaces the members itself and goes on without this machine.",
            Self::SurgeAndDrain => "New members first; once they serve, as many old ones drain and go, by id. Never fewer than now.",
            Self::InPlace => "Some at a time go and are replaced. Needs no room above the maximum; serves with fewer meanwhile.",
            Self::BlueGreen => "A second group beside this one; traffic goes over in steps, and one key takes it back.",
        }
    }
}

/// Fields of a way, set as a strategy is.
fn fields(strategy: &Strategy) -> Vec<Field> {
    const BATCH: &str = "members at a time";
    let optional = |d: Option<Duration>| d.map(format_wait).unwrap_or_default();
    let share = |p: Option<u8>| p.map(|p| p.to_string()).unwrap_or_default();
    let label = |l: &Option<Label>| l.as_ref().map(ToString::to_string).unwrap_or_default();
    let list = |ps: &[u8]| ps.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let left = |l: Leftover| LEFTOVERS.iter().position(|x| *x == l).unwrap_or(0);
    match strategy {
        Strategy::SurgeAndDrain { batch } | Strategy::InPlace { batch } => vec![Field::text("batch", &batch.to_string(), BATCH)],
        Strategy::BlueGreen(way) => vec![
            Field::text("steps", &list(&way.steps), "percent on the new group, the last 100"),
            Field::text("pause", &format_wait(way.pause), "between two steps"),
            Field::text("bake", &format_wait(way.bake), "the old group stays warm that long"),
            Field::text("version", &label(&way.version), "of the template; empty: what the group says"),
        ],
        Strategy::Native(p) => vec![
            Field::text("min healthy", &share(p.min_healthy_percent), "percent, 0–100; empty: what the group says"),
            Field::text("max healthy", &share(p.max_healthy_percent), "percent, 100–200; above 100 launches first"),
            Field::text("warm-up", &optional(p.warmup), "until a new member counts; empty: the group's"),
            Field::text("checkpoints", &list(&p.checkpoints), "where it waits, in percent, the last 100; or none"),
            Field::text("their delay", &optional(p.checkpoint_delay), "how long it waits there; empty: an hour"),
            Field::switch("skip matching", p.skip_matching, "members that run what is wanted stay"),
            Field::text("bake", &optional(p.bake), "how long it watches after the last; empty: not"),
            Field::text(
                "alarms",
                &p.alarms.iter().map(crate::domain::label::Label::as_str).collect::<Vec<_>>().join(", "),
                "it fails when one of these fires",
            ),
            Field::switch("auto rollback", p.auto_rollback, "goes back by itself; needs a version"),
            Field::text("version", &label(&p.version), "of the template; empty: what the group says"),
            Field::choice("protected", LEFTOVER_WORDS, left(p.protected), "space changes it"),
            Field::choice("in standby", LEFTOVER_WORDS, left(p.standby), "space changes it"),
        ],
    }
}

/// As [`parse_wait`] reads it.
fn format_wait(wait: Duration) -> String {
    let s = wait.as_secs();
    match (s / 3_600, s % 3_600 / 60, s % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (h, 0, 0) => format!("{h}h"),
        (h, m, 0) => format!("{h}h{m}m"),
        _ => format!("{s}s"),
    }
}

/// Opens the form on groups; the first way that can work is chosen.
pub(in crate::app) fn open(state: &mut State, groups: Vec<ResourceId>) {
    let group = groups.first().and_then(|id| state.live.group(id)).map(|g| &g.item);
    let title = match (&groups[..], group) {
        ([_], Some(group)) => group.name.clone(),
        (many, _) => Label::new(format!("{} marked groups", many.len())),
    };
    let choices = choices(state, &groups);
    let fields = Way::ALL.map(|way| set_as(state, &groups, way).as_ref().map(fields).unwrap_or_default());
    let offers = offers(choices);
    // What the config names, where it can work here.
    let wanted =
        state.session.operations.redeploy.strategy.and_then(Way::of).map(|way| way as usize).filter(|at| offers[*at].refused.is_empty());
    let at = wanted.or_else(|| offers.iter().position(|o| o.refused.is_empty())).unwrap_or(0);
    let form = RedeployForm { groups, title, offers, at, fields, field: None, problem: None };
    state.overlays.push(Overlay::Redeploy(Box::new(form)));
}

/// How a way is set before anybody typed: as the config says, over what fits the group, over what is usual where there are several.
fn set_as(state: &State, groups: &[ResourceId], way: Way) -> Option<Strategy> {
    let fits = match groups {
        [group] => plan::fit(&state.live, group, state.now).into_iter().find(|s| s.word() == way.word()),
        _ => None,
    };
    fits.or_else(|| Strategy::usual(way.word())).map(|fit| state.session.operations.redeploy.over(fit))
}

/// Each way as it is set before anybody typed; nothing where it is for several at once, which differ.
fn choices(state: &State, groups: &[ResourceId]) -> Vec<StrategyChoice> {
    let [group] = groups else { return Vec::new() };
    let (live, rules) = (&state.live, &state.session.guard);
    let set = Way::ALL.into_iter().filter_map(|way| set_as(state, groups, way));
    let explained: Vec<StrategyChoice> = set.filter_map(|s| plan::explain_strategy(live, group, &s, rules, state.now).ok()).collect();
    // A group of which nothing can be planned still says why.
    if explained.is_empty() { plan::explain(live, group, rules, state.now) } else { explained }
}

fn offers(choices: Vec<StrategyChoice>) -> Vec<Offer> {
    let mut offers = Way::ALL.map(|way| Offer { way, about: Label::new(way.about()), refused: Vec::new() });
    for choice in choices {
        if let Some(way) = Way::of(choice.word) {
            offers[way as usize] = offer(way, choice);
        }
    }
    offers.to_vec()
}

fn offer(way: Way, choice: StrategyChoice) -> Offer {
    Offer { way, about: choice.explanation, refused: choice.offer.err().unwrap_or_default() }
}

/// What the chosen way would do as it is set now; where the settings cannot be read the words stay.
fn explain_again(state: &State, form: &mut RedeployForm) {
    let (Ok(strategy), [group]) = (form.read(), &form.groups[..]) else { return };
    let found = plan::explain_strategy(&state.live, group, &strategy, &state.session.guard, state.now);
    if let (Ok(choice), Some(chosen)) = (found, form.offers.get_mut(form.at)) {
        *chosen = offer(chosen.way, choice);
    }
}

impl RedeployForm {
    pub fn offer(&self) -> Option<&Offer> {
        self.offers.get(self.at)
    }

    /// Fields of the chosen way.
    pub fn own_fields(&self) -> &[Field] {
        self.fields.get(self.at).map_or(&[], Vec::as_slice)
    }

    fn focused(&mut self) -> Option<&mut Field> {
        let field = self.field?;
        self.fields.get_mut(self.at)?.get_mut(field)
    }

    /// Goes through the ways and then the fields of the chosen one.
    fn step(&mut self, by: isize) {
        let stops = self.own_fields().len() as isize + 1;
        let at = self.field.map_or(0, |f| f as isize + 1);
        let to = (at + by).rem_euclid(stops);
        self.field = usize::try_from(to - 1).ok();
    }

    /// Reads the fields. The error says what to do about it.
    pub fn read(&self) -> Result<Strategy, String> {
        let typed = |name: &str| self.own_fields().iter().find(|f| f.name == name).map_or("", Field::typed);
        let is_on = |name: &str| self.own_fields().iter().any(|f| f.name == name && f.is_on());
        let leftover =
            |name: &str| self.own_fields().iter().find(|f| f.name == name).map_or(Leftover::Ignore, |f| LEFTOVERS[f.chosen().min(2)]);
        let wait = |name: &str| match typed(name) {
            "" => Ok(None),
            text => parse_wait(text).map(Some).map_err(|why| format!("{name}: {why}")),
        };
        let version = Some(typed("version")).filter(|v| !v.is_empty()).map(Label::new);
        match self.offer().map(|o| o.way) {
            Some(Way::SurgeAndDrain) => Ok(Strategy::SurgeAndDrain { batch: batch(typed("batch"))? }),
            Some(Way::InPlace) => Ok(Strategy::InPlace { batch: batch(typed("batch"))? }),
            Some(Way::BlueGreen) => Ok(Strategy::BlueGreen(BlueGreen {
                version,
                steps: match percents("steps", typed("steps"))? {
                    steps if steps.is_empty() => return Err("say at least one step: 100".to_owned()),
                    steps => steps,
                },
                pause: wait("pause")?.unwrap_or_default(),
                bake: wait("bake")?.unwrap_or_default(),
            })),
            Some(Way::Native) => {
                let share = |name: &str, least: u8, most: u8| match typed(name) {
                    "" => Ok(None),
                    text => match text.parse::<u8>() {
                        Ok(n) if (least..=most).contains(&n) => Ok(Some(n)),
                        _ => Err(format!("{name}: {least} to {most} percent, not {text}")),
                    },
                };
                let (min, max) = (share("min healthy", 0, 100)?, share("max healthy", 100, 200)?);
                match (min, max) {
                    (None, Some(_)) => return Err("max healthy needs min healthy beside it".to_owned()),
                    (Some(min), Some(max)) if max - min > 100 => {
                        return Err(format!("max healthy may be at most 100 above min healthy: {} here", min + 100));
                    }
                    _ => {}
                }
                let alarms: Vec<Label> = typed("alarms").split(',').map(str::trim).filter(|a| !a.is_empty()).map(Label::new).collect();
                let auto_rollback = is_on("auto rollback");
                if auto_rollback && version.is_none() {
                    return Err("auto rollback needs a version: say which one to go to".to_owned());
                }
                Ok(Strategy::Native(RefreshPreferences {
                    min_healthy_percent: min,
                    max_healthy_percent: max,
                    warmup: wait("warm-up")?,
                    checkpoints: percents("checkpoints", typed("checkpoints"))?,
                    checkpoint_delay: wait("their delay")?,
                    skip_matching: is_on("skip matching"),
                    auto_rollback,
                    bake: wait("bake")?,
                    alarms,
                    protected: leftover("protected"),
                    standby: leftover("in standby"),
                    version,
                }))
            }
            None => Err("choose a way first".to_owned()),
        }
    }
}

fn batch(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("batch: how many at a time, at least 1".to_owned()),
    }
}

/// `10, 50, 100`: ascending, and the last is 100, or the rest would stay as it is.
fn percents(name: &str, text: &str) -> Result<Vec<u8>, String> {
    let parts = text.split([',', ' ']).map(str::trim).filter(|p| !p.is_empty());
    let out: Vec<u8> = parts
        .map(|p| p.trim_end_matches('%').parse::<u8>().ok().filter(|n| (1..=100).contains(n)).ok_or(p))
        .collect::<Result<_, _>>()
        .map_err(|p| format!("{name}: {p} is no percentage"))?;
    if out.windows(2).any(|w| w[0] >= w[1]) {
        return Err(format!("{name}: each must be greater than the one before"));
    }
    match out.last() {
        Some(last) if *last != 100 => Err(format!("{name}: the last must be 100, or the rest stays old")),
        _ => Ok(out),
    }
}

pub(super) fn press(state: &mut State, key: Key) {
    let Some(Overlay::Redeploy(form)) = state.overlays.last_mut() else { return };
    match key.code {
        KeyCode::Esc => drop(state.overlays.pop()),
        KeyCode::Enter => submit(state),
        KeyCode::Tab => form.step(if key.shift { -1 } else { 1 }),
        KeyCode::Down | KeyCode::Up => {
            let down = key.code == KeyCode::Down;
            if form.field.is_some() {
                form.step(if down { 1 } else { -1 });
            } else {
                let last = form.offers.len().saturating_sub(1);
                form.at = if down { (form.at + 1).min(last) } else { form.at.saturating_sub(1) };
                form.problem = None;
            }
        }
        KeyCode::Char(c @ '1'..='4') if form.field.is_none() => {
            form.at = (c as usize - '1' as usize).min(form.offers.len().saturating_sub(1));
            form.problem = None;
        }
        _ => {
            if form.focused().is_some_and(|field| field.press(key)) {
                form.problem = form.read().err().map(Label::new);
                let mut form = form.clone();
                explain_again(state, &mut form);
                if let Some(Overlay::Redeploy(open)) = state.overlays.last_mut() {
                    *open = form;
                }
            }
        }
    }
}

/// Pasted text goes into the field that is being typed in.
pub(super) fn paste(form: &mut RedeployForm, line: &str) {
    if let Some(Field { input: super::fields::Input::Text(text), .. }) = form.focused() {
        super::append(text, line.trim());
        form.problem = form.read().err().map(Label::new);
    }
}

fn submit(state: &mut State) {
    let Some(Overlay::Redeploy(form)) = state.overlays.last() else { return };
    // The reasons stand above already.
    let refused = form.offer().filter(|o| !o.refused.is_empty()).map(|o| Label::new(format!("{} cannot work here", o.way.title())));
    let asked = match (refused, form.read()) {
        (Some(why), _) => Err(why),
        (None, Err(why)) => Err(Label::new(why)),
        (None, Ok(strategy)) => {
            let request = |group: &ResourceId| Ok(Request::Redeploy(RedeployRequest { group: group.clone(), strategy: strategy.clone() }));
            Ok(form.groups.iter().map(request).collect())
        }
    };
    let why = match asked {
        Ok(asked) => act::propose_over(state, asked),
        Err(why) => Some(why),
    };
    if let (Some(why), Some(Overlay::Redeploy(form))) = (why, state.overlays.last_mut()) {
        form.problem = Some(why);
    }
}

/// New data: what can work here is judged again; what was typed stays, and the chosen way is judged as it is set.
pub(super) fn world_moved(form: &mut RedeployForm, state: &State) {
    form.offers = offers(choices(state, &form.groups));
    explain_again(state, form);
}
