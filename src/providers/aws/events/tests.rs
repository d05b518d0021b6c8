//! Service events, from the XML of the services to changes: the window that is asked for, what is kept, what is a gap.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::{ChangeKind, Now, Verdict};
use crate::providers::aws::canned::{Answer, Bench, Canned, Request, changes};

const RDS: &str = "<DescribeEventsResponse><DescribeEventsResult><Events>
  <Event><SourceIdentifier>orders</SourceIdentifier><SourceType>db-instance</SourceType>
    <SourceArn>arn:aws:rds:eu-central-1:1:db:orders</SourceArn><Message>Multi-AZ instance failover started.</Message>
    <EventCategories><EventCategory>failover</EventCategory></EventCategories><Date>2026-11-19T23:00:00Z</Date></Event>
  <Event><SourceIdentifier>tuned</SourceIdentifier><SourceType>db-parameter-group</SourceType>
    <Message>Updated parameter x</Message><Date>2026-11-19T23:00:00Z</Date></Event>
  <Event><SourceIdentifier>orders</SourceIdentifier><SourceType>db-instance</SourceType><Message>Finished DB instance backup</Message>
    <EventCategories><EventCategory>backup</EventCategory></EventCategories><Date>2026-11-19T23:10:00Z</Date></Event>
  <Event><SourceIdentifier>rds:orders-19</SourceIdentifier><SourceType>db-snapshot</SourceType><Message>Automated snapshot created</Message>
    <EventCategories><EventCategory>creation</EventCategory></EventCategories><Date>2026-11-19T23:10:00Z</Date></Event>
</Events></DescribeEventsResult></DescribeEventsResponse>";

const NONE: &str = "<DescribeEventsResponse><DescribeEventsResult><Events/></DescribeEventsResult></DescribeEventsResponse>";

const CACHE: &str = "<DescribeEventsResponse><DescribeEventsResult><Events>
  <Event><SourceIdentifier>sessions-001</SourceIdentifier><SourceType>cache-cluster</SourceType>
    <Message>Failover from primary node sessions-001 started</Message><Date>2026-11-19T23:30:00Z</Date></Event>
</Events></DescribeEventsResult></DescribeEventsResponse>";

fn is_rds(request: &Request) -> bool {
    request.headers.get("authorization").is_some_and(|a| a.contains("/rds/"))
}

#[tokio::test]
async fn a_day_first_then_only_what_is_new_and_all_of_it_is_sent_again() {
    let server = Canned::start(|request| {
        let again = request.form("StartTime").unwrap() != "2026-11-19T00:00:00Z";
        Answer::xml(match (is_rds(request), again) {
            (_, true) => NONE,
            (true, false) => RDS,
            (false, false) => CACHE,
        })
    })
    .await;
    let bench = Bench::at(&server.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!(page.calls, 2);
    let first = changes(&page);
    let seen: Vec<_> = first.iter().map(|c| (c.title.as_str(), c.kind, c.verdict)).collect();
    assert_eq!(
        seen,
        [
            ("orders: Multi-AZ instance failover started", ChangeKind::Database, Verdict::Warning),
            ("sessions-001: Failover from primary node sessions-001 started", ChangeKind::Database, Verdict::Warning),
        ]
    );
    assert_eq!(first[0].about.as_ref().map(crate::domain::ResourceId::native), Some("arn:aws:rds:eu-central-1:1:db:orders"));

    *bench.now.lock().unwrap() = Now::at(3_600);
    let (_, page) = bench.read(super::read).await;
    assert_eq!(changes(&page).len(), 2, "a read replaces the one before, so it repeats what is known");
    // One hour on, minus the overlap for late events: from 23:50 the day before.
    let starts: Vec<_> = server.requests().iter().filter(|r| is_rds(r)).filter_map(|r| r.form("StartTime")).collect();
    assert_eq!(starts, ["2026-11-19T00:00:00Z", "2026-11-19T23:50:00Z"]);

    *bench.now.lock().unwrap() = Now::at(23 * 3_600 + 900);
    let (_, page) = bench.read(super::read).await;
    assert_eq!(changes(&page).len(), 1, "older than a day is gone");
}

#[tokio::test]
async fn one_service_that_cannot_be_read_is_a_gap_and_is_asked_from_where_it_stopped() {
    let refuse = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&refuse);
    let server = Canned::start(move |request| match is_rds(request) {
        true if switch.load(Ordering::SeqCst) => Answer::error(403, "AccessDenied", "no"),
        true => Answer::xml(RDS),
        false => Answer::xml(CACHE),
    })
    .await;
    let bench = Bench::at(&server.url);
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!((changes(&page).len(), page.gaps.len()), (1, 1));
    assert!(page.gaps[0].starts_with("rds:DescribeEvents: access denied"), "{:?}", page.gaps);

    refuse.store(false, Ordering::SeqCst);
    *bench.now.lock().unwrap() = Now::at(60);
    let (_, page) = bench.read(super::read).await;
    assert_eq!(changes(&page).len(), 2);
    let starts: Vec<_> = server.requests().iter().filter(|r| is_rds(r)).filter_map(|r| r.form("StartTime")).collect();
    assert_eq!(starts, ["2026-11-19T00:00:00Z", "2026-11-19T00:01:00Z"], "nothing was read, so the whole day is asked for again");
}
