//! Fresh reads: one group with its pools, joined, never from a cache.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::domain::assemble::stand_in_pools;
use crate::domain::plan::Size;
use crate::domain::{FailureKind, Group, Label, Now, ResourceId, Scope, TargetPool};
use crate::providers::{Operator, ProviderError};

use super::Clock;

/// How long one answer may take. Providers have limits of their own; this one holds whatever they do.
const LIMIT: Duration = Duration::from_mins(1);

/// Waits for an answer of `scope`, but not for ever.
pub(super) async fn within<T>(
    scope: &Scope,
    what: &str,
    answer: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    timeout(LIMIT, answer).await.unwrap_or_else(|_| {
        let message = format!("no answer within {} s", LIMIT.as_secs());
        Err(ProviderError::new(FailureKind::Timeout, what, scope, message))
    })
}

/// Tries of a read that failed for a passing reason, and the first wait between them; it doubles.
const TRIES: u32 = 3;
const WAIT: Duration = Duration::from_secs(1);

/// A group as it was at one moment.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// When the read began: nothing in it is older.
    pub at: Now,
    /// Its members carry the targets of all pools that could be read.
    pub group: Group,
    pub pools: Vec<TargetPool>,
    /// Why pools could not be read.
    pub blind: Option<ProviderError>,
}

impl Seen {
    pub fn size(&self) -> Option<Size> {
        Size::of(&self.group)
    }

    /// Pools of the group whose targets are not known.
    pub fn unread(&self) -> BTreeSet<&ResourceId> {
        let known = |id: &ResourceId| self.pools.iter().any(|p| p.id == *id && p.targets.is_some());
        self.group.pools.iter().filter(|id| !known(id)).collect()
    }

    /// Activity ids it lists.
    pub fn activities(&self) -> BTreeSet<Label> {
        self.group.activities.iter().flatten().map(|a| a.id.clone()).collect()
    }
}

/// Reads once. A failure to read pools is told in [`Seen::blind`]; the group is known all the same.
pub(super) async fn fetch(operator: &dyn Operator, clock: &Clock, group: &ResourceId) -> Result<Seen, ProviderError> {
    let at = clock();
    let scope = &group.scope;
    let group = within(scope, "reading the group", operator.read_group(group)).await?;
    let (pools, blind) = if group.pools.is_empty() {
        (Vec::new(), None)
    } else {
        match within(scope, "reading its load balancers", operator.read_pools(&group.pools)).await {
            Ok(pools) => (pools, None),
            Err(e) => (Vec::new(), Some(e)),
        }
    };
    let (mut groups, mut pools) = ([group], pools);
    for member in &mut groups[0].members {
        member.targets.clear();
    }
    stand_in_pools(&mut groups, &mut pools);
    let [group] = groups;
    Ok(Seen { at, group, pools, blind })
}

/// Reads, trying again where the failure may pass by itself.
pub(super) async fn fetch_patiently(operator: &dyn Operator, clock: &Clock, group: &ResourceId) -> Result<Seen, ProviderError> {
    let mut wait = WAIT;
    for _ in 1..TRIES {
        match fetch(operator, clock, group).await {
            Err(e) | Ok(Seen { blind: Some(e), .. }) if is_brief(e.kind) => sleep(e.retry_after.unwrap_or(wait).min(WAIT * 10)).await,
            read => return read,
        }
        wait *= 2;
    }
    fetch(operator, clock, group).await
}

/// Whether a failure may be over in seconds.
fn is_brief(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Throttled | FailureKind::Network | FailureKind::Timeout | FailureKind::Server)
}
