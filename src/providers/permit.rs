//! Read-only is a type, not an `if`: who holds no [`WritePermit`] cannot build anything that changes the world.

use crate::domain::{Identity, Label, Scope};

/// What a console was started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    ReadOnly,
    ReadWrite,
}

/// Proof that this process may change a scope, bound to who it was granted for. Checked again when an operation starts.
#[derive(Clone, Debug)]
pub struct WritePermit {
    scope: Scope,
    account: Label,
    principal: Label,
}

impl WritePermit {
    /// The one place where a permit is made: only with write access, and only once the cloud said who we are.
    pub fn grant(access: Access, identity: &Identity) -> Option<Self> {
        match access {
            Access::ReadOnly => None,
            Access::ReadWrite => {
                Some(Self { scope: identity.scope.clone(), account: identity.account.clone(), principal: identity.principal.clone() })
            }
        }
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub fn account(&self) -> &Label {
        &self.account
    }

    pub fn principal(&self) -> &Label {
        &self.principal
    }

    /// Whether we are still who the permit was granted to. Session names change with every sign-in, so the role must match, not the session.
    pub fn covers(&self, identity: &Identity) -> bool {
        self.scope == identity.scope && self.account == identity.account && role_of(&self.principal) == role_of(&identity.principal)
    }
}

/// `arn:aws:sts::1:assumed-role/ops/session` → without the session.
fn role_of(principal: &str) -> &str {
    if principal.contains(":assumed-role/") { principal.rsplit_once('/').map_or(principal, |(role, _)| role) } else { principal }
}
