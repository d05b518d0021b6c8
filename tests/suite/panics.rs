//! Takes the terminal as the console does and then panics: `panics loop` where the console draws, `panics background` where it reads.
//! What `manners` runs in a pty, since the console itself can hardly be made to.

#![expect(clippy::panic, reason = "it is what this program is for")]

use std::io::{self, Read, Write};

use pilothouse::terminal::Session;
use pilothouse::terminal::session::{BACKGROUND, restore_on_panic};

fn main() -> io::Result<()> {
    restore_on_panic();
    let _session = Session::take(true)?;
    let place = std::env::args().nth(1);
    assert!(place.as_deref() != Some("loop"), "a fault where the console draws");
    let reader = std::thread::Builder::new().name(BACKGROUND.to_owned()).spawn(|| panic!("a fault where the console reads"))?;
    let word = if reader.join().is_err() { "STILL OURS" } else { "no panic" };
    io::stdout().write_all(word.as_bytes())?;
    io::stdout().flush()?;
    io::stdin().read_exact(&mut [0])
}
