//! Signals as values: end, hang-up, stop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM or SIGINT from outside.
    Terminate,
    /// The terminal went away.
    HangUp,
    /// SIGTSTP from outside (the key arrives as a key).
    Stop,
}

/// The streams of all signals we answer to. Installed before the terminal is taken.
#[derive(Debug)]
pub struct Signals {
    /// One came before these streams were there.
    early: Arc<AtomicBool>,
    terminate: Stream,
    interrupt: Stream,
    hang_up: Stream,
    stop: Stream,
}

/// Hears what ends us before there is a runtime to hear it: from the taking of the terminal on, no signal may end us with the terminal
/// taken.
#[derive(Debug)]
pub struct Early(Arc<AtomicBool>);

impl Early {
    pub fn listen() -> io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&ended))?;
        }
        Ok(Self(ended))
    }
}

impl Signals {
    pub fn listen(early: &Early) -> io::Result<Self> {
        Ok(Self {
            early: Arc::clone(&early.0),
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?,
        })
    }

    /// The next signal. Safe to cancel.
    pub async fn next(&mut self) -> Signal {
        if self.early.load(Ordering::Relaxed) {
            return Signal::Terminate;
        }
        tokio::select! {
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Terminate,
            _ = self.hang_up.recv() => Signal::HangUp,
            _ = self.stop.recv() => Signal::Stop,
        }
    }
}

/// Whether somebody is there to continue us: the parent is in our session, as a shell is. Without one a stop would be for ever.
pub fn has_job_control() -> bool {
    let Some(parent) = rustix::process::getppid() else { return false };
    match (rustix::process::getsid(Some(parent)), rustix::process::getsid(None)) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        _ => false,
    }
}

/// Stops the whole foreground job until SIGCONT, as ctrl-z in a shell does: a wrapper such as `cargo run` must stop with us,
/// or the shell would go on waiting for it. Returns after the job was continued.
pub fn stop_job() -> io::Result<()> {
    Ok(rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?)
}
