//! Caches, from the XML of the service to rows: one for a replication group, one for a cluster of its own.

use crate::domain::{DatabaseRole, StatusClass};
use crate::providers::aws::canned::{Answer, Bench, Canned, Request, databases};

const CLUSTERS: &str = "<DescribeCacheClustersResponse><DescribeCacheClustersResult><CacheClusters>
  <CacheCluster><CacheClusterId>sessions-001</CacheClusterId><ReplicationGroupId>sessions</ReplicationGroupId>
    <Engine>redis</Engine><EngineVersion>7.1.0</EngineVersion><CacheClusterStatus>available</CacheClusterStatus></CacheCluster>
  <CacheCluster><CacheClusterId>sessions-002</CacheClusterId><ReplicationGroupId>sessions</ReplicationGroupId>
    <Engine>redis</Engine><EngineVersion>7.1.0</EngineVersion><CacheClusterStatus>rebooting cluster nodes</CacheClusterStatus>
    <PendingModifiedValues><EngineVersion>7.2</EngineVersion></PendingModifiedValues></CacheCluster>
  <CacheCluster><CacheClusterId>fragments</CacheClusterId><ARN>arn:aws:elasticache:eu-central-1:1:cluster:fragments</ARN>
    <Engine>memcached</Engine><EngineVersion>1.6.22</EngineVersion><CacheClusterStatus>available</CacheClusterStatus>
    <CacheNodeType>cache.m6g.large</CacheNodeType><NumCacheNodes>2</NumCacheNodes>
    <PreferredAvailabilityZone>Multiple</PreferredAvailabilityZone>
    <ConfigurationEndpoint><Address>fragments.cfg</Address><Port>11211</Port></ConfigurationEndpoint>
    <CacheNodes>
      <CacheNode><CacheNodeId>0001</CacheNodeId><CacheNodeStatus>available</CacheNodeStatus></CacheNode>
      <CacheNode><CacheNodeId>0002</CacheNodeId><CacheNodeStatus>available</CacheNodeStatus></CacheNode>
    </CacheNodes></CacheCluster>
</CacheClusters></DescribeCacheClustersResult></DescribeCacheClustersResponse>";

const GROUPS: &str = "<DescribeReplicationGroupsResponse><DescribeReplicationGroupsResult><ReplicationGroups>
  <ReplicationGroup><ReplicationGroupId>sessions</ReplicationGroupId>
    <ARN>arn:aws:elasticache:eu-central-1:1:replicationgroup:sessions</ARN><Status>available</Status>
    <CacheNodeType>cache.r6g.large</CacheNodeType><MultiAZ>enabled</MultiAZ><AutomaticFailover>enabled</AutomaticFailover>
    <MemberClusters><ClusterId>sessions-001</ClusterId><ClusterId>sessions-002</ClusterId></MemberClusters>
    <NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId><Status>available</Status>
      <PrimaryEndpoint><Address>sessions.ng</Address><Port>6379</Port></PrimaryEndpoint></NodeGroup></NodeGroups>
    <PendingModifiedValues><AutomaticFailoverStatus>disabled</AutomaticFailoverStatus></PendingModifiedValues>
  </ReplicationGroup>
</ReplicationGroups></DescribeReplicationGroupsResult></DescribeReplicationGroupsResponse>";

fn estate(request: &Request) -> Answer {
    Answer::xml(match request.action().as_str() {
        "DescribeCacheClusters" => {
            assert_eq!(request.form("ShowCacheNodeInfo").as_deref(), Some("true"));
            CLUSTERS
        }
        "DescribeReplicationGroups" => GROUPS,
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn a_replication_group_is_one_row_that_tells_of_its_nodes() {
    let server = Canned::start(estate).await;
    let bench = Bench::at(&server.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!((page.calls, page.gaps.len()), (2, 0));
    let all = databases(&page);
    assert!(all.iter().all(|d| d.role == DatabaseRole::Cache));
    assert_eq!(all.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["fragments", "sessions"]);

    let (fragments, sessions) = (all[0], all[1]);
    assert_eq!(fragments.engine.as_str(), "memcached 1.6.22");
    assert_eq!(fragments.class.as_deref(), Some("2 × cache.m6g.large"));
    assert_eq!((fragments.endpoint.as_deref(), fragments.port, fragments.multi_az), (Some("fragments.cfg"), Some(11211), Some(true)));
    assert_eq!(fragments.replication.as_ref().map(|s| (&*s.word, s.class)), Some(("2 nodes available", StatusClass::Good)));

    assert_eq!(sessions.engine.as_str(), "redis 7.1.0");
    assert_eq!((sessions.status.class, sessions.multi_az, sessions.port), (StatusClass::Good, Some(true), Some(6379)));
    assert_eq!(
        sessions.replication.as_ref().map(|s| (&*s.word, s.class)),
        Some(("sessions-002 rebooting cluster nodes (1 of 2 nodes available)", StatusClass::Moving))
    );
    assert_eq!(
        sessions.pending.iter().map(crate::domain::Label::as_str).collect::<Vec<_>>(),
        ["automatic failover → disabled", "engine → 7.2"]
    );

    let kept = bench.memory.caches.caches();
    let nodes: Vec<_> = kept.iter().map(|c| (c.database.name.as_str(), c.nodes.join(" "), c.is_memcached)).collect();
    assert_eq!(nodes, [("fragments", "fragments".to_owned(), true), ("sessions", "sessions-001 sessions-002".to_owned(), false)]);
}

#[tokio::test]
async fn groups_that_cannot_be_read_stay_as_they_were_beside_a_gap() {
    let calls = std::sync::atomic::AtomicU32::new(0);
    let server = Canned::start(move |request| match request.action().as_str() {
        "DescribeReplicationGroups" if calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 => {
            Answer { content_type: "text/html", body: b"<html>oops</html>".to_vec(), ..Answer::status(500) }
        }
        _ => estate(request),
    })
    .await;
    let bench = Bench::at(&server.url);
    bench.read(super::read).await.0.unwrap();
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!(page.gaps.len(), 1, "{:?}", page.gaps);
    assert!(databases(&page).iter().any(|d| &*d.name == "sessions"));
}

#[test]
fn status_words_have_their_class() {
    use super::convert::convert_status;
    for (word, class) in [
        (Some("available"), StatusClass::Good),
        (Some("snapshotting"), StatusClass::Moving),
        (Some("rebooting cluster nodes"), StatusClass::Moving),
        (Some("create-failed"), StatusClass::Bad),
        (Some("restore-failed"), StatusClass::Bad),
        (Some("incompatible-network"), StatusClass::Bad),
        (Some("meditating"), StatusClass::Unknown),
        (None, StatusClass::Unknown),
    ] {
        assert_eq!(convert_status(word).class, class, "{word:?}");
    }
}
