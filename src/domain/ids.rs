//! Identity: where a thing lives and which thing it is. Selection, joins and operations go by these, never by row number.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Provider + account (or project, cluster, daemon) + region. Cheap to clone; every resource carries one.
#[derive(Clone, Eq, Serialize, Deserialize)]
pub struct Scope(Arc<ScopeParts>);

impl Hash for Scope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Ids of one scope nearly always share its parts: two hundred thousand joins a second need not compare three strings each.
impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Ord for Scope {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for Scope {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

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
    /// A listener rule that shares traffic between pools.
    Rule,
}

/// One thing in one scope. `native` is the cloud's own id (group name, instance id, ARN): raw, for APIs and comparison, never drawn.
#[derive(Clone, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceId {
    pub scope: Scope,
    pub kind: Kind,
    native: Arc<str>,
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && (Arc::ptr_eq(&self.native, &other.native) || self.native == other.native) && self.scope == other.scope
    }
}

/// By the native id alone: it tells nearly all ids apart, and hashing the scope's strings would cost more than the rest of a join.
impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.native.hash(state);
    }
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
