//! Groups: is there as much as is wanted, does it work, and is it shaped as it should be.

mod capacity;
mod health;
mod shape;
mod single;
#[cfg(test)]
mod tests;

use crate::domain::{Assessment, Finding, Group, GroupKind, SourceKind};

use super::Context;

/// All findings about one group.
pub fn assess(group: &Group, context: &Context<'_>) -> Assessment {
    let mut findings: Vec<Finding> = Vec::new();
    match group.kind {
        GroupKind::Instance => {
            findings.extend(context.doubt(&group.id.scope, SourceKind::Instances));
            single::find(group, context, &mut findings);
        }
        GroupKind::AutoScalingGroup => {
            findings.extend(context.doubt(&group.id.scope, SourceKind::Groups));
            health::find(group, context, &mut findings);
            capacity::find(group, context, &mut findings);
            shape::find(group, context.now, &mut findings);
        }
    }
    if !group.pools.is_empty() {
        findings.extend(context.doubt(&group.id.scope, SourceKind::Pools));
        health::find_blindness(group, context, &mut findings);
    }
    Assessment::of(findings)
}
