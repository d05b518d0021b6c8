//! Guards as the config declares them: common ones, those of an environment, those of a context. What is nearer to the context wins; deny
//! lists and blackouts add up, so that no table takes one away. Every mistake in here is fatal: a guard that is misspelt guards nothing.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::reader::{At, Gravity, Section};
use super::suggest::did_you_mean;
use crate::domain::plan::guard::pattern::name_fits;
use crate::domain::plan::guard::{Blackout, ChangeWindow, Days, Deny, Minute, OnOwner, Reach, TicketRule};
use crate::domain::plan::{Request, Rule};
use crate::domain::{Environment, GuardRules, Label};

/// Words for `environment`. The simulated estate is no choice of a context's, but may have guards of its own.
pub(super) const ENVIRONMENTS: [(&str, Environment); 5] = [
    ("production", Environment::Production),
    ("staging", Environment::Staging),
    ("development", Environment::Development),
    ("unclassified", Environment::Unclassified),
    ("simulated", Environment::Simulated),
];

/// Reads a table of guards over `rules`.
pub(super) fn read_guards(s: &Section<'_, '_>, rules: &mut GuardRules) {
    let place = |line: usize| Label::new(s.doc().place(line));
    if let Some(At { value, line }) = s.whole("max_step_percent", 1..=100) {
        rules.max_step_percent = value as u8;
        rules.max_step_source = place(line);
    }
    if let Some(At { value, line }) = s.whole("floor_percent", 0..=100) {
        rules.floor_percent = Some(value as u8);
        rules.floor_source = place(line);
    }
    if let Some(words) = s.texts("allow_override") {
        rules.allow_override = words.iter().filter_map(|at| read_rule(s, at)).collect();
        rules.allow_override_source = place(s.line("allow_override"));
    }
    if let Some(At { value, .. }) = s.table("owners") {
        read_owners(&Section::new(s.doc(), s.path("owners"), value, Gravity::Fatal), rules);
    }
    if let Some(At { value, line }) = s.table("ticket") {
        rules.ticket = read_ticket(&Section::new(s.doc(), s.path("ticket"), value, Gravity::Fatal), line);
    }
    let table =
        |key: &'static str| s.tables(key).into_iter().map(move |t| (Section::new(s.doc(), s.path(key), t.value, Gravity::Fatal), t.line));
    let windows: Vec<ChangeWindow> = table("change_window").filter_map(|(t, line)| read_window(&t, line)).collect();
    if !windows.is_empty() {
        // Added to the common ones they would let through more than either table says.
        rules.windows = windows;
    }
    rules.blackouts.extend(table("blackout").filter_map(|(t, line)| read_blackout(&t, line)));
    rules.deny.extend(table("deny").filter_map(|(t, line)| read_deny(&t, line)));
    s.finish();
}

fn read_rule(s: &Section<'_, '_>, At { value, line }: &At<String>) -> Option<Rule> {
    let path = s.path("allow_override");
    match Rule::from_word(value) {
        Some(rule) if rule.may_be_overridden() => return Some(rule),
        Some(_) => s.report(*line, format!("{path}: {value} can never be overridden; those that can: {}", overridable())),
        None => {
            let hint = did_you_mean(value, Rule::overridable_words());
            s.report(
                *line,
                format!("{path}: there is no rule \"{}\"{hint}; those that can be overridden: {}", Label::new(value), overridable()),
            );
        }
    }
    None
}

fn overridable() -> String {
    Rule::overridable_words().collect::<Vec<_>>().join(", ")
}

/// Tools that groups are found to be owned by.
const TOOLS: [&str; 9] = ["terraform", "cloudformation", "helm", "pulumi", "eks", "ecs", "elastic beanstalk", "cluster autoscaler", "spot"];

fn read_owners(s: &Section<'_, '_>, rules: &mut GuardRules) {
    for (tool, line, value) in s.entries() {
        let source = Label::new(s.doc().place(line));
        let on = match value.as_str() {
            Some("warn") => OnOwner::Warn,
            Some("refuse") => OnOwner::Refuse,
            other => {
                let found =
                    other.map_or_else(String::new, |w| format!(", found \"{}\"{}", Label::new(w), did_you_mean(w, ["warn", "refuse"])));
                s.report(line, format!("{}: expected \"warn\" or \"refuse\"{found}", s.path(tool)));
                continue;
            }
        };
        let known = tool == "others" || TOOLS.contains(&tool);
        let hint = did_you_mean(tool, TOOLS.into_iter().chain(["others"]));
        if !known && !hint.is_empty() {
            s.report(line, format!("{}: no tool is called so{hint}", s.path(tool)));
        } else if tool == "others" {
            (rules.owners.others, rules.owners.source) = (on, source);
        } else {
            rules.owners.tools.push((Label::new(tool), on, source));
        }
    }
}

fn read_ticket(s: &Section<'_, '_>, line: usize) -> Option<TicketRule> {
    let patterns = s.texts("pattern");
    s.report_missing("pattern", line, "expected what a ticket looks like, such as pattern = \"OPS-#\"");
    let mut fit = true;
    for At { value, line } in patterns.iter().flatten() {
        if value.trim().is_empty() || value.chars().any(char::is_whitespace) {
            s.report(
                *line,
                format!("{}: \"{}\" can be no ticket; # stands for digits, * for any characters", s.path("pattern"), Label::new(value)),
            );
            fit = false;
        }
    }
    let reach = read_reach(s, Freezes::Spared);
    s.finish();
    let patterns: Vec<Label> = patterns?.into_iter().map(|p| Label::new(p.value)).collect();
    (fit && !patterns.is_empty()).then(|| TicketRule { patterns, reach, source: Label::new(s.doc().place(line)) })
}

fn read_window(s: &Section<'_, '_>, line: usize) -> Option<ChangeWindow> {
    let days = s.texts("days");
    s.report_missing("days", line, "expected days such as \"mon-fri\" or [\"tue\", \"thu\"]");
    let days = days.unwrap_or_default().into_iter().try_fold(Days::NONE, |all, At { value, line }| match Days::parse(&value) {
        Some(days) => Some(all.and(days)),
        None => {
            let words = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekdays", "weekend", "daily"];
            let hint = did_you_mean(&value, words);
            s.report(
                line,
                format!(
                    "{}: \"{}\" is no day; expected one such as \"mon\", \"mon-fri\" or \"daily\"{hint}",
                    s.path("days"),
                    Label::new(&value)
                ),
            );
            None
        }
    });
    let from = read_minute(s, "from", line);
    let to = read_minute(s, "to", line);
    if from.is_some() && from == to {
        s.report(
            line,
            format!("{}: a window that opens and closes at the same time; the whole day is \"00:00\" to \"24:00\"", s.path("to")),
        );
    }
    let zone = read_zone(s, line);
    let reach = read_reach(s, Freezes::Spared);
    s.finish();
    let days = days.filter(|d| *d != Days::NONE)?;
    let (from, to) = (from?, to?);
    (from != to).then_some(())?;
    Some(ChangeWindow { days, from, to, zone: zone?, reach, source: Label::new(s.doc().place(line)) })
}

fn read_minute(s: &Section<'_, '_>, key: &'static str, line: usize) -> Option<Minute> {
    let expected = "expected a time of day such as \"09:00\"";
    let Some(At { value, line }) = s.text(key) else {
        s.report_missing(key, line, expected);
        return None;
    };
    let minute = Minute::parse(&value);
    if minute.is_none() {
        s.report(line, format!("{}: \"{}\" is no time of day; {expected}", s.path(key), Label::new(&value)));
    }
    minute
}

/// Without a zone the same line would mean other hours on every laptop.
fn read_zone(s: &Section<'_, '_>, line: usize) -> Option<TimeZone> {
    let expected = "expected a name such as \"Europe/Berlin\" or \"UTC\"";
    let Some(At { value, line }) = s.text("time_zone") else {
        s.report_missing("time_zone", line, expected);
        return None;
    };
    let zone = TimeZone::get(&value).ok();
    if zone.is_none() {
        s.report(line, format!("{}: \"{}\" is no time zone; {expected}", s.path("time_zone"), Label::new(&value)));
    }
    zone
}

fn read_blackout(s: &Section<'_, '_>, line: usize) -> Option<Blackout> {
    let from = read_moment(s, "from", line).map(|(moment, _)| moment);
    // A day is meant to its end.
    let to = read_moment(s, "to", line)
        .and_then(|(moment, whole_day)| if whole_day { moment.checked_add(jiff::Span::new().days(1)).ok() } else { Some(moment) });
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        s.report(line, format!("{}: the blackout ends before it begins", s.path("to")));
        return None;
    }
    let zone = read_zone(s, line);
    let reason = s.text("reason").map(|t| Label::new(t.value));
    let reach = read_reach(s, Freezes::Spared);
    s.finish();
    Some(Blackout { from: from?, to: to?, zone: zone?, reason, reach, source: Label::new(s.doc().place(line)) })
}

/// A day, or a day with a time; whether it was a day alone.
fn read_moment(s: &Section<'_, '_>, key: &'static str, line: usize) -> Option<(DateTime, bool)> {
    let expected = "expected a day such as 2026-12-24, or \"2026-12-24 18:00\"";
    let Some(At { value, line }) = s.date(key) else {
        s.report_missing(key, line, expected);
        return None;
    };
    let day = value.parse::<Date>().ok().filter(|_| value.len() == "2026-12-24".len()).map(|d| (d.at(0, 0, 0, 0), true));
    let zoned = value.ends_with(['Z', 'z']) || value.contains('+') || value.matches('-').count() > 2;
    let moment = day.or_else(|| value.parse::<DateTime>().ok().filter(|_| !zoned).map(|m| (m, false)));
    if moment.is_none() {
        let hint = if zoned { " without an offset: time_zone says it" } else { "" };
        s.report(line, format!("{}: \"{}\" is no day; {expected}{hint}", s.path(key), Label::new(&value)));
    }
    moment
}

fn read_deny(s: &Section<'_, '_>, line: usize) -> Option<Deny> {
    let reach = read_reach(s, Freezes::NotDenied);
    let reason = s.text("reason").map(|t| Label::new(t.value));
    s.finish();
    if reach == Reach::default() {
        s.report(line, format!("{}: names nothing: expected groups, databases, alarms or operations", s.path("groups")));
        return None;
    }
    Some(Deny { reach, reason, source: Label::new(s.doc().place(line)) })
}

/// Whether a rule may name a freeze: nobody denies one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Freezes {
    Spared,
    NotDenied,
}

fn read_reach(s: &Section<'_, '_>, freezes: Freezes) -> Reach {
    let names = |key: &'static str| {
        let mut out = Vec::new();
        for At { value, line } in s.texts(key).unwrap_or_default() {
            if key == "operations" {
                check_operation(s, &value, line, freezes);
            } else if value.trim().is_empty() {
                s.report(line, format!("{}: an empty name fits nothing; \"*\" fits all", s.path(key)));
            }
            out.push(Label::new(value));
        }
        out
    };
    Reach { groups: names("groups"), databases: names("databases"), alarms: names("alarms"), operations: names("operations") }
}

fn check_operation(s: &Section<'_, '_>, value: &str, line: usize, freezes: Freezes) {
    let words = || Request::WORDS.into_iter().map(|(word, _)| word);
    let path = s.path("operations");
    if !words().any(|word| name_fits(value, word)) {
        let hint = did_you_mean(value, words());
        let all = words().collect::<Vec<_>>().join(", ");
        s.report(line, format!("{path}: there is no operation \"{}\"{hint}; there are {all}", Label::new(value)));
    } else if value.eq_ignore_ascii_case("freeze") && freezes == Freezes::NotDenied {
        s.report(line, format!("{path}: a freeze is never denied: it only holds things still"));
    }
}

#[cfg(test)]
mod tests;
