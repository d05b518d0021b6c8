//! A key costs the same at any length. Coarse on purpose: an accidental walk over the rows costs a thousand times more, not twice.

use std::time::{Duration, Instant};

use super::*;

fn key_cost(groups: usize) -> Duration {
    let mut estate = Estate::of("");
    for n in 0..groups {
        let group = Group::new(group_id(&format!("g{n:06}")), Label::new(format!("g{n:06}")), GroupKind::AutoScalingGroup);
        estate.groups.push(judged(group, if n % 50 == 0 { Verdict::Critical } else { Verdict::Ok }));
    }
    let mut c = Console::with(estate, session(Environment::Development, false), 120, 40);
    let keys: Vec<Key> = "j j k pagedown G pageup g tab shift-tab space".split(' ').map(|k| Key::parse(k).unwrap()).collect();
    let mut best = Duration::MAX;
    for _ in 0..20 {
        #[expect(clippy::disallowed_methods, reason = "this test measures")]
        let start = Instant::now();
        for key in &keys {
            update(&mut c.state, Msg::Key(*key), Now::at(100));
        }
        best = best.min(start.elapsed());
    }
    best
}

#[test]
fn a_key_costs_the_same_with_a_hundred_rows_and_with_a_hundred_thousand() {
    let (small, large) = (key_cost(100), key_cost(100_000));
    assert!(large < small * 10 + Duration::from_micros(500), "{small:?} with 100 rows, {large:?} with 100,000");
}
