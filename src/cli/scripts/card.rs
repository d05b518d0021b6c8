//! The impact card for scripts: what the screen's card says, as lines of text or as a document. Pure.

use serde::Serialize;

use crate::domain::plan::guard::Judgement;
use crate::domain::plan::{Confirmation, Impact, Inverse};
use crate::domain::time::format_age;
use crate::domain::{Call, Identity, Label, Plan, Refusal, Verdict};

/// Most victims that are listed one by one.
const LISTED: usize = 12;

/// One thing that moves, or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub what: Label,
    pub now: Label,
    pub after: Label,
    #[serde(skip_serializing_if = "Label::is_empty")]
    pub remark: Label,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    pub verdict: &'static str,
    pub text: Label,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Victim {
    pub id: Label,
    pub why: Label,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub rule: &'static str,
    pub text: Label,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Label>,
    pub source: Label,
    /// What a script would add to go on all the same, where the config lets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_around: Option<Label>,
}

/// A plan as it is put before whoever has to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    pub title: Label,
    pub target: Label,
    pub region: Label,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Label>,
    pub environment: Label,
    /// What moved since the change that is taken back, and which one that is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Label>,
    pub rows: Vec<Row>,
    pub notes: Vec<Note>,
    pub victims: Vec<Victim>,
    pub victims_chosen: bool,
    /// What the balancer has to spare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spare: Option<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_deploy: Option<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_seconds: Option<u64>,
    /// In order, where they are known beforehand.
    pub calls: Vec<Label>,
    pub undo: Label,
    /// What `--confirm` wants, where it wants something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Label>,
    pub refusals: Vec<Refused>,
    /// Rules that a human set aside, with what they said.
    pub overridden: Vec<Label>,
}

impl Card {
    pub fn of(plan: &Plan, identity: Option<&Identity>, environment: &str) -> Self {
        let impact = &plan.impact;
        Self {
            title: plan.title.clone(),
            target: plan.name.clone(),
            region: Label::new(plan.target.scope.region()),
            account: identity.map(|i| i.account.clone()),
            principal: identity.map(|i| i.principal.clone()),
            environment: Label::new(environment),
            warnings: Vec::new(),
            rows: rows(impact),
            notes: impact.notes.iter().map(|n| Note { verdict: word(n.verdict), text: n.text.clone() }).collect(),
            victims: impact.victims.iter().map(|(id, why)| Victim { id: Label::new(id.native()), why: why.clone() }).collect(),
            victims_chosen: impact.victims_chosen,
            spare: impact.spare.clone(),
            last_deploy: impact.last_deploy.clone(),
            takes_seconds: impact.takes.or(impact.ready_in).map(|t| t.as_secs()),
            calls: plan.calls.iter().map(Call::describe).map(Label::from).collect(),
            undo: undo(&plan.inverse),
            confirm: match &plan.confirmation {
                Confirmation::TypeName(name) => Some(name.clone()),
                Confirmation::Enter => None,
            },
            refusals: Vec::new(),
            overridden: Vec::new(),
        }
    }

    /// With what the guards say.
    #[must_use]
    pub fn judged(mut self, judgement: &Judgement) -> Self {
        self.refusals = judgement.refusals.iter().map(refused).collect();
        self.overridden = judgement.overridden.iter().map(|o| Label::new(format!("{} ({})", o.refusal.sentence(), o.reason))).collect();
        self
    }

    /// As lines, without colour: what is piped into a file must be readable there.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.to_string()];
        let who = match (&self.account, &self.principal) {
            (Some(account), Some(principal)) => format!(", as {principal} in account {account}"),
            _ => String::new(),
        };
        lines.push(format!("  {} in {}{who}", self.environment, self.region));
        lines.extend(self.warnings.iter().map(|w| format!("  {w}")));
        let width = |of: fn(&Row) -> &Label| self.rows.iter().map(|r| of(r).chars().count()).max().unwrap_or(0);
        // What has nothing to its right pushes nothing there.
        let beside = self.rows.iter().filter(|r| !r.remark.is_empty()).map(|r| r.after.chars().count()).max();
        let (what, now, after) = (width(|r| &r.what), width(|r| &r.now), beside.unwrap_or(0));
        for row in &self.rows {
            let arrow = if row.now == row.after { ' ' } else { '→' };
            let line = format!("  {:<what$}  {:>now$} {arrow} {:<after$}  {}", row.what, row.now, row.after, row.remark);
            lines.push(line.trim_end().to_owned());
        }
        if let Some(seconds) = self.takes_seconds {
            lines.push(format!("  takes about {}", format_age(std::time::Duration::from_secs(seconds))));
        }
        lines.extend(self.spare.iter().map(|s| format!("  to spare: {s}")));
        lines.extend(self.last_deploy.iter().map(|d| format!("  last deploy: {d}")));
        if !self.victims.is_empty() {
            lines.push(format!(
                "  {}",
                if self.victims_chosen { "will go, as chosen:" } else { "likely to go (the group's own policy decides):" }
            ));
            lines.extend(self.victims.iter().take(LISTED).map(|v| format!("    {}  {}", v.id, v.why)));
            if self.victims.len() > LISTED {
                lines.push(format!("    and {} more", self.victims.len() - LISTED));
            }
        }
        lines.extend(self.notes.iter().map(|n| format!("  {}: {}", n.verdict, n.text)));
        lines.extend(self.calls.iter().enumerate().map(|(n, call)| format!("  call {}: {call}", n + 1)));
        lines.push(format!("  undo: {}", self.undo));
        lines.extend(self.overridden.iter().map(|o| format!("  set aside: {o}")));
        for refusal in &self.refusals {
            lines.push(format!("  refused: {} (rule {}, {})", refusal.text, refusal.rule, refusal.source));
            lines.extend(refusal.allowed.iter().map(|a| format!("    allowed: {a}")));
            lines.extend(refusal.way_around.iter().map(|w| format!("    or: {w}")));
        }
        lines.join("\n")
    }
}

fn refused(refusal: &Refusal) -> Refused {
    Refused {
        rule: refusal.rule.word(),
        text: refusal.text.clone(),
        allowed: refusal.allowed.clone(),
        source: refusal.source.clone(),
        way_around: refusal.way_around().map(Label::from),
    }
}

fn rows(impact: &Impact) -> Vec<Row> {
    let row = |what: &str, now: String, after: String, remark: String| Row {
        what: Label::new(what),
        now: Label::from(now),
        after: Label::from(after),
        remark: Label::from(remark),
    };
    let mut rows = Vec::new();
    let (from, to) = impact.desired;
    // A database or an alarm has no size.
    let sized = impact.max != (0, 0) || impact.desired != (0, 0);
    if sized {
        let step = match i64::from(to) - i64::from(from) {
            0 => format!("(bounds {}–{})", impact.min.1, impact.max.1),
            step => format!("({step:+}, bounds {}–{})", impact.min.1, impact.max.1),
        };
        rows.push(row("want", from.to_string(), to.to_string(), step));
        for (name, (from, to)) in [("min", impact.min), ("max", impact.max)] {
            if from != to {
                rows.push(row(name, from.to_string(), to.to_string(), String::new()));
            }
        }
    }
    for (zone, from, to) in &impact.zones {
        rows.push(row(&format!("zone {zone}"), from.to_string(), to.to_string(), String::new()));
    }
    let share = |(good, all): (u32, u32)| format!("{good}/{all}");
    if sized {
        let least = impact.healthy_least.map_or_else(String::new, |least| format!("(on the way at least {})", share(least)));
        rows.push(row("healthy", share(impact.healthy_now), share(impact.healthy_after), least));
    }
    rows.extend(impact.changes.iter().map(|(what, now, after)| Row {
        what: what.clone(),
        now: now.clone(),
        after: after.clone(),
        remark: Label::default(),
    }));
    rows
}

fn undo(inverse: &Inverse) -> Label {
    match inverse {
        Inverse::Request(request) => Label::new(format!("possible: {}", request.word())),
        Inverse::RollBack { until } => Label::new(format!("by rolling the operation back, until {until}")),
        Inverse::Recorded(what) => Label::new(format!("possible: {what}")),
        Inverse::None(why) => Label::new(format!("not possible: {why}")),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Notice => "note",
        Verdict::Warning => "warning",
        Verdict::Critical => "critical",
        Verdict::Unknown => "not known",
    }
}

#[cfg(test)]
mod tests;
