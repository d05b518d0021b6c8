//! The form behind `s`: an exact number, bounds where they must move, the cooldown, and who goes. What is wrong is said in words while it
//! is typed; the card comes after it, and `esc` on the card comes back here.

use std::collections::BTreeSet;

use super::super::act;
use super::super::state::{Overlay, ScaleField, ScaleForm, State, VictimChoice};
use super::super::subject::ready;
use super::edit;
use crate::config::keymap::{Key, KeyCode};
use crate::domain::{Group, Label, Member, Now, Request, ResourceId, ScaleRequest};

/// Digits a number may have.
const DIGITS: usize = 7;

/// Opens on the numbers as they are; `victims` were marked beforehand. For several groups it opens empty: what is left empty stays as it is
/// in each of them, and who goes is for their policies to say.
pub(in crate::app) fn make(group: &Group, others: &[ResourceId], victims: Vec<ResourceId>, now: Now) -> ScaleForm {
    let text = |n: Option<u32>| n.filter(|_| others.is_empty()).map(|n| n.to_string()).unwrap_or_default();
    let choices = if others.is_empty() { choices(group, now) } else { Vec::new() };
    let victims: BTreeSet<_> = victims.into_iter().filter(|v| choices.iter().any(|c| c.id == *v)).collect();
    let mut form = ScaleForm {
        group: group.id.clone(),
        name: if others.is_empty() { group.name.clone() } else { Label::new(format!("{} marked groups", others.len() + 1)) },
        others: others.to_vec(),
        desired: text(group.desired),
        min: text(group.min),
        max: text(group.max),
        honor_cooldown: false,
        victims,
        choices,
        field: ScaleField::Desired,
        cursor: 0,
        problem: None,
    };
    if !form.victims.is_empty() {
        form.follow_victims(group);
    }
    form
}

/// Members that could go: trouble first, then the oldest.
fn choices(group: &Group, now: Now) -> Vec<VictimChoice> {
    let mut members: Vec<(bool, &Member)> = group.members.iter().filter(|m| !m.leaving()).map(|m| (m.trouble().is_none(), m)).collect();
    members.sort_by(|a, b| (a.0, a.1.launched, &a.1.label).cmp(&(b.0, b.1.launched, &b.1.label)));
    members
        .into_iter()
        .map(|(_, m)| VictimChoice {
            id: m.id.clone(),
            label: m.label.clone(),
            zone: m.zone.clone(),
            version: m.version.clone(),
            age: m.launched.map(|at| now.age_of(at)),
            remark: remark(m),
        })
        .collect()
}

fn remark(m: &Member) -> Option<Label> {
    let word = match m.trouble() {
        Some(trouble) => return Some(trouble),
        None if m.protected => "protected from scale-in",
        None if !m.counts() => return Some(m.lifecycle.word.clone()),
        None if m.lifecycle.is_moving() => "on its way in",
        None => return None,
    };
    Some(Label::new(word))
}

impl ScaleForm {
    /// Choosing who goes says how many stay.
    fn follow_victims(&mut self, group: &Group) {
        if let Some(desired) = group.desired {
            self.desired = desired.saturating_sub(self.victims.len() as u32).to_string();
        }
    }

    fn text(&mut self) -> Option<&mut String> {
        match self.field {
            ScaleField::Desired => Some(&mut self.desired),
            ScaleField::Min => Some(&mut self.min),
            ScaleField::Max => Some(&mut self.max),
            ScaleField::HonorCooldown | ScaleField::Victims => None,
        }
    }

    /// Goes to the next or the previous field; the victims are skipped where there are none.
    fn step(&mut self, by: isize) {
        use ScaleField as F;
        const ALL: [F; 5] = [F::Desired, F::Min, F::Max, F::HonorCooldown, F::Victims];
        let fields = if self.choices.is_empty() { &ALL[..4] } else { &ALL[..] };
        let at = fields.iter().position(|f| *f == self.field).unwrap_or(0) as isize;
        self.field = fields[(at + by).rem_euclid(fields.len() as isize) as usize];
    }

    /// Reads the fields for one of several groups: what is empty stays.
    fn read_each(&self, state: &State) -> Result<Vec<act::Asked>, String> {
        let number = |word: &str, text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<u32>().map(Some).map_err(|_| format!("{word}: {text} is not a number")),
        };
        let (desired, min, max) = (number("want", &self.desired)?, number("min", &self.min)?, number("max", &self.max)?);
        if desired.is_none() && min.is_none() && max.is_none() {
            return Err("say a number for want, min or max".to_owned());
        }
        let each = |id: &ResourceId| {
            let gone = |why: &str| (id.clone(), Label::new(why));
            let group = state.live.group(id).map(|g| &g.item).ok_or_else(|| gone("the group is no longer there"))?;
            let is = group.desired.ok_or_else(|| gone("how many it wants is not known"))?;
            let request = ScaleRequest {
                min: min.filter(|m| Some(*m) != group.min),
                max: max.filter(|m| Some(*m) != group.max),
                honor_cooldown: self.honor_cooldown,
                ..ScaleRequest::to(id, desired.unwrap_or(is))
            };
            Ok(Request::Scale(request))
        };
        Ok(std::iter::once(&self.group).chain(&self.others).map(each).collect())
    }

    /// Reads the fields. The error says what to do about it.
    fn read(&self, group: &Group) -> Result<ScaleRequest, String> {
        let number = |word: &str, text: &str| match text.trim() {
            "" => Err(format!("say a number for {word}")),
            text => text.parse::<u32>().map_err(|_| format!("{word}: {text} is not a number")),
        };
        let desired = number("want", &self.desired)?;
        let bound = |word: &str, text: &str, is: Option<u32>| match (text.trim(), is) {
            ("", None) => Ok(None),
            _ => number(word, text).map(Some),
        };
        let (min, max) = (bound("min", &self.min, group.min)?, bound("max", &self.max, group.max)?);
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            return Err(format!("min {min} is above max {max}"));
        }
        if let Some(max) = max.filter(|max| desired > *max) {
            return Err(format!("want {desired} is above max {max}: raise max too, or want less"));
        }
        if let Some(min) = min.filter(|min| desired < *min) {
            return Err(format!("want {desired} is below min {min}: lower min too, or want more"));
        }
        let (chosen, is) = (self.victims.len() as u32, group.desired.unwrap_or(0));
        if chosen > 0 && is.checked_sub(chosen) != Some(desired) {
            return Err(format!(
                "{chosen} chosen to go, so want must be {}; or choose none and let the group decide",
                is.saturating_sub(chosen)
            ));
        }
        Ok(ScaleRequest {
            group: self.group.clone(),
            desired,
            min: min.filter(|m| Some(*m) != group.min),
            max: max.filter(|m| Some(*m) != group.max),
            honor_cooldown: self.honor_cooldown,
            victims: self.victims.iter().cloned().collect(),
        })
    }

    fn check(&mut self, group: &Group) {
        if !self.others.is_empty() {
            self.problem = None;
            return;
        }
        self.problem = self.read(group).err().map(Label::new);
    }
}

pub(super) fn press(state: &mut State, key: Key) {
    let Some(Overlay::ScaleForm(form)) = state.overlays.last() else { return };
    let group = ready(state, &form.group);
    let Some(Overlay::ScaleForm(form)) = state.overlays.last_mut() else { return };
    if key.code == KeyCode::Esc {
        return drop(state.overlays.pop());
    }
    let group = match group {
        Ok(group) => group,
        Err(why) => return form.problem = Some(why),
    };
    let group = &group.item;
    let victims = form.field == ScaleField::Victims;
    match key.code {
        KeyCode::Enter => submit(state, group),
        KeyCode::Tab => form.step(if key.shift { -1 } else { 1 }),
        KeyCode::Down if victims && form.cursor + 1 < form.choices.len() => form.cursor += 1,
        KeyCode::Up if victims && form.cursor > 0 => form.cursor -= 1,
        KeyCode::PageDown if victims => form.cursor = (form.cursor + 8).min(form.choices.len().saturating_sub(1)),
        KeyCode::PageUp if victims => form.cursor = form.cursor.saturating_sub(8),
        KeyCode::Down => form.step(1),
        KeyCode::Up => form.step(-1),
        KeyCode::Char(' ') if form.field == ScaleField::HonorCooldown => form.honor_cooldown = !form.honor_cooldown,
        KeyCode::Char(' ') if victims => toggle(form, group),
        KeyCode::Char(step @ ('+' | '=' | '-')) => {
            if let Some(text) = form.text() {
                let n: u32 = text.parse().unwrap_or(0);
                *text = if step == '-' { n.saturating_sub(1) } else { n.saturating_add(1).min(9_999_999) }.to_string();
                form.check(group);
            }
        }
        KeyCode::Char(c) if !key.ctrl && !key.alt && form.text().is_some() => {
            if c.is_ascii_digit() {
                type_digits(form, &c.to_string(), group);
            } else {
                form.problem = Some(Label::new("only digits here"));
            }
        }
        _ => {
            if form.text().is_some_and(|text| edit(text, key)) {
                form.check(group);
            }
        }
    }
}

fn type_digits(form: &mut ScaleForm, digits: &str, group: &Group) {
    if let Some(text) = form.text() {
        let room = DIGITS.saturating_sub(text.len());
        text.extend(digits.chars().take(room));
        form.check(group);
    }
}

/// Pasted text: its digits, if a number is being typed.
pub(super) fn paste(state: &mut State, line: &str) {
    let Some(Overlay::ScaleForm(form)) = state.overlays.last() else { return };
    let group = ready(state, &form.group);
    let Some(Overlay::ScaleForm(form)) = state.overlays.last_mut() else { return };
    let line = line.trim();
    match group {
        Ok(_) if !line.bytes().all(|b| b.is_ascii_digit()) => form.problem = Some(Label::new("only digits here")),
        Ok(group) => type_digits(form, line, &group.item),
        Err(why) => form.problem = Some(why),
    }
}

fn toggle(form: &mut ScaleForm, group: &Group) {
    let Some(choice) = form.choices.get(form.cursor) else { return };
    if !form.victims.remove(&choice.id) {
        form.victims.insert(choice.id.clone());
    }
    form.follow_victims(group);
    form.check(group);
}

/// Shows the card over the form.
fn submit(state: &mut State, group: &Group) {
    let Some(Overlay::ScaleForm(form)) = state.overlays.last() else { return };
    let asked =
        if form.others.is_empty() { form.read(group).map(|request| vec![Ok(Request::Scale(request))]) } else { form.read_each(state) };
    let why = match asked {
        Ok(asked) => act::propose_over(state, asked),
        Err(why) => Some(Label::new(why)),
    };
    if let (Some(why), Some(Overlay::ScaleForm(form))) = (why, state.overlays.last_mut()) {
        form.problem = Some(why);
    }
}

/// New data: the members that could go are listed again; what was typed stays.
pub(super) fn world_moved(form: &mut ScaleForm, state: &State) {
    let Some(group) = state.live.group(&form.group) else {
        form.problem = Some(Label::new(format!("{} is no longer there", form.name)));
        return;
    };
    if !form.others.is_empty() {
        return;
    }
    let group = &group.item;
    let under = form.choices.get(form.cursor).map(|c| c.id.clone());
    form.choices = choices(group, state.now);
    // The cursor stays on its member, or on its line where the member is gone.
    let at = under.and_then(|id| form.choices.iter().position(|c| c.id == id));
    form.cursor = at.unwrap_or(form.cursor).min(form.choices.len().saturating_sub(1));
    if form.choices.is_empty() && form.field == ScaleField::Victims {
        form.field = ScaleField::Desired;
    }
    let before = form.victims.len();
    let there: BTreeSet<&ResourceId> = form.choices.iter().map(|c| &c.id).collect();
    form.victims.retain(|v| there.contains(v));
    if form.victims.len() < before {
        form.problem = Some(Label::new(format!("{} of the chosen members went by themselves: choose again", before - form.victims.len())));
    } else if form.problem.is_some() {
        form.check(group);
    }
}
