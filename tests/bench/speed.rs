//! The speeds a user feels, measured from outside through a pty; `./tests/speed` builds what is measured and runs this.
//!
//!   first frame   ≤ 1.5 × a bare ratatui program that draws one screen
//!   a key         answered in the same time (± 20 %) with 100 and with 100,000 members
//!   idle          ≤ 0.3 % of a core; nothing written on a screen without ages
//!   live          2,000 members in 200 groups on moto: all rows in ≤ 1.2 × the same calls made raw, at the same concurrency
//!
//! Prints a table, and exits 1 when a line is missed.

#![allow(dead_code, reason = "shares the console and the back end with the suite and uses half of them")]
#![expect(clippy::panic, clippy::print_stdout, reason = "a measuring program: it fails loudly and prints its table")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

#[path = "../suite/backend.rs"]
mod backend;
#[path = "../suite/console.rs"]
mod console;
#[path = "../suite/home.rs"]
mod home;
mod replay;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use backend::Backend;
use console::{Console, Launch};
use home::Home;

const STARTS: usize = 15;
const KEYS: usize = 200;
const IDLE: Duration = Duration::from_secs(20);

/// One line of the table.
struct Line {
    what: String,
    measured: String,
    limit: String,
    holds: bool,
}

fn main() -> ExitCode {
    let lines: Vec<Line> = [first_frame(), key(), idle(), live()].into_iter().flatten().collect();
    println!("\n{:<44} {:>26} {:>18}", "", "measured", "limit");
    for line in &lines {
        println!("{} {:<42} {:>26} {:>18}", if line.holds { " " } else { "✗" }, line.what, line.measured, line.limit);
    }
    if lines.iter().all(|l| l.holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn median(mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    values[values.len() / 2]
}

fn ms(d: Duration) -> String {
    format!("{:.1} ms", d.as_secs_f64() * 1e3)
}

fn quiet(home: &Home, members: u32) -> Console {
    let (members, groups) = (members.to_string(), (members / 10).to_string());
    // Time stands almost still, so that what is measured is the console and not the simulation.
    let args = ["demo", "--scenario", "quiet", "--speed", "0.001", "--members", &members, "--groups", &groups];
    let console = Launch::new(home, &args).start();
    console.wait_until("the estate", |s| s.contains("live") && s.contains("GROUPS"));
    console
}

/// Starts are interleaved: whatever else the machine does meets both.
fn first_frame() -> Vec<Line> {
    // As it is started most of the time: no arguments, an estate in the environment. That nobody answers there is not waited for.
    let home = Home::empty()
        .with("AWS_ACCESS_KEY_ID", "operator")
        .with("AWS_SECRET_ACCESS_KEY", "only-for-tests")
        .with("AWS_REGION", "eu-central-1")
        .with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let bare = Path::new(console::PROGRAM).with_file_name("examples").join("bare");
    assert!(bare.exists(), "{} is missing: run ./tests/speed, which builds it", bare.display());
    let bare = bare.display().to_string();
    // Each word is in the last line that its program draws: the frame is there whole.
    let start = |launch: Launch<'_>, word: &str| {
        let begun = Instant::now();
        let console = launch.start();
        console.wait_sent(word);
        begun.elapsed()
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        theirs.push(start(Launch::program(&home, &[&bare]), "READY"));
        ours.push(start(Launch::new(&home, &[]), "quit"));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    vec![Line {
        what: "first frame, and a bare program's".to_owned(),
        measured: format!("{} / {} = {ratio:.2}", ms(ours), ms(theirs)),
        limit: "≤ 1.50 ×".to_owned(),
        holds: ratio <= 1.5,
    }]
}

/// From writing the key until the terminal is sent anything.
fn answers(console: &mut Console) -> Duration {
    let times = (0..KEYS).map(|n| {
        // Off the rhythm of frames and ages.
        std::thread::sleep(Duration::from_millis(23));
        let before = console.written();
        let begun = Instant::now();
        console.keys(if n % 2 == 0 { "j" } else { "k" });
        console.wait_written(before);
        begun.elapsed()
    });
    median(times.collect())
}

fn key() -> Vec<Line> {
    let home = Home::empty();
    let [small, large] = [100, 100_000].map(|members| answers(&mut quiet(&home, members)));
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    vec![Line {
        what: "a key with 100 and with 100,000 members".to_owned(),
        measured: format!("{} / {} = {ratio:.2}", ms(small), ms(large)),
        limit: "0.80 – 1.20".to_owned(),
        // Faster with more is no failure.
        holds: ratio <= 1.2,
    }]
}

fn idle() -> Vec<Line> {
    let home = Home::empty();
    let mut deck = quiet(&home, 100);
    deck.keys("p");
    deck.wait_for("held");
    let start = Launch::new(&home, &[]).start();
    start.wait_for("Demo");
    let mut lines = Vec::new();
    for (what, console, silent) in [("deck, held", &deck, false), ("first screen", &start, true)] {
        std::thread::sleep(Duration::from_secs(2));
        let (bytes, busy) = (console.written(), cpu(console));
        std::thread::sleep(IDLE);
        let (bytes, busy) = (console.written() - bytes, cpu(console).saturating_sub(busy));
        let share = busy.as_secs_f64() / IDLE.as_secs_f64() * 100.0;
        lines.push(Line {
            what: format!("idle for {} s: {what}", IDLE.as_secs()),
            measured: format!("{share:.2} %, {bytes} bytes"),
            limit: if silent { "≤ 0.30 %, 0 bytes" } else { "≤ 0.30 %, ages" }.to_owned(),
            holds: share <= 0.3 && (!silent || bytes == 0),
        });
    }
    lines
}

/// Time on a core of all threads so far, to the nanosecond; the ticks of `/proc/PID/stat` are 10 ms each, and 0.3 % of 20 s are six.
fn cpu(console: &Console) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", console.pid().as_raw_nonzero())).expect("Linux has /proc");
    let on_core = |task: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    };
    Duration::from_nanos(tasks.filter_map(on_core).sum())
}

fn live() -> Vec<Line> {
    let backend = Backend::start("fleet:200:10");
    let home = Home::against(&backend);
    let all_live = || {
        let begun = Instant::now();
        let console = Launch::new(&home, &["--read-only"]).start();
        console.wait_at_most(Duration::from_secs(120), "200 groups, all live", |s| {
            s.lines().any(|l| l.contains("GROUPS") && l.contains("200")) && s.lines().next().is_some_and(|l| l.contains("live"))
        });
        begun.elapsed()
    };
    // The server's first answers are its slowest: that run only says which calls are made. Then both take turns.
    backend.record(true);
    let first = all_live();
    let calls = replay::Calls::recorded(&backend.record(false), first);
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        raw.push(calls.run(&backend));
        ours.push(all_live());
    }
    let (ours, raw) = (median(ours), median(raw));
    let ratio = ours.as_secs_f64() / raw.as_secs_f64();
    vec![Line {
        what: format!("2,000 members live, and {} raw calls, {} at once", calls.len(), calls.at_once()),
        measured: format!("{:.2} s / {:.2} s = {ratio:.2}", ours.as_secs_f64(), raw.as_secs_f64()),
        limit: "≤ 1.20 ×".to_owned(),
        holds: ratio <= 1.2,
    }]
}
