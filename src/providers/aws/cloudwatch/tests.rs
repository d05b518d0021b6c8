//! Which metrics are bought for a focus, and what the answers turn into: rates, gaps, folded nodes, and no zero that nobody measured.

use aws_sdk_cloudwatch::types::{MetricDataResult, StatusCode};
use aws_smithy_types::DateTime;

use super::answer::{Answers, Faults, id_of};
use super::queries::{Known, Query, Reading, batches, plan_errors, plan_queries};
use super::*;
use crate::domain::{
    Balancer, Database, DatabaseRole, Group, GroupKind, Kind, Metric as Ours, Now, Point, ResourceId, Scope, Status, TargetPool,
};
use crate::providers::aws::elasticache::Cache;

const ALB: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/portal-alb/50dc";
const NLB: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/net/mail/77aa";
const POOL: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/portal-tg/73e2";

fn scope() -> Scope {
    Scope::new("aws", "test", "eu-central-1")
}

fn id(kind: Kind, native: &str) -> ResourceId {
    ResourceId::new(&scope(), kind, native)
}

fn pool(native: &str, balancers: &[&str]) -> TargetPool {
    let balancer = |arn: &&str| Balancer {
        id: id(Kind::Balancer, arn),
        name: Label::new("lb"),
        kind: Label::new("alb"),
        state: Status::good("active"),
        listeners: Vec::new(),
        dns_name: None,
    };
    TargetPool {
        id: id(Kind::Pool, native),
        name: Label::new("pool"),
        kind: Label::new("target group"),
        protocol: Label::new("HTTP"),
        port: None,
        health_check: None,
        health_path: None,
        balancers: balancers.iter().map(balancer).collect(),
        deregistration_delay: None,
        targets: None,
        groups: Vec::new(),
        routes: Vec::new(),
    }
}

fn database(native: &str, engine: &str, role: DatabaseRole) -> Database {
    let mut d = Database::new(id(Kind::Database, native), Label::new("d"), Label::new(engine), Status::good("available"));
    d.role = role;
    d
}

fn shown(query: &Query) -> String {
    let dimensions: Vec<_> = query.dimensions.iter().map(|(n, v)| format!("{n}={v}")).collect();
    format!("{} {} {} {}", query.namespace, query.name, query.statistic, dimensions.join(","))
}

fn plan_rows(visible: Vec<ResourceId>, known: &Known<'_>) -> Vec<String> {
    plan_queries(&Focus { visible, ..Focus::default() }, known).rows.iter().map(shown).collect()
}

const NOTHING: Known<'static> = Known { groups: &[], pools: &[], databases: &[], caches: &[] };

#[test]
fn errors_are_asked_for_of_pools_and_once_of_each_balancer() {
    let second = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/other/11aa";
    let pools = [pool(POOL, &[ALB]), pool(second, &[ALB]), pool("legacy-elb", &[]), pool("arn:x:targetgroup/mail/1", &[NLB])];
    let asked: Vec<String> = plan_errors(&pools).iter().map(shown).collect();
    assert_eq!(
        asked,
        [
            "AWS/ApplicationELB RequestCount Sum TargetGroup=targetgroup/portal-tg/73e2,LoadBalancer=app/portal-alb/50dc",
            "AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum TargetGroup=targetgroup/portal-tg/73e2,LoadBalancer=app/portal-alb/50dc",
            "AWS/ApplicationELB RequestCount Sum LoadBalancer=app/portal-alb/50dc",
            "AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum LoadBalancer=app/portal-alb/50dc",
            "AWS/ApplicationELB RequestCount Sum TargetGroup=targetgroup/other/11aa,LoadBalancer=app/portal-alb/50dc",
            "AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum TargetGroup=targetgroup/other/11aa,LoadBalancer=app/portal-alb/50dc",
            "AWS/ELB RequestCount Sum LoadBalancerName=legacy-elb",
            "AWS/ELB HTTPCode_Backend_5XX Sum LoadBalancerName=legacy-elb",
            "AWS/ELB RequestCount Sum LoadBalancerName=legacy-elb",
            "AWS/ELB HTTPCode_ELB_5XX Sum LoadBalancerName=legacy-elb",
        ]
    );
}

#[test]
fn groups_and_single_instances_are_asked_for_cpu_by_their_own_dimension() {
    let visible = vec![id(Kind::Group, "portal"), id(Kind::Group, "i-0aa9"), id(Kind::Alarm, "x"), id(Kind::Balancer, ALB)];
    assert_eq!(
        plan_rows(visible, &NOTHING),
        ["AWS/EC2 CPUUtilization Average AutoScalingGroupName=portal", "AWS/EC2 CPUUtilization Average InstanceId=i-0aa9"]
    );
    // A group may be called like an instance.
    let group = Group::new(id(Kind::Group, "i-am-a-group"), Label::new("i-am-a-group"), GroupKind::AutoScalingGroup);
    let known = Known { groups: &[group], ..NOTHING };
    assert_eq!(
        plan_rows(vec![id(Kind::Group, "i-am-a-group")], &known),
        ["AWS/EC2 CPUUtilization Average AutoScalingGroupName=i-am-a-group"]
    );
}

#[test]
fn pools_are_asked_by_balancer_and_group_or_by_classic_name() {
    let known = Known { pools: &[pool(POOL, &[NLB, ALB])], ..NOTHING };
    let dims = "TargetGroup=targetgroup/portal-tg/73e2,LoadBalancer=app/portal-alb/50dc";
    assert_eq!(
        plan_rows(vec![id(Kind::Pool, POOL)], &known),
        [
            format!("AWS/ApplicationELB RequestCount Sum {dims}"),
            format!("AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum {dims}"),
            format!("AWS/ApplicationELB TargetResponseTime p95 {dims}"),
            format!("AWS/ApplicationELB HealthyHostCount Minimum {dims}"),
        ]
    );
    let known = Known { pools: &[pool(POOL, &[NLB])], ..NOTHING };
    assert_eq!(
        plan_rows(vec![id(Kind::Pool, POOL)], &known),
        ["AWS/NetworkELB HealthyHostCount Maximum TargetGroup=targetgroup/portal-tg/73e2,LoadBalancer=net/mail/77aa"],
        "a network balancer counts no requests"
    );
    assert_eq!(plan_rows(vec![id(Kind::Pool, POOL)], &NOTHING), [""; 0], "the balancer is not known yet");
    assert_eq!(
        plan_rows(vec![id(Kind::Pool, "legacy-elb")], &NOTHING),
        [
            "AWS/ELB RequestCount Sum LoadBalancerName=legacy-elb",
            "AWS/ELB HTTPCode_Backend_5XX Sum LoadBalancerName=legacy-elb",
            "AWS/ELB Latency p95 LoadBalancerName=legacy-elb",
            "AWS/ELB HealthyHostCount Maximum LoadBalancerName=legacy-elb",
        ]
    );
}

#[test]
fn databases_are_asked_for_what_their_sort_has() {
    let names = |native: &str, engine: &str, role| {
        let known = Known { databases: &[database(native, engine, role)], ..NOTHING };
        plan_rows(vec![id(Kind::Database, native)], &known)
    };
    let db = "arn:aws:rds:eu-central-1:1:db:orders";
    let single = names(db, "mysql 8", DatabaseRole::Single);
    assert_eq!(
        single,
        [
            "AWS/RDS CPUUtilization Average DBInstanceIdentifier=orders",
            "AWS/RDS DatabaseConnections Maximum DBInstanceIdentifier=orders",
            "AWS/RDS FreeStorageSpace Minimum DBInstanceIdentifier=orders",
        ]
    );
    assert_eq!(names(db, "mysql 8", DatabaseRole::Replica)[3], "AWS/RDS ReplicaLag Maximum DBInstanceIdentifier=orders");
    assert_eq!(names(db, "aurora-mysql", DatabaseRole::Replica)[2], "AWS/RDS AuroraReplicaLag Maximum DBInstanceIdentifier=orders");
    assert_eq!(names(db, "aurora-mysql", DatabaseRole::Primary).len(), 2, "no storage of its own, and no lag");
    let cluster = names("arn:aws:rds:eu-central-1:1:cluster:ledger", "aurora-postgresql", DatabaseRole::Cluster);
    assert_eq!(cluster[0], "AWS/RDS CPUUtilization Average DBClusterIdentifier=ledger");
    assert_eq!(cluster[2], "AWS/RDS AuroraReplicaLagMaximum Maximum DBClusterIdentifier=ledger");
    assert_eq!(names("something-else", "x", DatabaseRole::Single), [""; 0]);
}

#[test]
fn every_node_of_a_cache_is_asked() {
    let native = "arn:aws:elasticache:eu-central-1:1:replicationgroup:sessions";
    let cache = |is_memcached| Cache {
        database: database(native, "redis 7", DatabaseRole::Cache),
        nodes: vec!["s-1".to_owned(), "s-2".to_owned()],
        is_group: true,
        is_memcached,
    };
    let redis = plan_rows(vec![id(Kind::Database, native)], &Known { caches: &[cache(false)], ..NOTHING });
    assert_eq!(redis.len(), 8);
    assert_eq!(redis[0], "AWS/ElastiCache EngineCPUUtilization Average CacheClusterId=s-1");
    assert_eq!(redis[5], "AWS/ElastiCache DatabaseMemoryUsagePercentage Maximum CacheClusterId=s-2");
    let memcached = plan_rows(vec![id(Kind::Database, native)], &Known { caches: &[cache(true)], ..NOTHING });
    assert_eq!(memcached.len(), 6);
    assert_eq!(memcached[0], "AWS/ElastiCache CPUUtilization Average CacheClusterId=s-1");
}

#[test]
fn the_selected_group_brings_its_pools_and_nothing_is_bought_twice() {
    let mut group = Group::new(id(Kind::Group, "portal"), Label::new("portal"), GroupKind::AutoScalingGroup);
    group.pools = vec![id(Kind::Pool, POOL)];
    let known = Known { groups: &[group], pools: &[pool(POOL, &[ALB])], ..NOTHING };
    let focus = Focus {
        selected: Some(id(Kind::Group, "portal")),
        visible: vec![id(Kind::Group, "portal"), id(Kind::Pool, POOL), id(Kind::Group, "worker"), id(Kind::Group, "worker")],
        operating: vec![id(Kind::Group, "worker")],
        ..Focus::default()
    };
    let asked = plan_queries(&focus, &known);
    assert_eq!((asked.selected.len(), asked.rows.len()), (5, 1));
    assert_eq!(plan_queries(&Focus::default(), &known).rows, []);
}

#[test]
fn batches_keep_the_metrics_of_one_thing_together() {
    let visible: Vec<_> = (0..5).map(|n| id(Kind::Pool, &format!("elb-{n}"))).collect();
    let queries = plan_queries(&Focus { visible, ..Focus::default() }, &NOTHING).rows;
    assert_eq!(queries.len(), 20);
    let sizes = |size| batches(&queries, size).map(<[Query]>::len).collect::<Vec<_>>();
    assert_eq!(sizes(500), [20]);
    assert_eq!(sizes(10), [8, 8, 4]);
    assert_eq!(sizes(4), [4; 5]);
    assert_eq!(sizes(3).iter().sum::<usize>(), 20);
    assert_eq!(batches(&[], 500).count(), 0);
}

/// A window of ten minutes that ends at 3600.
fn window() -> Window {
    Window::new(Now::at(3_600 + 30).wall, Duration::from_mins(10))
}

fn query(metric: Ours, reading: Reading) -> Query {
    Query {
        key: SeriesKey { resource: id(Kind::Pool, "p"), metric },
        namespace: "N",
        name: "M",
        dimensions: Vec::new(),
        statistic: "Sum",
        reading,
    }
}

fn result(n: usize, status: StatusCode, points: &[(u64, f64)]) -> MetricDataResult {
    MetricDataResult::builder()
        .id(id_of(n))
        .status_code(status)
        .set_timestamps(Some(points.iter().map(|(s, _)| DateTime::from_secs(Now::at(*s).wall.as_second())).collect()))
        .set_values(Some(points.iter().map(|(_, v)| *v).collect()))
        .build()
}

fn series(batch: &[Query], results: &[MetricDataResult], before: &BTreeMap<SeriesKey, Series>) -> (Vec<Series>, Vec<Label>) {
    let mut answers = Answers::default();
    answers.apply(results);
    let mut faults = Faults::default();
    let out = answers.into_series(batch, &window(), before, &mut faults);
    (out, faults.describe("op"))
}

fn points(series: &Series) -> Vec<(i64, f64)> {
    series.points.iter().map(|p| (p.at.as_second() - Now::at(0).wall.as_second(), p.value)).collect()
}

#[test]
fn sums_become_rates_and_the_minute_under_way_is_left_out() {
    let batch = [query(Ours::Requests, Reading::Rate)];
    let (out, gaps) =
        series(&batch, &[result(0, StatusCode::Complete, &[(3_480, 600.0), (3_540, 1_200.0), (3_600, 6.0)])], &BTreeMap::new());
    assert_eq!(points(&out[0]), [(3_480, 10.0), (3_540, 20.0)]);
    assert_eq!((out[0].period, gaps.len()), (Duration::from_mins(1), 0));
}

#[test]
fn errors_are_zero_only_where_requests_were_counted() {
    let batch = [query(Ours::Requests, Reading::Rate), query(Ours::Errors5xx, Reading::Rate)];
    let requests = result(0, StatusCode::Complete, &[(3_420, 60.0), (3_540, 60.0)]);
    let (out, _) = series(&batch, &[requests.clone(), result(1, StatusCode::Complete, &[(3_420, 30.0)])], &BTreeMap::new());
    assert_eq!(points(&out[1]), [(3_420, 0.5), (3_540, 0.0)], "3480 has no requests, so nothing is known of it");

    let (out, gaps) = series(&batch, &[requests, result(1, StatusCode::PartialData, &[(3_420, 30.0)])], &BTreeMap::new());
    assert_eq!(points(&out[1]), [(3_420, 0.5)], "points may be missing, so none is made up");
    assert_eq!(gaps, [Label::new("op: points are missing from 1 of 2 metrics")]);

    let (out, _) = series(&batch, &[result(0, StatusCode::Complete, &[]), result(1, StatusCode::Complete, &[])], &BTreeMap::new());
    assert!(out.iter().all(|s| s.points.is_empty()), "no traffic known: no errors known either");
}

#[test]
fn a_gauge_without_points_stays_empty() {
    let batch = [query(Ours::HealthyHosts, Reading::Gauge)];
    let (out, gaps) = series(&batch, &[result(0, StatusCode::Complete, &[])], &BTreeMap::new());
    assert_eq!((out.len(), out[0].latest(), gaps.len()), (1, None, 0));
}

#[test]
fn a_broken_stream_has_no_lag_and_no_old_one_either() {
    let batch = [query(Ours::ReplicaLag, Reading::Lag(0.001))];
    let lag = |points: &[(u64, f64)]| series(&batch, &[result(0, StatusCode::Complete, points)], &BTreeMap::new()).0[0].clone();
    assert_eq!(points(&lag(&[(3_420, 250.0), (3_480, -1.0), (3_540, 500.0)])), [(3_420, 0.25), (3_540, 0.5)]);
    assert_eq!(points(&lag(&[(3_480, 250.0), (3_540, -1.0)])), []);
}

#[test]
fn basic_monitoring_shows_its_own_step() {
    let batch = [query(Ours::Cpu, Reading::Gauge)];
    let period = |points: &[(u64, f64)]| series(&batch, &[result(0, StatusCode::Complete, points)], &BTreeMap::new()).0[0].period.as_secs();
    assert_eq!(period(&[(3_000, 1.0), (3_300, 2.0), (3_600, 3.0)]), 300);
    assert_eq!(period(&[(3_420, 1.0), (3_480, 2.0), (3_540, 3.0)]), 60);
    assert_eq!(period(&[(3_000, 1.0), (3_300, 2.0)]), 60, "two points prove nothing");
}

#[test]
fn nodes_are_folded_to_the_worst_or_the_sum() {
    let batch = [
        query(Ours::Cpu, Reading::Gauge),
        query(Ours::Cpu, Reading::Gauge),
        query(Ours::Evictions, Reading::Rate),
        query(Ours::Evictions, Reading::Rate),
    ];
    let at = |v| [(3_540, v)];
    let (out, _) = series(
        &batch,
        &[
            result(0, StatusCode::Complete, &at(20.0)),
            result(1, StatusCode::Complete, &at(70.0)),
            result(2, StatusCode::Complete, &at(60.0)),
            result(3, StatusCode::Complete, &at(120.0)),
        ],
        &BTreeMap::new(),
    );
    assert_eq!(out.len(), 2);
    assert_eq!(points(&out[0]), [(3_540, 70.0)]);
    assert_eq!(points(&out[1]), [(3_540, 3.0)]);
}

#[test]
fn what_is_not_answered_is_a_gap_and_the_series_stays_as_it_was() {
    let batch = [query(Ours::Cpu, Reading::Gauge), query(Ours::Requests, Reading::Rate), query(Ours::HealthyHosts, Reading::Gauge)];
    let old = Series {
        key: batch[0].key.clone(),
        source: Label::new("CloudWatch"),
        period: Duration::from_mins(1),
        points: vec![Point { at: Now::at(3_000).wall, value: 7.0 }],
    };
    let before = BTreeMap::from([(old.key.clone(), old.clone())]);
    let results = [result(0, StatusCode::InternalError, &[]), result(1, StatusCode::Forbidden, &[])];
    let (out, gaps) = series(&batch, &results, &before);
    assert_eq!(out, [old]);
    let want = ["op: access denied to 1 of 3 metrics", "op: the service failed on 1 of 3 metrics", "op: no answer for 1 of 3 metrics"];
    assert_eq!(gaps.iter().map(Label::as_str).collect::<Vec<_>>(), want);
}

#[test]
fn later_pages_bring_more_points_and_the_last_word() {
    let batch = [query(Ours::Cpu, Reading::Gauge)];
    let (out, gaps) = series(
        &batch,
        &[result(0, StatusCode::PartialData, &[(3_480, 1.0)]), result(0, StatusCode::Complete, &[(3_540, 2.0), (3_540, f64::NAN)])],
        &BTreeMap::new(),
    );
    assert_eq!(points(&out[0]), [(3_480, 1.0), (3_540, 2.0)]);
    assert_eq!(gaps, []);
}
