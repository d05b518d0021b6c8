//! What every call is made with: the writing clients, a reader for what a call must look up first, and the checks they share. A check that
//! fails says so before anything is sent.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::domain::{FailureKind, Kind, Label, ResourceId};
use crate::providers::ProviderError;
use crate::providers::aws::error::convert_error;
use crate::providers::aws::reader::Reader;

use super::Writers;

pub(super) struct Caller<'a> {
    pub reader: Reader<'a>,
    pub writers: &'a Writers,
}

impl Caller<'_> {
    /// Turns the outcome of a write into ours.
    pub fn done<T, E>(&self, operation: &'static str, answer: Result<T, SdkError<E, HttpResponse>>) -> Result<(), ProviderError>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        answer.map(drop).map_err(|e| convert_error(operation, self.reader.scope, &e))
    }

    /// Nothing was sent, and this is why.
    pub fn refuse(&self, kind: FailureKind, operation: &str, message: impl AsRef<str>) -> ProviderError {
        let mut error = ProviderError::new(kind, operation, self.reader.scope, message);
        error.maybe_done = false;
        error
    }

    pub fn invalid(&self, operation: &str, message: impl AsRef<str>) -> ProviderError {
        self.refuse(FailureKind::Invalid, operation, message)
    }

    /// The cloud's own id of a thing of this kind and region.
    pub fn native<'i>(&self, id: &'i ResourceId, kind: Kind, operation: &str) -> Result<&'i str, ProviderError> {
        if id.kind == kind && id.scope == *self.reader.scope {
            Ok(id.native())
        } else {
            Err(self.invalid(operation, format!("{id:?} is no {} of {}", word(kind), self.reader.scope)))
        }
    }

    pub fn group<'i>(&self, id: &'i ResourceId, operation: &str) -> Result<&'i str, ProviderError> {
        self.native(id, Kind::Group, operation)
    }

    /// Ids of members: at least one, at most as many as the call takes.
    pub fn members(&self, members: &[ResourceId], most: usize, operation: &str) -> Result<Vec<String>, ProviderError> {
        if members.is_empty() || members.len() > most {
            return Err(self.invalid(operation, format!("{} members are named, one to {most} can be", members.len())));
        }
        members.iter().map(|m| self.native(m, Kind::Member, operation).map(str::to_owned)).collect()
    }

    /// Process names. An empty list would mean all of them to the service: it is never sent.
    pub fn processes(&self, processes: &[Label], operation: &str) -> Result<Vec<String>, ProviderError> {
        if processes.is_empty() || processes.iter().any(Label::is_empty) {
            return Err(self.invalid(operation, "no process is named, which would mean all of them"));
        }
        Ok(processes.iter().map(ToString::to_string).collect())
    }

    pub fn number(&self, n: u32, operation: &str) -> Result<i32, ProviderError> {
        i32::try_from(n).map_err(|_| self.invalid(operation, format!("{n} is beyond what a group can hold")))
    }
}

/// A read that a write needs first: whatever came of it, nothing was changed.
pub(super) fn looked<T>(answer: Result<T, ProviderError>) -> Result<T, ProviderError> {
    answer.map_err(|e| ProviderError { maybe_done: false, ..e })
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Group => "Auto Scaling group",
        Kind::Member => "member",
        Kind::Pool => "target group or classic balancer",
        Kind::Balancer => "balancer",
        Kind::Database => "database",
        Kind::Alarm => "alarm",
        Kind::Rule => "listener or rule",
    }
}
