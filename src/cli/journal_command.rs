//! `pilothouse journal`: what this machine's consoles and scripts changed, newest first; or all of it, for keeping elsewhere.

use serde::Serialize;

use super::args::JournalArgs;
use super::args::scripts::Format;
use super::estate::BadInput;
use super::tell;
use crate::config::Paths;
use crate::domain::time::format_age;
use crate::domain::{Fact, Label, OperationId, Order, Plan};
use crate::engine::Clock;
use crate::journal::{Answer, Entry, Filter, Journal, JournalError, Stored};

/// Lists the journal as text or JSON lines. No journal yet is an empty list, not an error, and none is made by looking.
pub fn run(args: &JournalArgs, paths: &Paths) -> color_eyre::Result<()> {
    let document = args.output == Format::Json;
    if !paths.journal().exists() {
        if document {
            tell(&serde_json::to_string_pretty(&All { operations: Vec::new() })?)?;
        } else if !args.json && !args.export {
            tell(&format!("nothing was changed from here yet ({} does not exist)", paths.journal().display()))?;
        }
        return Ok(());
    }
    let since = args.since.map(|long| Clock::system().now().wall - long);
    let filter = Filter {
        id: args.id.clone().map(OperationId),
        group: args.group.clone(),
        since,
        state: args.state.clone(),
        limit: (!args.export).then_some(args.limit),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let journal = Journal::open(&paths.journal())?;
        let entries = journal.list(filter).await?;
        if args.export {
            // Oldest first: a later export continues where this one ended.
            for entry in entries.into_iter().rev() {
                tell(&serde_json::to_string(&Record::of(&journal, entry).await?)?)?;
            }
            return Ok(());
        }
        if let (Some(id), true) = (&args.id, entries.is_empty()) {
            return Err(BadInput(format!("there is no operation {} on record", Label::new(id))).into());
        }
        if document {
            let mut operations = Vec::new();
            for entry in entries {
                operations.push(Told { state: entry.state().replace(' ', "-"), record: Record::of(&journal, entry).await? });
            }
            tell(&serde_json::to_string_pretty(&All { operations })?)?;
            return Ok(());
        }
        for entry in entries {
            let record = if args.id.is_some() { Some(Record::of(&journal, entry.clone()).await?) } else { None };
            let line = match (record, args.json) {
                (Some(record), true) => serde_json::to_string(&record)?,
                (Some(Record { known: Some(known), .. }), false) => describe_whole(&entry, &known),
                (_, false) => describe(&entry),
                (None, true) => serde_json::to_string(&entry)?,
            };
            tell(&line)?;
        }
        Ok(())
    })
}

/// The one document of `-o json`, newest first.
#[derive(Serialize)]
struct All {
    operations: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    /// As `ops` says it; `unfinished` where no end is on record.
    state: String,
    #[serde(flatten)]
    record: Record,
}

/// Everything on record of one operation.
#[derive(Serialize)]
struct Record {
    #[serde(flatten)]
    entry: Entry,
    /// `None` for records of the first version, which knew no more.
    #[serde(flatten)]
    known: Option<Known>,
}

/// What an entry leaves out.
#[derive(Serialize)]
pub struct Known {
    /// That the change belongs to, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Label>,
    plan: Plan,
    facts: Vec<Dated>,
    orders: Vec<Given>,
}

#[derive(Serialize)]
struct Dated {
    at: jiff::Timestamp,
    #[serde(flatten)]
    fact: Fact,
}

#[derive(Serialize)]
struct Given {
    at: jiff::Timestamp,
    by: Label,
    order: Order,
}

impl Record {
    async fn of(journal: &Journal, entry: Entry) -> Result<Self, JournalError> {
        let known = match journal.load(&entry.id).await {
            Ok(stored) => stored.as_ref().map(Known::of),
            Err(JournalError::Older { .. }) => None,
            Err(e) => return Err(e),
        };
        Ok(Self { entry, known })
    }
}

impl Known {
    pub fn of(stored: &Stored) -> Self {
        Self {
            ticket: stored.rules.given.ticket.clone(),
            plan: stored.plan.clone(),
            facts: stored.facts.iter().map(|(at, fact)| Dated { at: *at, fact: fact.clone() }).collect(),
            orders: stored.orders.iter().map(|g| Given { at: g.at, by: g.by.clone(), order: g.order }).collect(),
        }
    }
}

/// One operation in two or more lines: what and how it ended, then who and where, then what was sent.
fn describe(e: &Entry) -> String {
    let took = e.ended.map(|end| std::time::Duration::try_from(end.duration_since(e.started)).unwrap_or_default());
    let took = took.map_or_else(String::new, |t| format!(" after {}", format_age(t)));
    let outcome = e.outcome.as_deref().map_or_else(String::new, |o| format!(": {o}"));
    let mut out = format!("{}  {}  {}{took}{outcome}\n", e.started.strftime("%Y-%m-%d %H:%M:%SZ"), e.title, e.state());
    out.push_str(&format!("    {} by {}@{} as {} in {}", e.id.0, e.user, e.host, e.principal, e.scope));
    for step in &e.steps {
        let answer = match step.answer {
            Some(Answer::Accepted) => "accepted",
            Some(Answer::Refused) => "refused",
            Some(Answer::FoundDone) => "answer lost, found done by reading",
            Some(Answer::Unclear) => "answer lost, and reading could not tell",
            None => "no answer on record: it may have been made",
        };
        let text = step.text.as_deref().filter(|t| !t.is_empty()).map_or_else(String::new, |t| format!(" ({t})"));
        out.push_str(&format!("\n    {}  {}: {answer}{text}", step.at.strftime("%H:%M:%S"), Label::new(step.call.describe())));
    }
    out
}

/// The same with what it remembered and what it was told, in the order in which it happened.
pub fn describe_whole(entry: &Entry, known: &Known) -> String {
    let facts = known.facts.iter().map(|d| (d.at, format!("fact: {}", words(&d.fact))));
    let orders = known.orders.iter().map(|g| (g.at, format!("told to {} by {}", g.order.word(), g.by)));
    let remarks = entry.remarks.iter().map(|r| (r.at, r.text.to_string()));
    let mut lines: Vec<(jiff::Timestamp, String)> = facts.chain(orders).chain(remarks).collect();
    lines.sort_by_key(|(at, _)| *at);
    let mut out = describe(entry);
    if let Some(ticket) = &known.ticket {
        out.push_str(&format!("\n    for {ticket}"));
    }
    for (at, text) in lines {
        out.push_str(&format!("\n    {}  {text}", at.strftime("%H:%M:%S")));
    }
    out
}

/// A fact as its own document says it: its words are for programs first.
fn words(fact: &Fact) -> Label {
    Label::new(serde_json::to_string(fact).unwrap_or_default())
}
