//! How values read: roles of verdicts and states, clocks, zones, versions, and the sentence of each picture a pane can have. Pure.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::text;
use crate::app::state::State;
use crate::config::theme::Role;
use crate::domain::source::Picture;
use crate::domain::time::format_age;
use crate::domain::{Failure, FailureKind, Group, Label, Now, Scope, Snapshot, SourceKind, StatusClass, Verdict};

/// Stands where a value is not known: missing is never zero.
pub const NOT_KNOWN: &str = "–";

pub fn verdict_role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Ok => Role::Text,
        Verdict::Notice => Role::Notice,
        Verdict::Unknown => Role::Unknown,
        Verdict::Warning => Role::Warning,
        Verdict::Critical => Role::Critical,
    }
}

/// What is well is quiet; only the rest has a colour.
pub fn class_role(class: StatusClass) -> Role {
    match class {
        StatusClass::Good => Role::TextDim,
        StatusClass::Parked => Role::TextFaint,
        StatusClass::Moving => Role::Motion,
        StatusClass::Unknown => Role::Unknown,
        StatusClass::Bad => Role::Critical,
    }
}

/// One cell that says the class without colour.
pub fn class_glyph(class: StatusClass) -> &'static str {
    match class {
        StatusClass::Good => " ",
        StatusClass::Parked => "‖",
        StatusClass::Moving => "◐",
        StatusClass::Unknown => "?",
        StatusClass::Bad => "▲",
    }
}

/// `1 critical` or `2 warnings`.
pub fn count(n: usize, word: &str) -> String {
    if n == 1 || word == "critical" { format!("{n} {word}") } else { format!("{n} {word}s") }
}

/// The whole estate in two words.
pub fn verdict_in_short(snapshot: &Snapshot) -> (Role, String) {
    let (worst, critical, warning) = snapshot.worst();
    match worst {
        Verdict::Critical => (Role::Critical, format!("▲ {critical} critical")),
        Verdict::Warning => (Role::Warning, format!("● {}", count(warning, "warning"))),
        _ if !is_read(snapshot) => (Role::Unknown, "? not known".to_owned()),
        Verdict::Unknown => (Role::Unknown, "? partly unknown".to_owned()),
        Verdict::Notice | Verdict::Ok => (Role::Good, "all is well".to_owned()),
    }
}

/// Whether anything is known at all: an empty picture is no healthy one.
pub fn is_read(snapshot: &Snapshot) -> bool {
    snapshot.sources_of(INVENTORY).any(|s| s.read_at.is_some())
}

/// Sources that verdicts come from. Metrics and policies are read slower, and only for what is looked at.
pub const INVENTORY: &[SourceKind] =
    &[SourceKind::Groups, SourceKind::Instances, SourceKind::Pools, SourceKind::Databases, SourceKind::Caches, SourceKind::Alarms];

/// A picture in a word or two, for a title line or the header.
pub fn picture_in_short(picture: &Picture) -> (Role, String) {
    match picture {
        Picture::NotYet => (Role::Motion, "reading…".to_owned()),
        Picture::Partial { rows } => (Role::Motion, format!("reading, {rows} so far")),
        Picture::Live { age } => (Role::TextDim, format!("live {}", format_age(*age))),
        Picture::Stale { age: Some(age), .. } => (Role::Stale, format!("stale {}", format_age(*age))),
        Picture::Stale { age: None, .. } => (Role::Stale, "incomplete".to_owned()),
        Picture::CouldNotRead(f) if f.kind == FailureKind::Forbidden => (Role::Unknown, "not allowed".to_owned()),
        Picture::CouldNotRead(_) => (Role::Stale, "could not read".to_owned()),
    }
}

/// What failed and what happens next, for the foot of a pane that keeps its rows: `throttled, next try in 6s`.
pub fn failure_in_short(failure: &Failure, now: Now) -> String {
    match failure.next_in(now) {
        Some(wait) if wait > Duration::ZERO => format!("{}, next try in {}", failure.kind.word(), format_age(wait)),
        Some(_) => format!("{}, trying again", failure.kind.word()),
        None => failure.kind.word().to_owned(),
    }
}

/// Zones in the fewest cells that tell them apart: `a b c` where they are letters behind one region.
pub fn zones(zones: &[Label]) -> String {
    let letter = |z: &Label| {
        let mut back = z.chars().rev();
        let (last, before) = (back.next()?, back.next()?);
        (last.is_ascii_lowercase() && before.is_ascii_digit()).then_some(last)
    };
    match zones.iter().map(letter).collect::<Option<Vec<char>>>() {
        _ if zones.is_empty() => NOT_KNOWN.to_owned(),
        Some(letters) => letters.iter().map(char::to_string).collect::<Vec<_>>().join(" "),
        None => zones.iter().map(|z| &**z).collect::<Vec<_>>().join(" "),
    }
}

/// One zone the same way.
pub fn zone(zone: &Label) -> String {
    if zone.is_empty() { NOT_KNOWN.to_owned() } else { zones(std::slice::from_ref(zone)) }
}

/// Cells of a column that shows regions whole; all of a narrower column are shortened, so that one reads like the other.
const WHOLE_REGION: u16 = 14;

/// A region in the cells there are: whole, or as AWS shortens it in zone ids (`euc1` for `eu-central-1`).
pub fn region(region: &str, room: u16) -> Cow<'_, str> {
    if room >= WHOLE_REGION || !region.contains('-') {
        return text::cut_end(region, room);
    }
    let short: Vec<String> = region
        .split('-')
        .enumerate()
        .map(|(i, part)| match part {
            _ if i == 0 => part.to_owned(),
            "northeast" | "northwest" | "southeast" | "southwest" => format!("{}{}", &part[..1], &part[5..6]),
            _ => part.chars().take_while(|c| c.is_alphabetic()).take(1).chain(part.chars().filter(char::is_ascii_digit)).collect(),
        })
        .collect();
    Cow::Owned(text::cut_end(&short.concat(), room).into_owned())
}

/// Whether the console looks at more than one region: then every row tells its own.
pub fn tells_region(state: &State) -> bool {
    let first = state.session.scopes.first().map(Scope::region);
    state.session.scopes.iter().any(|s| Some(s.region()) != first)
}

/// Version wanted, with the share that runs it where several run: `v42 ◐50%`.
pub fn version(group: &Group) -> (Role, String, String) {
    let running = &group.tally().versions;
    let all: u32 = running.iter().map(|(_, n)| n).sum();
    let wanted = group.version_wanted.as_ref().or(running.first().map(|(v, _)| v));
    let Some(wanted) = wanted else { return (Role::TextDim, NOT_KNOWN.to_owned(), String::new()) };
    let current = running.iter().find(|(v, _)| v == wanted).map_or(0, |(_, n)| *n);
    if all == 0 || current == all {
        (Role::TextDim, wanted.to_string(), String::new())
    } else {
        (Role::Motion, wanted.to_string(), format!("◐{}%", current * 100 / all))
    }
}

/// `2–12`, or a dash where the kind has no bounds.
pub fn bounds(min: Option<u32>, max: Option<u32>) -> String {
    match (min, max) {
        (None, None) => NOT_KNOWN.to_owned(),
        (min, max) => format!("{}–{}", number(min), number(max)),
    }
}

pub fn number(n: Option<u32>) -> String {
    n.map_or_else(|| NOT_KNOWN.to_owned(), |n| n.to_string())
}

/// Time of day for the last 20 hours, the date before that; eight cells at most.
pub fn stamp(at: Timestamp, zone: &TimeZone, now: Now) -> String {
    let zoned = at.to_zoned(zone.clone());
    let format = if now.age_of(at) < Duration::from_hours(20) { "%H:%M:%S" } else { "%d %b" };
    zoned.strftime(format).to_string()
}

/// Time of day with its zone, for the header.
pub fn clock(now: Now, zone: &TimeZone) -> String {
    now.wall.to_zoned(zone.clone()).strftime("%H:%M:%S %Z").to_string()
}

/// Hours and minutes, for time axes; days where the window is long.
pub fn tick(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// A moment to come or gone: `in 3h` or `4m ago`.
pub fn moment(at: Timestamp, now: Now) -> String {
    match Duration::try_from(at.duration_since(now.wall)) {
        Ok(ahead) if !ahead.is_zero() => format!("in {}", format_age(ahead)),
        _ => format!("{} ago", format_age(now.age_of(at))),
    }
}

/// Age of a stamp, or a dash.
pub fn age(at: Option<Timestamp>, now: Now) -> String {
    at.map_or_else(|| NOT_KNOWN.to_owned(), |t| format_age(now.age_of(t)))
}

/// The name people know a principal by: role, user or the last part of whatever it is.
pub fn principal(arn: &str) -> &str {
    if let Some((_, rest)) = arn.split_once(":assumed-role/") {
        return rest.split('/').next().unwrap_or(rest);
    }
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// First digits of an account number: enough to tell one's own apart.
pub fn account(account: &str) -> String {
    if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) { format!("{}…", &account[..4]) } else { account.to_owned() }
}

/// A window of time: `15m 1h 6h 1d`.
pub fn window(window: Duration) -> String {
    format_age(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_letters_where_that_tells() {
        let of = |words: &[&str]| zones(&words.iter().map(Label::new).collect::<Vec<_>>());
        assert_eq!(of(&["eu-central-1a", "eu-central-1b"]), "a b");
        assert_eq!(of(&["use1-az1", "use1-az2"]), "use1-az1 use1-az2");
        assert_eq!(of(&[]), "–");
    }

    #[test]
    fn regions_shorten_as_zone_ids_do() {
        for (whole, want) in [
            ("eu-central-1", "euc1"),
            ("us-east-1", "use1"),
            ("ap-southeast-2", "apse2"),
            ("us-gov-west-1", "usgw1"),
            ("demo", "demo"),
            ("somewhere", "somew…"),
        ] {
            assert_eq!(region(whole, 6), want);
        }
        assert_eq!(region("eu-central-1", 14), "eu-central-1");
    }

    #[test]
    fn principals_are_short() {
        for (arn, want) in [
            ("arn:aws:sts::471112345678:assumed-role/ops/session-1", "ops"),
            ("arn:aws:iam::471112345678:user/team/jo", "jo"),
            ("arn:aws:iam::471112345678:root", "root"),
            ("simulated", "simulated"),
        ] {
            assert_eq!(principal(arn), want);
        }
        assert_eq!(account("471112345678"), "4711…");
        assert_eq!(account("demo"), "demo");
    }

    #[test]
    fn moments_look_both_ways() {
        assert_eq!(moment(Now::at(7_200).wall, Now::at(0)), "in 2h");
        assert_eq!(moment(Now::at(0).wall, Now::at(240)), "4m ago");
    }
}
