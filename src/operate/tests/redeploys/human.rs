//! Who looks after an operation: says what to do where it paused by itself, and sometimes gives orders unasked.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::Dice;
use super::ground::Morning;
use super::watch::suspended;
use super::weather::Weather;
use crate::domain::{Label, Operation, Order, Phase};
use crate::operate::Operations;
use crate::providers::Operator;

/// On the simulated clock, orders included.
const LIMIT: Duration = Duration::from_hours(48);

/// Reports of one pause after which it is clear that an answer was not heard.
const UNHEARD: u32 = 10;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Give(Order),
    /// By now what was borrowed must be given back.
    Compare,
}

pub(super) struct Human {
    answers: VecDeque<Order>,
    unasked: VecDeque<(Duration, Act)>,
    /// A pause that was asked for: not to be answered.
    resting: bool,
    /// Held on purpose: goes on later.
    held: bool,
}

impl Human {
    pub fn by(dice: &mut Dice) -> Self {
        use Act::{Compare, Give};
        use Order::{Abandon, Hold, Pause, Resume, RollBack};
        let answers = match dice.roll(6) {
            0 => vec![RollBack],
            1 => vec![Hold],
            2 => vec![Resume, RollBack],
            _ => vec![Resume, Resume, RollBack],
        };
        let at = Duration::from_secs(dice.roll(700));
        let mins = |n| at + Duration::from_mins(n);
        let unasked = match dice.roll(14) {
            0 => vec![(at, Give(RollBack))],
            1 => vec![(at, Give(Pause)), (mins(14), Compare), (mins(15), Give(Resume))],
            2 => vec![(at, Give(Pause)), (mins(4), Give(Resume))],
            3 => vec![(at, Give(Hold)), (mins(10), Compare), (mins(11), Give(Resume))],
            4 => vec![(at, Give(Abandon))],
            5 => vec![(at, Give(Hold)), (mins(10), Give(RollBack))],
            6 => vec![(at, Give(Pause)), (mins(2), Give(RollBack)), (mins(3), Give(Pause)), (mins(5), Give(Resume))],
            _ => vec![],
        };
        Self { answers: answers.into(), unasked: unasked.into(), resting: false, held: false }
    }

    /// Begins it, and stays until its end.
    pub async fn attend(mut self, morning: &Morning, weather: &Weather) -> Operation {
        let stage = &morning.stage;
        let cancel = CancellationToken::new();
        let mut console = Operations::start(stage.journal.clone(), Arc::clone(&stage.clock), cancel.clone());
        console.admit(stage.permit.clone(), Arc::clone(&stage.operator) as Arc<dyn Operator>);
        let mut events = console.events().unwrap();
        console.begin(1, stage.plan.clone(), stage.rules.clone(), serde_json::Value::Null);
        let end = timeout(LIMIT, self.follow(morning, weather, &console, &mut events)).await;
        cancel.cancel();
        end.unwrap_or_else(|_| panic!("no end in sight:\n{}", morning.watch.story()))
    }

    async fn follow(
        &mut self,
        morning: &Morning,
        weather: &Weather,
        console: &Operations,
        events: &mut mpsc::Receiver<Operation>,
    ) -> Operation {
        let (watch, began) = (&morning.watch, Instant::now());
        let (mut last, mut paused): (Option<Operation>, u32) = (None, 0);
        loop {
            let due = self.unasked.front().map_or(began + LIMIT * 2, |(after, _)| began + *after);
            let report = tokio::select! {
                biased;
                report = events.recv() => report.expect("it reports until it ends"),
                () = sleep_until(due) => {
                    let act = self.unasked.pop_front().map(|(_, act)| act);
                    if let (Some(act), Some(last)) = (act, &last) {
                        self.act(act, morning, weather, console, last);
                    }
                    continue;
                }
            };
            if last.as_ref().is_none_or(|l| l.phase != report.phase || told(&l.note) != told(&report.note)) {
                watch.tell(format!("{}: {}", report.phase.word(), report.note));
            }
            let over = report.phase.is_over();
            let id = report.id.clone();
            paused = if report.phase == Phase::Paused && !self.resting { paused + 1 } else { 0 };
            last = Some(report.clone());
            if over {
                // Held by our own order, and it is to go on later.
                if report.phase == Phase::Held && self.held && !self.unasked.is_empty() {
                    continue;
                }
                return report;
            }
            if paused % UNHEARD == 1 {
                let order = self.answers.pop_front().unwrap_or(Order::Hold);
                watch.tell(format!("the human says: {}", order.word()));
                console.order(&id, order);
            }
        }
    }

    fn act(&mut self, act: Act, morning: &Morning, weather: &Weather, console: &Operations, last: &Operation) {
        match act {
            Act::Give(order) => {
                morning.watch.tell(format!("the human says unasked: {}", order.word()));
                self.resting = order == Order::Pause;
                self.held = order == Order::Hold;
                console.order(&last.id, order);
            }
            Act::Compare if matches!(last.phase, Phase::Paused | Phase::Held) => {
                let mut off = suspended(&morning.watch.truth().0);
                // The cloud's own rollout goes on by itself unless this is off.
                if last.phase == Phase::Paused {
                    off.remove(&Label::new("InstanceRefresh"));
                }
                if !off.is_subset(&weather.off()) && !last.note.contains("still suspended") {
                    let what = format!("{} for long, but off: {off:?}, ours: {:?}", last.phase.word(), last.borrowed);
                    morning.watch.seen().wrong.push(what);
                }
            }
            Act::Compare => {}
        }
    }
}

/// A note without the numbers that change as time passes.
fn told(note: &Label) -> String {
    note.chars().filter(|c| !c.is_ascii_digit()).collect()
}
