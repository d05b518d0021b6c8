//! Scheduled actions that came and went while schedules were switched off: the cloud does not make up for them, so somebody has to be told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::group::{Group, ScheduledAction};
use super::super::label::Label;

/// The process that carries out scheduled actions.
pub const SCHEDULES: &str = "ScheduledActions";

/// The next run of a scheduled action, as it was known before schedules were switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub name: Label,
    pub at: Timestamp,
    /// `desired 2, min 2`.
    pub asks: Label,
    /// Comes again: later runs may have been missed as well.
    pub recurs: bool,
}

impl Due {
    fn of(action: &ScheduledAction) -> Option<Self> {
        let asks = [("desired", action.desired), ("min", action.min), ("max", action.max)];
        let asks: Vec<String> = asks.into_iter().filter_map(|(what, n)| Some(format!("{what} {}", n?))).collect();
        Some(Self { name: action.name.clone(), at: action.next?, asks: Label::new(asks.join(", ")), recurs: action.recurrence.is_some() })
    }
}

/// What the group's schedules will do next.
pub fn due(group: &Group) -> Vec<Due> {
    group.schedules.iter().flatten().filter_map(Due::of).collect()
}

/// `nightly-down (01:00 UTC: desired 2)` for each that was due after `since` and not after `until`; `None`: nothing was missed.
pub fn missed(due: &[Due], since: Timestamp, until: Timestamp) -> Option<Label> {
    let gone: Vec<String> = due
        .iter()
        .filter(|d| d.at > since && d.at <= until)
        .map(|d| {
            let again = if d.recurs { ", and perhaps later runs" } else { "" };
            format!("{} ({}: {}{again})", d.name, d.at.strftime("%Y-%m-%d %H:%M UTC"), d.asks)
        })
        .collect();
    (!gone.is_empty()).then(|| Label::new(gone.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn action(name: &str, next: Option<&str>, desired: Option<u32>, recurrence: Option<&str>) -> ScheduledAction {
        ScheduledAction {
            name: Label::new(name),
            next: next.map(at),
            recurrence: recurrence.map(Label::new),
            zone: None,
            min: None,
            max: Some(12),
            desired,
        }
    }

    #[test]
    fn only_what_was_due_meanwhile_was_missed() {
        let mut group = crate::domain::plan::fixture::group(6);
        group.schedules = Some(vec![
            action("nightly-down", Some("2026-11-20T01:00:00Z"), Some(2), Some("0 1 * * *")),
            action("before", Some("2026-11-19T22:00:00Z"), Some(3), None),
            action("at the very end", Some("2026-11-20T06:00:00Z"), None, None),
            action("later", Some("2026-11-20T06:00:01Z"), Some(9), None),
            action("never", None, Some(9), None),
        ]);
        let words = missed(&due(&group), at("2026-11-19T22:00:00Z"), at("2026-11-20T06:00:00Z"));
        let told = "nightly-down (2026-11-20 01:00 UTC: desired 2, max 12, and perhaps later runs); \
                    at the very end (2026-11-20 06:00 UTC: max 12)";
        assert_eq!(words.as_deref(), Some(told));
        assert_eq!(missed(&due(&group), at("2026-11-20T07:00:00Z"), at("2026-11-21T00:00:00Z")), None);
    }
}
