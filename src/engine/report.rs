//! What pollers tell the store.

use std::time::Duration;

use crate::domain::{Failure, Now, SourceKey};
use crate::providers::Page;

#[derive(Debug)]
pub(super) enum Report {
    Source {
        key: SourceKey,
        at: Now,
        news: News,
    },
    /// The machine slept, or its clock was set: nothing that is shown can be vouched for.
    Woke,
}

/// One read goes `Started · Page · … · Done` or `… · Failed`.
#[derive(Debug)]
pub(super) enum News {
    Started,
    Page(Page),
    Done,
    Failed(Failure),
    /// Given up half-way to start over; nothing is known to be wrong.
    Abandoned,
    /// Read this often from now on.
    Cadence(Duration),
}
