//! Identity: where a thing lives and which thing it is. Selection, joins and operations go by these, never by row number.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Provider + account (or project, cluster, daemon) + region. Cheap to clone; every resource carries one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope(Arc<ScopeParts>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct ScopeParts {
    provider: String,
    account: String,
    region: String,
}

impl Scope {
    /// `provider` is the registry's word (`aws`, `sim`), `account` the profile or account as configured, `region` as the cloud spells it.
    pub fn new(provider: impl Into<String>, account: impl Into<String>, region: impl Into<String>) -> Self {
        Self(Arc::new(ScopeParts { provider: provider.into(), account: account.into(), region: region.into() }))
    }

    pub fn provider(&self) -> &str {
        &self.0.provider
    }

    pub fn account(&self) -> &str {
        &self.0.account
    }

    pub fn region(&self) -> &str {
        &self.0.region
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.0.provider, self.0.account, self.0.region)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What sort of thing a [`ResourceId`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    Group,
    Member,
    Pool,
    Balancer,
    Database,
    Alarm,
}

/// One thing in one scope. `native` is the cloud's own id (group name, instance id, ARN): raw, for APIs and comparison, never drawn.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId {
    pub scope: Scope,
    pub kind: Kind,
    native: Arc<str>,
}

impl ResourceId {
    pub fn new(scope: &Scope, kind: Kind, native: impl AsRef<str>) -> Self {
        Self { scope: scope.clone(), kind, native: Arc::from(native.as_ref()) }
    }

    /// The cloud's own id, exactly as it came.
    pub fn native(&self) -> &str {
        &self.native
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({}/{})", self.kind, self.scope, self.native.escape_debug())
    }
}
