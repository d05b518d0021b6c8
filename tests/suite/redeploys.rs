//! Redeploys of a real group over the wire: begun from a script, driven by a detached runner, judged by a second client. What counts is
//! what that witness sees and which calls the service was sent, not what the program says of itself.

mod killed;
mod orders;
mod refreshes;
mod trouble;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::backend::Backend;
use crate::console::{run_plain, run_within};
use crate::home::Home;
use crate::runners::{runner, until, waited};
use crate::witness::{SeenGroup, Witness};

const GROUP: &str = "shop";
/// The longest that a redeploy of two or four members may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(90);
/// The access key of the program under test.
const OPERATOR: &str = "operator";

/// Nothing happens at once: members launch, warm up, drain and terminate for seconds.
const SLOW: [(&str, f64); 4] = [("launch", 1.0), ("warm", 1.0), ("drain", 1.5), ("terminate", 1.0)];

/// Four members of version 1, told to be of version 2 from now on, and a console's home beside them.
struct Shop {
    backend: Backend,
    home: Home,
    witness: Witness,
    blue: String,
    green: String,
    rule: String,
    before: SeenGroup,
}

impl Shop {
    /// The estate is `twins:N:M` of `tests/backends/estate`.
    fn open(estate: &str) -> Self {
        Self::open_with(estate, |_| {})
    }

    /// With something done by somebody else before.
    fn open_with(estate: &str, arrange: impl FnOnce(&Witness)) -> Self {
        let mut shop = Self::of_one_version(estate);
        shop.witness.want_version(GROUP, shop.backend.estate(estate)["template"].as_str().expect("the estate names it"), "2");
        arrange(&shop.witness);
        shop.backend.pace(&SLOW);
        shop.before = shop.witness.see(GROUP);
        shop
    }

    /// Still told to be of version 1.
    fn of_one_version(estate: &str) -> Self {
        let backend = Backend::start(estate);
        let home = Home::against(&backend);
        home.config("[guards]\nmax_step_percent = 100\n");
        let witness = Witness::of(&backend);
        let named = |what: &str| backend.estate(estate)[what].as_str().expect("the estate names it").to_owned();
        let (blue, green, rule) = (named("blue"), named("green"), named("rule"));
        let before = witness.see(GROUP);
        assert!(before.members.iter().all(|m| m.version == "1"), "{before:?}");
        backend.pace(&SLOW);
        Self { backend, home, witness, blue, green, rule, before }
    }

    /// Runs the program and expects this exit code.
    #[track_caller]
    fn run(&self, line: &str, code: i32) -> (String, String) {
        run(&self.home, line, code)
    }

    /// The same with `-o json`, and its one document.
    #[track_caller]
    fn document(&self, line: &str, code: i32) -> Value {
        document(&self.home, line, code)
    }

    /// A redeploy that is waited for; the one operation of its document.
    #[track_caller]
    fn redeploy(&self, how: &str, code: i32) -> Value {
        let document = self.document(&format!("redeploy {GROUP} --confirm {GROUP} --strategy {how} --wait"), code);
        document["operations"][0].clone()
    }

    /// A redeploy that nobody waits for; its id.
    #[track_caller]
    fn begin(&self, how: &str) -> String {
        let document = self.document(&format!("redeploy {GROUP} --confirm {GROUP} --strategy {how}"), 0);
        document["operations"][0]["id"].as_str().expect("it has an id").to_owned()
    }

    /// An operation as `ops` lists it.
    #[track_caller]
    fn standing(&self, id: &str) -> Value {
        self.document(&format!("ops show {id}"), 0)
    }

    /// Waits until an operation stands so.
    #[track_caller]
    fn until(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let last = std::cell::RefCell::new(Value::Null);
        let look = || {
            last.replace(self.standing(id));
            let found = is_so(&last.borrow()).then(|| last.borrow().clone());
            if found.is_none() {
                // Each look is a process: a driver has news every three seconds.
                std::thread::sleep(Duration::from_millis(300));
            }
            found
        };
        waited(look).unwrap_or_else(|| panic!("waited in vain for {what}; it stands so:\n{:#}", last.borrow()))
    }

    /// Waits until the program has sent this many calls of a name.
    #[track_caller]
    fn until_sent(&self, name: &str, count: usize) {
        until(&format!("{count} times {name}"), || (self.sent().iter().filter(|c| c.name == name).count() >= count).then_some(()));
    }

    /// Waits until the group has this many members, all in this state.
    #[track_caller]
    fn until_members(&self, count: usize, lifecycle: &str) {
        until(&format!("{count} members {lifecycle}"), || {
            let members = self.witness.members(GROUP);
            (members.len() == count && members.iter().all(|(_, state)| state == lifecycle)).then_some(())
        });
    }

    /// Every mutating call of the program that was carried out, in order; its answer may have been lost.
    fn sent(&self) -> Vec<Sent> {
        self.tried().into_iter().filter(|c| c.done).collect()
    }

    /// Those that were refused, or never got there, too.
    fn tried(&self) -> Vec<Sent> {
        let ours = |c: &Value| c["key"].as_str().is_some_and(|k| k.starts_with(OPERATOR));
        self.backend.log().iter().filter(|c| ours(c)).map(Sent::of).collect()
    }

    /// How many calls of each name were carried out.
    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.sent() {
            *counts.entry(call.name).or_default() += 1;
        }
        counts
    }

    /// Each of these was carried out so often; nothing else was.
    #[track_caller]
    fn assert_counts(&self, expected: &[(&str, usize)]) {
        let expected: BTreeMap<String, usize> = expected.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        assert_eq!(self.counts(), expected, "{:#?}", self.sent());
    }

    /// All members are of version 2, in service and healthy in this pool, which holds no others; the old ones are gone by id; and bounds,
    /// suspended processes, protection and tags are what they were.
    #[track_caller]
    fn assert_redeployed(&self) {
        let now = self.witness.see(GROUP);
        assert!(now.ids().is_disjoint(&self.before.ids()), "old ones are still there: {now:#?}");
        for m in &now.members {
            assert_eq!((&*m.lifecycle, &*m.version), ("InService", "2"), "{now:#?}");
        }
        self.assert_given_back(&now);
        self.assert_targets(&now);
    }

    /// The very members of before, in their pool, and everything as it was.
    #[track_caller]
    fn assert_as_before(&self) {
        let now = self.witness.see(GROUP);
        assert_eq!(now.ids(), self.before.ids(), "{now:#?}");
        self.assert_given_back(&now);
        self.assert_targets(&now);
    }

    /// Nothing borrowed is kept: bounds, processes, protection and tags.
    #[track_caller]
    fn assert_given_back(&self, now: &SeenGroup) {
        assert_eq!(now.size, self.before.size, "the bounds");
        assert_eq!(now.suspended, self.before.suspended, "suspended processes");
        assert_eq!(now.tags, self.before.tags, "the tags, with no mark left");
        assert!(now.members.iter().all(|m| !m.protected), "nobody stays protected: {now:#?}");
        assert_eq!(i32::try_from(now.members.len()), Ok(now.size.1), "as many as wanted: {now:#?}");
    }

    /// The pool of the group holds its members and nobody else, all of them healthy.
    #[track_caller]
    fn assert_targets(&self, now: &SeenGroup) {
        let healthy: BTreeMap<String, String> = now.ids().into_iter().map(|id| (id, "healthy".to_owned())).collect();
        assert_eq!(self.witness.targets(&self.blue), healthy);
    }

    /// The second group of a blue/green redeploy.
    #[track_caller]
    fn twin(&self) -> String {
        let mut others: Vec<String> = self.witness.group_names().into_iter().filter(|n| n != GROUP).collect();
        let twin = others.pop().expect("there is a second group");
        assert!(others.is_empty() && twin.starts_with(&format!("{GROUP}-")), "{twin} and {others:?}");
        twin
    }

    /// All of the rule's traffic goes to this pool.
    #[track_caller]
    fn assert_traffic(&self, pool: &str) {
        let all = [&self.blue, &self.green].into_iter().map(|p| (p.clone(), if p == pool { 100 } else { 0 })).collect();
        assert_eq!(self.witness.weights(&self.rule), all);
    }

    /// Every old member was terminated or replaced exactly once, by its id, and nobody else.
    #[track_caller]
    fn assert_terminated_once(&self, decrement: bool) {
        let calls = self.sent();
        let terminated = calls.iter().filter(|c| c.name == TERMINATE);
        let mut ids = Vec::new();
        for call in terminated {
            assert_eq!(call.given["ShouldDecrementDesiredCapacity"], decrement.to_string());
            ids.push(call.given["InstanceId"].clone());
        }
        let once: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(once, self.before.ids());
        assert_eq!(ids.len(), once.len(), "each once: {ids:?}");
    }
}

/// What a surge of two members at once sends that is told to go back while both old ones are out of the pool.
const THERE_AND_BACK: [(&str, usize); 9] =
    [(MARK, 1), (SUSPEND, 1), (DESIRED, 1), (PROTECT, 2), (DEREGISTER, 2), (REGISTER, 2), (TERMINATE, 2), (RESUME, 1), (UNMARK, 1)];

/// What is off while members are replaced: the group trusts its balancer's checks, which call a drained member sick.
const BORROWED: [&str; 5] = ["AlarmNotification", "ScheduledActions", "AZRebalance", "HealthCheck", "ReplaceUnhealthy"];

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

const MARK: &str = "autoscaling.CreateOrUpdateTags";
const UNMARK: &str = "autoscaling.DeleteTags";
const SUSPEND: &str = "autoscaling.SuspendProcesses";
const RESUME: &str = "autoscaling.ResumeProcesses";
const DESIRED: &str = "autoscaling.SetDesiredCapacity";
const BOUNDS: &str = "autoscaling.UpdateAutoScalingGroup";
const PROTECT: &str = "autoscaling.SetInstanceProtection";
const TERMINATE: &str = "autoscaling.TerminateInstanceInAutoScalingGroup";
const DEREGISTER: &str = "elasticloadbalancing.DeregisterTargets";
const REGISTER: &str = "elasticloadbalancing.RegisterTargets";
const REFRESH: &str = "autoscaling.StartInstanceRefresh";
const CREATE: &str = "autoscaling.CreateAutoScalingGroup";
const DELETE: &str = "autoscaling.DeleteAutoScalingGroup";
const WEIGHTS: &str = "elasticloadbalancing.ModifyRule";

/// A mutating call as the service got it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    name: String,
    given: BTreeMap<String, String>,
    /// It was carried out.
    done: bool,
}

impl Sent {
    fn of(call: &Value) -> Self {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let given = call["given"].as_object().expect("what it was given").iter().map(|(k, v)| (k.clone(), text(v))).collect();
        Self { name: text(&call["name"]), given, done: call["done"] == true }
    }
}

/// A failed test shows what the service was sent, the journal, and the runners' own words.
impl Drop for Shop {
    #[expect(clippy::print_stderr, reason = "what a failed test has to say")]
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for call in self.tried() {
            eprintln!("{}: {} {:?}", if call.done { "carried out" } else { "refused" }, call.name, call.given);
        }
        let (_, journal, stderr) = run_plain(&self.home, &["journal", "--export"]);
        eprintln!("journal:\n{journal}{stderr}");
        // A runner would look for its service for ever.
        let entries = journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        for pid in entries.filter_map(|entry| runner(entry["id"].as_str()?)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        show_logs(&self.home.path().join(".local/state/pilothouse/operations"));
    }
}

#[expect(clippy::print_stderr, reason = "what a failed test has to say")]
fn show_logs(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "log")) {
        eprintln!("{}:\n{}", path.display(), std::fs::read_to_string(&path).unwrap_or_default());
    }
}

/// Runs the program in a home and expects this exit code.
#[track_caller]
fn run(home: &Home, line: &str, code: i32) -> (String, String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (got, stdout, stderr) = run_within(home, &words, LONGEST);
    assert_eq!(got, Some(code), "pilothouse {line}\nstdout: {stdout}\nstderr: {stderr}");
    (stdout, stderr)
}

#[track_caller]
fn document(home: &Home, line: &str, code: i32) -> Value {
    let (stdout, stderr) = run(home, &format!("{line} -o json"), code);
    serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("pilothouse {line}: {e}\nstdout: {stdout}\nstderr: {stderr}"))
}
