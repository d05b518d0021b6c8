//! `pilothouse ops`: the operations of this machine, how each stands, and a word to one of them. Needs the journal and no network: the
//! runner that an order may start finds its own way.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::deed::{Deed, Listed, Report};
use super::stop::Stop;
use super::voice::say;
use super::{document, follow, line, open_journal};
use crate::cli::args::Cli;
use crate::cli::args::scripts::{Format, Limit, OpsArgs, OpsOrder};
use crate::cli::journal_command;
use crate::cli::operating::Desk;
use crate::cli::operating::desk::Untold;
use crate::cli::operating::standing::Found;
use crate::cli::runner::Runners;
use crate::config::suggest::did_you_mean;
use crate::config::{Config, Paths};
use crate::domain::{Fact, Label, OperationId, Order};
use crate::engine::Clock;
use crate::journal::{Filter, Given, Step};

/// Operations that ended within this time are listed too.
const RECENT: Duration = Duration::from_hours(24);

pub async fn run(args: &OpsArgs, cli: &Cli, config: &Config, paths: &Paths) -> Result<u8, Stop> {
    let _ = config;
    let format = args.order.as_ref().map_or(args.output.output, OpsOrder::output);
    if !paths.journal().exists() {
        if args.order.is_some() {
            return Err(Stop::bad(format!(
                "there is no operation: nothing was changed from here yet ({} does not exist)",
                paths.journal().display()
            )));
        }
        return list(Vec::new(), format);
    }
    let journal = open_journal(paths).await?;
    // Whoever resumes signs in by the record, as the runner finds it: there is no session to hand over from here.
    let desk = Desk::new(journal, Runners::beside(&paths.journal()), None, Arc::new(|| None), Clock::system());
    let Some(order) = &args.order else {
        let found = all(&desk, args.all).await?;
        return list(found.iter().map(|f| f.listed(&desk)).collect(), format);
    };
    match order {
        OpsOrder::Show(one) => {
            let id = named(&desk, &one.id).await?;
            show(&desk, &id, format).await
        }
        OpsOrder::Wait(one) => {
            let id = named(&desk, &one.id).await?;
            wait(&desk, &id, "wait", one.limit, format).await
        }
        other => {
            let Some((order, args)) = other.order() else { return Err(Stop::failed("no order")) };
            let id = named(&desk, &args.id).await?;
            if cli.global.read_only {
                return Err(Stop::refused("refused: --read-only: no operation is told anything from here"));
            }
            tell(&desk, &id, order).await?;
            if args.stay.stays() {
                wait(&desk, &id, order.word(), args.stay.limit, format).await
            } else {
                told(&desk, &id, order, format).await
            }
        }
    }
}

trait Tells {
    fn listed(&self, desk: &Desk) -> Listed;
}

impl Tells for Found {
    fn listed(&self, desk: &Desk) -> Listed {
        Listed::of(&self.standing(desk.clock.now().wall), &self.stored.entry)
    }
}

/// Open ends, whatever their age, and what ended lately; newest first.
async fn all(desk: &Desk, limit: Option<usize>) -> Result<Vec<Found>, Stop> {
    let said = |e: crate::journal::JournalError| Stop::failed(e.to_string());
    let mut ids = desk.journal.open_ends().await.map_err(said)?;
    let filter = match limit {
        Some(limit) => Filter { limit: Some(limit), ..Filter::default() },
        None => Filter { since: Some(desk.clock.now().wall - RECENT), ..Filter::default() },
    };
    ids.extend(desk.journal.list(filter).await.map_err(said)?.into_iter().map(|e| e.id));
    ids.sort();
    ids.dedup();
    let mut found = Vec::new();
    for id in ids.into_iter().rev() {
        match desk.find(&id).await {
            Ok(one) => found.extend(one),
            // Of the first version of the journal: it can be read there, not taken up.
            Err(e) => tracing::debug!(%id, %e, "not listed"),
        }
    }
    Ok(found)
}

fn list(listed: Vec<Listed>, format: Format) -> Result<u8, Stop> {
    #[derive(Serialize)]
    struct All {
        operations: Vec<Listed>,
    }
    if format == Format::Json {
        document(&All { operations: listed })?;
    } else if listed.is_empty() {
        line("no operation is under way, and none ended lately")?;
    } else {
        listed.iter().try_for_each(|l| line(&l.text()))?;
    }
    Ok(0)
}

/// The operation of this id, or of the one id that begins or ends so.
async fn named(desk: &Desk, typed: &str) -> Result<OperationId, Stop> {
    let entries = desk.journal.list(Filter::default()).await.map_err(|e| Stop::failed(e.to_string()))?;
    let ids: Vec<&str> = entries.iter().map(|e| e.id.0.as_str()).collect();
    let found: Vec<&str> = match ids.iter().find(|id| **id == typed) {
        Some(id) => vec![id],
        None => ids.iter().copied().filter(|id| !typed.is_empty() && (id.starts_with(typed) || id.ends_with(typed))).collect(),
    };
    match &found[..] {
        [id] => Ok(OperationId((*id).to_owned())),
        [] => Err(Stop::bad(format!("there is no operation {:?}{}", Label::new(typed), did_you_mean(typed, ids.iter().copied())))),
        several => {
            let candidates: Vec<Label> = several.iter().map(Label::new).collect();
            let listed = several.join(", ");
            Err(Stop::bad(format!("{:?} is ambiguous: {listed}", Label::new(typed))).or_one_of(candidates))
        }
    }
}

async fn tell(desk: &Desk, id: &OperationId, order: Order) -> Result<(), Stop> {
    let found = find(desk, id).await?;
    let standing = found.standing(desk.clock.now().wall);
    crate::cli::operating::standing::admits(&standing, order, found.claimed).map_err(|why| Stop::refused(&*why))?;
    desk.order(id, order).await.map_err(|untold| match untold {
        Untold::Refused(why) => Stop::refused(&*why),
        Untold::Failed(why) => Stop::failed(&*why),
    })?;
    say(&format!("{}: told to {}", found.stored.entry.title, order.word()));
    Ok(())
}

async fn find(desk: &Desk, id: &OperationId) -> Result<Found, Stop> {
    let found = desk.find(id).await.map_err(|why| Stop::failed(&*why))?;
    found.ok_or_else(|| Stop::bad(format!("there is no operation {id}")))
}

/// An order was given and nobody waits for what becomes of it.
async fn told(desk: &Desk, id: &OperationId, order: Order, format: Format) -> Result<u8, Stop> {
    let found = find(desk, id).await?;
    let note = Label::new(format!("told to {}", order.word()));
    end(order.word(), deed(&found, Label::new("told"), note, 0), format)
}

async fn wait(desk: &Desk, id: &OperationId, verb: &'static str, limit: Limit, format: Format) -> Result<u8, Stop> {
    let followed = follow::to_the_end(desk, id, limit).await?;
    end(verb, deed(&followed.found, followed.state(), followed.note(), followed.exit()), format)
}

fn deed(found: &Found, state: Label, note: Label, exit: u8) -> Deed {
    let entry = &found.stored.entry;
    Deed {
        id: Some(entry.id.clone()),
        target: entry.group.clone(),
        region: Label::new(entry.scope.region()),
        title: entry.title.clone(),
        state,
        note,
        exit,
        card: None,
    }
}

fn end(verb: &'static str, deed: Deed, format: Format) -> Result<u8, Stop> {
    super::end(&Report::new(verb, false, vec![deed]), format == Format::Text, true)
}

/// Everything there is to know of one operation.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    listed: Listed,
    principal: Label,
    steps: Vec<Step>,
    facts: Vec<Dated>,
    orders_given: Vec<Heard>,
    log: String,
}

#[derive(Serialize)]
struct Dated {
    at: jiff::Timestamp,
    #[serde(flatten)]
    fact: Fact,
}

#[derive(Serialize)]
struct Heard {
    at: jiff::Timestamp,
    by: Label,
    order: &'static str,
}

impl From<&Given> for Heard {
    fn from(given: &Given) -> Self {
        Self { at: given.at, by: given.by.clone(), order: given.order.word() }
    }
}

async fn show(desk: &Desk, id: &OperationId, format: Format) -> Result<u8, Stop> {
    let found = find(desk, id).await?;
    let stored = &found.stored;
    if format == Format::Json {
        document(&Whole {
            listed: found.listed(desk),
            principal: stored.entry.principal.clone(),
            steps: stored.entry.steps.clone(),
            facts: stored.facts.iter().map(|(at, fact)| Dated { at: *at, fact: fact.clone() }).collect(),
            orders_given: stored.orders.iter().map(Heard::from).collect(),
            log: desk.runners.log(id).display().to_string(),
        })?;
        return Ok(0);
    }
    line(&found.listed(desk).text())?;
    line(&journal_command::describe_whole(&stored.entry, &journal_command::Known::of(stored)))?;
    line(&format!("    log: {}", desk.runners.log(id).display()))?;
    Ok(0)
}
