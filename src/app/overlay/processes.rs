//! The form behind `P`: which processes of a group's automation are suspended or resumed. Nothing is chosen by itself, and an empty choice
//! makes no card: to the cloud an empty list would mean all of them.

use super::super::act;
use super::super::state::{Overlay, ProcessChoice, ProcessForm, State};
use crate::config::keymap::{Key, KeyCode};
use crate::domain::plan::ProcessRequest;
use crate::domain::{Group, Label, Request, ResourceId};

/// Processes of an Auto Scaling group, with what is off while each is suspended: in 39 cells, what a line of 80 leaves.
const KNOWN: [(&str, &str); 9] = [
    ("AlarmNotification", "scaling policies do nothing"),
    ("ScheduledActions", "schedules are skipped, not made up for"),
    ("AZRebalance", "zones are not balanced"),
    ("ReplaceUnhealthy", "unhealthy members stay"),
    ("HealthCheck", "nobody calls a member unhealthy"),
    ("InstanceRefresh", "a refresh stands still"),
    ("Launch", "none launched; unhealthy ones still go"),
    ("Terminate", "none terminated; may exceed its maximum"),
    ("AddToLoadBalancer", "new ones never registered, even later"),
];

/// Opens on groups: to suspend, or to resume where all that can be is suspended already.
pub(in crate::app) fn open(state: &mut State, groups: Vec<ResourceId>) {
    let choices = choices(state, &groups, &[]);
    let title = match &groups[..] {
        [one] => state.live.group(one).map_or_else(|| Label::new(one.native()), |g| g.item.name.clone()),
        many => Label::new(format!("{} marked groups", many.len())),
    };
    state.overlays.push(Overlay::Processes(Box::new(ProcessForm { groups, title, suspend: true, choices, cursor: 0, problem: None })));
}

fn choices(state: &State, groups: &[ResourceId], before: &[ProcessChoice]) -> Vec<ProcessChoice> {
    let live: Vec<&Group> = groups.iter().filter_map(|id| state.live.group(id)).map(|g| &g.item).collect();
    let mut names: Vec<(Label, &'static str)> = KNOWN.iter().map(|(name, about)| (Label::new(*name), *about)).collect();
    for process in live.iter().flat_map(|g| &g.suspended) {
        if !names.iter().any(|(name, _)| *name == process.name) {
            names.push((process.name.clone(), ""));
        }
    }
    names
        .into_iter()
        .map(|(name, about)| ProcessChoice {
            suspended: live.iter().filter(|g| g.is_suspended(&name)).count(),
            chosen: before.iter().any(|c| c.name == name && c.chosen),
            name,
            about,
        })
        .collect()
}

impl ProcessForm {
    /// Whether choosing a process would do anything in the way the form is set.
    pub fn is_open(&self, choice: &ProcessChoice) -> bool {
        if self.suspend { choice.suspended < self.groups.len() } else { choice.suspended > 0 }
    }

    fn toggle(&mut self) {
        let Some(choice) = self.choices.get(self.cursor) else { return };
        let words = if self.suspend { "is suspended already" } else { "is not suspended" };
        if !choice.chosen && !self.is_open(choice) {
            self.problem = Some(Label::new(format!("{} {words}", choice.name)));
            return;
        }
        let choice = &mut self.choices[self.cursor];
        choice.chosen = !choice.chosen;
        self.problem = None;
    }
}

pub(super) fn press(state: &mut State, key: Key) {
    let Some(Overlay::Processes(form)) = state.overlays.last_mut() else { return };
    let last = form.choices.len().saturating_sub(1);
    match key.code {
        KeyCode::Esc => drop(state.overlays.pop()),
        KeyCode::Down | KeyCode::Char('j') => form.cursor = (form.cursor + 1).min(last),
        KeyCode::Up | KeyCode::Char('k') => form.cursor = form.cursor.saturating_sub(1),
        KeyCode::PageDown | KeyCode::End => form.cursor = last,
        KeyCode::PageUp | KeyCode::Home => form.cursor = 0,
        KeyCode::Char(' ') => form.toggle(),
        KeyCode::Tab => {
            form.suspend = !form.suspend;
            form.problem = None;
            for choice in &mut form.choices {
                choice.chosen = false;
            }
        }
        KeyCode::Enter => submit(state),
        _ => {}
    }
}

fn submit(state: &mut State) {
    let Some(Overlay::Processes(form)) = state.overlays.last_mut() else { return };
    let processes: Vec<Label> = form.choices.iter().filter(|c| c.chosen).map(|c| c.name.clone()).collect();
    if processes.is_empty() {
        form.problem = Some(Label::new("choose one with space first: none chosen means none, never all"));
        return;
    }
    let suspend = form.suspend;
    let groups = form.groups.clone();
    let requests = groups.into_iter().map(|group| Ok(Request::Processes(ProcessRequest { group, processes: processes.clone(), suspend })));
    let requests = requests.collect();
    if let Some(why) = act::propose_over(state, requests)
        && let Some(Overlay::Processes(form)) = state.overlays.last_mut()
    {
        form.problem = Some(why);
    }
}

pub(super) fn world_moved(form: &mut ProcessForm, state: &State) {
    let fresh = choices(state, &form.groups, &form.choices);
    let under = form.choices.get(form.cursor).map(|c| c.name.clone());
    form.choices = fresh;
    let at = under.and_then(|name| form.choices.iter().position(|c| c.name == name));
    form.cursor = at.unwrap_or(form.cursor).min(form.choices.len().saturating_sub(1));
    let suspend = form.suspend;
    let all = form.groups.len();
    for choice in &mut form.choices {
        choice.chosen &= if suspend { choice.suspended < all } else { choice.suspended > 0 };
    }
}
