//! The impact card: now and after, who goes, what speaks for and against it, and the question.

use super::super::pen::Pen;
use super::super::{text, words};
use super::{Line, assent, draw_scrolled, open_dialog, wrapped};
use crate::app::layout;
use crate::app::state::{Card, State};
use crate::config::theme::Role;
use crate::domain::time::format_age;
use crate::domain::{Inverse, Kind, Label, Plan, Refusal, Request, ResourceId, Verdict};

/// Cells of a card's words.
const WIDTH: u16 = 68;
/// Most victims and zones that are listed by name.
const LISTED: usize = 6;

pub fn draw_card(pen: &mut Pen<'_>, state: &State, card: &Card) {
    let room = WIDTH.min(layout::screen(state).width.saturating_sub(4));
    let mut lines = remarks(card, room);
    lines.extend(table(card));
    lines.extend(changes(card, room));
    lines.push(Line::default());
    lines.extend(moves(card, room));
    // The way back and its end are read before what can wait: on a short screen the notes scroll.
    lines.extend(outlook(card, room));
    lines.push(Line::default());
    lines.extend(victims(state, card, room));
    lines.extend(notes(card, room));
    let refused = refusals(state, card, room);
    let tail = question(state, card, room);
    // What refuses it stands next to the question, or above everything where not all is in sight.
    let fits = lines.len() + refused.len() + tail.len() <= usize::from(layout::dialog_lines(state));
    if fits {
        lines.extend(refused);
    } else {
        lines.splice(0..0, refused.into_iter().skip(1));
    }
    let all = (lines.len() + tail.len()) as u16;
    let area = open_dialog(pen, state, &card.plan.title, WIDTH, all);
    draw_scrolled(pen, area, &lines, &tail, card.offset);
}

/// One row of the table: name, now, after, remark. A number that stays is quiet.
fn row(name: &str, now: &str, after: &str, remark: &str, changes: bool) -> Line {
    let (role, arrow) = if changes { (Role::TextStrong, "→") } else { (Role::TextDim, " ") };
    Line::of(vec![
        (format!("{:<10}", text::cut_end(name, 10)), Role::TextDim),
        (format!("{now:>8}"), if changes { Role::Text } else { Role::TextDim }),
        (format!("  {arrow}  "), Role::TextDim),
        (format!("{after:>7}"), role),
        (format!("     {remark}"), Role::TextDim),
    ])
}

/// What the journal says of the change that is taken back.
fn remarks(card: &Card, room: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (i, remark) in card.remarks.iter().enumerate() {
        let (glyph, role) = if i == 0 { ("↺", Role::Notice) } else { ("●", Role::Warning) };
        lines.extend(wrapped(glyph, remark, role, Role::Text, room));
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

/// Now and after of the group's numbers; nothing where a database or an alarm changes.
fn table(card: &Card) -> Vec<Line> {
    let impact = &card.plan.impact;
    if card.plan.target.kind != Kind::Group {
        return Vec::new();
    }
    let mut lines = vec![Line::text(format!("{:<10}{:>8}{:>12}", "", "now", "after"), Role::TitleColumn)];
    let (from, to) = impact.desired;
    let step = i64::from(to) - i64::from(from);
    let step = if step == 0 { String::new() } else { format!("{step:+}, ").replace('-', "−") };
    let bounds = format!("({step}bounds {}–{})", impact.min.1, impact.max.1);
    lines.push(row("want", &from.to_string(), &to.to_string(), &bounds, from != to));
    for (name, (from, to)) in [("min", impact.min), ("max", impact.max)] {
        if from != to {
            lines.push(row(name, &from.to_string(), &to.to_string(), "", true));
        }
    }
    for (zone, from, to) in impact.zones.iter().take(LISTED) {
        lines.push(row(&format!("zone {}", words::zone(zone)), &from.to_string(), &to.to_string(), "", from != to));
    }
    if impact.zones.len() > LISTED {
        lines.push(Line::text(format!("and {} zones more", impact.zones.len() - LISTED), Role::TextDim));
    }
    let share = |(good, all): (u32, u32)| format!("{good}/{all}");
    let (now, after) = (impact.healthy_now, impact.healthy_after);
    let percent = (after.0 * 100).checked_div(after.1).map_or_else(String::new, |p| format!("{p} %"));
    let when = match impact.ready_in {
        Some(wait) => format!("{percent} when warm, in about {}", format_age(wait)),
        None if to > from => format!("{percent} when warm"),
        None => percent,
    };
    lines.push(row("healthy", &share(now), &share(after), &when, now != after));
    if let Some(least) = impact.healthy_least.filter(|least| *least != now && *least != after) {
        lines.push(row("at least", "", &share(least), "on the way", false));
    }
    lines
}

/// What else moves: its name, how it is, how it will be.
fn changes(card: &Card, room: u16) -> Vec<Line> {
    let changes = card.plan.impact.changes.iter();
    changes.flat_map(|(what, now, after)| wrapped(" ", &format!("{what}: {now} → {after}"), Role::Text, Role::Text, room)).collect()
}

/// How long it takes, what there is to spare, what came before, and the way back.
fn outlook(card: &Card, room: u16) -> Vec<Line> {
    let (plan, impact) = (&card.plan, &card.plan.impact);
    let mut lines = Vec::new();
    let mut tell = |name: &str, words: &str, role: Role| {
        let text = format!("{name:<10}{words}");
        let indent = text::wrap(words, room.saturating_sub(10));
        for (i, line) in indent.into_iter().enumerate() {
            let lead = if i == 0 { text.chars().take(10).collect() } else { " ".repeat(10) };
            lines.push(Line::of(vec![(lead, Role::TextDim), (line, role)]));
        }
    };
    match (impact.takes, impact.slots) {
        (Some(takes), 0) if impact.ready_in.is_none() => tell("takes", &format!("about {}", format_span(takes)), Role::Text),
        (Some(takes), n) if n > 0 => tell("takes", &format!("about {} for {n} members", format_span(takes)), Role::Text),
        (None, n) if n > 0 => tell("takes", &format!("not known: nothing to judge by for {n} members"), Role::TextDim),
        _ => {}
    }
    if let Some(spare) = &impact.spare {
        tell("spare", spare, Role::Text);
    }
    if let Some(last) = &impact.last_deploy {
        tell("last", last, Role::Text);
    }
    let (words, role) = way_back(plan);
    tell("way back", &words, role);
    lines
}

/// A length of time with its second unit, where that is not nothing: `12m`, `1h20m`.
fn format_span(span: std::time::Duration) -> String {
    let minutes = span.as_secs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, _) => format_age(span),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}

/// How the change is taken back, or why it cannot be.
fn way_back(plan: &Plan) -> (String, Role) {
    match &plan.inverse {
        Inverse::Request(request) => (format!("u, {}", in_words(request)), Role::Text),
        Inverse::RollBack { until } => (format!("roll back, until {until}"), Role::Text),
        Inverse::Recorded(what) => (format!("u, {what}"), Role::Text),
        Inverse::None(why) => (format!("none: {why}"), Role::Warning),
    }
}

/// What the inverse would do.
fn in_words(request: &Request) -> String {
    match request {
        Request::Scale(r) => match (r.min, r.max) {
            (Some(min), Some(max)) => format!("scale back to {}, bounds {min}–{max}", r.desired),
            _ => format!("scale back to {}", r.desired),
        },
        Request::Processes(r) => {
            let names: Vec<&str> = r.processes.iter().map(crate::domain::label::Label::as_str).collect();
            format!("{} {}", if r.suspend { "suspend" } else { "resume" }, names.join(", "))
        }
        Request::Reroute(r) => format!("send all traffic to {} again", Label::new(r.group.native())),
        other => other.word().replace('-', " "),
    }
}

/// What moved since the card opened: it is not the card that was read.
fn moves(card: &Card, room: u16) -> Vec<Line> {
    card.moved.iter().flat_map(|m| wrapped("↻", &format!("since this card opened: {m}"), Role::Warning, Role::Warning, room)).collect()
}

fn victims(state: &State, card: &Card, room: u16) -> Vec<Line> {
    let impact = &card.plan.impact;
    if impact.victims.is_empty() {
        return Vec::new();
    }
    let head = if impact.victims_chosen { "will go, as chosen" } else { "likely to go (the group's own policy decides)" };
    let mut lines = vec![Line::of(vec![("− ".to_owned(), Role::Warning), (head.to_owned(), Role::Text)])];
    // Members that share a reason stand behind it, so that it is read once.
    for same in impact.victims.chunk_by(|a, b| a.1 == b.1) {
        lines.extend(wrapped("   ", &same[0].1, Role::Text, Role::TextDim, room));
        let mut labels: Vec<String> =
            same.iter().take(LISTED).map(|(id, _)| text::cut_middle(&member_label(state, card, id), 20).into_owned()).collect();
        if same.len() > LISTED {
            labels.push(format!("and {} more", same.len() - LISTED));
        }
        lines.extend(wrapped("     ", &labels.join("   "), Role::Text, Role::TextStrong, room));
    }
    if !impact.victims_chosen && card.plan.request.as_scale().is_some() {
        lines.push(Line::text("    s opens the form, where you can choose them by id", Role::TextDim));
    }
    lines.push(Line::default());
    lines
}

/// The member as it is shown elsewhere; ids themselves are never drawn.
fn member_label(state: &State, card: &Card, id: &ResourceId) -> Label {
    let group = state.live.group(&card.plan.target);
    let member = group.and_then(|g| g.item.members.iter().find(|m| m.id == *id));
    member.map_or_else(|| Label::new("a member that is gone"), |m| m.label.clone())
}

fn notes(card: &Card, room: u16) -> Vec<Line> {
    let notes = card.plan.impact.notes.iter();
    notes
        .flat_map(|n| {
            let (glyph, role) = match n.verdict {
                Verdict::Ok => ("✓", Role::Good),
                other => (other.glyph(), words::verdict_role(other)),
            };
            wrapped(glyph, &n.text, role, if n.verdict == Verdict::Ok { Role::TextDim } else { Role::Text }, room)
        })
        .collect()
}

fn refusals(state: &State, card: &Card, room: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    for refusal in card.refusals.iter().filter(|r| !card.assent.asks(r)) {
        lines.push(Line::default());
        lines.extend(wrapped("▲", &format!("refused: {}", refusal.text), Role::Critical, Role::Critical, room));
        if let Some(allowed) = &refusal.allowed {
            lines.extend(wrapped(" ", &format!("allowed: {allowed}"), Role::Text, Role::Text, room));
        }
        let rule = format!("rule {} from {}{}", refusal.rule.word(), refusal.source, can_be_set_aside(state, refusal));
        lines.extend(wrapped(" ", &rule, Role::Text, Role::TextDim, room));
    }
    for set in &card.overridden {
        lines.push(Line::default());
        lines.extend(wrapped("●", &format!("set aside: {}", set.refusal.text), Role::Warning, Role::Warning, room));
        let rule = format!("rule {} from {}: {}", set.refusal.rule.word(), set.refusal.source, set.reason);
        lines.extend(wrapped(" ", &rule, Role::Text, Role::TextDim, room));
    }
    lines
}

/// Whether a human may say that a rule does not count this time.
fn can_be_set_aside(state: &State, refusal: &Refusal) -> String {
    match (refusal.overridable, refusal.rule.may_be_overridden()) {
        (true, _) => ", may be set aside with a reason".to_owned(),
        (false, true) => format!("; allow_override ({}) does not let it be set aside", state.session.guard.allow_override_source),
        (false, false) => ", nobody can set it aside".to_owned(),
    }
}

/// What is asked, always at the foot of the card.
fn question(state: &State, card: &Card, room: u16) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    if let Some(problem) = card.blocked.as_ref().or(card.problem.as_ref()) {
        lines.extend(wrapped("●", problem, Role::Warning, Role::Warning, room));
    }
    let key = |key: &'static str, does: &'static str| vec![(key.into(), Role::Key), (does.into(), Role::KeyLabel)];
    let leave = || key("esc", " leaves it be");
    let blanks = card.blanks();
    let name = card.asks_for_name().map_or("", |name| name);
    if !card.can_confirm() {
        lines.extend(assent::fields(state, &card.assent, &blanks, name));
        let left = if card.could_set_aside().is_empty() { Vec::new() } else { key("ctrl-o", " sets the rule aside") };
        lines.extend(card.refusals.iter().find(|r| card.assent.asks(r)).map_or_else(Vec::new, |r| assent::hint(r, room)));
        lines.push(Line { left, right: leave() });
        return lines;
    }
    lines.extend(signature(state, card));
    lines.extend(assent::fields(state, &card.assent, &blanks, name));
    let left = if card.lacks_name() { Vec::new() } else { key("⏎", " does it") };
    lines.push(Line { left, right: leave() });
    lines
}

/// As whom the change would be made, and where: what is confirmed is confirmed as somebody.
fn signature(state: &State, card: &Card) -> Option<Line> {
    let scope = &card.plan.target.scope;
    let who = state.live.identities.get(scope)?;
    let place = Label::new(format!("{} {}", scope.provider(), scope.region()));
    Some(Line::text(format!("as {}:{} in {place}", who.account, words::principal(&who.principal)), Role::TextDim))
}
