//! Databases, from the XML of the service to rows with role, pending changes and backup; and reads that fail in part or whole.

use super::*;
use crate::domain::{DatabaseRole, FailureKind, Now, StatusClass};
use crate::providers::aws::canned::{Answer, Bench, Canned, Request, databases};

const INSTANCES_1: &str = "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances>
  <DBInstance>
    <DBInstanceIdentifier>orders</DBInstanceIdentifier><DBInstanceArn>arn:aws:rds:eu-central-1:1:db:orders</DBInstanceArn>
    <DbiResourceId>db-ORDERS</DbiResourceId><Engine>mysql</Engine><EngineVersion>8.0.39</EngineVersion>
    <DBInstanceClass>db.r6g.large</DBInstanceClass><DBInstanceStatus>modifying</DBInstanceStatus><MultiAZ>true</MultiAZ>
    <AvailabilityZone>eu-central-1a</AvailabilityZone><AllocatedStorage>200</AllocatedStorage>
    <Endpoint><Address>orders.x.rds.amazonaws.com</Address><Port>3306</Port></Endpoint>
    <InstanceCreateTime>2026-01-02T03:04:05.678Z</InstanceCreateTime>
    <PendingModifiedValues>
      <DBInstanceClass>db.r6g.xlarge</DBInstanceClass><AllocatedStorage>400</AllocatedStorage><MultiAZ>false</MultiAZ>
      <MasterUserPassword>****</MasterUserPassword>
    </PendingModifiedValues>
    <DBParameterGroups><DBParameterGroup>
      <DBParameterGroupName>tuned</DBParameterGroupName><ParameterApplyStatus>pending-reboot</ParameterApplyStatus>
    </DBParameterGroup></DBParameterGroups>
    <ReadReplicaDBInstanceIdentifiers>
      <ReadReplicaDBInstanceIdentifier>orders-ro</ReadReplicaDBInstanceIdentifier>
    </ReadReplicaDBInstanceIdentifiers>
    <CertificateDetails><ValidTill>2026-12-01T00:00:00Z</ValidTill></CertificateDetails>
  </DBInstance>
  <DBInstance>
    <DBInstanceIdentifier>orders-ro</DBInstanceIdentifier><DBInstanceArn>arn:aws:rds:eu-central-1:1:db:orders-ro</DBInstanceArn>
    <Engine>mysql</Engine><DBInstanceStatus>available</DBInstanceStatus>
    <ReadReplicaSourceDBInstanceIdentifier>arn:aws:rds:us-east-1:1:db:orders</ReadReplicaSourceDBInstanceIdentifier>
    <StatusInfos><DBInstanceStatusInfo>
      <StatusType>read replication</StatusType><Status>error</Status><Normal>false</Normal><Message>fatal error 1236</Message>
    </DBInstanceStatusInfo></StatusInfos>
  </DBInstance>
</DBInstances><Marker>more</Marker></DescribeDBInstancesResult></DescribeDBInstancesResponse>";

const INSTANCES_2: &str = "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances>
  <DBInstance>
    <DBInstanceIdentifier>ledger-1</DBInstanceIdentifier><DBInstanceArn>arn:aws:rds:eu-central-1:1:db:ledger-1</DBInstanceArn>
    <Engine>aurora-postgresql</Engine><DBInstanceStatus>available</DBInstanceStatus><AllocatedStorage>1</AllocatedStorage>
    <DBClusterIdentifier>ledger</DBClusterIdentifier>
  </DBInstance>
  <DBInstance>
    <DBInstanceIdentifier>ledger-2</DBInstanceIdentifier><DBInstanceArn>arn:aws:rds:eu-central-1:1:db:ledger-2</DBInstanceArn>
    <Engine>aurora-postgresql</Engine><DBInstanceStatus>available</DBInstanceStatus><DBClusterIdentifier>ledger</DBClusterIdentifier>
  </DBInstance>
  <DBInstance>
    <DBInstanceIdentifier>old\u{1b}[2Jname</DBInstanceIdentifier><Engine>mysql</Engine><DBInstanceStatus>stopped</DBInstanceStatus>
    <AutomaticRestartTime>2026-11-25T10:00:00Z</AutomaticRestartTime>
  </DBInstance>
</DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>";

const CLUSTERS: &str = "<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters>
  <DBCluster>
    <DBClusterIdentifier>ledger</DBClusterIdentifier><DBClusterArn>arn:aws:rds:eu-central-1:1:cluster:ledger</DBClusterArn>
    <DbClusterResourceId>cluster-L</DbClusterResourceId><Engine>aurora-postgresql</Engine><EngineVersion>16.4</EngineVersion>
    <Status>failing-over</Status><AllocatedStorage>1</AllocatedStorage><MultiAZ>true</MultiAZ>
    <Endpoint>ledger.cluster.rds.amazonaws.com</Endpoint><Port>5432</Port>
    <DBClusterMembers>
      <DBClusterMember><DBInstanceIdentifier>ledger-1</DBInstanceIdentifier><IsClusterWriter>false</IsClusterWriter></DBClusterMember>
      <DBClusterMember><DBInstanceIdentifier>ledger-2</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter>
        <DBClusterParameterGroupStatus>pending-reboot</DBClusterParameterGroupStatus></DBClusterMember>
    </DBClusterMembers>
  </DBCluster>
</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>";

const SNAPSHOTS: &str = "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots>
  <DBSnapshot><DBSnapshotIdentifier>rds:orders-19</DBSnapshotIdentifier><DBInstanceIdentifier>orders</DBInstanceIdentifier>
    <DbiResourceId>db-ORDERS</DbiResourceId><SnapshotCreateTime>2026-11-19T02:00:00Z</SnapshotCreateTime><Status>available</Status></DBSnapshot>
  <DBSnapshot><DBSnapshotIdentifier>rds:orders-18</DBSnapshotIdentifier><DBInstanceIdentifier>orders</DBInstanceIdentifier>
    <DbiResourceId>db-ORDERS</DbiResourceId><SnapshotCreateTime>2026-11-18T02:00:00Z</SnapshotCreateTime><Status>available</Status></DBSnapshot>
</DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>";

const CLUSTER_SNAPSHOTS: &str = "<DescribeDBClusterSnapshotsResponse><DescribeDBClusterSnapshotsResult><DBClusterSnapshots>
  <DBClusterSnapshot><DBClusterSnapshotIdentifier>rds:ledger-19</DBClusterSnapshotIdentifier>
    <DBClusterIdentifier>ledger</DBClusterIdentifier><DbClusterResourceId>cluster-L</DbClusterResourceId>
    <SnapshotCreateTime>2026-11-19T01:00:00Z</SnapshotCreateTime><Status>available</Status></DBClusterSnapshot>
</DBClusterSnapshots></DescribeDBClusterSnapshotsResult></DescribeDBClusterSnapshotsResponse>";

fn estate(request: &Request) -> Answer {
    let body = match (request.action().as_str(), request.form("Marker").as_deref()) {
        ("DescribeDBInstances", None) => INSTANCES_1,
        ("DescribeDBInstances", Some("more")) => INSTANCES_2,
        ("DescribeDBClusters", None) => CLUSTERS,
        ("DescribeDBSnapshots", None) => SNAPSHOTS,
        ("DescribeDBClusterSnapshots", None) => CLUSTER_SNAPSHOTS,
        (action, marker) => panic!("{action} {marker:?}"),
    };
    Answer::xml(body.replace('\u{1b}', "&#27;"))
}

fn words(labels: &[crate::domain::Label]) -> Vec<&str> {
    labels.iter().map(crate::domain::Label::as_str).collect()
}

#[tokio::test]
async fn instances_and_clusters_come_with_role_storage_pending_and_backup() {
    let server = Canned::start(estate).await;
    let bench = Bench::at(&server.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!(page.calls, 5);
    assert_eq!(page.gaps, []);
    let all = databases(&page);
    let by_name = |name: &str| *all.iter().find(|d| &*d.name == name).unwrap();
    let roles: Vec<_> = all.iter().map(|d| (d.name.as_str(), d.role, d.parent.as_deref())).collect();
    assert_eq!(
        roles[..5],
        [
            ("ledger", DatabaseRole::Cluster, None),
            ("orders", DatabaseRole::Primary, None),
            ("orders-ro", DatabaseRole::Replica, Some("orders")),
            ("ledger-1", DatabaseRole::Replica, Some("ledger")),
            ("ledger-2", DatabaseRole::Primary, Some("ledger")),
        ]
    );

    let orders = by_name("orders");
    assert_eq!(orders.id.native(), "arn:aws:rds:eu-central-1:1:db:orders");
    assert_eq!((orders.engine.as_str(), orders.status.class), ("mysql 8.0.39", StatusClass::Moving));
    assert_eq!((orders.multi_az, orders.storage, orders.port), (Some(true), Some(200 << 30), Some(3306)));
    assert_eq!(orders.created.unwrap().to_string(), "2026-01-02T03:04:05.678Z");
    assert_eq!(
        words(&orders.pending),
        [
            "class db.r6g.large → db.r6g.xlarge",
            "storage 200 GiB → 400 GiB",
            "Multi-AZ off",
            "master password",
            "parameter group tuned waits for a reboot",
            "server certificate ends 2026-12-01",
        ]
    );
    assert_eq!(orders.latest_snapshot.as_ref().map(|s| s.name.as_str()), Some("rds:orders-19"));

    let replica = by_name("orders-ro").replication.clone().unwrap();
    assert_eq!((&*replica.word, replica.class), ("error: fatal error 1236", StatusClass::Bad));
    assert_eq!(by_name("orders-ro").latest_snapshot, None);

    let ledger = by_name("ledger");
    assert_eq!((ledger.status.class, ledger.storage, ledger.port), (StatusClass::Moving, None, Some(5432)));
    assert_eq!(words(&ledger.pending), ["parameter group: ledger-2 must reboot to take it"]);
    assert_eq!(ledger.latest_snapshot.as_ref().map(|s| s.name.as_str()), Some("rds:ledger-19"));
    assert_eq!(by_name("ledger-1").storage, None, "an Aurora instance has no storage of its own");

    let stopped = all.last().unwrap();
    assert_eq!((stopped.status.class, stopped.role), (StatusClass::Parked, DatabaseRole::Single));
    assert_eq!(words(&stopped.pending), ["starts by itself 2026-11-25 10:00 UTC"]);
    assert!(!stopped.name.contains('\u{1b}'));

    assert_eq!(bench.memory.databases.databases().len(), 6);
}

#[tokio::test]
async fn snapshots_are_asked_for_once_in_ten_minutes() {
    let server = Canned::start(estate).await;
    let bench = Bench::at(&server.url);
    let count = |server: &Canned| server.actions().iter().filter(|a| a.contains("Snapshots")).count();
    bench.read(super::read).await.0.unwrap();
    assert_eq!(count(&server), 2);
    *bench.now.lock().unwrap() = Now::at(599);
    let (_, page) = bench.read(super::read).await;
    assert_eq!((count(&server), page.calls), (2, 3));
    assert!(databases(&page).iter().any(|d| d.latest_snapshot.is_some()), "the list that is held is used");
    *bench.now.lock().unwrap() = Now::at(600);
    bench.read(super::read).await.0.unwrap();
    assert_eq!(count(&server), 4);
}

#[tokio::test]
async fn a_refused_part_is_a_gap_and_what_was_known_of_it_stays() {
    let refuse = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let switch = Arc::clone(&refuse);
    let server = Canned::start(move |request| {
        let is_part = request.action() == "DescribeDBClusters" || request.action().contains("Snapshots");
        if is_part && switch.load(std::sync::atomic::Ordering::SeqCst) {
            return Answer::error(403, "AccessDenied", "not authorized to perform this");
        }
        estate(request)
    })
    .await;

    // From the start: the instances alone, and no claim about who writes.
    refuse.store(true, std::sync::atomic::Ordering::SeqCst);
    let bench = Bench::at(&server.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!(page.gaps.len(), 3);
    assert!(page.gaps.iter().all(|g| g.starts_with("rds:Describe") && g.contains("access denied")), "{:?}", page.gaps);
    let all = databases(&page);
    assert_eq!(all.len(), 5);
    assert!(all.iter().filter(|d| d.parent.as_deref() == Some("ledger")).all(|d| d.role == DatabaseRole::Single));

    // Later: the cluster and the snapshots stay as they were.
    let bench = Bench::at(&server.url);
    refuse.store(false, std::sync::atomic::Ordering::SeqCst);
    bench.read(super::read).await.0.unwrap();
    refuse.store(true, std::sync::atomic::Ordering::SeqCst);
    *bench.now.lock().unwrap() = Now::at(700);
    let (_, page) = bench.read(super::read).await;
    let all = databases(&page);
    assert_eq!((all.len(), page.gaps.len()), (6, 3));
    assert!(all.iter().all(|d| d.role != DatabaseRole::Cluster || d.latest_snapshot.is_some()));
}

#[tokio::test]
async fn what_concerns_every_call_fails_the_read() {
    for (answer, kind) in [
        (Answer::error(400, "Throttling", "Rate exceeded"), FailureKind::Throttled),
        (Answer::error(403, "ExpiredToken", "The security token included in the request is expired"), FailureKind::Auth),
    ] {
        let server = Canned::start(move |_| answer.clone()).await;
        let (result, page) = Bench::at(&server.url).read(super::read).await;
        assert_eq!(result.unwrap_err().kind, kind);
        assert_eq!(page.rows, []);
    }
}

#[tokio::test]
async fn a_marker_that_loops_ends_the_read() {
    let server = Canned::start(|request| match request.action().as_str() {
        "DescribeDBInstances" => Answer::xml(INSTANCES_1.replace('\u{1b}', "")),
        _ => estate(request),
    })
    .await;
    let (result, _) = Bench::at(&server.url).read(super::read).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.operation.as_str()), (FailureKind::Decode, "rds:DescribeDBInstances"));
}

#[tokio::test(start_paused = true)]
async fn a_long_list_of_snapshots_does_not_hold_up_the_first_rows() {
    let server = Canned::start(|request| {
        let slow = if request.action() == "DescribeDBSnapshots" { 20 } else { 0 };
        estate(request).after(std::time::Duration::from_secs(slow))
    })
    .await;
    let bench = Bench::at(&server.url);
    let begun = tokio::time::Instant::now();
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert!(begun.elapsed().as_secs() < 5);
    assert_eq!(databases(&page).len(), 6);
    assert!(page.gaps[0].contains("snapshots come with the next read"), "{:?}", page.gaps);

    let (_, page) = bench.read(super::read).await;
    assert!(begun.elapsed().as_secs() >= 20, "the next read waits for them");
    assert!(databases(&page).iter().any(|d| d.latest_snapshot.is_some()));
}
