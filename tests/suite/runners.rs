//! Operations outlive whoever began them: a closed or killed console, a killed runner. Nothing is done twice, and nothing is forgotten.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use crate::backend::Backend;
use crate::console::{Console, ENTER, Launch, run_plain};
use crate::home::Home;
use crate::witness::Witness;

const PATIENCE: Duration = Duration::from_secs(30);

#[track_caller]
fn json(home: &Home, line: &str, code: i32) -> Value {
    let words: Vec<&str> = line.split_whitespace().chain(["-o", "json"]).collect();
    let (got, stdout, stderr) = run_plain(home, &words);
    assert_eq!(got, code, "pilothouse {line}\nstdout: {stdout}\nstderr: {stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}"))
}

/// The runner of an operation: the process whose words are `drive ID`.
pub fn runner(id: &str) -> Option<Pid> {
    let processes = std::fs::read_dir("/proc").expect("/proc");
    processes.flatten().find_map(|entry| {
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        let words: Vec<&[u8]> = words.split(|b| *b == 0).collect();
        let ours = words.get(1) == Some(&&b"drive"[..]) && words.get(2) == Some(&id.as_bytes());
        ours.then(|| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)).flatten()
    })
}

#[track_caller]
pub fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    waited(look).unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// What the look finds in the end, if it does.
#[expect(clippy::disallowed_methods, reason = "deadlines of a test")]
pub fn waited<T>(look: impl Fn() -> Option<T>) -> Option<T> {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let found = look();
        if found.is_some() || std::time::Instant::now() >= deadline {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn kill(pid: Pid) {
    kill_process(pid, Signal::KILL).expect("it runs");
    wait_gone(pid);
}

/// Its locks are free from then on.
pub fn wait_gone(pid: Pid) {
    until("its end", || {
        // A zombie of ours is dead enough.
        let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        (test_kill_process(pid).is_err() || state.contains(") Z ")).then_some(())
    });
}

fn slow() -> Backend {
    let backend = Backend::start("portal");
    backend.pace(&[("launch", 4.0), ("warm", 2.0), ("drain", 1.0), ("terminate", 1.0)]);
    backend
}

fn set(backend: &Backend) -> u64 {
    backend.calls_of("autoscaling.SetDesiredCapacity")
}

fn begin(home: &Home, backend: &Backend) -> String {
    let begun = json(home, "scale portal 5 --confirm portal", 0);
    let id = begun["operations"][0]["id"].as_str().expect("an id").to_owned();
    until("the call", || (set(backend) == 1).then_some(()));
    id
}

/// A console on the portal with the change to five confirmed and sent.
fn console_at_work(home: &Home, backend: &Backend) -> Console {
    let mut console = Launch::new(home, &[]).start();
    console.wait_until("the portal", |s| s.contains("portal-tg") && s.contains("portal-redis") && s.contains("1234…:"));
    console.keys("/portal");
    console.keys(ENTER);
    console.wait_until("only the portal among the groups", |s| !s.contains("jumpbox"));
    console.open_card("+");
    console.keys("portal");
    console.keys(ENTER);
    until("the call", || (set(backend) == 1).then_some(()));
    console
}

/// The one operation there is, waited for.
#[track_caller]
fn ends_done(home: &Home, backend: &Backend) {
    let listed = json(home, "ops", 0);
    let id = listed["operations"][0]["id"].as_str().expect("an operation").to_owned();
    let ended = json(home, &format!("ops wait {id}"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    assert_eq!(Witness::of(backend).members("portal").len(), 5);
    assert_eq!(set(backend), 1, "sent once");
}

#[test]
fn a_killed_runner_leaves_an_operation_that_is_taken_up_again() {
    let backend = slow();
    let home = Home::against(&backend);
    let id = begin(&home, &backend);
    kill(until("the runner", || runner(&id)));

    let listed = json(&home, "ops", 0);
    let one = &listed["operations"][0];
    assert_eq!(one["state"], "interrupted", "{listed}");
    assert!(one["orders"].as_array().is_some_and(|o| o.contains(&"resume".into())), "{one}");
    assert_eq!(json(&home, &format!("ops wait {id}"), 6)["operations"][0]["state"], "interrupted");

    let ended = json(&home, &format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    assert_eq!(Witness::of(&backend).members("portal").len(), 5);
    assert_eq!(set(&backend), 1, "nothing is sent twice because of a restart");
    // What is over takes no more orders.
    let (code, _, stderr) = run_plain(&home, &["ops", "resume", &id]);
    assert!(code == 3 && stderr.contains("over"), "{code}: {stderr}");
}

#[test]
fn a_console_shows_what_a_killed_runner_left_and_it_can_be_abandoned() {
    let backend = slow();
    let home = Home::against(&backend);
    let id = begin(&home, &backend);
    kill(until("the runner", || runner(&id)));
    let console = Launch::new(&home, &[]).start();
    console.wait_for("interrupted");
    let ended = json(&home, &format!("ops abandon {id} --wait"), 5);
    assert_eq!(ended["operations"][0]["state"], "abandoned", "{ended}");
    console.wait_gone("interrupted");
}

#[test]
fn leaving_the_console_asks_nothing_and_strands_nothing() {
    let backend = slow();
    let home = Home::against(&backend);
    let mut console = console_at_work(&home, &backend);
    console.keys("q");
    assert_eq!(console.wait_exit().exit_code(), 0);
    console.assert_given_back();
    ends_done(&home, &backend);
}

#[test]
fn killing_the_console_strands_nothing() {
    let backend = slow();
    let home = Home::against(&backend);
    let console = console_at_work(&home, &backend);
    console.signal(Signal::KILL);
    ends_done(&home, &backend);
}

#[test]
fn a_closed_terminal_strands_nothing() {
    let backend = slow();
    let home = Home::against(&backend);
    // Everything of the terminal goes: the pty hangs up whatever is still in its session.
    drop(console_at_work(&home, &backend));
    ends_done(&home, &backend);
}

#[test]
fn two_consoles_see_each_other_at_work() {
    let backend = slow();
    let home = Home::against(&backend);
    let other = Launch::new(&home, &[]).start();
    other.wait_until("the portal", |s| s.contains("portal-tg") && s.contains("1234…:"));
    let one = console_at_work(&home, &backend);
    other.wait_for("portal 4 → 5");
    one.wait_for("done");
    other.wait_for("done");
}

#[test]
fn a_session_bought_with_a_code_reaches_the_runner() {
    let backend = slow();
    let home = Home::empty();
    home.write(
        ".aws/config",
        "[profile base]\nregion = eu-central-1\naws_access_key_id = operator\naws_secret_access_key = only-for-tests\n\n\
         [profile oncall]\nregion = eu-central-1\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/oncall\n\
         mfa_serial = arn:aws:iam::123456789012:mfa/operator\n",
    );
    let url = backend.url();
    let words = ["--profile", "oncall", "--endpoint-url", &url, "scale", "portal", "5", "--wait"];
    let mut terminal = Launch::new(&home, &words).start();
    terminal.wait_for("mfa/operator");
    terminal.keys("428513\r");
    terminal.wait_for("type \"portal\"");
    terminal.keys("portal\r");
    assert_eq!(terminal.wait_exit().exit_code(), 0, "{}", terminal.screen());
    assert_eq!(Witness::of(&backend).desired("portal"), 5);
    // Nothing of the session is on the disk.
    let state = home.path().join(".local/state/pilothouse");
    for entry in walk(&state) {
        let bytes = std::fs::read(&entry).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("secret_access_key") && !text.contains("FQoGZXIvYXdz"), "{}", entry.display());
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the state folder is there");
    entries.flatten().flat_map(|e| if e.path().is_dir() { walk(&e.path()) } else { vec![e.path()] }).collect()
}
