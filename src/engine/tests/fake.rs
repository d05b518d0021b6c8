//! A provider that does as it is told, read by read, and remembers when it was asked for what.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use crate::domain::{
    FailureKind, Focus, Group, GroupKind, Kind, Label, Metric, Now, Observation, Point, ResourceId, Scope, Series, SeriesKey, SourceKind,
    TargetPool,
};
use crate::providers::{Operator, Page, PageSink, Provider, ProviderError, Source, WritePermit};

/// One thing a read does.
#[derive(Clone, Debug)]
pub enum Act {
    Page(Vec<Observation>),
    /// A page that took this many calls and bought this many units.
    Costly(Vec<Observation>, u32, u32),
    Gap(&'static str),
    Wait(f64),
    Fail(FailureKind),
    FailUntil(FailureKind, Duration),
    Hang,
    Panic,
    /// Sends this page for ever.
    Circle(Vec<Observation>),
    /// A series for each resource of the focus.
    Charts,
}

/// What one read does; one that is not failed comes to its end.
pub type Reading = Vec<Act>;

pub struct Fake {
    pub scope: Scope,
    sources: Vec<Source>,
    /// The last reading of a kind is repeated for ever.
    scripts: Mutex<HashMap<SourceKind, VecDeque<Reading>>>,
    /// When each read began, in seconds from the start, and for which focus.
    asked: Mutex<Vec<(SourceKind, f64, Focus)>>,
    origin: Instant,
    in_flight: AtomicUsize,
    pub most_in_flight: AtomicUsize,
}

impl Fake {
    pub fn new(region: &str) -> Self {
        Self {
            scope: Scope::new("fake", "1", region),
            sources: Vec::new(),
            scripts: Mutex::default(),
            asked: Mutex::default(),
            origin: Instant::now(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        }
    }

    /// A source read every 10 s in focus and every 60 s elsewhere.
    pub fn reads(mut self, kind: SourceKind, script: impl IntoIterator<Item = Reading>) -> Self {
        let (focused, background) = (Duration::from_secs(10), Duration::from_mins(1));
        let needs_focus = kind == SourceKind::Metrics;
        self.sources.push(Source { kind, focused, background, unit_cost: 0.000_01, needs_focus });
        self.scripts.get_mut().unwrap().insert(kind, script.into_iter().collect());
        self
    }

    pub fn ready(self) -> Arc<Self> {
        Arc::new(self)
    }

    /// Seconds at which reads of a kind began.
    pub fn times(&self, kind: SourceKind) -> Vec<f64> {
        self.asked.lock().unwrap().iter().filter(|(k, ..)| *k == kind).map(|(_, at, _)| *at).collect()
    }

    pub fn count(&self, kind: SourceKind) -> usize {
        self.times(kind).len()
    }

    pub fn last_focus(&self) -> Focus {
        self.asked.lock().unwrap().last().expect("something was read").2.clone()
    }

    pub fn reads_under_way(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    pub fn group(&self, name: &str) -> Observation {
        Observation::Group(Group::new(self.id(name), Label::new(name), GroupKind::AutoScalingGroup))
    }

    pub fn id(&self, name: &str) -> ResourceId {
        ResourceId::new(&self.scope, Kind::Group, name)
    }

    pub fn pool(&self, name: &str, targets: Vec<crate::domain::Target>) -> Observation {
        let id = ResourceId::new(&self.scope, Kind::Pool, name);
        Observation::Pool(TargetPool { port: Some(80), targets: Some(targets), ..TargetPool::new(id, name) })
    }
}

/// Counts a read for as long as it lives: a dropped one is not in flight.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Provider for Fake {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn sources(&self) -> Vec<Source> {
        self.sources.clone()
    }

    async fn read(&self, source: SourceKind, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
        let at = self.origin.elapsed();
        self.asked.lock().unwrap().push((source, at.as_secs_f64(), focus.clone()));
        let under_way = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        let _guard = InFlight(&self.in_flight);
        self.most_in_flight.fetch_max(under_way, Ordering::SeqCst);
        let reading = {
            let mut scripts = self.scripts.lock().unwrap();
            let script = scripts.get_mut(&source).expect("a script for every source");
            if script.len() > 1 { script.pop_front() } else { script.front().cloned() }.unwrap_or_default()
        };
        let fail = |kind, retry_after| {
            let mut error = ProviderError::new(kind, format!("fake:Read{source:?}"), &self.scope, "as scripted");
            error.retry_after = retry_after;
            Err(error)
        };
        let send = async |rows: Vec<Observation>, calls, paid_units| {
            let page = Page { rows, calls, paid_units, ..Page::default() };
            let _ = sink.send(page).await;
        };
        for act in reading {
            match act {
                Act::Page(rows) => send(rows, 1, 0).await,
                Act::Costly(rows, calls, units) => send(rows, calls, units).await,
                Act::Gap(what) => _ = sink.send(Page { gaps: vec![Label::new(what)], calls: 1, ..Page::default() }).await,
                Act::Wait(seconds) => sleep(Duration::from_secs_f64(seconds)).await,
                Act::Fail(kind) => return fail(kind, None),
                Act::FailUntil(kind, after) => return fail(kind, Some(after)),
                Act::Hang => std::future::pending().await,
                Act::Panic => panic!("as scripted"),
                Act::Circle(rows) => loop {
                    send(rows.clone(), 1, 0).await;
                },
                Act::Charts => {
                    let rows: Vec<Observation> =
                        focus.visible.iter().chain(&focus.selected).filter(|id| id.scope == self.scope).map(|id| chart(id, at)).collect();
                    let units = rows.len() as u32;
                    send(rows, 1, units).await;
                }
            }
        }
        Ok(())
    }

    fn operator(&self, _: &WritePermit) -> Option<Arc<dyn Operator>> {
        None
    }
}

/// A series with one point, whose value is the second at which it was read.
fn chart(id: &ResourceId, at: Duration) -> Observation {
    Observation::Series(Series {
        key: SeriesKey { resource: id.clone(), metric: Metric::Cpu },
        source: Label::new("fake"),
        period: Duration::from_mins(1),
        points: vec![Point { at: Now::at(at.as_secs()).wall, value: at.as_secs_f64().floor() }],
    })
}
