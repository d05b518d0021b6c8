//! The writing clients of one connection: nothing but [`WRITES`] gets out of them, and each request at most once.

use std::ops::Deref;
use std::sync::Arc;

use aws_smithy_types::retry::RetryConfig;

use crate::providers::aws::link::{Connection, Link};
use crate::providers::aws::reader::Clients;
use crate::providers::aws::wall::{Allowed, Wall};

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

/// The same clients as the reading ones, behind another wall and without a second try.
pub(super) struct Writers(Clients);

impl Writers {
    pub fn new(connection: &Connection, link: &Link) -> Self {
        let wall = Wall::new(WRITES, Arc::clone(link.traffic()), Arc::clone(&link.settings().clock));
        let once = connection.config.to_builder().retry_config(RetryConfig::disabled()).build();
        Self(Clients::new(&once, &wall))
    }
}

impl Deref for Writers {
    type Target = Clients;

    fn deref(&self) -> &Clients {
        &self.0
    }
}
