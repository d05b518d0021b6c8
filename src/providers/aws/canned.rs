//! For tests of this folder: a loopback HTTP server that answers as it is told, and the reading clients pointed at it.
//! What is tested is the whole way of an answer, the SDK's parsing included.

mod cbor;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::region::Region;
use aws_types::sdk_config::SdkConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::config::probe::ProbeSettings;
use crate::domain::{Focus, Now, Observation, Scope};
use crate::providers::{Page, PageSink, ProviderError};

use super::memory::Memory;
use super::reader::{Clients, Reader};
use super::settings::Clock;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    /// A field of a form body (query protocol): `Action`, `Marker`, `AlarmTypes.member.1`.
    pub fn form(&self, key: &str) -> Option<String> {
        self.fields().into_iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// All fields of a form body.
    pub fn fields(&self) -> Vec<(String, String)> {
        let body = String::from_utf8_lossy(&self.body);
        body.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (decoded(k), decoded(v))).collect()
    }

    /// The action of a form, or the operation in the path of a CBOR call.
    pub fn action(&self) -> String {
        match self.path.split_once("/operation/") {
            Some((_, operation)) => operation.to_owned(),
            None => self.form("Action").unwrap_or_default(),
        }
    }

    /// A CBOR body; times are told apart as `{"$time": 1795132800}`.
    pub fn cbor(&self) -> serde_json::Value {
        cbor::decode(&self.body)
    }
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        out.push(match b {
            b'+' => b' ',
            b'%' => {
                let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            b => b,
        });
    }
    String::from_utf8(out).unwrap()
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    pub delay: Duration,
}

impl Answer {
    pub fn xml(body: impl Into<String>) -> Self {
        Self { status: 200, content_type: "text/xml", body: body.into().into_bytes(), delay: Duration::ZERO }
    }

    pub fn cbor(body: &serde_json::Value) -> Self {
        Self { status: 200, content_type: "application/cbor", body: cbor::encode(body), delay: Duration::ZERO }
    }

    /// An error in the query protocol's words.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        );
        Self { status, ..Self::xml(body) }
    }

    /// Hangs up after the request came, without a word: the answer is lost.
    pub fn lost() -> Self {
        Self::status(0)
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::xml("") }
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// The server; gone when dropped.
pub struct Canned {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    server: JoinHandle<()>,
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Canned {
    pub async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&log), Arc::clone(&answer)));
            }
        });
        Self { url, requests, server }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Actions asked for, in order.
    pub fn actions(&self) -> Vec<String> {
        self.requests().iter().map(Request::action).collect()
    }
}

/// Answers one request per connection, which keeps this short.
async fn serve<F: Fn(&Request) -> Answer>(mut stream: TcpStream, log: Arc<Mutex<Vec<Request>>>, answer: Arc<F>) {
    let mut raw = Vec::new();
    let head_end = loop {
        if let Some(at) = raw.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut raw).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let head = String::from_utf8_lossy(&raw[..head_end]).into_owned();
    let mut lines = head.lines();
    let path = lines.next().and_then(|l| l.split(' ').nth(1)).unwrap_or_default().to_owned();
    let headers: BTreeMap<_, _> =
        lines.filter_map(|l| l.split_once(':')).map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim().to_owned())).collect();
    let length: usize = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    while raw.len() < head_end + 4 + length {
        if stream.read_buf(&mut raw).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let request = Request { path, headers, body: raw[head_end + 4..].to_vec() };
    let answer = answer(&request);
    log.lock().unwrap().push(request);
    tokio::time::sleep(answer.delay).await;
    if answer.status == 0 {
        return;
    }
    let head = format!(
        "HTTP/1.1 {} Canned\r\nsmithy-protocol: rpc-v2-cbor\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.status,
        answer.content_type,
        answer.body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&answer.body).await;
}

/// What a read needs, for tests: clients at `url`, a fresh memory, and a clock that stands still.
pub struct Bench {
    pub scope: Scope,
    pub clients: Clients,
    pub memory: Memory,
    pub probe: ProbeSettings,
    pub now: Arc<Mutex<Now>>,
    clock: Clock,
}

impl Bench {
    pub fn at(url: &str) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(url)
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "canned")))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let clients = Clients {
            autoscaling: aws_sdk_autoscaling::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            elbv2: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            elb: aws_sdk_elasticloadbalancing::Client::new(&config),
            rds: aws_sdk_rds::Client::new(&config),
            elasticache: aws_sdk_elasticache::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
        };
        let now = Arc::new(Mutex::new(Now::at(0)));
        let shared = Arc::clone(&now);
        Self {
            scope: Scope::new("aws", "test", "eu-central-1"),
            clients,
            memory: Memory::default(),
            probe: ProbeSettings::default(),
            now,
            clock: Arc::new(move || *shared.lock().unwrap()),
        }
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader { scope: &self.scope, clients: &self.clients, memory: &self.memory, probe: &self.probe, clock: &self.clock }
    }

    /// Runs one read and collects its pages into one.
    pub async fn read<F>(&self, read: F) -> (Result<(), ProviderError>, Page)
    where
        F: AsyncFnOnce(&Reader<'_>, &Focus, &PageSink) -> Result<(), ProviderError>,
    {
        self.read_with(&Focus::default(), read).await
    }

    pub async fn read_with<F>(&self, focus: &Focus, read: F) -> (Result<(), ProviderError>, Page)
    where
        F: AsyncFnOnce(&Reader<'_>, &Focus, &PageSink) -> Result<(), ProviderError>,
    {
        let (sink, mut pages) = PageSink::new(1_000);
        let result = Box::pin(read(&self.reader(), focus, &sink)).await;
        drop(sink);
        let mut all = Page::default();
        while let Some(page) = pages.recv().await {
            all.rows.extend(page.rows);
            all.gaps.extend(page.gaps);
            all.calls += page.calls;
            all.paid_units += page.paid_units;
        }
        (result, all)
    }
}

/// The databases of a page, as rows of one test.
pub fn databases(page: &Page) -> Vec<&crate::domain::Database> {
    page.rows.iter().filter_map(|o| if let Observation::Database(d) = o { Some(d) } else { None }).collect()
}

/// The changes of a page.
pub fn changes(page: &Page) -> Vec<&crate::domain::Change> {
    page.rows.iter().filter_map(|o| if let Observation::Change(c) = o { Some(c) } else { None }).collect()
}
