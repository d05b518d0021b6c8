//! What every read module gets: the scope, the reading clients, what earlier reads found, the clock.
//!
//! A reader's clients can only read: each carries the wall. Nothing here changes anything.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;

use crate::config::probe::ProbeSettings;
use crate::domain::{FailureKind, Scope};
use crate::providers::{Page, PageSink, ProviderError};

use super::error::convert_error;
use super::memory::Memory;
use super::settings::Clock;
use super::wall::Wall;
use super::whole::WholeAnswers;

/// The clients of one region; they share one connection pool. What gets out of them, their wall says.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    pub autoscaling: aws_sdk_autoscaling::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub elbv2: aws_sdk_elasticloadbalancingv2::Client,
    pub elb: aws_sdk_elasticloadbalancing::Client,
    pub rds: aws_sdk_rds::Client,
    pub elasticache: aws_sdk_elasticache::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub sts: aws_sdk_sts::Client,
}

impl Clients {
    /// Clients behind `wall`.
    pub fn new(config: &SdkConfig, wall: &Wall) -> Self {
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf($sdk::config::Builder::from(config).interceptor(wall.clone()).interceptor(WholeAnswers).build())
            };
        }
        Self {
            autoscaling: client!(aws_sdk_autoscaling),
            ec2: client!(aws_sdk_ec2),
            elbv2: client!(aws_sdk_elasticloadbalancingv2),
            elb: client!(aws_sdk_elasticloadbalancing),
            rds: client!(aws_sdk_rds),
            elasticache: client!(aws_sdk_elasticache),
            cloudwatch: client!(aws_sdk_cloudwatch),
            sts: client!(aws_sdk_sts),
        }
    }
}

/// The context of one read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub scope: &'a Scope,
    pub clients: &'a Clients,
    /// Groups, pools and instances as last read to the end: joins without another call.
    pub memory: &'a Memory,
    pub probe: &'a ProbeSettings,
    pub clock: &'a Clock,
}

impl<'a> Reader<'a> {
    /// Turns an SDK error of `operation` (`autoscaling:DescribeAutoScalingGroups`) into ours: `.map_err(reader.error("…"))`.
    pub fn error<E>(&self, operation: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> ProviderError + use<'a, E>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let scope = self.scope;
        move |error| convert_error(operation, scope, &error)
    }

    /// Hands a page to the sink. A reader that went away ends the read with an error nobody will see.
    pub async fn hand_over(&self, sink: &PageSink, page: Page) -> Result<(), ProviderError> {
        sink.send(page).await.map_err(|closed| ProviderError::new(FailureKind::Network, "hand over a page", self.scope, closed.to_string()))
    }
}
