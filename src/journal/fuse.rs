//! A fuse for tests: the journal of a process that dies at a given write. Whoever writes after that waits for ever, and is to be dropped.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::watch;

/// Where the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Burns {
    Never,
    /// This write, counted from 1, is on disk, and nothing after it happens.
    After(u32),
    /// Everything before this write has happened, but it is not written.
    Before(u32),
}

#[derive(Clone, Debug)]
pub struct Fuse {
    burns: Burns,
    writes: Arc<AtomicU32>,
    burnt: watch::Sender<bool>,
}

impl Fuse {
    pub fn new(burns: Burns) -> Self {
        Self { burns, writes: Arc::default(), burnt: watch::channel(false).0 }
    }

    /// Writes so far.
    pub fn writes(&self) -> u32 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Returns once it has burnt.
    pub async fn burnt(&self) {
        let mut burnt = self.burnt.subscribe();
        // The sender lives as long as `self`.
        let _ = burnt.wait_for(|b| *b).await;
    }

    pub(super) async fn before(&self) {
        let number = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        if self.burns == Burns::Before(number) || *self.burnt.borrow() {
            self.burn().await;
        }
    }

    pub(super) async fn after(&self) {
        if self.burns == Burns::After(self.writes()) {
            self.burn().await;
        }
    }

    async fn burn(&self) {
        self.burnt.send_replace(true);
        pending::<()>().await;
    }
}
