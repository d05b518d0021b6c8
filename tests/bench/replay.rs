//! The raw client: makes the calls that the console made, byte for byte, in the same order and as many at once, and does nothing with
//! the answers. Pages of one list wait for each other, as they must for anybody.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::backend::Backend;

struct Call {
    request: Vec<u8>,
    /// Index of the page before, which must have been answered.
    after: Option<usize>,
}

pub struct Calls {
    list: Vec<Call>,
    at_once: usize,
}

impl Calls {
    /// From what the server recorded, as far as it was made within `until` of the first call.
    pub fn recorded(record: &Value, until: Duration) -> Self {
        let entries = record.as_array().expect("a list of calls");
        let time = |e: &Value, key: &str| e[key].as_f64().expect("a time");
        let first = entries.iter().map(|e| time(e, "at")).fold(f64::MAX, f64::min);
        let mut made: Vec<&Value> = entries.iter().filter(|e| time(e, "until") - first <= until.as_secs_f64()).collect();
        made.sort_by(|a, b| time(a, "at").total_cmp(&time(b, "at")));

        let at_once =
            made.iter().map(|e| made.iter().filter(|o| time(o, "at") <= time(e, "at") && time(o, "until") > time(e, "at")).count());
        let at_once = at_once.max().unwrap_or(1).max(1);
        let mut last: HashMap<String, usize> = HashMap::new();
        let mut list = Vec::new();
        for (n, entry) in made.iter().enumerate() {
            let name = entry["name"].as_str().expect("a name").to_owned();
            let body = entry["body"].as_str().expect("a body");
            let goes_on = ["NextToken=", "Marker=", "nextToken"].iter().any(|t| body.contains(t));
            let before = last.insert(name, n);
            list.push(Call { request: request(entry), after: before.filter(|_| goes_on) });
        }
        Self { list, at_once }
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn at_once(&self) -> usize {
        self.at_once
    }

    /// Makes all calls once.
    pub fn run(&self, backend: &Backend) -> Duration {
        let begun = Instant::now();
        let next = AtomicUsize::new(0);
        let done = (Mutex::new(vec![false; self.list.len()]), Condvar::new());
        std::thread::scope(|scope| {
            for _ in 0..self.at_once {
                scope.spawn(|| {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let Some(call) = self.list.get(n) else { return };
                        if let Some(before) = call.after {
                            let answered = done.0.lock().expect("no worker panics");
                            drop(done.1.wait_while(answered, |a| !a[before]).expect("no worker panics"));
                        }
                        // The server closes after each answer, for the console too.
                        let mut stream = TcpStream::connect(("127.0.0.1", backend.port())).expect("the moto server listens");
                        stream.set_nodelay(true).expect("a socket of ours");
                        stream.write_all(&call.request).expect("the moto server reads");
                        read_answer(&mut stream);
                        done.0.lock().expect("no worker panics")[n] = true;
                        done.1.notify_all();
                    }
                });
            }
        });
        begun.elapsed()
    }
}

fn request(entry: &Value) -> Vec<u8> {
    // Recorded as one character a byte: CBOR is no text.
    let body: Vec<u8> = entry["body"].as_str().expect("a body").chars().map(|c| u8::try_from(u32::from(c)).expect("a byte")).collect();
    let path = entry["path"].as_str().expect("a path");
    let mut out = format!("POST {path} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in entry["headers"].as_object().expect("headers") {
        out.push_str(&format!("{name}: {}\r\n", value.as_str().expect("a header's value")));
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend(body);
    out
}

/// Reads one answer to its end.
fn read_answer(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = vec![0; 65_536];
    loop {
        let n = stream.read(&mut buffer).expect("the moto server answers");
        assert!(n > 0, "the moto server hung up");
        seen.extend_from_slice(&buffer[..n]);
        let Some(head) = seen.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase();
        let length: usize = text.lines().find_map(|l| l.strip_prefix("content-length:")?.trim().parse().ok()).expect("a length");
        if seen.len() >= head + 4 + length {
            return;
        }
    }
}
