//! The log: a file in the state directory, rotated by size and capped in number, written by a thread of its own. Never the screen.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

/// Bytes of one log file, and how many old ones are kept: 20 MB in all.
const FILE_BYTES: usize = 5_000_000;
const OLD_FILES: usize = 3;
/// Lines that may wait for the disk; beyond, they are dropped, never waited for.
const QUEUE: usize = 2_048;

/// Starts logging to `file`; `filter` is the value of `PILOTHOUSE_LOG` (default `info`). Keep the guard until the end.
///
/// A log that cannot be written is no reason not to start: `None`.
pub fn start(file: &Path, filter: Option<&str>) -> Option<WorkerGuard> {
    let folder = file.parent()?;
    std::fs::create_dir_all(folder).ok()?;
    // FileRotate panics where it cannot create its file; find out first.
    let mut private = std::fs::OpenOptions::new();
    private.read(true).create(true).append(true).mode(0o600);
    private.open(file).ok()?;
    let rotate =
        FileRotate::new(file, AppendCount::new(OLD_FILES), ContentLimit::BytesSurpassed(FILE_BYTES), Compression::None, Some(private));
    // The usual queue of 128,000 lines takes four megabytes, which are touched before the first frame.
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(QUEUE).finish(rotate);
    // The SDKs log requests at debug level, headers included: they stay at warn unless asked for by name.
    let usual: Targets = "info,aws=warn,hyper=warn,rustls=warn".parse().ok()?;
    let filter = filter.and_then(|f| f.parse().ok()).unwrap_or(usual);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(lines).with(filter);
    tracing::subscriber::set_global_default(subscriber).ok()?;
    Some(guard)
}
