//! Claims: who drives an operation, and who is at work on a group, on this machine. The system drops a claim with its process, however
//! that ends, so a claim that is free is the proof that nobody drives.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::domain::ResourceId;

use super::error::JournalError;

/// Where claims are kept: beside the journal's file, or in memory for a throw-away one.
#[derive(Clone, Debug)]
pub(super) enum Claims {
    Folder(PathBuf),
    Memory(Arc<Mutex<HashSet<String>>>),
}

/// Held for as long as it lives.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "held, not used: dropping it gives the claim back")] Held);

#[derive(Debug)]
enum Held {
    File(#[expect(dead_code, reason = "the lock goes with the file")] File),
    Name(Arc<Mutex<HashSet<String>>>, String),
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Self::Name(all, name) = self {
            all.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        }
    }
}

/// Who only asks whether a claim is held has it for a moment: whoever wants it tries this often, so far apart.
const TRIES: u32 = 10;
const APART: Duration = Duration::from_millis(10);

/// The name of the claim on a thing: the same in every process and release (FNV-1a), whatever characters its id is made of.
pub(super) fn name_of(target: &ResourceId) -> String {
    let text = format!("{} {:?} {}", target.scope, target.kind, target.native());
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("target-{hash:016x}")
}

impl Claims {
    /// Whether somebody holds a name right now. Asking takes nothing from anybody who tries to claim it.
    pub fn is_held(&self, name: &str) -> Result<bool, JournalError> {
        match self {
            Self::Memory(all) => Ok(all.lock().unwrap_or_else(PoisonError::into_inner).contains(name)),
            Self::Folder(folder) => {
                let path = folder.join(format!("{name}.lock"));
                let fail = |source| JournalError::Place { path: path.clone(), source };
                let file = match File::open(&path) {
                    Ok(file) => file,
                    Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
                    Err(e) => return Err(fail(e)),
                };
                match flock(&file, FlockOperation::NonBlockingLockShared) {
                    Ok(()) => Ok(false),
                    Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
                    Err(e) => Err(fail(e.into())),
                }
            }
        }
    }

    /// Claims a name; `None`: somebody else holds it. Names are made of letters, digits and `-`.
    pub fn take(&self, name: &str) -> Result<Option<Claim>, JournalError> {
        match self {
            Self::Memory(all) => {
                let taken = all.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
                Ok(taken.then(|| Claim(Held::Name(Arc::clone(all), name.to_owned()))))
            }
            Self::Folder(folder) => {
                let path = folder.join(format!("{name}.lock"));
                let fail = |source| JournalError::Place { path: path.clone(), source };
                fs::create_dir_all(folder).map_err(fail)?;
                let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(fail)?;
                for attempt in 1.. {
                    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                        Err(rustix::io::Errno::WOULDBLOCK) if attempt < TRIES => thread::sleep(APART),
                        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
                        Err(e) => return Err(fail(e.into())),
                        Ok(()) => break,
                    }
                }
                Ok(Some(Claim(Held::File(file))))
            }
        }
    }
}
