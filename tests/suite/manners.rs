//! The console as a guest of the terminal: whatever ends it, the terminal is as it was before.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::console::{CTRL_C, CTRL_Z, Console, ENTER, Launch, PROGRAM, run_plain};
use crate::home::Home;

fn demo(home: &Home) -> Console {
    let console = Launch::new(home, &["demo", "--scenario", "quiet"]).start();
    console.wait_for("portal");
    console.assert_taken();
    console
}

#[test]
fn q_and_ctrl_c_quit_and_give_the_terminal_back() {
    let home = Home::empty();
    for key in ["q", CTRL_C] {
        let mut console = demo(&home);
        console.keys(key);
        assert!(console.wait_exit().success());
        console.assert_given_back();
    }
}

#[test]
fn signals_give_the_terminal_back() {
    let home = Home::empty();
    for signal in [Signal::TERM, Signal::HUP] {
        let mut console = demo(&home);
        console.signal(signal);
        console.wait_exit();
        console.assert_given_back();
    }
}

fn panics(home: &Home, place: &str) -> Console {
    let program = Path::new(PROGRAM).with_file_name("examples").join("panics");
    assert!(program.exists(), "{} is missing: cargo builds it with the tests", program.display());
    Launch::program(home, &[&program.display().to_string(), place]).start()
}

#[test]
fn a_panic_of_the_loop_gives_the_terminal_back_before_it_says_what_it_was() {
    let home = Home::empty();
    let mut console = panics(&home, "loop");
    assert!(!console.wait_exit().success());
    console.assert_given_back();
    let raw = String::from_utf8_lossy(&console.raw()).into_owned();
    let (back, said) = (raw.find("\x1b[?1049l").expect("the screen is left"), raw.find("a fault where").expect("the panic is told"));
    assert!(back < said, "told on the screen that is thrown away: {raw:?}");
}

#[test]
fn a_panic_in_the_background_leaves_the_screen_alone() {
    let home = Home::empty();
    let mut console = panics(&home, "background");
    let screen = console.wait_for("STILL OURS");
    assert!(!screen.contains("a fault where"), "the panic is for the log:\n{screen}");
    console.assert_taken();
    console.keys("q");
    console.wait_exit();
    console.assert_given_back();
}

#[test]
fn ctrl_z_suspends_to_the_shell_and_fg_comes_back() {
    let home = Home::empty();
    let mut console = Launch::shell(&home).start();
    console.wait_for("shell>");
    console.keys("pilothouse demo --scenario quiet\r");
    console.wait_for("SIMULATED");
    console.wait_for("portal");
    console.keys(CTRL_Z);
    console.wait_until("the shell again", |s| s.contains("Stopped") && !s.contains("SIMULATED"));
    // Cooked again: the terminal echoes what is typed, and the shell answers.
    console.keys("echo still-$((40+2))\r");
    console.wait_for("still-42");
    console.keys("fg\r");
    console.wait_until("the deck again", |s| s.contains("SIMULATED") && s.contains("portal"));
    console.keys("q");
    console.wait_for("shell>");
    console.keys("exit\r");
    console.wait_exit();
}

#[test]
fn any_size_is_survived_and_the_usual_ones_are_filled() {
    let home = Home::empty();
    let mut console = demo(&home);
    for (width, height) in [(80, 24), (120, 40), (200, 60), (40, 10), (20, 5), (1, 1), (300, 3), (3, 100), (120, 40)] {
        console.resize(width, height);
        // A key after each, so that something is drawn at this size.
        console.keys("j");
        if width >= 80 && height >= 24 {
            console.wait_until(&format!("the deck at {width}×{height}"), |s| {
                s.contains("SIMULATED") && s.contains("portal") && s.lines().all(|l| l.chars().count() <= width as usize)
            });
        }
    }
    console.keys("q");
    assert!(console.wait_exit().success());
    console.assert_given_back();
}

#[test]
fn eighty_by_twenty_four_folds_panes_into_tabs() {
    let home = Home::empty();
    let mut console = Launch::new(&home, &["demo"]).size(80, 24).start();
    console.wait_for("portal");
    console.keys("3");
    console.wait_for("hardware-mysql");
    console.keys("1");
    console.wait_for("jumpbox");
}

#[test]
fn no_color_means_no_colour() {
    let home = Home::empty().with("NO_COLOR", "1");
    let console = demo(&home);
    assert!(!console.is_coloured(), "a cell is coloured in spite of NO_COLOR");
    let home = Home::empty();
    let console = demo(&home);
    assert!(console.is_coloured(), "the test sees colours where they are");
}

#[test]
fn colours_are_as_many_as_the_terminal_has() {
    let has = |raw: &[u8], sequence: &str| raw.windows(sequence.len()).any(|w| w == sequence.as_bytes());
    for (term, colorterm, rgb, indexed) in
        [("xterm-256color", "truecolor", true, false), ("xterm-256color", "", false, true), ("xterm", "", false, false)]
    {
        let home = Home::empty().with("TERM", term).with("COLORTERM", colorterm);
        let raw = demo(&home).raw();
        assert_eq!(has(&raw, "8;2;"), rgb, "{term} {colorterm}: 24-bit colours");
        // Crossterm writes even the sixteen as 8;5;n; more than those only where there are more.
        let high = (16..256).any(|n| has(&raw, &format!("8;5;{n}m")) || has(&raw, &format!("8;5;{n};")));
        assert_eq!(high, indexed, "{term} {colorterm}: 256 colours");
    }
}

#[test]
fn an_idle_console_writes_nothing_but_ages() {
    let home = Home::empty();
    // Time stands almost still in the estate: nothing changes but what says how old it is.
    let mut console = Launch::new(&home, &["demo", "--scenario", "quiet", "--speed", "0.001"]).start();
    console.wait_for("portal");
    console.keys("p");
    console.wait_for("held");
    std::thread::sleep(Duration::from_secs(1));
    let before = console.written();
    std::thread::sleep(Duration::from_secs(4));
    let written = console.written() - before;
    assert!(written < 2_000, "{written} bytes in 4 s of nothing");
}

#[test]
fn pasted_text_is_no_keys() {
    let home = Home::empty();
    let mut console = demo(&home);
    console.keys("\x1b[200~q+\rq\x1b[201~");
    console.keys("?");
    console.wait_for("Scale the group up by one");
    assert!(!console.has_ended());
}

#[test]
fn without_a_terminal_it_says_so() {
    let (code, _, stderr) = run_plain(&Home::empty(), &["demo"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("needs a terminal"), "{stderr}");
}

#[test]
fn with_nothing_configured_the_first_screen_offers_what_there_is() {
    let home = Home::empty();
    home.write(".aws/config", "[profile ops]\nregion = eu-west-1\nsso_start_url = https://example.invalid/start\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = ops\n");
    let mut console = Launch::new(&home, &[]).start();
    let screen = console.wait_until("the first screen", |s| s.contains("ops") && s.contains("Demo"));
    assert!(screen.contains("eu-west-1"), "{screen}");
    assert!(!screen.to_lowercase().contains("panicked"), "{screen}");
    console.keys(ENTER);
    console.wait_for("SIMULATED");
}
