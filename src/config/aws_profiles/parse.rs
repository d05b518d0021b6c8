//! The file format: sections, properties, continuation lines, and the little differences between the two files.
//!
//! Follows what the SDKs document in "shared config and credentials files"; where the SDK would refuse the whole file, this goes on
//! and leaves a remark with the line, because the refusal is what the user will want explained.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Origin, Profile, ProfileKind, Profiles, Remark, Sso};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Config,
    Credentials,
}

/// Properties worth keeping; everything else, secrets first of all, is dropped with its line.
const KEPT: &[&str] = &[
    "region",
    "role_arn",
    "mfa_serial",
    "source_profile",
    "credential_source",
    "external_id",
    "role_session_name",
    "duration_seconds",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "web_identity_token_file",
    "endpoint_url",
    "ca_bundle",
];

/// Properties of which only the presence is kept: keys, and command lines that may carry them.
const NOTED: &[&str] = &["aws_access_key_id", "aws_secret_access_key", "credential_process", "login_session"];

/// Longest line looked at; the rest of a longer one is skipped. A token is under 4 kB, so a longer line is no profile.
const MAX_LINE: u64 = 64 * 1024;

type Properties = BTreeMap<&'static str, String>;

#[derive(Debug)]
struct Section {
    name: String,
    origin: Origin,
    properties: Properties,
    /// `[profile default]` beats `[default]` altogether.
    prefixed: bool,
}

/// Everything read so far from both files.
#[derive(Debug, Default)]
pub(super) struct Tables {
    profiles: Vec<Section>,
    sessions: Vec<Section>,
    remarks: Vec<Remark>,
}

/// What the lines that follow belong to.
#[derive(Clone, Copy)]
enum Open {
    Nothing,
    /// A section of no interest (`[services …]`) or one that was refused.
    Skipped,
    Profile(usize),
    Session(usize),
}

impl Tables {
    pub(super) fn remark(&mut self, file: &Path, line: usize, text: impl Into<String>) {
        self.remarks.push(Remark { origin: Origin { file: file.to_owned(), line }, text: text.into() });
    }

    pub(super) fn apply_file(&mut self, file: &Path, kind: FileKind, mut reader: impl BufRead) -> io::Result<()> {
        let mut buffer = Vec::new();
        let mut open = Open::Nothing;
        for line in 1.. {
            if !read_line(&mut reader, &mut buffer)? {
                break;
            }
            let text = String::from_utf8_lossy(&buffer);
            let text = text.trim_start_matches('\u{feff}').trim_end();
            open = self.apply_line(file, kind, line, text, open);
        }
        Ok(())
    }

    fn apply_line(&mut self, file: &Path, kind: FileKind, line: usize, text: &str, open: Open) -> Open {
        if text.is_empty() || text.starts_with(['#', ';']) {
            return open;
        }
        // An indented line continues the property above or is one of its sub-properties: never a setting of the profile.
        if text.starts_with([' ', '\t']) {
            return open;
        }
        if let Some(rest) = text.strip_prefix('[') {
            let Some((name, _)) = rest.split_once(']') else {
                self.remark(file, line, "a section without its closing bracket: the SDK refuses the whole file");
                return Open::Skipped;
            };
            return self.open_section(file, kind, line, name.trim());
        }
        let Some((key, value)) = text.split_once('=') else {
            self.remark(file, line, "neither a section nor `key = value`: the SDK refuses the whole file");
            return open;
        };
        if matches!(open, Open::Nothing) {
            self.remark(file, line, "a setting before the first section: the SDK refuses the whole file");
            return open;
        }
        let key = key.trim().to_ascii_lowercase();
        let (kept, value) = match (KEPT.iter().find(|k| **k == key), NOTED.iter().find(|k| **k == key)) {
            (Some(k), _) => (*k, without_comment(value).trim().to_owned()),
            (None, Some(k)) => (*k, String::new()),
            (None, None) => return open,
        };
        match open {
            // Credentials come second and win, as in the SDKs.
            Open::Profile(n) => drop(self.profiles[n].properties.insert(kept, value)),
            Open::Session(n) => drop(self.sessions[n].properties.insert(kept, value)),
            Open::Nothing | Open::Skipped => {}
        }
        open
    }

    fn open_section(&mut self, file: &Path, kind: FileKind, line: usize, title: &str) -> Open {
        let origin = Origin { file: file.to_owned(), line };
        let (word, name) = match title.split_once([' ', '\t']) {
            Some((word, name)) => (word, unquoted(name.trim())),
            None => ("", unquoted(title)),
        };
        let is_profile = match (kind, word) {
            (FileKind::Config, "profile") | (FileKind::Credentials, "") => true,
            (FileKind::Config, "") => name == "default",
            _ => false,
        };
        if is_profile {
            if !is_identifier(name) {
                self.remark(file, line, format!("the SDK ignores profile \"{name}\": its name has a character that is not allowed"));
                return Open::Skipped;
            }
            return self.profile(name, origin, word == "profile").map_or(Open::Skipped, Open::Profile);
        }
        match (kind, word) {
            (FileKind::Config, "sso-session") => {
                self.sessions.push(Section { name: name.to_owned(), origin, properties: Properties::new(), prefixed: true });
                return Open::Session(self.sessions.len() - 1);
            }
            (FileKind::Config, "") => {
                self.remark(file, line, format!("the SDK ignores [{name}]: in this file it must read [profile {name}]"));
            }
            (FileKind::Credentials, "profile") => {
                self.remark(file, line, format!("the SDK ignores [profile {name}]: in this file it must read [{name}]"));
            }
            _ => {}
        }
        Open::Skipped
    }

    /// The table of a profile, made at its first mention, which is its origin. `None` for a `[default]` that is beaten by a
    /// `[profile default]` of the same file.
    fn profile(&mut self, name: &str, origin: Origin, prefixed: bool) -> Option<usize> {
        let fresh = Section { name: name.to_owned(), origin, properties: Properties::new(), prefixed };
        let Some(n) = self.profiles.iter().position(|p| p.name == name) else {
            self.profiles.push(fresh);
            return Some(self.profiles.len() - 1);
        };
        let known = &mut self.profiles[n];
        if known.prefixed != prefixed && known.origin.file == fresh.origin.file {
            if !prefixed {
                return None;
            }
            *known = fresh;
        }
        Some(n)
    }

    pub(super) fn finish(self, looked_in: Vec<PathBuf>) -> Profiles {
        let Self { profiles, sessions, mut remarks } = self;
        let list = profiles.into_iter().map(|p| convert_profile(p, &sessions, &mut remarks)).collect();
        Profiles { list, remarks, looked_in }
    }
}

fn convert_profile(section: Section, sessions: &[Section], remarks: &mut Vec<Remark>) -> Profile {
    let Section { name, origin, properties, .. } = section;
    let has = |key: &str| properties.contains_key(key);
    let get = |key: &str| properties.get(key).filter(|v| !v.is_empty()).cloned();
    let mut remark = |text: String| remarks.push(Remark { origin: origin.clone(), text });

    let assumes = has("role_arn") && (has("source_profile") || has("credential_source"));
    let kind = if has("role_arn") && has("web_identity_token_file") {
        ProfileKind::WebIdentity
    } else if assumes && get("mfa_serial").is_some() {
        ProfileKind::AssumeRoleWithMfa
    } else if assumes {
        ProfileKind::AssumeRole
    } else if has("sso_session") || has("sso_start_url") {
        ProfileKind::Sso
    } else if has("login_session") {
        ProfileKind::Login
    } else if has("credential_process") {
        ProfileKind::Process
    } else if has("aws_access_key_id") && has("aws_secret_access_key") {
        ProfileKind::StaticKeys
    } else {
        ProfileKind::Bare
    };
    if has("role_arn") && !assumes && kind == ProfileKind::Bare {
        remark(format!("profile \"{name}\" has a role_arn but neither source_profile nor credential_source"));
    }
    if has("aws_access_key_id") != has("aws_secret_access_key") {
        remark(format!("profile \"{name}\" has only one half of a key pair"));
    }

    let session_name = get("sso_session");
    let session = session_name.as_ref().and_then(|n| sessions.iter().find(|s| s.name == *n));
    if let (Some(n), None) = (&session_name, session) {
        remark(format!("profile \"{name}\" names the sso-session \"{n}\", which is nowhere"));
    }
    let from_session = |key: &str| session.and_then(|s| s.properties.get(key)).cloned();
    let sso = (kind == ProfileKind::Sso).then(|| Sso {
        start_url: from_session("sso_start_url").or_else(|| get("sso_start_url")),
        region: from_session("sso_region").or_else(|| get("sso_region")),
        account_id: get("sso_account_id"),
        role_name: get("sso_role_name"),
        session: session_name.clone(),
    });

    let duration = get("duration_seconds").and_then(|raw| {
        let seconds = raw.parse::<u64>().ok().filter(|s| (900..=43_200).contains(s));
        if seconds.is_none() {
            remark(format!("profile \"{name}\": duration_seconds must be a number from 900 to 43200, not \"{raw}\""));
        }
        seconds.map(Duration::from_secs)
    });

    Profile {
        kind,
        region: get("region"),
        role_arn: get("role_arn"),
        mfa_serial: get("mfa_serial"),
        source_profile: get("source_profile"),
        credential_source: get("credential_source"),
        external_id: get("external_id"),
        role_session_name: get("role_session_name"),
        duration,
        sso,
        endpoint_url: get("endpoint_url"),
        ca_bundle: get("ca_bundle").map(PathBuf::from),
        name,
        origin,
    }
}

/// One line into `buffer`; `false` at the end of the file. Wipes the line before, which may have held a secret.
fn read_line(reader: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<bool> {
    buffer.fill(0);
    buffer.clear();
    let read = io::Read::take(&mut *reader, MAX_LINE).read_until(b'\n', buffer)?;
    if read as u64 == MAX_LINE && buffer.last() != Some(&b'\n') {
        reader.skip_until(b'\n')?;
    }
    Ok(read > 0)
}

/// A value up to ` #` or ` ;`: a comment sign counts only behind a blank.
fn without_comment(value: &str) -> &str {
    let mut after_blank = true;
    for (n, c) in value.char_indices() {
        if after_blank && matches!(c, '#' | ';') {
            return &value[..n];
        }
        after_blank = matches!(c, ' ' | '\t');
    }
    value
}

fn unquoted(name: &str) -> &str {
    ['"', '\''].iter().find_map(|q| name.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(name)
}

/// What the Rust SDK takes for a name.
fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_/.%@:+".contains(c))
}
