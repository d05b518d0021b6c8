//! Where a read sends its pages. Bounded: a slow store holds the read back instead of growing.

use tokio::sync::mpsc;

use crate::domain::{Label, Observation};

/// One page of an answer.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub rows: Vec<Observation>,
    /// What this page could not tell (`failures[]`, a pool whose targets were refused): shown, never swallowed.
    pub gaps: Vec<Label>,
    /// API calls this page took, and paid units among them.
    pub calls: u32,
    pub paid_units: u32,
}

/// The reader is gone; stop reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reader of this source is gone")]
pub struct SinkClosed;

#[derive(Clone, Debug)]
pub struct PageSink(mpsc::Sender<Page>);

impl PageSink {
    /// A sink with its receiving end, holding at most `depth` pages.
    pub fn new(depth: usize) -> (Self, mpsc::Receiver<Page>) {
        let (tx, rx) = mpsc::channel(depth);
        (Self(tx), rx)
    }

    /// Hands over one page; waits while the reader is behind. A closed sink is told by `false` from [`Self::is_closed`].
    pub async fn send(&self, page: Page) -> Result<(), SinkClosed> {
        self.0.send(page).await.map_err(|_| SinkClosed)
    }

    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}
