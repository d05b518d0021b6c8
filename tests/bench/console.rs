//! What a key, a frame, a filter and a refresh cost at 100, 10,000 and 100,000 members: `cargo bench --profile dist`.
//!
//! Keys and frames must cost the same at every size; filters and refreshes grow with the rows and run rarely.

mod estate;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pilothouse::app::state::State;
use pilothouse::app::{Msg, update};
use pilothouse::config::keymap::{Key, KeyCode};
use pilothouse::config::theme::{ColorDepth, Theme};
use pilothouse::domain::assemble::{Inputs, assemble};
use pilothouse::domain::{Now, Snapshot};
use pilothouse::ui;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZES: [u32; 3] = [100, 10_000, 100_000];
const SCREEN: (u16, u16) = (120, 40);

fn now() -> Now {
    Now::at(3_600)
}

/// A console that shows an estate of this many members.
fn console(members: u32) -> State {
    let snapshot = assemble(&estate::inputs(members, 1), now());
    let mut state = State::new(estate::session(), now(), SCREEN.0, SCREEN.1);
    update(&mut state, Msg::Snapshot(Arc::new(snapshot)), now());
    state
}

/// One press of `j`, and of `k` after it so that the selection stays in the list.
fn key(c: &mut Criterion) {
    let mut group = c.benchmark_group("key");
    for members in SIZES {
        let mut state = console(members);
        group.bench_function(BenchmarkId::from_parameter(members), |b| {
            b.iter(|| {
                update(&mut state, Msg::Key(Key::char('j')), now());
                black_box(update(&mut state, Msg::Key(Key::char('k')), now()))
            });
        });
    }
}

/// One frame of the deck, and one of the zoomed group list.
fn draw(c: &mut Criterion) {
    let theme = Theme::dark(ColorDepth::TrueColor);
    for (name, zoomed) in [("draw deck", false), ("draw zoomed", true)] {
        let mut group = c.benchmark_group(name);
        for members in SIZES {
            let mut state = console(members);
            if zoomed {
                update(&mut state, Msg::Key(Key::char('z')), now());
            }
            let mut terminal = Terminal::new(TestBackend::new(SCREEN.0, SCREEN.1)).expect("a terminal in memory");
            group.bench_function(BenchmarkId::from_parameter(members), |b| {
                b.iter(|| terminal.draw(|frame| ui::draw(frame, black_box(&state), &theme)).map(|done| done.count));
            });
        }
    }
}

/// One more letter of a filter over the groups.
fn filter(c: &mut Criterion) {
    let mut group = c.benchmark_group("filter");
    for members in SIZES {
        let mut state = console(members);
        update(&mut state, Msg::Key(Key::char('/')), now());
        group.throughput(Throughput::Elements(u64::from(members / estate::GROUP)));
        group.bench_function(BenchmarkId::from_parameter(members), |b| {
            b.iter(|| {
                update(&mut state, Msg::Key(Key::char('7')), now());
                black_box(update(&mut state, Msg::Key(Key::plain(KeyCode::Backspace)), now()))
            });
        });
    }
}

/// A whole refresh: the join with its verdicts, and the view made from it.
fn ingest(c: &mut Criterion) {
    let mut group = c.benchmark_group("assemble");
    for members in SIZES {
        let inputs: Inputs = estate::inputs(members, 2);
        group.throughput(Throughput::Elements(u64::from(members)));
        group.bench_function(BenchmarkId::from_parameter(members), |b| b.iter(|| assemble(black_box(&inputs), now())));
    }
    group.finish();
    let mut group = c.benchmark_group("new snapshot");
    for members in SIZES {
        let mut state = console(members);
        let snapshots: [Arc<Snapshot>; 2] = [2, 3].map(|generation| Arc::new(assemble(&estate::inputs(members, generation), now())));
        let mut turn = 0;
        group.bench_function(BenchmarkId::from_parameter(members), |b| {
            b.iter_batched(
                || {
                    turn ^= 1;
                    Arc::clone(&snapshots[turn])
                },
                |snapshot| update(&mut state, Msg::Snapshot(snapshot), now()),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    targets = key, draw, filter, ingest
}
criterion_main!(benches);
