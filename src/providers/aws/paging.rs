//! Page tokens, with a guard: a service that hands out a token twice would page for ever.

use std::collections::HashSet;

use crate::domain::{FailureKind, Scope};
use crate::providers::ProviderError;

/// Follows the tokens of one paginated read. A page may be short or empty; only a missing token is the end.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    operation: &'static str,
    scope: &'a Scope,
    seen: HashSet<String>,
}

impl<'a> Pages<'a> {
    pub fn new(operation: &'static str, scope: &'a Scope) -> Self {
        Self { operation, scope, seen: HashSet::new() }
    }

    /// The token to ask for next; `None` at the end. A token seen before is a decode error.
    pub fn next(&mut self, token: Option<&str>) -> Result<Option<String>, ProviderError> {
        match token {
            None | Some("") => Ok(None),
            Some(token) if self.seen.insert(token.to_owned()) => Ok(Some(token.to_owned())),
            Some(_) => Err(ProviderError::new(
                FailureKind::Decode,
                self.operation,
                self.scope,
                format!("the same page token came twice after {} pages: the listing goes in circles", self.seen.len()),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_token_ends_and_a_repeated_one_is_an_error() {
        let scope = Scope::new("aws", "test", "eu-central-1");
        let mut pages = Pages::new("rds:DescribeDBInstances", &scope);
        assert_eq!(pages.next(Some("a")).unwrap(), Some("a".to_owned()));
        assert_eq!(pages.next(Some("b")).unwrap(), Some("b".to_owned()));
        assert_eq!(pages.next(None).unwrap(), None);
        assert_eq!(pages.next(Some("")).unwrap(), None);
        let error = pages.next(Some("a")).unwrap_err();
        assert_eq!(error.kind, FailureKind::Decode);
        assert!(error.message.contains("same page token"), "{}", error.message);
    }
}
