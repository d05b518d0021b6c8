//! The wall: an interceptor in every client that lets only listed operations out, before anything is serialized or sent.
//!
//! Reading clients get [`READS`]. The list of calls that change something stands under `operator/`, the only files that name them.
//! On the way it counts requests and notes how far the cloud's `Date` is from our clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::settings::Clock;

/// Operations by service, in the SDK's own service names.
pub(super) type Allowed = &'static [(&'static str, &'static [&'static str])];

/// Everything this program reads. Not `Describe*` by prefix: what is not listed here was not thought about.
pub(super) const READS: Allowed = &[
    (
        "Auto Scaling",
        &[
            "DescribeAutoScalingGroups",
            "DescribeScalingActivities",
            "DescribeInstanceRefreshes",
            "DescribeLifecycleHooks",
            "DescribePolicies",
            "DescribeScheduledActions",
        ],
    ),
    ("EC2", &["DescribeInstances", "DescribeInstanceStatus", "DescribeLaunchTemplates"]),
    (
        "Elastic Load Balancing v2",
        &[
            "DescribeLoadBalancers",
            "DescribeTargetGroups",
            "DescribeTargetGroupAttributes",
            "DescribeTargetHealth",
            "DescribeListeners",
            "DescribeRules",
        ],
    ),
    ("Elastic Load Balancing", &["DescribeLoadBalancers", "DescribeInstanceHealth", "DescribeLoadBalancerAttributes"]),
    ("RDS", &["DescribeDBInstances", "DescribeDBClusters", "DescribeDBSnapshots", "DescribeDBClusterSnapshots", "DescribeEvents"]),
    ("ElastiCache", &["DescribeCacheClusters", "DescribeReplicationGroups", "DescribeEvents"]),
    ("CloudWatch", &["GetMetricData", "DescribeAlarms", "ListAlarmMuteRules", "GetAlarmMuteRule"]),
    ("STS", &["GetCallerIdentity"]),
];

/// What crossed the wall.
#[derive(Debug)]
pub(super) struct Traffic {
    requests: AtomicU64,
    /// Seconds our clock is ahead; [`UNKNOWN_SKEW`] before the first answer.
    skew: AtomicI64,
}

const UNKNOWN_SKEW: i64 = i64::MIN;

impl Default for Traffic {
    fn default() -> Self {
        Self { requests: AtomicU64::new(0), skew: AtomicI64::new(UNKNOWN_SKEW) }
    }
}

impl Traffic {
    /// Requests sent, repeats by the SDK included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How far our clock is from the cloud's, in seconds; positive = ours is ahead.
    pub fn skew_seconds(&self) -> Option<i64> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|s| *s != UNKNOWN_SKEW)
    }
}

/// An operation that is not on the list.
#[derive(Debug, thiserror::Error)]
#[error("{service}:{operation} is not among the calls this client may make; nothing was sent")]
pub(super) struct Walled {
    service: String,
    operation: String,
}

#[derive(Clone)]
pub(super) struct Wall {
    allowed: Allowed,
    traffic: Arc<Traffic>,
    clock: Clock,
}

impl Wall {
    pub fn new(allowed: Allowed, traffic: Arc<Traffic>, clock: Clock) -> Self {
        Self { allowed, traffic, clock }
    }
}

impl std::fmt::Debug for Wall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wall").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

fn lets_out(allowed: Allowed, service: &str, operation: &str) -> bool {
    allowed.iter().any(|(s, operations)| *s == service && operations.contains(&operation))
}

impl Intercept for Wall {
    fn name(&self) -> &'static str {
        "Wall"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // An operation without a name cannot be on a list.
        let (service, operation) = config.load::<Metadata>().map_or(("", ""), |m| (m.service(), m.name()));
        if lets_out(self.allowed, service, operation) {
            Ok(())
        } else {
            Err(Walled { service: service.to_owned(), operation: operation.to_owned() }.into())
        }
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.traffic.requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").and_then(|d| jiff::fmt::rfc2822::parse(d).ok());
        if let Some(date) = date {
            self.traffic.skew.store((self.clock)().wall.as_second() - date.timestamp().as_second(), Ordering::Relaxed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_reads_get_out() {
        for (service, operation, want) in [
            ("Auto Scaling", "DescribeAutoScalingGroups", true),
            ("Auto Scaling", "SetInstanceHealth", false),
            ("EC2", "TerminateInstances", false),
            ("EC2", "DescribeInstances", true),
            // Listed for another service only.
            ("RDS", "DescribeInstances", false),
            ("CloudWatch", "SetAlarmState", false),
            ("STS", "AssumeRole", false),
            ("", "", false),
        ] {
            assert_eq!(lets_out(READS, service, operation), want, "{service}:{operation}");
        }
    }

    #[test]
    fn every_read_begins_like_a_read() {
        for (service, operations) in READS {
            for operation in *operations {
                assert!(["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb)), "{service}:{operation}");
            }
        }
    }
}
