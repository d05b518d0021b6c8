//! Probes against a loopback server: who is asked, what counts as good, and that nothing but the question goes out.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::config::probe::ProbeTarget;
use crate::domain::{GroupKind, Kind, Probe, Scope, Status, StatusClass};
use crate::providers::aws::canned::{Answer, Bench, Canned};

fn scope() -> Scope {
    Scope::new("aws", "test", "eu-central-1")
}

fn instance(id: &str, name: &str, address: &str) -> Instance {
    Instance {
        id: ResourceId::new(&scope(), Kind::Member, id),
        name: Some(Label::new(name)),
        zone: Label::new("a"),
        instance_type: None,
        address: Some(Label::new(address)),
        public_address: None,
        launched: None,
        state: Status::good("running"),
        state_reason: None,
        checks: None,
        image: None,
        spot: false,
        tags: Vec::new(),
        group: None,
    }
}

fn settings(matches: &str, url: &str) -> ProbeSettings {
    let targets = vec![ProbeTarget { matches: matches.to_owned(), url: url.to_owned() }];
    ProbeSettings { timeout: Duration::from_secs(1), targets, ..ProbeSettings::default() }
}

fn plan(settings: &ProbeSettings, instances: Vec<Instance>, groups: Vec<Group>, pools: Vec<TargetPool>) -> Vec<String> {
    plan_probes(settings, &instances.into(), &groups.into(), &pools.into()).into_iter().map(|(_, url)| url).collect()
}

#[test]
fn only_named_running_members_with_an_address_are_asked() {
    let settings = settings("hardware", "http://{address}:8080{path}");
    let mut stopped = instance("i-2", "hardware", "10.0.0.2");
    stopped.state = Status::parked("stopped");
    let mut nowhere = instance("i-3", "hardware", "");
    nowhere.address = None;
    let mut grouped = instance("i-4", "x", "10.0.0.4");
    grouped.group = Some(Label::new("hardware"));
    let all = vec![instance("i-1", "hardware", "10.0.0.1"), stopped, nowhere, grouped, instance("i-5", "other", "10.0.0.5")];
    assert_eq!(plan(&settings, all, vec![], vec![]), ["http://10.0.0.1:8080/test/", "http://10.0.0.4:8080/test/"]);
    let by_id = vec![instance("hardware", "x", "10.0.0.9")];
    assert_eq!(plan(&settings, by_id, vec![], vec![]).len(), 1, "an instance id is a name too");
}

#[test]
fn the_path_is_the_configs_then_the_balancers_then_the_usual() {
    let pool_id = ResourceId::new(&scope(), Kind::Pool, "portal-tg");
    let pool = TargetPool {
        id: pool_id.clone(),
        name: Label::new("portal-tg"),
        kind: Label::new("target group"),
        protocol: Label::new("HTTP"),
        port: None,
        health_check: None,
        health_path: Some(Label::new("/healthz")),
        balancers: Vec::new(),
        deregistration_delay: None,
        targets: None,
        groups: Vec::new(),
        routes: Vec::new(),
    };
    let mut group = Group::new(ResourceId::new(&scope(), Kind::Group, "portal"), Label::new("portal"), GroupKind::AutoScalingGroup);
    group.pools = vec![pool_id];
    let mut member = instance("i-1", "x", "10.0.0.1");
    member.group = Some(Label::new("portal"));
    let mut settings = settings("portal", "http://{address}{path}");
    let ask = |settings: &ProbeSettings| plan(settings, vec![member.clone()], vec![group.clone()], vec![pool.clone()]);
    assert_eq!(ask(&settings), ["http://10.0.0.1/healthz"]);
    settings.path = Some("/mine".to_owned());
    assert_eq!(ask(&settings), ["http://10.0.0.1/mine"]);
}

async fn probe_once(settings: ProbeSettings, address: &str) -> Probe {
    let mut bench = Bench::at("http://127.0.0.1:9");
    bench.probe = settings;
    bench.memory.keep_instances(Arc::from([instance("i-1", "hardware", address)]));
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    match page.rows.into_iter().next() {
        Some(Observation::Probe { member, probe }) => {
            assert_eq!(member.native(), "i-1");
            probe
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn answers_are_judged_like_a_health_check() {
    for (status, class) in
        [(200, StatusClass::Good), (204, StatusClass::Good), (302, StatusClass::Good), (404, StatusClass::Bad), (503, StatusClass::Bad)]
    {
        let server = Canned::start(move |_| Answer::status(status)).await;
        let url = format!("{}{{path}}", server.url.replace("127.0.0.1", "{address}"));
        let probe = probe_once(settings("hardware", &url), "127.0.0.1").await;
        assert_eq!((probe.status.word.as_str(), probe.status.class), (status.to_string().as_str(), class));
        assert!(probe.latency.is_some());
        let request = server.requests().remove(0);
        assert_eq!(request.path, "/test/");
        assert!(["authorization", "cookie", "referer"].iter().all(|h| !request.headers.contains_key(*h)), "{:?}", request.headers);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Canned::start(|_| Answer::status(200)).await;
    let location = elsewhere.url.clone();
    let server = Canned::start(move |_| Answer {
        // The header rides in with the content type, which this server writes as it is given.
        content_type: Box::leak(format!("text/plain\r\nlocation: {location}").into_boxed_str()),
        ..Answer::status(302)
    })
    .await;
    let probe = probe_once(settings("hardware", &server.url.replace("127.0.0.1", "{address}")), "127.0.0.1").await;
    assert_eq!(probe.status.word.as_str(), "302");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn no_answer_says_why() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = probe_once(settings("hardware", &format!("http://{{address}}:{free}/")), "127.0.0.1").await;
    assert_eq!((refused.status.word.as_str(), refused.status.class, refused.latency), ("connection refused", StatusClass::Bad, None));

    let server = Canned::start(|_| Answer::status(200).after(Duration::from_secs(5))).await;
    let late = settings("hardware", &server.url.replace("127.0.0.1", "{address}"));
    let late = probe_once(ProbeSettings { timeout: Duration::from_millis(200), ..late }, "127.0.0.1").await;
    assert_eq!(late.status.word.as_str(), "no answer in 0.2 s");
}

#[tokio::test]
async fn nothing_is_asked_unless_the_config_names_somebody() {
    let mut bench = Bench::at("http://127.0.0.1:9");
    bench.memory.keep_instances(Arc::from([instance("i-1", "hardware", "127.0.0.1")]));
    let (result, page) = bench.read(super::read).await;
    result.unwrap();
    assert_eq!(page.rows, []);
    bench.probe = ProbeSettings { enabled: false, ..settings("*", "http://{address}/") };
    assert_eq!(bench.read(super::read).await.1.rows, []);
}
