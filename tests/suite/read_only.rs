//! Read-only means: whatever is pressed, nothing that changes the world is ever sent.

use crate::backend::Backend;
use crate::console::{Console, ENTER, ESC, Launch, run_plain};
use crate::home::Home;

const KEYS: usize = 10_000;

fn open(home: &Home, args: &[&str]) -> Console {
    let console = Launch::new(home, args).start();
    console.wait_until("the portal", |s| s.contains("portal") && s.contains("READ-ONLY") && s.contains("1234…:"));
    console
}

/// Everything a keyboard and a mouse send, but for quitting and suspending, which end the test instead of testing it.
fn random_key(dice: &mut fastrand::Rng) -> Vec<u8> {
    const SEQUENCES: [&str; 16] = [
        "\r", "\r", "\x1b", "\t", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x7f",
        "\x1b[3~", "\x12",
    ];
    match dice.u8(..) {
        // What scales, oftener than by chance.
        0..50 => vec![dice.choice(b"+-=s").copied().unwrap_or(b'+')],
        50..120 => dice.choice(SEQUENCES).unwrap_or("\r").as_bytes().to_vec(),
        120..130 => format!("\x1b[<0;{};{}M", dice.u16(1..120), dice.u16(1..40)).into_bytes(),
        130..140 => b"portal\r".to_vec(),
        140..145 => b":scale-up\r".to_vec(),
        _ => vec![loop {
            let key = dice.u8(b' '..=b'~');
            if key != b'q' {
                break key;
            }
        }],
    }
}

#[test]
fn ten_thousand_random_keys_change_nothing() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let mut console = open(&home, &["--read-only"]);
    let mut dice = fastrand::Rng::with_seed(20);
    for round in 0..KEYS / 100 {
        let keys: Vec<u8> = (0..100).flat_map(|_| random_key(&mut dice)).collect();
        console.bytes(&keys);
        console.wait_typed();
        if console.has_ended() {
            // The palette found "quit" or a stray `y` confirmed it: go on with a fresh one.
            console = open(&home, &["--read-only"]);
        }
        if round % 10 == 0 {
            // The console keeps up: it still answers after this round.
            console.bytes(b"\x1b\x1b\x1b\x1b");
            console.wait_until("a screen", |s| s.contains("READ-ONLY"));
        }
    }
    console.wait_until("a screen", |s| s.contains("READ-ONLY"));
    assert!(backend.changes().is_empty(), "sent in spite of --read-only: {:?}", backend.changes());
    assert!(backend.calls_of("autoscaling.DescribeAutoScalingGroups") > 0, "the console did read");
    drop(console);
    let (_, stdout, _) = run_plain(&home, &["journal"]);
    assert!(stdout.is_empty() || stdout.contains("nothing was changed"), "{stdout}");
}

#[test]
fn the_keys_that_change_are_not_offered() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    let mut console = open(&home, &["--read-only"]);
    let screen = console.wait_for("READ-ONLY");
    assert!(!screen.contains("one more"), "a hint offers to scale:\n{screen}");
    console.keys("?");
    let help = console.wait_for("Find a command by name");
    assert!(!help.contains("Scale the group"), "help offers to scale:\n{help}");
    console.keys(ESC);
    console.wait_gone("Find a command by name");
    console.keys(":scale");
    console.wait_until("an empty palette", |s| s.contains("scale") && !s.contains("Scale the group"));
    console.keys(ENTER);
    console.keys(ESC);
    console.wait_for("find");
    console.keys("+");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(!console.screen().contains("leaves it be"), "{}", console.screen());
}

#[test]
fn a_context_can_be_read_only() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    home.config(&format!("[contexts.wall]\nread_only = true\nregions = [\"eu-central-1\"]\nendpoint_url = \"{}\"\n", backend.url()));
    let mut console = open(&home, &["--context", "wall"]);
    console.wait_for("READ-ONLY");
    console.keys("/portal\r+");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(!console.screen().contains("leaves it be"), "{}", console.screen());
    assert!(backend.changes().is_empty());
}
