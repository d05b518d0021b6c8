//! Auto Scaling groups with their members: `DescribeAutoScalingGroups`, page after page to the end, each shown as it comes.
//!
//! While a page is converted (which may ask for launch template versions or refreshes) the next is already on its way.

mod convert;
mod hooks;
mod refresh;
mod templates;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_autoscaling::operation::describe_auto_scaling_groups::DescribeAutoScalingGroupsOutput;
use aws_sdk_autoscaling::types::AutoScalingGroup;

use crate::domain::{Focus, Group, Kind, Label, Observation};
use crate::providers::{Page, PageSink, ProviderError};

use super::paging::Pages;
use super::reader::Reader;

pub(super) use hooks::fetch_raw as fetch_raw_hooks;
pub(super) use templates::Templates;

pub(super) const DESCRIBE: &str = "autoscaling:DescribeAutoScalingGroups";
/// The most one page may hold.
const PAGE: i32 = 100;

/// Reads all groups of the region.
pub(super) async fn read(reader: &Reader<'_>, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let watched = watched_names(reader, focus);
    let mut pages = Pages::new(DESCRIBE, reader.scope);
    let mut all: Vec<Group> = Vec::new();
    let mut current = fetch_page(reader, None).await?;
    loop {
        let Some(token) = pages.next(current.next_token())? else {
            hand_over(reader, current, &watched, sink, &mut all).await?;
            break;
        };
        let (shown, next) = tokio::join!(hand_over(reader, current, &watched, sink, &mut all), fetch_page(reader, Some(token)));
        shown?;
        current = next?;
    }
    reader.memory.keep_groups(all.into());
    Ok(())
}

/// Groups whose refresh and hooks are worth a call: what the user looks at or changes, and refreshes that were under way last time.
fn watched_names(reader: &Reader<'_>, focus: &Focus) -> BTreeSet<String> {
    let looked_at = focus.selected.iter().chain(&focus.operating).filter(|id| id.kind == Kind::Group && id.scope == *reader.scope);
    let mut names: BTreeSet<String> = looked_at.map(|id| id.native().to_owned()).collect();
    let rolling = |g: &&Group| g.rollout.as_ref().is_some_and(|r| r.status.is_moving());
    names.extend(reader.memory.groups().iter().filter(rolling).map(|g| g.id.native().to_owned()));
    names
}

async fn fetch_page(reader: &Reader<'_>, token: Option<String>) -> Result<DescribeAutoScalingGroupsOutput, ProviderError> {
    let call = reader.clients.autoscaling.describe_auto_scaling_groups();
    call.max_records(PAGE).set_next_token(token).send().await.map_err(reader.error(DESCRIBE))
}

async fn hand_over(
    reader: &Reader<'_>,
    page: DescribeAutoScalingGroupsOutput,
    watched: &BTreeSet<String>,
    sink: &PageSink,
    all: &mut Vec<Group>,
) -> Result<(), ProviderError> {
    let mut gaps = Vec::new();
    let mut calls = 1;
    let sdk_groups = page.auto_scaling_groups.unwrap_or_default();
    let groups = finish(reader, &sdk_groups, watched, &mut gaps, &mut calls).await;
    all.extend(groups.iter().cloned());
    let rows = groups.into_iter().map(Observation::Group).collect();
    reader.hand_over(sink, Page { rows, gaps, calls, paid_units: 0 }).await
}

/// Converts groups and adds what other calls know: numbers behind `$Latest`, refreshes. What these cannot tell becomes a gap.
async fn finish(
    reader: &Reader<'_>,
    sdk_groups: &[AutoScalingGroup],
    watched: &BTreeSet<String>,
    gaps: &mut Vec<Label>,
    calls: &mut u32,
) -> Vec<Group> {
    let versions = reader.memory.templates().resolve(reader, sdk_groups, gaps, calls).await;
    let mut groups: Vec<Group> = sdk_groups.iter().filter_map(|g| convert::convert_group(reader.scope, g, &versions)).collect();
    for group in groups.iter_mut().filter(|g| watched.contains(g.id.native())) {
        group.rollout = refresh::fetch_rollout(reader, group.id.native(), gaps, calls).await;
        group.hooks = hooks::fetch_watched(reader, group.id.native(), gaps, calls).await;
    }
    groups
}

/// A fresh read of one group by name, past every cache but that of template numbers, with its newest refresh whatever became of it and its
/// hooks. `None`: there is no such group.
pub(super) async fn fetch_group(reader: &Reader<'_>, name: &str) -> Result<Option<Group>, ProviderError> {
    let reads = tokio::join!(fetch_raw(reader, name), refresh::fetch_newest(reader, name), hooks::fetch(reader, name));
    let (raw, rollout, hooks) = reads;
    let Some(raw) = raw? else { return Ok(None) };
    let (mut gaps, mut calls) = (Vec::new(), 0);
    let found = finish(reader, std::slice::from_ref(&raw), &BTreeSet::new(), &mut gaps, &mut calls).await;
    let Some(mut group) = found.into_iter().next() else { return Ok(None) };
    group.rollout = rollout?;
    group.hooks = hooks?;
    Ok(Some(group))
}

/// One group as the service says it, for calls that must say all of it again.
pub(super) async fn fetch_raw(reader: &Reader<'_>, name: &str) -> Result<Option<AutoScalingGroup>, ProviderError> {
    let call = reader.clients.autoscaling.describe_auto_scaling_groups();
    let answer = call.auto_scaling_group_names(name).send().await.map_err(reader.error(DESCRIBE))?;
    Ok(answer.auto_scaling_groups.unwrap_or_default().into_iter().find(|g| g.auto_scaling_group_name() == Some(name)))
}

/// The groups the memory holds, or those of a first read that is about to end.
pub(super) async fn known(reader: &Reader<'_>) -> Arc<[Group]> {
    reader.memory.groups_within(std::time::Duration::from_secs(10)).await
}

#[cfg(test)]
mod tests;
