//! Runner processes: one per operation, in a session of its own, so that neither a closed terminal nor a killed console strands it.
//!
//! Here is the starting end; `drive` is what runs in the process. The two talk once: the starter hands credentials over that nobody else
//! can have, the runner says that it drives, or why it cannot.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::domain::{Label, OperationId};
use crate::journal::Journal;
use crate::providers::aws::Handover;

/// The hidden verb.
pub const VERB: &str = "drive";

/// Signing in may take a credential process or two; after that the runner is left to itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at whether it has its claim.
const PACE: Duration = Duration::from_millis(20);

/// What the starter says, in one document on stdin.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Orders {
    /// A session that a code bought: the runner has nobody to ask.
    pub session: Option<Handover>,
}

/// What the runner says, in one line on stdout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    Driving,
    /// Nothing was sent; why.
    Stopped(Label),
}

/// Where runners are started from.
#[derive(Clone, Debug)]
pub struct Runners {
    /// Folder of their logs.
    folder: PathBuf,
}

impl Runners {
    /// Beside the journal.
    pub fn beside(journal: &Path) -> Self {
        Self { folder: journal.with_file_name("operations") }
    }

    /// The log of one runner.
    pub fn log(&self, id: &OperationId) -> PathBuf {
        self.folder.join(format!("{id}.log"))
    }

    /// Starts the runner of an operation and waits until it drives. The error says why it does not; nothing was sent then.
    pub async fn start(&self, id: &OperationId, session: Option<Handover>, journal: &Journal) -> Result<(), Label> {
        let fail = |e: std::io::Error| Label::new(format!("its runner cannot be started: {e}"));
        let mut child = self.spawn(id).map_err(fail)?;
        let words = serde_json::to_vec(&Orders { session }).unwrap_or_default();
        if let Some(mut stdin) = child.stdin.take() {
            // A runner that died at once says so below; dropping the pipe ends the document.
            let _ = stdin.write_all(&words).await;
        }
        let mut line = String::new();
        let heard = match child.stdout.take() {
            Some(stdout) => timeout(PATIENCE, BufReader::new(stdout).read_line(&mut line)).await,
            None => Ok(Ok(0)),
        };
        if heard.is_err() {
            // It may still be signing in: the journal will tell. Taking it back now could cut it off in the middle of something.
            tracing::warn!(%id, "the runner has not said anything yet");
            reap(child, id.clone());
            return Ok(());
        }
        match serde_json::from_str(&line) {
            Ok(Report::Driving) => {
                // Until it has its claim it could be taken for one that died; one that has ended had it.
                let begun = async {
                    while !is_driven(journal, id).await && matches!(child.try_wait(), Ok(None)) {
                        sleep(PACE).await;
                    }
                };
                let _ = timeout(PATIENCE, begun).await;
                reap(child, id.clone());
                Ok(())
            }
            Ok(Report::Stopped(why)) => {
                reap(child, id.clone());
                Err(why)
            }
            Err(_) => {
                let ended = timeout(PATIENCE, child.wait())
                    .await
                    .map_or_else(|_| "it hangs".to_owned(), |s| s.map_or_else(|e| e.to_string(), |s| s.to_string()));
                Err(Label::new(format!("its runner broke off ({ended}); see {}", self.log(id).display())))
            }
        }
    }

    fn spawn(&self, id: &OperationId) -> std::io::Result<Child> {
        std::fs::create_dir_all(&self.folder)?;
        let log = private().open(self.log(id))?;
        // Its own session it makes itself, first of all: until then it belongs to our group.
        Command::new(program()?)
            .arg(VERB)
            .arg(&id.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log))
            .kill_on_drop(false)
            .spawn()
    }
}

/// Whether somebody drives an operation right now. The disk is touched off the runtime's threads.
pub async fn is_driven(journal: &Journal, id: &OperationId) -> bool {
    let (journal, id) = (journal.clone(), id.clone());
    match tokio::task::spawn_blocking(move || journal.is_claimed(&id)).await {
        Ok(Ok(claimed)) => claimed,
        // Not known: better to take it for driven than to drive it twice.
        Ok(Err(e)) => {
            tracing::warn!(%e, "whether an operation is driven cannot be found out");
            true
        }
        Err(_) => true,
    }
}

/// A log that others cannot read.
fn private() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options
}

/// This very program: by its process where the system allows, so that an upgrade meanwhile does not put another in its place.
fn program() -> std::io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() { Ok(own.to_owned()) } else { std::env::current_exe() }
}

/// Waits for the end of a child, so that it does not stay as a zombie while the console lives.
fn reap(mut child: Child, id: OperationId) {
    tokio::spawn(async move {
        match child.wait().await {
            Ok(status) => tracing::info!(%id, %status, "the runner ended"),
            Err(e) => tracing::warn!(%id, %e, "the runner's end is not known"),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_understand_each_other() {
        for report in [Report::Driving, Report::Stopped(Label::new("cannot sign in: \"no\""))] {
            let line = serde_json::to_string(&report).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<Report>(&line).unwrap(), report);
        }
        assert!(serde_json::from_str::<Orders>("{\"session\":null}").unwrap().session.is_none());
    }

    #[test]
    fn logs_lie_beside_the_journal() {
        let runners = Runners::beside(Path::new("/state/journal.db"));
        assert_eq!(runners.log(&OperationId("20261120-031244-7f3a".to_owned())), Path::new("/state/operations/20261120-031244-7f3a.log"));
    }
}
