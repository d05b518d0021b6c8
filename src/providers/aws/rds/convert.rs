//! From RDS types to [`Database`]. The only place that knows both.

use std::time::Duration;

use aws_sdk_rds::types::{ClusterPendingModifiedValues, DbCluster, DbInstance, Endpoint, PendingModifiedValues};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::snapshots::Keys;
use super::status::{convert_replication, convert_status};
use crate::domain::{Database, DatabaseRole, Kind, Label, ResourceId, Scope};
use crate::providers::aws::time::convert_time;

const GIB: u64 = 1 << 30;

/// From when on the end of a server certificate is worth a line: clients that verify it will be refused.
const CERTIFICATE_NOTICE: Duration = Duration::from_hours(30 * 24);

/// What a database's id names, for calls that take names. Ids are ARNs, or `db:name` and `cluster:name` where the service sent none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::providers::aws) enum Named<'a> {
    Instance(&'a str),
    Cluster(&'a str),
}

impl<'a> Named<'a> {
    /// `None`: not of this service.
    pub fn parse(native: &'a str) -> Option<Self> {
        // arn:aws:rds:eu-central-1:111122223333:db:orders
        let rest = match native.strip_prefix("arn:") {
            Some(arn) => {
                let mut parts = arn.splitn(5, ':');
                if parts.nth(1)? != "rds" {
                    return None;
                }
                parts.nth(2)?
            }
            None => native,
        };
        match rest.split_once(':')? {
            ("db", name) if !name.is_empty() => Some(Self::Instance(name)),
            ("cluster", name) if !name.is_empty() => Some(Self::Cluster(name)),
            _ => None,
        }
    }
}

/// A cluster with what its instances need to know.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub database: Database,
    pub keys: Keys,
    /// Instance identifier, and whether it writes.
    pub members: Vec<(String, bool)>,
}

/// Converts a cluster; `None` for one without a name, which the service does not send.
pub(super) fn convert_cluster(cluster: &DbCluster, scope: &Scope, now: Timestamp) -> Option<Cluster> {
    let name = cluster.db_cluster_identifier()?;
    let native = cluster.db_cluster_arn().map_or_else(|| format!("cluster:{name}"), str::to_owned);
    let mut out = Database::new(
        ResourceId::new(scope, Kind::Database, native),
        Label::new(name),
        engine_of(cluster.engine(), cluster.engine_version()),
        convert_status(cluster.status()),
    );
    out.role = DatabaseRole::Cluster;
    out.class = cluster.db_cluster_instance_class().map(Label::new);
    out.multi_az = cluster.multi_az();
    // Aurora's volume grows by itself: the allocated number of such a cluster says nothing.
    out.storage = cluster.allocated_storage().filter(|_| !is_aurora(cluster.engine())).and_then(gib);
    out.endpoint = cluster.endpoint().map(Label::new);
    out.port = cluster.port().and_then(|p| u16::try_from(p).ok());
    out.parent = cluster.replication_source_identifier().map(|s| Label::new(last_of_arn(s)));
    out.created = cluster.cluster_create_time().and_then(convert_time);
    out.replication = cluster
        .status_infos()
        .iter()
        .find(|s| s.status_type() == Some("read replication"))
        .map(|s| convert_replication(s.status(), s.normal(), s.message()));
    if let Some(pending) = cluster.pending_modified_values() {
        push_cluster_pending(&mut out.pending, pending);
    }
    for member in cluster.db_cluster_members() {
        if member.db_cluster_parameter_group_status() == Some("pending-reboot") {
            let instance = member.db_instance_identifier().unwrap_or("an instance");
            out.pending.push(Label::new(format!("parameter group: {instance} must reboot to take it")));
        }
    }
    push_progress(&mut out.pending, cluster.percent_progress());
    push_restart(&mut out.pending, cluster.automatic_restart_time());
    push_certificate(&mut out.pending, cluster.certificate_details().and_then(|c| c.valid_till()), now);
    let members = cluster
        .db_cluster_members()
        .iter()
        .filter_map(|m| Some((m.db_instance_identifier()?.to_owned(), m.is_cluster_writer().unwrap_or(false))))
        .collect();
    Some(Cluster { database: out, keys: Keys::new(cluster.db_cluster_resource_id(), name), members })
}

/// Converts an instance; its role comes from its cluster, where it has one.
pub(super) fn convert_instance(instance: &DbInstance, clusters: &[Cluster], scope: &Scope, now: Timestamp) -> Option<(Database, Keys)> {
    let name = instance.db_instance_identifier()?;
    let native = instance.db_instance_arn().map_or_else(|| format!("db:{name}"), str::to_owned);
    let mut out = Database::new(
        ResourceId::new(scope, Kind::Database, native),
        Label::new(name),
        engine_of(instance.engine(), instance.engine_version()),
        convert_status(instance.db_instance_status()),
    );
    let in_cluster = instance.db_cluster_identifier().filter(|c| !c.is_empty());
    (out.role, out.parent) = convert_role(instance, in_cluster, clusters);
    out.class = instance.db_instance_class().map(Label::new);
    out.zone = instance.availability_zone().map(Label::new);
    out.multi_az = instance.multi_az();
    // An Aurora instance reports 1 GiB whatever the volume of its cluster holds.
    out.storage = instance.allocated_storage().filter(|_| !is_aurora(instance.engine())).and_then(gib);
    out.endpoint = instance.endpoint().and_then(|e| e.address()).map(Label::new);
    out.port = instance
        .endpoint()
        .and_then(Endpoint::port)
        .or_else(|| instance.db_instance_port())
        .filter(|p| *p > 0)
        .and_then(|p| p.try_into().ok());
    out.created = instance.instance_create_time().and_then(convert_time);
    out.replication = instance
        .status_infos()
        .iter()
        .find(|s| s.status_type() == Some("read replication"))
        .map(|s| convert_replication(s.status(), s.normal(), s.message()));
    if let Some(pending) = instance.pending_modified_values() {
        push_pending(&mut out.pending, pending, instance);
    }
    for group in instance.db_parameter_groups() {
        if group.parameter_apply_status() == Some("pending-reboot") {
            let name = group.db_parameter_group_name().unwrap_or("changed");
            out.pending.push(Label::new(format!("parameter group {name} waits for a reboot")));
        }
    }
    if let Some(word) = instance.storage_operation_status().filter(|w| !w.is_empty()) {
        let percent = instance.storage_operation_percent_progress().map_or_else(String::new, |p| format!(" {p} %"));
        out.pending.push(Label::new(format!("storage {word}{percent}")));
    }
    push_progress(&mut out.pending, instance.percent_progress());
    push_restart(&mut out.pending, instance.automatic_restart_time());
    push_certificate(&mut out.pending, instance.certificate_details().and_then(|c| c.valid_till()), now);
    // Backups of a cluster are the cluster's; one of its instances has none of its own.
    let keys = if in_cluster.is_some() { Keys::none() } else { Keys::new(instance.dbi_resource_id(), name) };
    Some((out, keys))
}

fn convert_role(instance: &DbInstance, in_cluster: Option<&str>, clusters: &[Cluster]) -> (DatabaseRole, Option<Label>) {
    if let Some(cluster_name) = in_cluster {
        let name = instance.db_instance_identifier().unwrap_or_default();
        let writes = clusters
            .iter()
            .find(|c| &*c.database.name == cluster_name)
            .and_then(|c| c.members.iter().find(|(m, _)| m == name))
            .map(|(_, writes)| *writes);
        // A member whose cluster could not be read: which of them writes is not known, so it is not claimed.
        let role = match writes {
            Some(true) => DatabaseRole::Primary,
            Some(false) => DatabaseRole::Replica,
            None => DatabaseRole::Single,
        };
        return (role, Some(Label::new(cluster_name)));
    }
    let source = instance
        .read_replica_source_db_instance_identifier()
        .or_else(|| instance.read_replica_source_db_cluster_identifier())
        .filter(|s| !s.is_empty());
    match source {
        Some(source) => (DatabaseRole::Replica, Some(Label::new(last_of_arn(source)))),
        None if !instance.read_replica_db_instance_identifiers().is_empty()
            || !instance.read_replica_db_cluster_identifiers().is_empty() =>
        {
            (DatabaseRole::Primary, None)
        }
        None => (DatabaseRole::Single, None),
    }
}

fn push_pending(out: &mut Vec<Label>, p: &PendingModifiedValues, now: &DbInstance) {
    let mut say = |text: String| out.push(Label::new(text));
    let from_to = |what: &str, from: Option<String>, to: String| match from.filter(|f| *f != to) {
        Some(from) => format!("{what} {from} → {to}"),
        None => format!("{what} → {to}"),
    };
    if let Some(v) = p.db_instance_class() {
        say(from_to("class", now.db_instance_class().map(str::to_owned), v.to_owned()));
    }
    if let Some(v) = p.allocated_storage() {
        say(from_to("storage", now.allocated_storage().map(|s| format!("{s} GiB")), format!("{v} GiB")));
    }
    if let Some(v) = p.engine_version() {
        say(from_to("engine", now.engine_version().map(str::to_owned), v.to_owned()));
    }
    if let Some(v) = p.multi_az() {
        say(format!("Multi-AZ {}", on_off(v)));
    }
    if let Some(v) = p.port() {
        say(from_to("port", now.db_instance_port().filter(|p| *p > 0).map(|p| p.to_string()), v.to_string()));
    }
    if let Some(v) = p.iops() {
        say(from_to("IOPS", now.iops().map(|i| i.to_string()), v.to_string()));
    }
    if let Some(v) = p.storage_throughput() {
        say(from_to("throughput", now.storage_throughput().map(|t| format!("{t} MiB/s")), format!("{v} MiB/s")));
    }
    if let Some(v) = p.storage_type() {
        say(from_to("storage type", now.storage_type().map(str::to_owned), v.to_owned()));
    }
    if let Some(v) = p.backup_retention_period() {
        say(format!("backups kept {v} d"));
    }
    if let Some(v) = p.db_instance_identifier() {
        say(format!("name → {v}"));
    }
    if let Some(v) = p.ca_certificate_identifier() {
        say(format!("certificate authority → {v}"));
    }
    if let Some(v) = p.db_subnet_group_name() {
        say(format!("subnet group → {v}"));
    }
    if let Some(v) = p.license_model() {
        say(format!("licence → {v}"));
    }
    if let Some(v) = p.iam_database_authentication_enabled() {
        say(format!("IAM sign-in {}", on_off(v)));
    }
    if !p.processor_features().is_empty() {
        say("processor features".to_owned());
    }
    if p.pending_cloudwatch_logs_exports().is_some() {
        say("log exports".to_owned());
    }
    // The service masks it; the fact alone matters.
    if p.master_user_password().is_some() {
        say("master password".to_owned());
    }
}

fn push_cluster_pending(out: &mut Vec<Label>, p: &ClusterPendingModifiedValues) {
    let mut say = |text: String| out.push(Label::new(text));
    if let Some(v) = p.engine_version() {
        say(format!("engine → {v}"));
    }
    if let Some(v) = p.db_cluster_identifier() {
        say(format!("name → {v}"));
    }
    if let Some(v) = p.allocated_storage() {
        say(format!("storage → {v} GiB"));
    }
    if let Some(v) = p.storage_type() {
        say(format!("storage type → {v}"));
    }
    if let Some(v) = p.iops() {
        say(format!("IOPS → {v}"));
    }
    if let Some(v) = p.backup_retention_period() {
        say(format!("backups kept {v} d"));
    }
    if let Some(v) = p.iam_database_authentication_enabled() {
        say(format!("IAM sign-in {}", on_off(v)));
    }
    if p.pending_cloudwatch_logs_exports().is_some() {
        say("log exports".to_owned());
    }
    if p.master_user_password().is_some() {
        say("master password".to_owned());
    }
}

fn push_progress(out: &mut Vec<Label>, percent: Option<&str>) {
    if let Some(percent) = percent.filter(|p| !p.is_empty() && *p != "100") {
        out.push(Label::new(format!("{percent} % done")));
    }
}

/// A stopped database starts by itself after seven days.
fn push_restart(out: &mut Vec<Label>, at: Option<&DateTime>) {
    if let Some(at) = at.and_then(convert_time) {
        out.push(Label::new(format!("starts by itself {}", at.strftime("%Y-%m-%d %H:%M UTC"))));
    }
}

fn push_certificate(out: &mut Vec<Label>, valid_till: Option<&DateTime>, now: Timestamp) {
    let Some(end) = valid_till.and_then(convert_time) else { return };
    let left = end.duration_since(now);
    if left.is_negative() {
        out.push(Label::new(format!("server certificate ended {}", end.strftime("%Y-%m-%d"))));
    } else if left.unsigned_abs() < CERTIFICATE_NOTICE {
        out.push(Label::new(format!("server certificate ends {}", end.strftime("%Y-%m-%d"))));
    }
}

fn engine_of(engine: Option<&str>, version: Option<&str>) -> Label {
    match (engine, version.filter(|v| !v.is_empty())) {
        (Some(engine), Some(version)) => Label::new(format!("{engine} {version}")),
        (Some(engine), None) => Label::new(engine),
        (None, _) => Label::default(),
    }
}

fn is_aurora(engine: Option<&str>) -> bool {
    engine.is_some_and(|e| e.starts_with("aurora"))
}

fn gib(n: i32) -> Option<u64> {
    u64::try_from(n).ok().filter(|n| *n > 0).map(|n| n * GIB)
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A source in another region comes as an ARN; its name is what people know.
fn last_of_arn(source: &str) -> &str {
    if source.starts_with("arn:") { source.rsplit(':').next().unwrap_or(source) } else { source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_instances_and_clusters_of_this_service_only() {
        for (native, want) in [
            ("arn:aws:rds:eu-central-1:111122223333:db:orders", Some(Named::Instance("orders"))),
            ("arn:aws:rds:eu-central-1:111122223333:cluster:shop", Some(Named::Cluster("shop"))),
            ("db:orders", Some(Named::Instance("orders"))),
            ("cluster:shop", Some(Named::Cluster("shop"))),
            ("cluster:", None),
            ("arn:aws:rds:eu-central-1:111122223333:snapshot:x", None),
            ("arn:aws:elasticache:eu-central-1:111122223333:cluster:sessions", None),
            ("cache:sessions", None),
            ("replicationgroup:sessions", None),
        ] {
            assert_eq!(Named::parse(native), want, "{native}");
        }
    }
}
