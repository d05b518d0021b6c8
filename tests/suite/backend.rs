//! The AWS of a test: `tests/backends` on the pinned venv, started on a free port and gone when the test is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// The region of an estate that names none.
pub const REGION: &str = "eu-central-1";

/// A running server. Its stdin is the leash: when we go, however we go, it ends.
pub struct Backend {
    child: Child,
    _leash: ChildStdin,
    port: u16,
    estates: Value,
}

impl Backend {
    /// Starts a server with this estate (`tests/backends/estate/__init__.py` names them) where everything happens at once.
    pub fn start(estate: &str) -> Self {
        Self::start_all(&[estate])
    }

    /// Several of them in one account, each in a region of its own.
    pub fn start_all(estates: &[&str]) -> Self {
        let python = python();
        let mut command = Command::new(&python);
        command.args(["-m", "backends.server", "--leash"]).args(estates.iter().flat_map(|estate| ["--estate", estate]));
        let mut child = command
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {}: {e}; run ./tests/run, which installs moto", python.display()));
        let leash = child.stdin.take().expect("stdin is piped");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        // Ends with the process: a server that cannot start closes its stdout.
        BufReader::new(stdout).read_line(&mut line).expect("the server's stdout is text");
        let ready: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the moto server did not become ready (its words are above); run ./tests/run, which installs moto"));
        let port = ready["port"].as_u64().and_then(|p| u16::try_from(p).ok()).expect("the ready line names the port");
        Self { child, _leash: leash, port, estates: ready["estate"].clone() }
    }

    /// What a test needs to know of an estate, as its builder returned it.
    pub fn estate(&self, name: &str) -> &Value {
        &self.estates[name]
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How long things take from now on, in seconds (`clock.Pace`).
    pub fn pace(&self, pace: &[(&str, f64)]) {
        let pace: serde_json::Map<String, Value> = pace.iter().map(|(name, seconds)| ((*name).to_owned(), json!(seconds))).collect();
        self.control("pace", Some(&Value::Object(pace)));
    }

    /// Replaces all faults (`faults.py`).
    pub fn faults(&self, rules: &Value) {
        self.control("faults", Some(rules));
    }

    /// Replaces all rules of sickness (`pools.py`).
    pub fn sickness(&self, rules: &Value) {
        self.control("health", Some(rules));
    }

    /// Calls so far by `service.Action`.
    pub fn calls(&self) -> Vec<(String, u64)> {
        counts(&self.control("calls", None))
    }

    pub fn calls_of(&self, name: &str) -> u64 {
        self.calls().iter().find(|(n, _)| n == name).map_or(0, |(_, count)| *count)
    }

    pub fn forget_calls(&self) {
        self.control("calls", Some(&Value::Null));
    }

    /// Begins to record whole requests, or ends it and returns them.
    pub fn record(&self, on: bool) -> Value {
        self.control("record", Some(&json!(on)))
    }

    /// Those among them that change something.
    pub fn changes(&self) -> Vec<(String, u64)> {
        counts(&self.control("changes", None))
    }

    /// Each of them in order: `name`, `key` (who calls), `given`.
    pub fn log(&self) -> Vec<Value> {
        self.control("log", None).as_array().cloned().expect("the log is a list")
    }

    /// Launches of these groups fail with these words from now on; of no others.
    pub fn launches_fail(&self, groups: &Value) {
        self.control("launch", Some(groups));
    }

    /// The same, which are forgotten then.
    pub fn take_changes(&self) -> Vec<(String, u64)> {
        counts(&self.control("changes", Some(&Value::Null)))
    }

    fn control(&self, what: &str, given: Option<&Value>) -> Value {
        let (status, body) = request(self.port, &format!("/control/{what}"), given.map(Value::to_string).as_deref());
        assert_eq!(status, 200, "control {what}: {body}");
        serde_json::from_str(&body).expect("control answers are JSON")
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // Only ours, and only if still there; both may fail harmlessly.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn counts(value: &Value) -> Vec<(String, u64)> {
    value.as_object().expect("counts are an object").iter().map(|(k, v)| (k.clone(), v.as_u64().expect("a count"))).collect()
}

/// The venv's Python: named by `./tests/run`, else where it puts it.
#[expect(clippy::disallowed_methods, reason = "tests/run says by the environment where the back ends are")]
fn python() -> PathBuf {
    if let Some(named) = std::env::var_os("PILOTHOUSE_TEST_PYTHON") {
        return PathBuf::from(named);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let python = target.join("backends-venv/bin/python");
    assert!(python.exists(), "moto is not installed ({} is missing): run ./tests/run", python.display());
    python
}

/// One HTTP request to loopback. A dependency would bring TLS and a runtime for these twenty lines.
fn request(port: u16, path: &str, body: Option<&str>) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the moto server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout above zero");
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("the moto server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the moto server answers");
    let status = answer.split_whitespace().nth(1).and_then(|s| s.parse().ok()).expect("a status line");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
    (status, body)
}
