//! The real binary in a pty: keys in, screen out. Waiting is for something to be on the screen, never for a time; what fails shows the
//! screen it failed with.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::home::Home;

/// Generous: an unoptimized binary on a busy machine. Passing tests never come near.
const PATIENCE: Duration = Duration::from_secs(30);
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_pilothouse");

pub const ENTER: &str = "\r";
pub const ESC: &str = "\x1b";
pub const TAB: &str = "\t";
pub const CTRL_C: &str = "\x03";
pub const CTRL_Z: &str = "\x1a";

/// How to start one.
pub struct Launch<'h> {
    home: &'h Home,
    program: Vec<String>,
    size: (u16, u16),
}

impl<'h> Launch<'h> {
    pub fn new(home: &'h Home, args: &[&str]) -> Self {
        let program = std::iter::once(PROGRAM).chain(args.iter().copied()).map(str::to_owned).collect();
        Self { home, program, size: (120, 40) }
    }

    /// Another program.
    pub fn program(home: &'h Home, program: &[&str]) -> Self {
        Self { home, program: program.iter().map(|&word| word.to_owned()).collect(), size: (120, 40) }
    }

    /// An interactive shell that can put the console into the background; `pilothouse` is on its PATH.
    pub fn shell(home: &'h Home) -> Self {
        Self::program(home, &["/bin/bash", "--norc", "--noprofile", "-i"])
    }

    pub fn size(mut self, width: u16, height: u16) -> Self {
        self.size = (width, height);
        self
    }

    pub fn start(self) -> Console {
        let (width, height) = self.size;
        let pair = native_pty_system().openpty(size(width, height)).expect("a pty");
        let mut command = CommandBuilder::new(&self.program[0]);
        command.args(&self.program[1..]);
        command.env_clear();
        for (name, value) in self.home.env() {
            command.env(name, value);
        }
        command.env("PS1", "shell> ");
        let beside = Path::new(PROGRAM).parent().expect("the program lies in a folder").display();
        command.env("PATH", format!("{beside}:/usr/local/bin:/usr/bin:/bin"));
        command.cwd(self.home.path());
        let before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap_or_else(|e| panic!("{} does not start: {e}", self.program[0]));
        drop(pair.slave); // so that reading ends when the console does

        let shown = Arc::new((Mutex::new(Shown::new(width, height)), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().expect("the pty can be read");
        let painter = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            loop {
                // The master of a pty without a slave reads as an error on Linux, as the end elsewhere.
                let n = reader.read(&mut buffer).unwrap_or(0);
                let (screen, changed) = &*painter;
                // Poisoned: the test has failed meanwhile.
                let Ok(mut screen) = screen.lock() else { return };
                if n == 0 {
                    screen.ended = true;
                } else {
                    screen.take(&buffer[..n]);
                }
                changed.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        let (keyboard, typed) = std::sync::mpsc::sync_channel::<Vec<u8>>(1024);
        let mut writer = pair.master.take_writer().expect("the pty can be written");
        let typist = Arc::clone(&shown);
        std::thread::spawn(move || {
            // A console that reads no more blocks this thread and not the test, which then fails with what is on the screen.
            while let Ok(bytes) = typed.recv() {
                let written = writer.write_all(&bytes).and_then(|()| writer.flush());
                let Ok(mut shown) = typist.0.lock() else { return };
                shown.untyped -= bytes.len();
                typist.1.notify_all();
                if written.is_err() {
                    return; // it has ended, which is found out by what the test waits for next
                }
            }
        });
        Console { master: pair.master, child, keyboard, shown, before }
    }
}

/// What the terminal shows, and what it was sent.
struct Shown {
    parser: vt100::Parser,
    bytes: u64,
    /// The newest bytes, for tests that look at escape sequences themselves.
    raw: Vec<u8>,
    /// Bytes on their way to the console.
    untyped: usize,
    ended: bool,
}

impl Shown {
    fn new(width: u16, height: u16) -> Self {
        Self { parser: vt100::Parser::new(cells(height), cells(width), 0), bytes: 0, raw: Vec::new(), untyped: 0, ended: false }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.bytes += bytes.len() as u64;
        self.raw.extend_from_slice(bytes);
        let surplus = self.raw.len().saturating_sub(1 << 20);
        self.raw.drain(..surplus);
    }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has cells")
}

fn size(width: u16, height: u16) -> PtySize {
    PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 }
}

/// The line discipline's settings as text: equal before and after, or the console left them changed.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// A running console (or shell). Killed when dropped.
pub struct Console {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keyboard: SyncSender<Vec<u8>>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    before: String,
}

impl Console {
    /// Sends keys as a terminal would.
    pub fn keys(&mut self, keys: &str) {
        self.bytes(keys.as_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.lock().untyped += bytes.len();
        // The typist is gone only when the console is.
        let _ = self.keyboard.send(bytes.to_vec());
    }

    /// Waits until the console has taken every key.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "deadlines of a test")]
    pub fn wait_typed(&self) {
        let deadline = Instant::now() + PATIENCE;
        let mut shown = self.lock();
        while shown.untyped > 0 && !shown.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the console reads no more keys; the screen shows\n{}", framed(&text(&shown)));
            shown = self.shown.1.wait_timeout(shown, left).expect("the painter does not panic").0;
        }
    }

    /// The screen as text, one line per row.
    pub fn screen(&self) -> String {
        text(&self.lock())
    }

    /// One row of the screen.
    pub fn line_with(&self, word: &str) -> String {
        self.screen().lines().find(|l| l.contains(word)).unwrap_or_else(|| panic!("no row with {word:?}:\n{}", self.screen())).to_owned()
    }

    #[track_caller]
    pub fn wait_for(&self, word: &str) -> String {
        self.wait_until(&format!("{word:?} on the screen"), |screen| screen.contains(word))
    }

    #[track_caller]
    pub fn wait_gone(&self, word: &str) -> String {
        self.wait_until(&format!("{word:?} gone from the screen"), |screen| !screen.contains(word))
    }

    /// Waits until the screen is as described; fails with the screen when it never is.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        self.wait_at_most(PATIENCE, what, is_so)
    }

    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "deadlines of a test")]
    pub fn wait_at_most(&self, patience: Duration, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + patience;
        let mut shown = self.lock();
        loop {
            let screen = text(&shown);
            if is_so(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited {patience:?} for {what}; the screen shows\n{}", framed(&screen));
            assert!(!shown.ended, "the console ended while the test waited for {what}; the screen shows\n{}", framed(&screen));
            shown = self.shown.1.wait_timeout(shown, left).expect("the painter does not panic").0;
        }
    }

    /// Presses a key that scales until its card is open: right after the list moved the console asks to press again.
    pub fn open_card(&mut self, key: &str) {
        self.keys(key);
        let screen = self.wait_until("the impact card", |s| s.contains("leaves it be") || s.contains("press again"));
        if !screen.contains("leaves it be") {
            self.keys(key);
            self.wait_for("leaves it be");
        }
    }

    /// Waits until the process is over; the screen then holds all it wrote.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "deadlines of a test")]
    pub fn wait_exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let mut shown = self.lock();
        while !shown.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the console does not end; the screen shows\n{}", framed(&text(&shown)));
            shown = self.shown.1.wait_timeout(shown, left).expect("the painter does not panic").0;
        }
        drop(shown);
        self.child.wait().expect("the console is our child")
    }

    pub fn has_ended(&self) -> bool {
        self.lock().ended
    }

    pub fn resize(&self, width: u16, height: u16) {
        self.lock().parser.screen_mut().set_size(cells(height), cells(width));
        self.master.resize(size(width, height)).expect("the pty can be resized");
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.pid(), signal).expect("the console is there to be signalled");
    }

    pub fn pid(&self) -> rustix::process::Pid {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok()).expect("a running process has an id");
        rustix::process::Pid::from_raw(id).expect("not zero")
    }

    /// Bytes written to the terminal so far.
    pub fn written(&self) -> u64 {
        self.lock().bytes
    }

    /// Waits until more was written than `before`.
    pub fn wait_written(&self, before: u64) {
        let shown = self.lock();
        let wait = self.shown.1.wait_timeout_while(shown, PATIENCE, |s| s.bytes <= before && !s.ended);
        assert!(!wait.expect("the painter does not panic").1.timed_out(), "the console writes nothing");
    }

    /// Waits until the bytes themselves hold this word: for measuring, where drawing the screen as text would be measured too.
    pub fn wait_sent(&self, word: &str) {
        let sent = |s: &mut Shown| !s.ended && !s.raw.windows(word.len()).any(|bytes| bytes == word.as_bytes());
        let wait = self.shown.1.wait_timeout_while(self.lock(), PATIENCE, sent);
        assert!(!wait.expect("the painter does not panic").1.timed_out(), "{word:?} was never written");
    }

    /// The newest bytes as they came.
    pub fn raw(&self) -> Vec<u8> {
        self.lock().raw.clone()
    }

    /// Whether any cell has a colour of its own.
    pub fn is_coloured(&self) -> bool {
        let shown = self.lock();
        let screen = shown.parser.screen();
        let (rows, columns) = screen.size();
        (0..rows.get()).any(|row| {
            (0..columns.get()).any(|column| {
                screen.cell(row, column).is_some_and(|c| c.fgcolor() != vt100::Color::Default || c.bgcolor() != vt100::Color::Default)
            })
        })
    }

    /// The terminal is taken: alternate screen, no cursor, raw mode.
    #[track_caller]
    pub fn assert_taken(&self) {
        assert!(self.lock().parser.screen().alternate_screen(), "the console draws on the alternate screen");
        assert_ne!(modes(&*self.master), self.before, "the console reads keys raw");
    }

    /// The terminal is as it was before: primary screen, cursor, no mouse, no paste brackets, the same line discipline.
    #[track_caller]
    pub fn assert_given_back(&self) {
        let shown = self.lock();
        let screen = shown.parser.screen();
        assert!(!screen.alternate_screen(), "left on the alternate screen");
        assert!(!screen.hide_cursor(), "left without a cursor");
        assert!(!screen.bracketed_paste(), "left with bracketed paste");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "left with the mouse captured");
        assert_eq!(modes(&*self.master), self.before, "left with another line discipline");
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.0.lock().expect("the painter does not panic")
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(shown: &Shown) -> String {
    let screen = shown.parser.screen();
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn framed(screen: &str) -> String {
    let lines: Vec<String> = screen.lines().map(|l| format!("  │{l}")).collect();
    lines.join("\n")
}

/// Runs the binary without a terminal: exit code, stdout, stderr.
pub fn run_plain(home: &Home, args: &[&str]) -> (i32, String, String) {
    let out = std::process::Command::new(PROGRAM)
        .args(args)
        .env_clear()
        .envs(home.env().iter().map(|(n, v)| (n, v)))
        .current_dir(home.path())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the binary runs");
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap_or(-1), words(&out.stdout), words(&out.stderr))
}

/// The same with a limit: what has not ended by then is ended, and has no exit code.
#[expect(clippy::disallowed_methods, reason = "deadlines of a test")]
pub fn run_within(home: &Home, args: &[&str], limit: Duration) -> (Option<i32>, String, String) {
    let (mut stdout, mut stderr) = (tempfile::tempfile().expect("a file"), tempfile::tempfile().expect("a file"));
    let own = |file: &std::fs::File| std::process::Stdio::from(file.try_clone().expect("a file"));
    let mut child = std::process::Command::new(PROGRAM)
        .args(args)
        .env_clear()
        .envs(home.env().iter().map(|(n, v)| (n, v)))
        .current_dir(home.path())
        .stdin(std::process::Stdio::null())
        .stdout(own(&stdout))
        .stderr(own(&stderr))
        .spawn()
        .expect("the binary runs");
    let deadline = Instant::now() + limit;
    let status = loop {
        match child.try_wait().expect("it is ours") {
            Some(status) => break Some(status),
            None if Instant::now() >= deadline => {
                child.kill().and_then(|()| child.wait()).expect("it is ours");
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let words = |file: &mut std::fs::File| {
        let mut bytes = Vec::new();
        std::io::Seek::rewind(file).and_then(|()| file.read_to_end(&mut bytes)).expect("a file");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    (status.and_then(|s| s.code()), words(&mut stdout), words(&mut stderr))
}
