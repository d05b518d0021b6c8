//! The form that asks how long an alarm is mute. A mute always ends: there is no "until further notice".

use std::time::Duration;

use super::super::act;
use super::super::state::{MuteForm, Overlay, State};
use super::edit;
use crate::config::keymap::{Key, KeyCode};
use crate::domain::{Label, ResourceId};

/// Longest mute: what is off for longer than a weekend should be changed, not muted.
const LONGEST: Duration = Duration::from_hours(72);
/// What the arrow keys step through.
const USUAL: [&str; 6] = ["15m", "30m", "1h", "2h", "8h", "24h"];

pub(in crate::app) fn open(state: &mut State, alarm: ResourceId) {
    let name = state.live.alarm(&alarm).map_or_else(|| Label::new(alarm.native()), |a| a.item.name.clone());
    state.overlays.push(Overlay::Mute(Box::new(MuteForm { alarm, name, typed: USUAL[2].to_owned(), problem: None })));
}

/// Reads `1h`, `90m`, `2h30m`, `1d`.
pub fn parse_wait(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is no length of time: say 30m, 2h or 1h30m");
    let mut total: u64 = 0;
    let mut digits = String::new();
    for c in text.trim().chars() {
        if c.is_ascii_digit() && digits.len() < 6 {
            digits.push(c);
            continue;
        }
        let n: u64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        total += n * match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
    }
    if !digits.is_empty() {
        return Err(format!("{text}: say the unit too, {digits}m or {digits}h"));
    }
    if total == 0 { Err(wrong()) } else { Ok(Duration::from_secs(total)) }
}

impl MuteForm {
    /// How long, or what is wrong with what was typed.
    pub fn wait(&self) -> Result<Duration, String> {
        let wait = parse_wait(&self.typed)?;
        if wait > LONGEST { Err(format!("{} is too long: 72h at most", self.typed.trim())) } else { Ok(wait) }
    }
}

pub(super) fn press(state: &mut State, key: Key) {
    let Some(Overlay::Mute(form)) = state.overlays.last_mut() else { return };
    let at = USUAL.iter().position(|u| *u == form.typed);
    match key.code {
        KeyCode::Esc => drop(state.overlays.pop()),
        KeyCode::Enter => submit(state),
        KeyCode::Up => USUAL[at.map_or(2, |i| (i + 1).min(USUAL.len() - 1))].clone_into(&mut form.typed),
        KeyCode::Down => USUAL[at.map_or(2, |i| i.saturating_sub(1))].clone_into(&mut form.typed),
        _ if edit(&mut form.typed, key) => form.problem = None,
        _ => {}
    }
}

fn submit(state: &mut State) {
    let Some(Overlay::Mute(form)) = state.overlays.last() else { return };
    let alarm = form.alarm.clone();
    let request = form
        .wait()
        .map_err(Label::new)
        .and_then(|wait| act::mute_request(state, &alarm, wait).ok_or_else(|| Label::new("that moment is too far away")));
    let why = match request {
        Ok(request) => act::propose_over(state, vec![Ok(request)]),
        Err(why) => Some(why),
    };
    if let (Some(why), Some(Overlay::Mute(form))) = (why, state.overlays.last_mut()) {
        form.problem = Some(why);
    }
}
