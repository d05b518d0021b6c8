//! Progress of operations for other processes: the newest word of each in a file of its own, replaced whole. Worth nothing after a crash;
//! what counts is in the journal.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::{Operation, OperationId};

use super::error::JournalError;

fn path(folder: &Path, id: &OperationId) -> PathBuf {
    folder.join(format!("{id}.json"))
}

/// Replaces what others see of an operation.
pub(super) fn publish(folder: &Path, operation: &Operation) -> Result<(), JournalError> {
    let path = path(folder, &operation.id);
    let fail = |source| JournalError::Place { path: path.clone(), source };
    fs::create_dir_all(folder).map_err(fail)?;
    let text = serde_json::to_vec(operation).map_err(|e| fail(e.into()))?;
    let fresh = path.with_extension(format!("json.{}", std::process::id()));
    let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh).map_err(fail)?;
    file.write_all(&text).map_err(fail)?;
    fs::rename(&fresh, &path).map_err(fail)
}

/// How long the newest word of an operation that nobody speaks of any more is kept.
const KEPT: Duration = Duration::from_hours(14 * 24);

/// Throws away what is old, half-written files of dead processes too. What cannot be thrown away stays: it does no harm.
pub(super) fn prune(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        let ours = name.to_str().is_some_and(|n| n.contains(".json"));
        let old = file.metadata().and_then(|m| m.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT));
        if ours && old {
            let _ = fs::remove_file(file.path());
        }
    }
}

/// The newest word of an operation; `None` where there is none that can be read.
pub(super) fn read(folder: &Path, id: &OperationId) -> Option<Operation> {
    serde_json::from_slice(&fs::read(path(folder, id)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_speaks_of_any_more_is_thrown_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, days: u64| {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_hours(24 * days)).unwrap();
        };
        for (name, days) in [("a.json", 15), ("b.json", 13), ("c.json.4711", 15), ("a.lock", 99), ("a.log", 99)] {
            file(name, days);
        }
        prune(folder.path());
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["a.lock", "a.log", "b.json"]);
        prune(Path::new("/nowhere/at/all"));
    }
}
