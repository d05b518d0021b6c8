//! Who writes: the user of the operating system and the host. The cloud's word for us, the principal, comes with each operation.

use std::fs;

use crate::domain::Label;

/// The user and machine an operation is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub user: Label,
    pub host: Label,
    pub process: u32,
}

impl Author {
    /// This process. Asks the system, not the environment: `USER` is whatever somebody set it to.
    pub fn here() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let user = fs::read_to_string("/etc/passwd").ok().and_then(|text| parse_passwd(&text, uid).map(Label::new));
        let host = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|p| fs::read_to_string(p).ok());
        Self {
            user: user.unwrap_or_else(|| Label::new(format!("uid {uid}"))),
            host: host.map_or_else(|| Label::new("unknown host"), |h| Label::new(h.trim())),
            process: std::process::id(),
        }
    }
}

/// The name of `uid` in the text of a passwd file.
fn parse_passwd(text: &str, uid: u32) -> Option<&str> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::parse_passwd;

    #[test]
    fn a_user_is_found_by_number() {
        let text = "root:x:0:0:root:/root:/bin/sh\nbroken line\nkim:x:1000:1000::/home/kim:/bin/sh\n";
        assert_eq!(parse_passwd(text, 1_000), Some("kim"));
        assert_eq!(parse_passwd(text, 7), None);
    }
}
