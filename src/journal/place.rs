//! Where the journal lies: its folder and file with private modes, and never on a network file system, where neither locks nor syncs
//! hold what SQLite needs of them.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::error::JournalError;

/// Makes sure of a private folder and file on a local disk.
pub(super) fn prepare(path: &Path) -> Result<(), JournalError> {
    let fail = |source| JournalError::Place { path: path.to_owned(), source };
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    if let Some(kind) = network_kind(folder).map_err(fail)? {
        return Err(JournalError::Network { path: path.to_owned(), kind });
    }
    // The file is made here, with its mode, before SQLite sees it; SQLite gives its side files the same mode. An existing one is never
    // opened here: closing it again would drop the locks that another connection of this process holds on it (POSIX).
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        other => drop(other.map_err(fail)?),
    }
    if fs::metadata(path).map_err(fail)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(fail)?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn network_kind(_folder: &Path) -> io::Result<Option<String>> {
    Ok(None)
}

/// The kind of network file system the folder lies on, if it does.
#[cfg(target_os = "linux")]
fn network_kind(folder: &Path) -> io::Result<Option<String>> {
    // A path of only known local kinds costs one call; the mount table is read for FUSE alone, which may be either.
    const FUSE: u64 = 0x6573_5546;
    // The type is signed on some architectures; the magic numbers are 32 bits everywhere.
    let magic = rustix::fs::statfs(folder)?.f_type as u64 & 0xffff_ffff;
    if magic == FUSE {
        let mounts = fs::read_to_string("/proc/self/mountinfo")?;
        return Ok(parse_mount_kind(&mounts, &folder.canonicalize()?).filter(|k| is_remote_fuse(k)).map(str::to_owned));
    }
    Ok(remote_magic(magic).map(str::to_owned))
}

/// Magic numbers of `statfs(2)`.
fn remote_magic(magic: u64) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "nfs",
        0x517b => "smb",
        0xff53_4d42 => "cifs",
        0xfe53_4d42 => "smb2",
        0x5346_414f | 0x6b41_4653 => "afs",
        0x7375_7245 => "coda",
        0x00c3_6400 => "ceph",
        0x0bd0_0bd0 => "lustre",
        _ => return None,
    })
}

fn is_remote_fuse(kind: &str) -> bool {
    let name = kind.strip_prefix("fuse.").unwrap_or("");
    ["sshfs", "s3fs", "goofys", "gcsfuse", "rclone", "glusterfs", "ceph", "davfs", "curlftpfs", "blobfuse", "juicefs"]
        .iter()
        .any(|remote| name.starts_with(remote))
}

/// The file-system type of the mount that holds `path`, from the text of `/proc/self/mountinfo` (proc(5)).
fn parse_mount_kind<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (left.split(' ').nth(4), right.split(' ').next()) else { continue };
        let point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
        // Among equals the later mount hides the earlier.
        if path.starts_with(&point) && best.is_none_or(|(len, _)| point.len() >= len) {
            best = Some((point.len(), kind));
        }
    }
    best.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_remote_fuse, parse_mount_kind, remote_magic};

    const MOUNTS: &str = "\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:40 / /home/kim/far\\040away rw shared:9 - fuse.sshfs kim@far:/ rw
31 21 0:41 / /home/kim/vault rw - fuse.gocryptfs /home/kim/.vault rw
";

    #[test]
    fn the_longest_mount_that_holds_the_path_counts() {
        for (path, kind, remote) in [
            ("/home/kim/.local/state", "ext4", false),
            ("/home/kim/far away/state", "fuse.sshfs", true),
            ("/home/kim/vault/state", "fuse.gocryptfs", false),
        ] {
            let found = parse_mount_kind(MOUNTS, Path::new(path));
            assert_eq!(found, Some(kind), "{path}");
            assert_eq!(found.is_some_and(is_remote_fuse), remote, "{path}");
        }
        assert_eq!(parse_mount_kind("nonsense", Path::new("/")), None);
    }

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        for (magic, kind) in [(0x6969, Some("nfs")), (0xff53_4d42, Some("cifs")), (0xfe53_4d42, Some("smb2")), (0xef53, None)] {
            assert_eq!(remote_magic(magic), kind);
        }
    }
}
