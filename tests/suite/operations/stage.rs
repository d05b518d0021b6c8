//! One account, one machine, and somebody who looks on. Whatever fails shows what the program said and what the journal holds.

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use super::onlooker::Onlooker;
use crate::backend::Backend;
use crate::console::run_plain;
use crate::home::Home;

const PATIENCE: Duration = Duration::from_secs(30);

/// A machine with a state folder of its own: what one laptop knows.
pub struct Laptop {
    pub home: Home,
}

impl Laptop {
    pub fn against(backend: &Backend) -> Self {
        Self { home: Home::against(backend) }
    }

    /// Signed in anew, on the same machine.
    pub fn signed_in_as(before: &Self, key: &str) -> Self {
        let home = before.home.share().with("AWS_ACCESS_KEY_ID", key);
        Self { home }
    }

    /// Runs a verb and expects this exit code.
    #[track_caller]
    pub fn run(&self, line: &str, code: i32) -> (String, String) {
        self.words(&line.split_whitespace().collect::<Vec<_>>(), code)
    }

    /// The same where a word has a space in it.
    #[track_caller]
    pub fn words(&self, words: &[&str], code: i32) -> (String, String) {
        let (got, stdout, stderr) = run_plain(&self.home, words);
        assert_eq!(got, code, "pilothouse {}\nstdout: {stdout}\nstderr: {stderr}", words.join(" "));
        (stdout, stderr)
    }

    /// Runs a verb with `-o json`; exactly one document comes, and it holds the exit code.
    #[track_caller]
    pub fn json(&self, line: &str, code: i32) -> Value {
        self.json_of(&line.split_whitespace().collect::<Vec<_>>(), code)
    }

    #[track_caller]
    pub fn json_of(&self, words: &[&str], code: i32) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["-o", "json"]).collect();
        let (stdout, stderr) = self.words(&words, code);
        let mut documents = serde_json::Deserializer::from_str(&stdout).into_iter::<Value>();
        let first = documents.next().unwrap_or_else(|| panic!("nothing on stdout; stderr: {stderr}"));
        let document = first.unwrap_or_else(|e| panic!("{e}: {stdout}"));
        assert!(documents.next().is_none(), "more than one document:\n{stdout}");
        assert_eq!(document["exit"].as_i64().unwrap_or(0), i64::from(code), "{document}");
        document
    }

    /// The same for a verb that is about one thing: what became of it.
    #[track_caller]
    pub fn one(&self, line: &str, code: i32) -> Deed {
        let document = self.json(line, code);
        match document["operations"].as_array().map(Vec::as_slice) {
            Some([one]) => Deed(one.clone()),
            _ => panic!("not one operation: {document:#}"),
        }
    }

    /// Begins one and does not wait; its id.
    #[track_caller]
    pub fn begin(&self, line: &str) -> String {
        let deed = self.one(line, 0);
        assert_eq!(deed.state(), "begun", "{deed:?}");
        deed.id()
    }

    /// What is on record of an operation. `ops` and `journal` must tell the same.
    #[track_caller]
    pub fn story(&self, id: &str) -> Story {
        let journal = self.json(&format!("journal --id {id}"), 0);
        let shown = self.json(&format!("ops show {id}"), 0);
        let record = &journal["operations"][0];
        // The journal knows how it ended; how one stands that has not, `ops` says.
        let same: &[&str] =
            if record["state"] == "unfinished" { &["steps", "title", "facts"] } else { &["state", "steps", "title", "facts"] };
        for same in same {
            assert_eq!(record[same], shown[same], "{same} as journal and ops tell it");
        }
        let listed = self.json("ops", 0);
        let listed = listed["operations"].as_array().and_then(|all| all.iter().find(|o| o["id"] == id).cloned());
        assert_eq!(listed.expect("ops lists it")["state"], shown["state"]);
        let mut story = record.clone();
        story["state"] = shown["state"].clone();
        Story(story)
    }

    /// What a failing test prints.
    pub fn report(&self) -> String {
        let (_, journal, stderr) = run_plain(&self.home, &["journal", "--limit", "8"]);
        let mut report = format!("-- the journal\n{journal}{stderr}\n");
        let logs = self.home.path().join(".local/state/pilothouse/operations");
        for log in std::fs::read_dir(logs).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(log.path()).unwrap_or_default();
            report.push_str(&format!("-- {}\n{text}\n", log.file_name().to_string_lossy()));
        }
        report
    }
}

impl Drop for Laptop {
    #[expect(clippy::print_stderr, reason = "what a failing test has to show")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.report());
        }
        // Runners outlive whoever began them, and this account ends now.
        for pid in runners(None, Some(self.home.path())) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// What became of one thing, as its verb says.
#[derive(Debug)]
pub struct Deed(pub Value);

impl Deed {
    pub fn id(&self) -> String {
        self.0["id"].as_str().unwrap_or_else(|| panic!("it has no id: {:#}", self.0)).to_owned()
    }

    pub fn state(&self) -> &str {
        self.0["state"].as_str().unwrap_or_default()
    }

    pub fn note(&self) -> &str {
        self.0["note"].as_str().unwrap_or_default()
    }

    /// Rules that refuse it.
    pub fn refusals(&self) -> Vec<&str> {
        let refusals = self.0["card"]["refusals"].as_array();
        refusals.into_iter().flatten().filter_map(|r| r["rule"].as_str()).collect()
    }
}

/// What is on record of one operation.
#[derive(Debug)]
pub struct Story(pub Value);

impl Story {
    pub fn state(&self) -> &str {
        self.0["state"].as_str().unwrap_or_default()
    }

    /// Its calls in order: kind and answer, `-` where none is on record.
    pub fn calls(&self) -> Vec<(&str, &str)> {
        let steps = self.0["steps"].as_array().into_iter().flatten();
        steps
            .map(|s| {
                let kind = s["call"].as_object().and_then(|c| c.keys().next()).map_or("?", |k| k.as_str());
                (kind, s["answer"].as_str().unwrap_or("-"))
            })
            .collect()
    }

    #[track_caller]
    pub fn assert_is(&self, state: &str, calls: &[(&str, &str)]) {
        assert_eq!((self.state(), &self.calls()[..]), (state, calls), "{:#}", self.0);
    }
}

/// An account with one laptop.
pub struct Stage {
    pub laptop: Laptop,
    pub eye: Onlooker,
    pub backend: Backend,
}

impl Deref for Stage {
    type Target = Laptop;

    fn deref(&self) -> &Laptop {
        &self.laptop
    }
}

impl Stage {
    pub fn portal() -> Self {
        Self::of(&["portal"])
    }

    pub fn of(estates: &[&str]) -> Self {
        let backend = Backend::start_all(estates);
        Self { laptop: Laptop::against(&backend), eye: Onlooker::of(&backend), backend }
    }

    /// Carries one operation out to its good end; `portal` is confirmed by name.
    #[track_caller]
    pub fn done(&self, line: &str) -> Deed {
        let deed = self.one(&format!("{line} --wait"), 0);
        assert_eq!(deed.state(), "done", "{deed:?}");
        deed
    }

    /// Mutating calls since the last time they were asked for, as `service.Action` without the service, sorted.
    pub fn sent(&self) -> Vec<(String, u64)> {
        let sent = self.backend.take_changes().into_iter();
        let mut sent: Vec<(String, u64)> = sent.map(|(name, n)| (name.rsplit('.').next().unwrap_or_default().to_owned(), n)).collect();
        sent.sort();
        sent
    }

    /// Exactly these calls were sent since the last time.
    #[track_caller]
    pub fn assert_sent(&self, want: &[(&str, u64)]) {
        let sent = self.sent();
        let sent: Vec<(&str, u64)> = sent.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        assert_eq!(sent, want);
    }

    /// How often a call was sent since the last time.
    pub fn times(&self, action: &str) -> u64 {
        self.backend.changes().iter().filter(|(name, _)| name.ends_with(&format!(".{action}"))).map(|(_, n)| n).sum()
    }
}

/// Runner processes: of an operation, or of a home.
pub fn runners(id: Option<&str>, home: Option<&Path>) -> Vec<Pid> {
    let wanted = home.map(|h| format!("HOME={}", h.display()));
    let processes = std::fs::read_dir("/proc").expect("/proc");
    let is_one = |folder: &Path| {
        let words = std::fs::read(folder.join("cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = words.split(|b| *b == 0).collect();
        let ours = words.get(1) == Some(&&b"drive"[..]) && id.is_none_or(|id| words.get(2) == Some(&id.as_bytes()));
        let at_home = |wanted: &String| {
            let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
            environment.split(|b| *b == 0).any(|v| v == wanted.as_bytes())
        };
        ours && wanted.as_ref().is_none_or(at_home)
    };
    let found = processes.flatten().filter(|e| is_one(&e.path()));
    found.filter_map(|e| Pid::from_raw(e.file_name().to_str()?.parse().ok()?)).collect()
}

/// Kills the runner of an operation, as a power loss would.
pub fn kill_runner(id: &str) {
    let pid = until("the runner", || runners(Some(id), None).first().copied());
    kill_process(pid, Signal::KILL).expect("it runs");
    until("its end", || {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        (test_kill_process(pid).is_err() || state.contains(") Z ")).then_some(())
    });
}

#[track_caller]
#[expect(clippy::disallowed_methods, reason = "deadlines of a test")]
pub fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
