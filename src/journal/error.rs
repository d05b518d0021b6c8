//! What can go wrong with the journal, each with its way out. A journal that cannot be trusted means that nothing is changed.

use std::path::PathBuf;

use crate::domain::OperationId;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot make the journal {}: {source}; make its folder writable, or put the journal elsewhere", path.display())]
    Place { path: PathBuf, source: std::io::Error },
    #[error("the journal {} lies on a network file system ({kind}), where locks and syncs cannot be trusted; put it on a local disk", path.display())]
    Network { path: PathBuf, kind: String },
    #[error("cannot open the journal {}: {source}; check the rights of the file and its folder", path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("{} was written by a newer pilothouse (version {found}, this one knows {known}); update pilothouse, or move the file away", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{} is a database of another program; choose another place for the journal", path.display())]
    Foreign { path: PathBuf },
    #[error("the journal {path} is damaged ({detail}); move it away (mv {path} {path}.damaged): a new one is made, and `sqlite3 {path}.damaged .recover` shows what is left", path = path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("cannot write {what} to the journal {}: {source}; check the disk's free space and the file's rights", path.display())]
    Write { path: PathBuf, what: &'static str, source: rusqlite::Error },
    #[error("cannot read the journal {}: {source}", path.display())]
    Read { path: PathBuf, source: rusqlite::Error },
    #[error("operation {id} was written by an older pilothouse and cannot be taken up; look at the group, and do by hand what is left")]
    Older { id: OperationId },
    #[error("the journal knows no operation {id}; `pilothouse ops` lists those that it knows")]
    Unknown { id: OperationId },
    #[error("the journal's writer has stopped; start pilothouse again")]
    Closed,
}
