//! What is given along at the foot of a card in the console goes on record as from a script.

use crate::backend::Backend;
use crate::console::{ENTER, Launch, run_plain};
use crate::home::Home;
use crate::runners::until;
use crate::witness::Witness;

const CTRL_O: &str = "\x0f";
const CLEAR: &str = "\x15";

#[test]
fn a_ticket_and_a_rule_set_aside_in_the_console_go_on_record() {
    let backend = Backend::start("portal");
    let home = Home::against(&backend);
    home.config("[guards]\nallow_override = [\"max-step\"]\n[guards.ticket]\npattern = \"OPS-#\"\n");
    let mut console = Launch::new(&home, &[]).start();
    console.wait_until("the portal", |s| s.contains("portal-tg") && s.contains("portal-redis") && s.contains("1234…:"));
    console.keys("/portal");
    console.keys(ENTER);
    console.wait_until("only the portal among the groups", |s| s.contains("  1 of ") && s.contains("/portal"));
    console.keys("s");
    console.wait_for("honour the cooldown");
    console.keys(CLEAR);
    console.keys("2");
    console.keys(ENTER);
    // Refused twice over: half of the group at once, and nobody asked for it.
    console.wait_until("the card", |s| s.contains("more than 25 %") && s.contains("ticket"));
    console.keys("OPS-7");
    console.keys(CTRL_O);
    console.wait_for("set aside because");
    console.keys("drill");
    console.wait_for("set aside: a step of 2");
    // On to the name, which is asked for once nothing refuses it.
    console.keys(ENTER);
    console.keys("portal");
    console.wait_for("does it");
    assert!(backend.changes().is_empty(), "{:?}", backend.changes());
    console.keys(ENTER);
    until("the group to be asked for two", || (Witness::of(&backend).desired("portal") == 2).then_some(()));
    let (code, journal, stderr) = run_plain(&home, &["journal", "--export"]);
    assert_eq!(code, 0, "{stderr}");
    for word in ["overridden", "max-step", "drill", "\"ticket\":\"OPS-7\""] {
        assert!(journal.contains(word), "{word}: {journal}");
    }
}
