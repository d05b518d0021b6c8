//! `pilothouse journal`: what this machine's consoles changed, newest first.

use super::args::JournalArgs;
use super::tell;
use crate::config::Paths;
use crate::domain::time::format_age;
use crate::journal::{Answer, Entry, Filter, Journal};

/// Lists the journal as text or JSON lines. No journal yet is an empty list, not an error, and none is made by looking.
pub fn run(args: &JournalArgs, paths: &Paths) -> color_eyre::Result<()> {
    if !paths.journal().exists() {
        if !args.json {
            tell(&format!("nothing was changed from here yet ({} does not exist)", paths.journal().display()))?;
        }
        return Ok(());
    }
    let filter = Filter { group: args.group.clone(), limit: Some(args.limit), ..Filter::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let entries = runtime.block_on(async { Journal::open(&paths.journal())?.list(filter).await })?;
    for entry in &entries {
        let line = if args.json { serde_json::to_string(entry)? } else { describe(entry) };
        tell(&line)?;
    }
    Ok(())
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
        out.push_str(&format!(
            "\n    {}  {}: {answer}{text}",
            step.at.strftime("%H:%M:%S"),
            crate::domain::Label::new(step.call.describe())
        ));
    }
    out
}
