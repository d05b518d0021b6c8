//! The writing clients of one connection: nothing but [`WRITES`] gets out of them, and each request at most once.

use std::sync::Arc;

use aws_smithy_types::retry::RetryConfig;

use crate::providers::aws::link::{Connection, Link};
use crate::providers::aws::wall::{Allowed, Wall};
use crate::providers::aws::whole::WholeAnswers;

/// All that is ever changed.
pub(super) const WRITES: Allowed = &[
    (
        "Auto Scaling",
        &[
            "SetDesiredCapacity",
            "UpdateAutoScalingGroup",
            "TerminateInstanceInAutoScalingGroup",
            "SuspendProcesses",
            "ResumeProcesses",
            "EnterStandby",
            "ExitStandby",
            "SetInstanceProtection",
            "StartInstanceRefresh",
            "CancelInstanceRefresh",
            "RollbackInstanceRefresh",
            "CreateOrUpdateTags",
            "DeleteTags",
            "CreateAutoScalingGroup",
            "EnableMetricsCollection",
            "DeleteAutoScalingGroup",
        ],
    ),
    ("EC2", &["RebootInstances"]),
    ("Elastic Load Balancing v2", &["RegisterTargets", "DeregisterTargets", "ModifyRule", "ModifyListener"]),
    ("Elastic Load Balancing", &["RegisterInstancesWithLoadBalancer", "DeregisterInstancesFromLoadBalancer"]),
    ("RDS", &["RebootDBInstance", "FailoverDBCluster", "CreateDBSnapshot", "CreateDBClusterSnapshot"]),
    ("CloudWatch", &["PutAlarmMuteRule", "DeleteAlarmMuteRule"]),
];

pub(super) struct Writers {
    pub autoscaling: aws_sdk_autoscaling::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub elbv2: aws_sdk_elasticloadbalancingv2::Client,
    pub elb: aws_sdk_elasticloadbalancing::Client,
    pub rds: aws_sdk_rds::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
}

impl Writers {
    pub fn new(connection: &Connection, link: &Link) -> Self {
        let wall = Wall::new(WRITES, Arc::clone(link.traffic()), Arc::clone(&link.settings().clock));
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::config::Builder::from(&connection.config)
                        .retry_config(RetryConfig::disabled())
                        .interceptor(wall.clone())
                        .interceptor(WholeAnswers)
                        .build(),
                )
            };
        }
        Self {
            autoscaling: client!(aws_sdk_autoscaling),
            ec2: client!(aws_sdk_ec2),
            elbv2: client!(aws_sdk_elasticloadbalancingv2),
            elb: client!(aws_sdk_elasticloadbalancing),
            rds: client!(aws_sdk_rds),
            cloudwatch: client!(aws_sdk_cloudwatch),
        }
    }
}
