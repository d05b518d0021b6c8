//! A session that an MFA code bought, on its way to another process of ours: a runner has nobody to ask for a code. It goes through a
//! pipe and nowhere else; it is never logged, and nothing writes it to a disk.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::session::expiry;

/// Credentials of a session, with its end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expires: Option<Timestamp>,
}

impl Handover {
    pub(super) fn of(credentials: &Credentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            expires: expiry(credentials),
        }
    }

    pub(super) fn credentials(&self) -> Credentials {
        let end = self.expires.map(SystemTime::from);
        Credentials::new(&self.access_key_id, &self.secret_access_key, self.session_token.clone(), end, "handed over")
    }
}

/// Says that there is one, and not a letter of it.
impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").field("expires", &self.expires).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_session_goes_through_a_pipe_whole_and_shows_nothing() {
        let end = UNIX_EPOCH + Duration::from_secs(2_000_000_000);
        let bought = Credentials::new("AKIAX", "s3cret", Some("t0ken".to_owned()), Some(end), "assume-role-with-mfa");
        let text = serde_json::to_string(&Handover::of(&bought)).unwrap();
        let handed: Handover = serde_json::from_str(&text).unwrap();
        let shown = format!("{handed:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken") && !shown.contains("AKIAX"), "{shown}");
        let got = handed.credentials();
        assert_eq!(
            (got.access_key_id(), got.secret_access_key(), got.session_token(), got.expiry()),
            ("AKIAX", "s3cret", Some("t0ken"), Some(end))
        );
    }
}
