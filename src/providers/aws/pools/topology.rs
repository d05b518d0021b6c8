//! Which listener sends to which target group, and how long draining takes. Changes rarely, costs a call per balancer, listener and
//! group: kept for minutes, and learned in portions so that a big estate's first read is not held up.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{Action, Listener, LoadBalancer, LoadBalancerTypeEnum, TargetGroup};
use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;

use crate::domain::{FailureKind, Label};
use crate::providers::ProviderError;
use crate::providers::aws::paging::Pages;
use crate::providers::aws::reader::Reader;

const LISTENERS: &str = "elasticloadbalancing:DescribeListeners";
const RULES: &str = "elasticloadbalancing:DescribeRules";
const ATTRIBUTES: &str = "elasticloadbalancing:DescribeTargetGroupAttributes";
const KEEP: Duration = Duration::from_mins(5);
/// Balancers and target groups asked about in one read.
const PORTION: usize = 40;
const AT_ONCE: usize = 4;
const PAGE: i32 = 400;

#[derive(Debug, Default)]
pub(in crate::providers::aws) struct Topology(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Balancer ARN → target group ARN → listeners and rules that send there.
    routes: HashMap<String, (Instant, Routes)>,
    delays: HashMap<String, (Instant, Option<Duration>)>,
}

type Routes = BTreeMap<String, Vec<Label>>;

/// What learning took, and what it could not find out.
#[derive(Debug, Default)]
pub(super) struct Learned {
    pub calls: u32,
    pub gaps: Vec<Label>,
}

impl Learned {
    /// One gap per sort of call: two hundred refusals are one refusal.
    fn note(&mut self, what: &str, error: &ProviderError) {
        let gap = Label::new(format!("{what}: {} ({})", error.kind.word(), error.operation));
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }
}

impl Topology {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `HTTPS:443`, `HTTP:80 rule 10`: what of this balancer sends to this group.
    pub fn listeners(&self, balancer: &str, group: &str) -> Vec<Label> {
        self.lock().routes.get(balancer).and_then(|(_, routes)| routes.get(group)).cloned().unwrap_or_default()
    }

    pub fn deregistration_delay(&self, group: &str) -> Option<Duration> {
        self.lock().delays.get(group)?.1
    }

    /// Learns what is missing or old of balancers that have target groups, and of the groups.
    pub(super) async fn learn(&self, reader: &Reader<'_>, balancers: &[LoadBalancer], groups: &[TargetGroup]) -> Learned {
        let now = Instant::now();
        let fresh = |at: &Instant| now.duration_since(*at) < KEEP;
        let (due_balancers, due_groups) = {
            let mut known = self.lock();
            // What is old stays in use until it is replaced; what is gone leaves.
            known.routes.retain(|arn, _| balancers.iter().any(|b| b.load_balancer_arn() == Some(arn)));
            known.delays.retain(|arn, _| groups.iter().any(|g| g.target_group_arn() == Some(arn)));
            let used = |b: &&LoadBalancer| {
                groups.iter().any(|g| g.load_balancer_arns().iter().any(|arn| Some(arn.as_str()) == b.load_balancer_arn()))
            };
            let due = |b: &&LoadBalancer| b.load_balancer_arn().is_some_and(|arn| !known.routes.get(arn).is_some_and(|(at, _)| fresh(at)));
            let due_balancers: Vec<&LoadBalancer> = balancers.iter().filter(due).filter(used).take(PORTION).collect();
            let due_groups: Vec<&str> = groups
                .iter()
                .filter_map(TargetGroup::target_group_arn)
                .filter(|arn| !known.delays.get(*arn).is_some_and(|(at, _)| fresh(at)))
                .take(PORTION)
                .collect();
            (due_balancers, due_groups)
        };
        let routes: Vec<_> = due_balancers
            .into_iter()
            .map(|b| async move { (b.load_balancer_arn().unwrap_or_default().to_owned(), fetch_routes(reader, b).await) })
            .collect();
        let delays: Vec<_> = due_groups.into_iter().map(|arn| async move { (arn.to_owned(), fetch_delay(reader, arn).await) }).collect();
        let routes = stream::iter(routes).buffer_unordered(AT_ONCE).collect::<Vec<_>>();
        let delays = stream::iter(delays).buffer_unordered(AT_ONCE).collect::<Vec<_>>();
        let (routes, delays) = tokio::join!(routes, delays);

        let mut learned = Learned::default();
        let mut known = self.lock();
        for (arn, (calls, result)) in routes {
            learned.calls += calls;
            match result {
                Ok(routes) => drop(known.routes.insert(arn, (now, routes))),
                Err(error) => {
                    learned.note("listeners", &error);
                    if lasting(&error) {
                        known.routes.insert(arn, (now, Routes::new()));
                    }
                }
            }
        }
        for (arn, result) in delays {
            learned.calls += 1;
            match result {
                Ok(delay) => drop(known.delays.insert(arn, (now, delay))),
                Err(error) => {
                    learned.note("drain delays", &error);
                    if lasting(&error) {
                        known.delays.insert(arn, (now, None));
                    }
                }
            }
        }
        learned
    }
}

/// Not worth asking again before the usual time.
fn lasting(error: &ProviderError) -> bool {
    !error.kind.is_passing() || error.kind == FailureKind::NotFound
}

async fn fetch_routes(reader: &Reader<'_>, balancer: &LoadBalancer) -> (u32, Result<Routes, ProviderError>) {
    let mut calls = 0;
    let result = fetch_routes_counting(reader, balancer, &mut calls).await;
    (calls, result)
}

async fn fetch_routes_counting(reader: &Reader<'_>, balancer: &LoadBalancer, calls: &mut u32) -> Result<Routes, ProviderError> {
    let mut routes = Routes::new();
    // Only application balancers have rules beyond the default action.
    let has_rules = balancer.r#type() == Some(&LoadBalancerTypeEnum::Application);
    let mut guard = Pages::new(LISTENERS, reader.scope);
    let mut token = None;
    loop {
        let call = reader.clients.elbv2.describe_listeners().page_size(PAGE).set_marker(token);
        let call = call.set_load_balancer_arn(balancer.load_balancer_arn().map(str::to_owned));
        *calls += 1;
        let answer = call.send().await.map_err(reader.error(LISTENERS))?;
        for listener in answer.listeners() {
            let word = listener_word(listener);
            apply_actions(&mut routes, listener.default_actions(), &word);
            if let (true, Some(arn)) = (has_rules, listener.listener_arn()) {
                fetch_rules(reader, arn, &word, &mut routes, calls).await?;
            }
        }
        token = guard.next(answer.next_marker())?;
        if token.is_none() {
            return Ok(routes);
        }
    }
}

async fn fetch_rules(reader: &Reader<'_>, listener: &str, word: &str, routes: &mut Routes, calls: &mut u32) -> Result<(), ProviderError> {
    let mut guard = Pages::new(RULES, reader.scope);
    let mut token = None;
    loop {
        *calls += 1;
        let call = reader.clients.elbv2.describe_rules().listener_arn(listener).page_size(PAGE).set_marker(token);
        let answer = call.send().await.map_err(reader.error(RULES))?;
        for rule in answer.rules().iter().filter(|r| r.is_default() != Some(true)) {
            apply_actions(routes, rule.actions(), &format!("{word} rule {}", rule.priority().unwrap_or("?")));
        }
        token = guard.next(answer.next_marker())?;
        if token.is_none() {
            return Ok(());
        }
    }
}

fn listener_word(listener: &Listener) -> String {
    let protocol = listener.protocol().map_or("?", |p| p.as_str());
    listener.port().map_or_else(|| protocol.to_owned(), |port| format!("{protocol}:{port}"))
}

/// Notes the word for every group the actions forward to, weights and the old single field alike.
fn apply_actions(routes: &mut Routes, actions: &[Action], word: &str) {
    for action in actions {
        let weighted = action.forward_config().map_or(&[][..], |f| f.target_groups());
        let arns = action.target_group_arn().into_iter().chain(weighted.iter().filter_map(|t| t.target_group_arn()));
        for arn in arns {
            let words = routes.entry(arn.to_owned()).or_default();
            let label = Label::new(word);
            if !words.contains(&label) {
                words.push(label);
            }
        }
    }
}

async fn fetch_delay(reader: &Reader<'_>, group: &str) -> Result<Option<Duration>, ProviderError> {
    let call = reader.clients.elbv2.describe_target_group_attributes().target_group_arn(group);
    let answer = call.send().await.map_err(reader.error(ATTRIBUTES))?;
    let delay = answer.attributes().iter().find(|a| a.key() == Some("deregistration_delay.timeout_seconds"));
    Ok(delay.and_then(|a| a.value()?.parse().ok()).map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::{ActionTypeEnum, ForwardActionConfig, ProtocolEnum, TargetGroupTuple};

    use super::*;

    #[test]
    fn forwards_are_found_in_both_forms_and_named_once() {
        let tuple = |arn: &str| TargetGroupTuple::builder().target_group_arn(arn).weight(1).build();
        let both = Action::builder()
            .r#type(ActionTypeEnum::Forward)
            .target_group_arn("tg-a")
            .forward_config(ForwardActionConfig::builder().target_groups(tuple("tg-a")).target_groups(tuple("tg-b")).build())
            .build();
        let redirect = Action::builder().r#type(ActionTypeEnum::Redirect).build();
        let listener = Listener::builder().protocol(ProtocolEnum::Https).port(443).build();
        let mut routes = Routes::new();
        apply_actions(&mut routes, &[redirect, both.clone()], &listener_word(&listener));
        apply_actions(&mut routes, &[both], "HTTPS:443 rule 10");
        let words: Vec<&str> = routes["tg-a"].iter().map(Label::as_str).collect();
        assert_eq!(words, ["HTTPS:443", "HTTPS:443 rule 10"]);
        assert_eq!(routes["tg-b"].len(), 2);
        assert_eq!(routes.len(), 2);
    }
}
