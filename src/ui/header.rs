//! The line above everything: where we are, how bad it is, how old that is, who we are, what it costs, what time it is.
//! Parts go by importance where the line is short; environment, verdict and age always stay.

use super::pen::Pen;
use super::{text, words};
use crate::app::layout::Area;
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::source::Picture;
use crate::domain::time::format_age;
use crate::domain::{Environment, Identity, Verdict};

/// One part of the line: words, and how soon it goes (0 stays, the highest goes first).
struct Part {
    words: Vec<(String, Role)>,
    drop: u8,
    right: bool,
}

impl Part {
    fn left(drop: u8, words: Vec<(String, Role)>) -> Self {
        Self { words, drop, right: false }
    }

    fn right(drop: u8, words: Vec<(String, Role)>) -> Self {
        Self { words, drop, right: true }
    }

    fn width(&self) -> u16 {
        self.words.iter().map(|(w, _)| text::width(w)).sum()
    }
}

pub fn draw_header(pen: &mut Pen<'_>, state: &State, line: Area) {
    let room = line.width.saturating_sub(2);
    let parts = fitting(parts(state), room);
    let needed = |parts: &[Part], gap: u16| parts.iter().map(|p| p.width() + gap).sum::<u16>();
    // Wider gaps where they cost no part.
    let gap = if needed(&parts, 3) <= room + 3 { 3 } else { 2 };
    let mut x = line.x + 1;
    for part in parts.iter().filter(|p| !p.right) {
        x += pen.words(x, line.y, (line.x + line.width).saturating_sub(x + 1), &part.words) + gap;
    }
    let mut end = (line.x + line.width).saturating_sub(1);
    for part in parts.iter().filter(|p| p.right).rev() {
        let start = end.saturating_sub(part.width());
        pen.words(start, line.y, part.width(), &part.words);
        end = start.saturating_sub(gap);
    }
}

/// The parts that find room, the most important first; a smaller one may stay where a greater one had to go.
fn fitting(mut parts: Vec<Part>, room: u16) -> Vec<Part> {
    parts.retain(|p| p.width() > 0);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|i| parts[*i].drop);
    let mut used = 0;
    let mut kept = vec![false; parts.len()];
    for i in order {
        let wide = parts[i].width() + if used > 0 { 2 } else { 0 };
        if parts[i].drop == 0 || used + wide <= room {
            kept[i] = true;
            used += wide;
        }
    }
    let mut kept = kept.into_iter();
    parts.retain(|_| kept.next().unwrap_or(false));
    parts
}

fn parts(state: &State) -> Vec<Part> {
    let session = &state.session;
    let snapshot = state.shown();
    let mut badges = vec![(format!(" {} ", session.environment.word()), environment_role(session.environment))];
    if session.read_only {
        badges.push((" ".to_owned(), Role::Text));
        badges.push((" READ-ONLY ".to_owned(), Role::EnvReadOnly));
    }
    let clock = words::clock(state.now, &session.zone);
    let (hours, zone) = clock.split_once(' ').unwrap_or((&clock, ""));
    let mut out = vec![
        Part::left(4, vec![("pilothouse".to_owned(), Role::Product)]),
        Part::left(0, badges),
        Part::left(0, verdict(state)),
        Part::left(0, age(state)),
        Part::left(7, identity(state)),
        Part::left(6, regions(state)),
        Part::right(8, vec![(format!("{} calls/min", snapshot.calls_per_minute), Role::TextDim)]),
        Part::right(9, vec![(format!("${:.2}/h", snapshot.cost_per_hour), Role::TextDim)]),
        Part::right(3, vec![(hours.to_owned(), Role::Text), (format!(" {zone}"), Role::TextDim)]),
    ];
    if session.environment == Environment::Simulated {
        // Nothing is paid for, and nobody signs in.
        out.remove(7);
        out.remove(4);
    }
    out
}

pub fn environment_role(environment: Environment) -> Role {
    match environment {
        Environment::Production => Role::EnvProduction,
        Environment::Staging => Role::EnvStaging,
        Environment::Development => Role::EnvDevelopment,
        Environment::Unclassified => Role::EnvUnclassified,
        Environment::Simulated => Role::EnvSimulated,
    }
}

fn verdict(state: &State) -> Vec<(String, Role)> {
    let snapshot = state.shown();
    let (worst, critical, warning) = snapshot.worst();
    let mut out = Vec::new();
    if critical > 0 {
        out.push((format!("▲ {critical} critical"), Role::Critical));
    }
    if warning > 0 {
        if !out.is_empty() {
            out.push(("  ".to_owned(), Role::Text));
        }
        out.push((format!("● {}", words::count(warning, "warning")), Role::Warning));
    }
    if out.is_empty() {
        let (role, word) = words::verdict_in_short(snapshot);
        out.push((if worst <= Verdict::Notice && role == Role::Good { format!("✓ {word}") } else { word }, role));
    }
    out
}

/// Age of what the verdicts were made from: as old as the oldest part of it.
fn age(state: &State) -> Vec<(String, Role)> {
    if let Some((_, since)) = &state.held {
        let age = format_age(state.now.since(*since));
        return vec![("‖ held ".to_owned(), Role::Stale), (age, Role::Stale)];
    }
    let picture = state.shown().picture(words::INVENTORY, state.now);
    let (role, short) = words::picture_in_short(&picture);
    match picture {
        Picture::Live { .. } => vec![(short, Role::Text)],
        Picture::NotYet => vec![("reading…".to_owned(), Role::Motion)],
        Picture::CouldNotRead(failure) => vec![(failure.kind.word().to_owned(), role)],
        _ => vec![(short, role)],
    }
}

fn identity(state: &State) -> Vec<(String, Role)> {
    let snapshot = state.shown();
    let known: Vec<&Identity> = snapshot.identities.values().collect();
    let provider = state.session.scopes.first().map_or("", |s| s.provider());
    let Some(first) = known.first() else {
        let account = state.session.scopes.first().map_or("", |s| s.account());
        return vec![(format!("{provider} {account}"), Role::TextDim)];
    };
    let same = known.iter().all(|i| i.account == first.account && i.principal == first.principal);
    let who = format!("{}:{}", words::account(&first.account), words::principal(&first.principal));
    let more = if same { String::new() } else { format!(" +{}", known.len() - 1) };
    vec![(format!("{provider} "), Role::TextDim), (format!("{who}{more}"), Role::Text)]
}

fn regions(state: &State) -> Vec<(String, Role)> {
    let mut names: Vec<&str> = Vec::new();
    for scope in &state.session.scopes {
        if !names.contains(&scope.region()) {
            names.push(scope.region());
        }
    }
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(" ");
    let more = if names.len() > 3 { format!(" +{}", names.len() - 3) } else { String::new() };
    vec![(format!("{shown}{more}"), Role::TextDim)]
}
