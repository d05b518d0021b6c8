//! Questions from the background to the user: an MFA code. The asking side waits; the loop never does.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, oneshot};

use crate::domain::Label;

/// One question with the way back.
#[derive(Debug)]
pub struct Question {
    pub title: Label,
    pub prompt: Label,
    pub secret: bool,
    pub reply: oneshot::Sender<Option<String>>,
}

/// The asking end, for providers.
#[derive(Clone, Debug)]
pub struct Asker(mpsc::Sender<Question>);

impl Asker {
    /// The asking end, and the end the loop listens on.
    pub fn channel() -> (Self, mpsc::Receiver<Question>) {
        let (tx, rx) = mpsc::channel(4);
        (Self(tx), rx)
    }

    /// Asks and waits; `None` when the user gave up or the console ends.
    pub async fn ask(&self, title: Label, prompt: Label, secret: bool) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Question { title, prompt, secret, reply }).await.ok()?;
        answer.await.ok().flatten()
    }
}

/// Questions that wait for an answer, by the id the screen knows them by.
#[derive(Debug, Default)]
pub struct Open {
    next: u64,
    waiting: BTreeMap<u64, oneshot::Sender<Option<String>>>,
}

impl Open {
    pub fn add(&mut self, reply: oneshot::Sender<Option<String>>) -> u64 {
        self.next += 1;
        self.waiting.insert(self.next, reply);
        self.next
    }

    pub fn answer(&mut self, id: u64, text: Option<String>) {
        if let Some(reply) = self.waiting.remove(&id) {
            // The asker may have timed out; its answer is then nobody's.
            let _ = reply.send(text);
        }
    }
}
