//! Our own HTTP probe of the members the config names, judged like a balancer's health check.
//!
//! It asks from where the console stands: what it cannot reach it cannot judge as its users do, and the words say so. It sends no
//! credentials, follows no redirect, uses no proxy (the addresses are private) and reads no body.

mod ask;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use futures_util::StreamExt;
use futures_util::stream;

use crate::config::probe::{DEFAULT_PATH, ProbeSettings};
use crate::domain::{FailureKind, Focus, Group, Instance, Label, Observation, ResourceId, TargetPool};
use crate::providers::{Page, PageSink, ProviderError};

use self::ask::{build_client, fetch_status};
use super::reader::Reader;

/// Questions under way at once.
const AT_ONCE: usize = 16;

/// Members asked in one read at most; more than this is a load test.
const MOST: usize = 512;

/// The HTTP client, made at the first probe.
#[derive(Debug, Default)]
pub(super) struct Kept(OnceLock<Result<reqwest::Client, String>>);

/// Probes every running instance that a target in the config means.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    if !reader.probe.is_active() {
        return Ok(());
    }
    let client = reader
        .memory
        .probe
        .0
        .get_or_init(|| build_client(reader.probe.timeout).map_err(|e| e.to_string()))
        .as_ref()
        .map_err(|e| ProviderError::new(FailureKind::Unsupported, "probe", reader.scope, format!("no HTTP client: {e}")))?;

    let mut questions = plan_probes(reader.probe, &reader.memory.instances(), &reader.memory.groups(), &reader.memory.pools());
    let mut gaps = Vec::new();
    if questions.len() > MOST {
        gaps.push(Label::new(format!("probe: {} members match, the first {MOST} are asked", questions.len())));
        questions.truncate(MOST);
    }
    let rows = stream::iter(questions)
        .map(|(member, url)| async move {
            let probe = fetch_status(client, &url, reader.probe.timeout, reader.clock).await;
            Observation::Probe { member, probe }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    reader.hand_over(sink, Page { rows, gaps, ..Page::default() }).await
}

/// Who is asked what: running instances with an address, by the name of their group, their Name tag or their id.
fn plan_probes(
    settings: &ProbeSettings,
    instances: &Arc<[Instance]>,
    groups: &Arc<[Group]>,
    pools: &Arc<[TargetPool]>,
) -> Vec<(ResourceId, String)> {
    let mut out = Vec::new();
    for instance in instances.iter().filter(|i| i.state.is_good()) {
        let names: Vec<&str> =
            [instance.group.as_deref(), instance.name.as_deref(), Some(instance.id.native())].into_iter().flatten().collect();
        let Some(target) = settings.target(&names) else { continue };
        let Some(address) = &instance.address else { continue };
        let path = settings.path.as_deref().or_else(|| path_of(instance, groups, pools)).unwrap_or(DEFAULT_PATH);
        out.push((instance.id.clone(), target.url_for(address, path)));
    }
    out
}

/// The path that the balancer before this instance asks for.
fn path_of<'a>(instance: &Instance, groups: &[Group], pools: &'a [TargetPool]) -> Option<&'a str> {
    let group = instance.group.as_ref().and_then(|name| groups.iter().find(|g| g.name == *name));
    let holds = |pool: &TargetPool| match group {
        Some(group) => group.pools.contains(&pool.id),
        None => pool.targets.iter().flatten().any(|t| t.member == instance.id),
    };
    pools.iter().filter(|p| holds(p)).find_map(|p| p.health_path.as_deref())
}
