//! What runs in a runner process: open the journal, reach the operation's scope again, make sure of who we are, and drive it to its end.
//!
//! Nobody is there to ask or to tell: orders come through the journal, progress goes out through it, words go to a log of its own.

use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::estate;
use super::log;
use super::open;
use super::operating::standing;
use super::runner::{Orders, Report, Runners};
use super::way::Way;
use crate::config::Paths;
use crate::domain::{Label, OperationId, Phase};
use crate::engine::Clock;
use crate::journal::{Journal, Stored};
use crate::providers::aws::{self, Handover};
use crate::providers::{Access, Operator, Provider, WritePermit};

/// Drives the operation of this id. Says on stdout, once, that it does or why it does not.
pub fn run(id: &str, paths: &Paths, log_filter: Option<&str>) -> ExitCode {
    // Out of the terminal's session before anything else. Who is the leader of a group already was started so by hand: let be.
    let _ = rustix::process::setsid();
    let id = OperationId(id.to_owned());
    let _log = log::start(&Runners::beside(&paths.journal()).log(&id), log_filter);
    let mut words = String::new();
    let orders: Orders = match std::io::stdin().lock().read_to_string(&mut words) {
        // Started by hand: nothing is handed over.
        Ok(_) if words.trim().is_empty() => Orders::default(),
        Ok(_) => match serde_json::from_str(&words) {
            Ok(orders) => orders,
            // The document may hold a secret: it is not quoted.
            Err(_) => return stop("what its starter handed over cannot be read"),
        },
        Err(e) => return stop(&format!("what its starter handed over cannot be read: {e}")),
    };
    drop(words);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return stop(&format!("no runtime: {e}")),
    };
    let code = runtime.block_on(drive(id, paths, orders.session));
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    code
}

async fn drive(id: OperationId, paths: &Paths, session: Option<Handover>) -> ExitCode {
    let journal = match Journal::open(&paths.journal()) {
        Ok(journal) => journal,
        Err(e) => return stop(&e.to_string()),
    };
    let stored = match journal.load(&id).await {
        Ok(Some(stored)) => stored,
        Ok(None) => return stop(&format!("there is no operation {id} in {}", paths.journal().display())),
        Err(e) => return stop(&e.to_string()),
    };
    let clock = Clock::system();
    match reach(&stored, paths, &clock, session).await {
        Ok((permit, operator)) => {
            tracing::info!(%id, title = %stored.entry.title, "drives");
            operate(journal, id, permit, operator, clock).await
        }
        Err(why) => {
            tracing::error!(%id, %why, "cannot drive");
            give_up(&journal, &stored, &why, &clock).await;
            stop(&why)
        }
    }
}

async fn operate(journal: Journal, id: OperationId, permit: WritePermit, operator: Arc<dyn Operator>, clock: Clock) -> ExitCode {
    // A machine that goes down is our business; a terminal that hangs up is not, though none should be left to do so.
    let (mut terminate, hang_up) = match (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
        (Ok(terminate), Ok(hang_up)) => (terminate, hang_up),
        (Err(e), _) | (_, Err(e)) => return stop(&format!("signals cannot be heard: {e}")),
    };
    tell(&Report::Driving);
    let cancel = CancellationToken::new();
    let ours = cancel.clone();
    tokio::spawn(async move {
        let _ = terminate.recv().await;
        tracing::info!("told to end: leaves it where it is");
        ours.cancel();
    });
    match crate::operate::run_one(journal.clone(), &id, operator, permit, clock.to_fn(), cancel).await {
        Ok(end) => tracing::info!(%id, phase = end.phase.word(), note = %end.note, "ends"),
        Err(e) => {
            tracing::error!(%id, %e, "ends");
            return ExitCode::FAILURE;
        }
    }
    let _ = journal.flush().await;
    drop(hang_up);
    ExitCode::SUCCESS
}

/// Reaches the operation's scope by its recorded way, as whom it was begun. The error is a sentence.
async fn reach(
    stored: &Stored,
    paths: &Paths,
    clock: &Clock,
    session: Option<Handover>,
) -> Result<(WritePermit, Arc<dyn Operator>), String> {
    let way = Way::parse(&stored.way)?;
    let around = estate::surroundings(Some(paths.home.clone()));
    let present = clock.clone();
    let settings = way.settings(&around, move || present.now(), session);
    let providers = aws::connect(settings).await.map_err(|e| e.to_string())?;
    let wanted = &stored.plan.target.scope;
    let provider = providers.into_iter().find(|p| p.scope() == wanted).ok_or_else(|| match &way.profile {
        None => format!("it was begun in {wanted}, with keys from the environment: they are not set here"),
        Some(profile) => format!("it was begun in {wanted}, which profile {profile:?} does not lead to here"),
    })?;
    let identity = open::fetch_identity(&*provider).await.map_err(|e| format!("who we are cannot be found out: {e}"))?;
    let Some(permit) = open::grant(Access::ReadWrite, &identity) else { return Err("nothing may be changed from here".to_owned()) };
    let begun = crate::domain::Identity { principal: stored.entry.principal.clone(), ..identity.clone() };
    if !permit.covers(&begun) {
        return Err(format!("it was begun as {}, but calls would be made as {}", begun.principal, identity.principal));
    }
    let operator =
        provider.operator(&permit).ok_or_else(|| format!("account {} is not the one that is expected here", identity.account))?;
    Ok((permit, operator))
}

/// An operation of which nothing was sent ends here; one that was under way stays to be taken up again.
async fn give_up(journal: &Journal, stored: &Stored, why: &str, clock: &Clock) {
    let (id, now) = (&stored.entry.id, clock.now().wall);
    let text = Label::new(format!("stopped: {why}"));
    // Another runner may have it.
    let Ok(Some(_claim)) = journal.claim(id) else { return };
    let written = if standing::has_begun(stored) || stored.entry.phase.is_some() {
        journal.note(id, &text, now).await
    } else {
        journal.end(id, Phase::Refused, &text, None, now).await
    };
    if let Err(e) = written {
        tracing::error!(%id, %e, "not on record");
    }
}

fn stop(why: &str) -> ExitCode {
    tell(&Report::Stopped(Label::new(why)));
    ExitCode::FAILURE
}

/// The starter may be gone; what counts is in the journal.
fn tell(report: &Report) {
    let mut out = std::io::stdout().lock();
    let line = serde_json::to_string(report).unwrap_or_default();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
