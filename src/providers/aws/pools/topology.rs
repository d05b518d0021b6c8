//! Which listener sends to which target group and with what weight, and how long draining takes. Changes rarely, costs a call per
//! balancer, listener and group: kept for minutes, and learned in portions so that a big estate's first read is not held up. An operation
//! never looks at routes that were kept: it may have changed them itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{Action, Listener, LoadBalancer, LoadBalancerTypeEnum, TargetGroup};
use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;

use crate::domain::{FailureKind, Kind, Label, ResourceId, Route, Scope};
use crate::providers::ProviderError;
use crate::providers::aws::convert::convert_count;
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
    /// Balancer ARN → what of it sends where.
    routes: HashMap<String, (Instant, Vec<Sends>)>,
    /// By target group ARN, or name of a classic balancer.
    delays: HashMap<String, (Instant, Option<Duration>)>,
}

/// A listener's default action, or a rule, that forwards to target groups.
#[derive(Clone, Debug, PartialEq)]
struct Sends {
    /// ARN of the rule, or of the listener whose default action it is.
    rule: Option<String>,
    /// `HTTPS:443 rule 10`.
    name: Label,
    /// Target group ARN and weight.
    weights: Vec<(String, u32)>,
}

impl Sends {
    fn goes_to(&self, group: &str) -> bool {
        self.weights.iter().any(|(arn, _)| arn == group)
    }
}

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
        let known = self.lock();
        let sends = known.routes.get(balancer).map_or(&[][..], |(_, sends)| sends);
        let mut words: Vec<Label> = Vec::new();
        for send in sends.iter().filter(|s| s.goes_to(group)) {
            if !words.contains(&send.name) {
                words.push(send.name.clone());
            }
        }
        words
    }

    /// The same, with all pools they forward to and their weights.
    pub fn routes(&self, scope: &Scope, balancer: &str, group: &str) -> Vec<Route> {
        let known = self.lock();
        let sends = known.routes.get(balancer).map_or(&[][..], |(_, sends)| sends);
        let route = |send: &Sends| {
            Some(Route {
                rule: ResourceId::new(scope, Kind::Rule, send.rule.as_deref()?),
                name: send.name.clone(),
                weights: send.weights.iter().map(|(arn, weight)| (ResourceId::new(scope, Kind::Pool, arn), *weight)).collect(),
            })
        };
        sends.iter().filter(|s| s.goes_to(group)).filter_map(route).collect()
    }

    pub fn deregistration_delay(&self, group: &str) -> Option<Duration> {
        self.lock().delays.get(group)?.1
    }

    /// Whether the delay of this group, or classic balancer, was asked for lately.
    pub fn knows_delay(&self, pool: &str) -> bool {
        self.lock().delays.get(pool).is_some_and(|(at, _)| at.elapsed() < KEEP)
    }

    /// Keeps the delay of a pool. What is refused will be refused again, and is not asked for before the usual time.
    pub fn keep_delay(&self, pool: &str, answer: &Result<Option<Duration>, ProviderError>) {
        let delay = match answer {
            Ok(delay) => *delay,
            Err(error) if lasting(error) => None,
            Err(_) => return,
        };
        self.lock().delays.insert(pool.to_owned(), (Instant::now(), delay));
    }

    /// Reads the routes of these balancers anew, and the delays that are not known, for an operation. What may not be asked stays empty;
    /// any other failure is one of the read.
    pub(super) async fn relearn(
        &self,
        reader: &Reader<'_>,
        balancers: &[LoadBalancer],
        groups: &[TargetGroup],
    ) -> Result<(), ProviderError> {
        let routes: Vec<_> = balancers
            .iter()
            .filter_map(|b| Some((b.load_balancer_arn()?.to_owned(), b)))
            .map(|(arn, b)| async move { (arn, fetch_routes(reader, b).await.1) })
            .collect();
        let unknown = groups.iter().filter_map(TargetGroup::target_group_arn).filter(|arn| !self.knows_delay(arn)).map(str::to_owned);
        let delays: Vec<_> = unknown.map(|arn| async move { (fetch_delay(reader, &arn).await, arn) }).collect();
        let routes = stream::iter(routes).buffer_unordered(AT_ONCE).collect::<Vec<_>>();
        let delays = stream::iter(delays).buffer_unordered(AT_ONCE).collect::<Vec<_>>();
        let (routes, delays) = tokio::join!(routes, delays);
        for (arn, result) in routes {
            let sends = match result {
                Ok(sends) => sends,
                Err(error) if lasting(&error) => Vec::new(),
                Err(error) => return Err(error),
            };
            self.lock().routes.insert(arn, (Instant::now(), sends));
        }
        for (result, arn) in delays {
            self.keep_delay(&arn, &result);
            if let Err(error) = result
                && !lasting(&error)
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Learns what is missing or old of balancers that have target groups, and of the groups.
    pub(super) async fn learn(&self, reader: &Reader<'_>, balancers: &[LoadBalancer], groups: &[TargetGroup]) -> Learned {
        let now = Instant::now();
        let fresh = |at: &Instant| now.duration_since(*at) < KEEP;
        let (due_balancers, due_groups) = {
            let mut known = self.lock();
            // What is old stays in use until it is replaced; what is gone leaves.
            known.routes.retain(|arn, _| balancers.iter().any(|b| b.load_balancer_arn() == Some(arn)));
            // Names are those of classic balancers, which are listed elsewhere.
            known.delays.retain(|pool, _| !pool.starts_with("arn:") || groups.iter().any(|g| g.target_group_arn() == Some(pool)));
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
                        known.routes.insert(arn, (now, Vec::new()));
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

async fn fetch_routes(reader: &Reader<'_>, balancer: &LoadBalancer) -> (u32, Result<Vec<Sends>, ProviderError>) {
    let mut calls = 0;
    let result = fetch_routes_counting(reader, balancer, &mut calls).await;
    (calls, result)
}

async fn fetch_routes_counting(reader: &Reader<'_>, balancer: &LoadBalancer, calls: &mut u32) -> Result<Vec<Sends>, ProviderError> {
    let mut sends = Vec::new();
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
            sends.extend(convert_actions(listener.listener_arn(), &word, listener.default_actions()));
            if let (true, Some(arn)) = (has_rules, listener.listener_arn()) {
                fetch_rules(reader, arn, &word, &mut sends, calls).await?;
            }
        }
        token = guard.next(answer.next_marker())?;
        if token.is_none() {
            return Ok(sends);
        }
    }
}

async fn fetch_rules(
    reader: &Reader<'_>,
    listener: &str,
    word: &str,
    sends: &mut Vec<Sends>,
    calls: &mut u32,
) -> Result<(), ProviderError> {
    let mut guard = Pages::new(RULES, reader.scope);
    let mut token = None;
    loop {
        *calls += 1;
        let call = reader.clients.elbv2.describe_rules().listener_arn(listener).page_size(PAGE).set_marker(token);
        let answer = call.send().await.map_err(reader.error(RULES))?;
        for rule in answer.rules().iter().filter(|r| r.is_default() != Some(true)) {
            let word = format!("{word} rule {}", rule.priority().unwrap_or("?"));
            sends.extend(convert_actions(rule.rule_arn(), &word, rule.actions()));
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

/// What a list of actions forwards to: the weighted form, or the old single field. `None`: nowhere.
fn convert_actions(rule: Option<&str>, name: &str, actions: &[Action]) -> Option<Sends> {
    let mut weights: Vec<(String, u32)> = Vec::new();
    for action in actions {
        let weighted = action.forward_config().map_or(&[][..], |f| f.target_groups());
        // Without a weight the service takes one.
        let tuples = weighted.iter().filter_map(|t| Some((t.target_group_arn()?, convert_count(t.weight()).unwrap_or(1))));
        let single = action.target_group_arn().map(|arn| (arn, 1));
        for (arn, weight) in tuples.chain(single) {
            if !weights.iter().any(|(known, _)| known == arn) {
                weights.push((arn.to_owned(), weight));
            }
        }
    }
    (!weights.is_empty()).then(|| Sends { rule: rule.map(str::to_owned), name: Label::new(name), weights })
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
    fn forwards_are_found_in_both_forms_with_their_weights() {
        let tuple = |arn: &str, weight: Option<i32>| TargetGroupTuple::builder().target_group_arn(arn).set_weight(weight).build();
        let forward = || Action::builder().r#type(ActionTypeEnum::Forward);
        let both = forward()
            .target_group_arn("tg-a")
            .forward_config(
                ForwardActionConfig::builder().target_groups(tuple("tg-a", Some(90))).target_groups(tuple("tg-b", None)).build(),
            )
            .build();
        let redirect = Action::builder().r#type(ActionTypeEnum::Redirect).build();
        let listener = Listener::builder().protocol(ProtocolEnum::Https).port(443).build();
        let sends = convert_actions(Some("li-1"), &listener_word(&listener), &[redirect.clone(), both]).unwrap();
        assert_eq!((sends.rule.as_deref(), sends.name.as_str()), (Some("li-1"), "HTTPS:443"));
        assert_eq!(sends.weights, [("tg-a".to_owned(), 90), ("tg-b".to_owned(), 1)]);
        let old = convert_actions(None, "x", &[forward().target_group_arn("tg-a").build()]).unwrap();
        assert_eq!(old.weights, [("tg-a".to_owned(), 1)]);
        assert_eq!(convert_actions(None, "x", &[redirect]), None);
    }
}
