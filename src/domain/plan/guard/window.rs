//! Change windows and blackouts, judged by the clock on the wall of their own time zone: what the clock there shows decides, so an hour
//! that a change to summer time skips was never open, and one that is lived twice is open twice.

use std::fmt;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};
use serde::{Deserialize, Serialize};

use super::super::super::label::Label;
use super::super::super::time::Now;
use super::super::request::Request;
use super::reach::Reach;
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;
use super::subject::Subject;

/// Days of the week, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(u8);

impl Days {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(0b111_1111);
    const WORDS: [&'static str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// `mon`, `monday`, `mon-fri`, `fri-mon`, `weekdays`, `weekend`, `daily`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        match text.as_str() {
            "daily" | "every day" => return Some(Self::ALL),
            "weekdays" => return Some(Self(0b001_1111)),
            "weekend" | "weekends" => return Some(Self(0b110_0000)),
            _ => {}
        }
        let day = |word: &str| Self::WORDS.iter().position(|w| word == *w || (word.len() > 4 && word == Self::long(w)));
        let (from, to) = match text.split_once('-') {
            Some((from, to)) => (day(from.trim())?, day(to.trim())?),
            None => (day(&text)?, day(&text)?),
        };
        let mut days = Self::NONE;
        for n in 0..=(to + 7 - from) % 7 {
            days.0 |= 1 << ((from + n) % 7);
        }
        Some(days)
    }

    fn long(word: &str) -> String {
        let rest = match word {
            "tue" => "sday",
            "wed" => "nesday",
            "thu" => "rsday",
            "sat" => "urday",
            _ => "day",
        };
        format!("{word}{rest}")
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on: Vec<usize> = (0..7).filter(|n| self.0 & (1 << n) != 0).collect();
        match on.as_slice() {
            [_, _, _, _, _, _, _] => f.write_str("daily"),
            [first, .., last] if on.len() > 2 && last - first + 1 == on.len() => {
                write!(f, "{}-{}", Self::WORDS[*first], Self::WORDS[*last])
            }
            on => f.write_str(&on.iter().map(|n| Self::WORDS[*n]).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// A time of day in minutes since midnight, 24:00 included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minute(u16);

impl Minute {
    /// `9:00`, `09:30`, `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.trim().split_once(':')?;
        let number = |s: &str, len: std::ops::RangeInclusive<usize>| {
            (len.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u16>().ok()).flatten()
        };
        let (hours, minutes) = (number(hours, 1..=2)?, number(minutes, 2..=2)?);
        (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(Self(hours * 60 + minutes))
    }

    /// On a day, or at the first moment of the next.
    fn on(self, day: Date) -> Option<DateTime> {
        if self.0 == 24 * 60 {
            return Some(day.tomorrow().ok()?.to_datetime(Time::midnight()));
        }
        Some(day.to_datetime(Time::new((self.0 / 60) as i8, (self.0 % 60) as i8, 0, 0).ok()?))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Hours of the week in which changes are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeWindow {
    /// Days on which it opens.
    pub days: Days,
    pub from: Minute,
    /// Not later than `from`: on the next day.
    pub to: Minute,
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    pub reach: Reach,
    pub source: Label,
}

impl ChangeWindow {
    /// Whether it is open then, by the clock of its zone.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let clock = at.to_zoned(self.zone.clone()).datetime();
        let yesterday = clock.date().yesterday().ok();
        yesterday.into_iter().chain([clock.date()]).any(|day| {
            let spans = |opens: DateTime, closes: DateTime| self.days.contains(day.weekday()) && opens <= clock && clock < closes;
            self.hours_on(day).is_some_and(|(opens, closes)| spans(opens, closes))
        })
    }

    fn hours_on(&self, day: Date) -> Option<(DateTime, DateTime)> {
        let closing_day = if self.to > self.from { day } else { day.tomorrow().ok()? };
        Some((self.from.on(day)?, self.to.on(closing_day)?))
    }

    /// Moments at which it opens, from `at` on; two weeks and a day of them.
    fn openings(&self, at: Timestamp) -> Vec<Timestamp> {
        let today = at.to_zoned(self.zone.clone()).date();
        (0..=15_i32)
            .filter_map(|n| today.checked_add(n.days()).ok())
            .filter(|day| self.days.contains(day.weekday()))
            .filter_map(|day| self.zone.to_ambiguous_timestamp(self.hours_on(day)?.0).compatible().ok())
            .filter(|opens| *opens > at)
            .collect()
    }
}

impl fmt::Display for ChangeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}–{} {}", self.days, self.from, self.to, zone_name(&self.zone))
    }
}

/// A time in which no changes are made, whatever the windows say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blackout {
    pub from: DateTime,
    /// The first moment after it.
    pub to: DateTime,
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    pub reason: Option<Label>,
    pub reach: Reach,
    pub source: Label,
}

impl Blackout {
    pub fn is_on(&self, at: Timestamp) -> bool {
        let clock = at.to_zoned(self.zone.clone()).datetime();
        self.from <= clock && clock < self.to
    }

    fn end(&self) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(self.to).later().ok()
    }
}

/// The rules of time that cover one plan.
struct Calendar<'a> {
    windows: Vec<&'a ChangeWindow>,
    blackouts: Vec<&'a Blackout>,
}

impl Calendar<'_> {
    fn lets(&self, at: Timestamp) -> bool {
        (self.windows.is_empty() || self.windows.iter().any(|w| w.is_open(at))) && !self.blackouts.iter().any(|b| b.is_on(at))
    }

    /// The first moment from `at` on at which both let it through, with the zone to say it in.
    fn next(&self, at: Timestamp) -> Option<Zoned> {
        let ends = self.blackouts.iter().filter_map(|b| Some((b.end()?, &b.zone)));
        // Behind a long blackout the windows of the weeks after it count.
        let starts: Vec<Timestamp> = std::iter::once(at).chain(self.blackouts.iter().filter_map(|b| b.end())).collect();
        let opens = self.windows.iter().flat_map(|w| starts.iter().flat_map(|s| w.openings(*s)).map(|t| (t, &w.zone)));
        ends.chain(opens).filter(|(t, _)| *t > at && self.lets(*t)).min_by_key(|(t, _)| *t).map(|(t, zone)| t.to_zoned(zone.clone()))
    }
}

/// What only holds a thing still, or gives back what a freeze took, waits for no window.
pub(super) fn windows(request: &Request, subject: Subject<'_>, rules: &GuardRules, now: Now) -> Vec<Refusal> {
    let mut out = Vec::new();
    if request.holds_still() || matches!(request, Request::Thaw(_)) {
        return out;
    }
    let calendar = Calendar {
        windows: rules.windows.iter().filter(|w| w.reach.covers(subject, request)).collect(),
        blackouts: rules.blackouts.iter().filter(|b| b.reach.covers(subject, request)).collect(),
    };
    let next = || calendar.next(now.wall).map(|z| said(&z));
    for blackout in calendar.blackouts.iter().filter(|b| b.is_on(now.wall)) {
        let reason = blackout.reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
        let until = blackout.end().map_or_else(String::new, |t| format!(" until {}", said(&t.to_zoned(blackout.zone.clone()))));
        let text = format!("no changes are made{until}{reason}");
        out.push(Refusal::by(Rule::Blackout, text, next().map(|at| format!("from {at} on")), &blackout.source));
    }
    if let Some(first) = calendar.windows.first()
        && !calendar.windows.iter().any(|w| w.is_open(now.wall))
    {
        let hours: Vec<String> = calendar.windows.iter().map(ToString::to_string).collect();
        let clock = said(&now.wall.to_zoned(first.zone.clone()));
        let text = format!("it is {clock}, outside the change window {}", hours.join(" and "));
        let mut sources: Vec<&str> = calendar.windows.iter().map(|w| &*w.source).collect();
        sources.dedup();
        let allowed = next().map(|at| format!("next window opens {at}"));
        out.push(Refusal::by(Rule::ChangeWindow, text, allowed, &Label::new(sources.join(", "))));
    }
    out
}

/// `Mon 2026-11-23 09:00 Europe/Berlin`.
fn said(at: &Zoned) -> String {
    format!("{} {}", at.strftime("%a %Y-%m-%d %H:%M"), zone_name(at.time_zone()))
}

/// `Europe/Berlin`, `UTC`, or the offset.
fn zone_name(zone: &TimeZone) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => zone.to_fixed_offset().map_or_else(|_| "in its own zone".to_owned(), |o| o.to_string()),
    }
}

#[cfg(test)]
mod tests;
