//! A chart in cells: a filled curve with numbers on its axis, times below, limits, changes as marks. Where nothing was
//! measured nothing is drawn: a gap is a gap, and a measured zero is a thin line.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::pen::Pen;
use super::{text, words};
use crate::app::layout::Area;
use crate::config::theme::Role;
use crate::domain::{Metric, Series, Unit};

/// What a chart shows.
pub struct Chart<'a> {
    pub title: Cow<'a, str>,
    pub metric: Metric,
    /// `None`: nothing was read for this yet.
    pub series: Option<&'a Series>,
    /// A line that should not be crossed, with its name.
    pub limit: Option<(f64, String)>,
}

/// The time a chart covers and what happened in it. Shared by all charts of a pane.
pub struct Span<'a> {
    pub from: Timestamp,
    pub to: Timestamp,
    pub zone: &'a TimeZone,
    /// Newest first.
    pub marks: Vec<(Timestamp, Cow<'a, str>)>,
}

/// Cells of the numbers left of the axis, axis included.
const SCALE: u16 = 6;
/// Lines of a chart that are no curve: title and axis.
const AROUND: u16 = 2;
/// Least lines that still make a curve.
pub const LEAST_HEIGHT: u16 = AROUND + 2;

const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// How far the curve's colour has faded at the ground; at the top of the plot it is whole.
const FADE: f64 = 0.6;

impl Span<'_> {
    fn length(&self) -> f64 {
        seconds(self.from, self.to).max(1.0)
    }

    /// Column of a moment in a plot of this width.
    fn column(&self, at: Timestamp, width: u16) -> Option<u16> {
        let share = seconds(self.from, at) / self.length();
        ((0.0..=1.0).contains(&share) && width > 0).then(|| ((share * f64::from(width)) as u16).min(width - 1))
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

/// Paints one chart: title line, curve, axis.
pub fn draw_chart(pen: &mut Pen<'_>, area: Area, chart: &Chart<'_>, span: &Span<'_>) {
    if area.width < SCALE + 8 || area.height < LEAST_HEIGHT {
        return;
    }
    let plot = Area { x: area.x + SCALE, y: area.y + 1, width: area.width - SCALE, height: area.height - AROUND };
    let columns = chart.series.map_or_else(Vec::new, |s| sample(s, span, plot.width));
    let peak = columns.iter().flatten().copied().fold(0.0, f64::max);
    let limit = chart.limit.as_ref().filter(|(v, _)| *v > 0.0 && *v <= peak.max(*v * 0.4) * 2.5);
    let scale = Scale::fit(chart.metric.unit(), peak.max(limit.map_or(0.0, |(v, _)| *v * 1.05)));
    draw_title(pen, area, chart, &scale, peak, span.to);
    let measured = chart.series.is_some_and(|s| !s.points.is_empty());
    draw_axes(pen, plot, measured.then_some(&scale));
    draw_curve(pen, plot, &columns, scale.top, limit.map(|(v, _)| *v));
    draw_marks(pen, plot, span);
    if let Some((value, _)) = limit {
        draw_limit(pen, plot, value / scale.top);
    }
    if !measured {
        let words = if chart.series.is_none() { "no values yet" } else { "nothing measured in this time" };
        pen.text(plot.x + 2, plot.y + plot.height / 2, plot.width - 2, words, Role::TextDim);
    }
}

/// `p95  ms` left, `now 910` right; both in the unit of the axis.
fn draw_title(pen: &mut Pen<'_>, area: Area, chart: &Chart<'_>, scale: &Scale, peak: f64, to: Timestamp) {
    let unit = if scale.unit.is_empty() { String::new() } else { format!(" {}", scale.unit) };
    let mut right: Vec<(String, Role)> = Vec::new();
    if let Some((series, last)) = chart.series.and_then(|s| Some((s, s.latest()?))) {
        right.push((format!("peak {}   ", scale.number(peak)), Role::TextDim));
        let old = seconds(last.at, to) > series.period.as_secs_f64() * 5.0;
        if old {
            right.push((format!("last {} at {}", scale.number(last.value), words::tick(last.at, &TimeZone::UTC)), Role::Stale));
        } else {
            right.push(("now ".to_owned(), Role::TextDim));
            right.push((scale.number(last.value), Role::TextStrong));
        }
    }
    let mut wide: u16 = right.iter().map(|(w, _)| text::width(w)).sum();
    if wide + text::width(&chart.title) + text::width(&unit) + 4 > area.width && right.len() > 1 {
        wide -= text::width(&right.remove(0).0);
    }
    let limit = chart.limit.as_ref().map_or_else(String::new, |(_, name)| format!("   ╌ {name}"));
    let left = [(&*chart.title, Role::Text), (&*unit, Role::TextDim), (&*limit, Role::ChartThreshold)];
    pen.words(area.x, area.y, area.width.saturating_sub(wide + 1), &left);
    pen.words(area.x + area.width.saturating_sub(wide), area.y, wide, &right);
}

/// Axes; numbers stand at them only where something was measured.
fn draw_axes(pen: &mut Pen<'_>, plot: Area, scale: Option<&Scale>) {
    let axis = plot.x - 1;
    let bottom = plot.y + plot.height;
    for y in plot.y..bottom {
        pen.glyph(axis, y, "│", Role::ChartAxis);
    }
    pen.run(axis, bottom, plot.width + 1, "▔", Role::ChartAxis);
    let Some(scale) = scale else { return };
    let ticks = match plot.height {
        0..=3 => 1,
        4..=7 => 2,
        _ => 4,
    };
    for tick in 1..=ticks {
        let value = scale.top * f64::from(tick) / f64::from(ticks);
        // The line through the middle of which the value runs; the top one for the greatest.
        let from_bottom = (f64::from(plot.height) * f64::from(tick) / f64::from(ticks)).round() as u16;
        let y = bottom - from_bottom.clamp(1, plot.height);
        pen.right(plot.x - SCALE, y, SCALE - 1, &scale.tick(value), Role::ChartLabel);
        pen.glyph(axis, y, "┤", Role::ChartAxis);
    }
    pen.right(plot.x - SCALE, bottom, SCALE - 1, "0", Role::ChartLabel);
}

/// The curve in eighths of a cell. It fades towards the ground; a column over the limit has the limit's colour.
fn draw_curve(pen: &mut Pen<'_>, plot: Area, values: &[Option<f64>], top: f64, limit: Option<f64>) {
    for (column, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        let x = plot.x + column as u16;
        let eighths = (((value / top).clamp(0.0, 1.0) * f64::from(plot.height) * 8.0).round() as u16).max(1);
        let full = (eighths - 1) / 8;
        let edge = if limit.is_some_and(|l| value > l) { Role::ChartThreshold } else { Role::ChartLine };
        for row in 0..=full {
            let glyph = if row == full { BLOCKS[usize::from(eighths - full * 8)] } else { BLOCKS[8] };
            let share = FADE * (1.0 - f64::from(row) / f64::from(plot.height.max(2) - 1));
            pen.blend(x, plot.y + plot.height - 1 - row, glyph, (edge, Role::ChartFill), share);
        }
    }
}

/// A dashed line in the empty cells at the limit's height; the title names it.
fn draw_limit(pen: &mut Pen<'_>, plot: Area, share: f64) {
    let row = ((share * f64::from(plot.height)) as u16).min(plot.height - 1);
    let y = plot.y + plot.height - 1 - row;
    for x in plot.x..plot.x + plot.width {
        if pen.is_blank(x, y) {
            pen.glyph(x, y, "╌", Role::ChartThreshold);
        }
    }
}

/// Dotted lines through the empty cells where something changed.
fn draw_marks(pen: &mut Pen<'_>, plot: Area, span: &Span<'_>) {
    let mut drawn: Option<u16> = None;
    for (at, _) in &span.marks {
        let Some(column) = span.column(*at, plot.width) else { continue };
        // One event often tells itself in several changes: one line for all of them.
        if drawn.is_some_and(|d| d.abs_diff(column) < 3) {
            continue;
        }
        drawn = Some(column);
        for y in plot.y..plot.y + plot.height {
            if pen.is_blank(plot.x + column, y) {
                pen.glyph(plot.x + column, y, "┊", Role::ChartMark);
            }
        }
        pen.glyph(plot.x + column, plot.y + plot.height, "▔", Role::ChartMark);
    }
}

/// Paints the times below the lowest axis, and the names of the marks below those. Takes up to two lines.
pub fn draw_times(pen: &mut Pen<'_>, area: Area, span: &Span<'_>) {
    if area.width < SCALE + 8 || area.height == 0 {
        return;
    }
    let plot = Area { x: area.x + SCALE, width: area.width - SCALE, ..area };
    let step = time_step(span.length(), plot.width);
    let first = span.from.as_second().div_euclid(step) * step + step;
    let mut free_from = plot.x;
    for second in (first..=span.to.as_second()).step_by(step as usize) {
        let Ok(at) = Timestamp::from_second(second) else { continue };
        let Some(column) = span.column(at, plot.width) else { continue };
        let label = words::tick(at, span.zone);
        let x = (plot.x + column).saturating_sub(2);
        if x >= free_from && x + 5 <= plot.x + plot.width {
            pen.text(x, area.y, 5, &label, Role::ChartLabel);
            free_from = x + 7;
        }
    }
    if area.height < 2 {
        return;
    }
    // Newest first: the latest change is the likeliest cause and gets its name even where names collide.
    let mut taken_from = plot.x + plot.width;
    for (at, name) in &span.marks {
        let Some(column) = span.column(*at, plot.width) else { continue };
        let x = plot.x + column;
        let wide = text::width(name) + 2;
        let right_room = taken_from.saturating_sub(x);
        if wide <= right_room {
            pen.words(x, area.y + 1, wide, &[("└ ", Role::ChartMark), (name, Role::ChartMark)]);
            taken_from = x.saturating_sub(1);
        } else if x + 1 >= plot.x + wide && x < taken_from {
            // No room behind its mark: the name stands before it.
            let start = x + 1 - wide;
            pen.words(start, area.y + 1, wide, &[(&**name, Role::ChartMark), (" ┘", Role::ChartMark)]);
            taken_from = start.saturating_sub(1);
        } else if right_room >= 12 {
            pen.words(x, area.y + 1, right_room, &[("└ ", Role::ChartMark), (name, Role::ChartMark)]);
            taken_from = x.saturating_sub(1);
        }
    }
}

/// Distance between time labels: round, and at least ten cells.
fn time_step(length: f64, width: u16) -> i64 {
    const STEPS: [i64; 10] = [60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200];
    let least = length / f64::from(width.max(1)) * 10.0;
    STEPS.into_iter().find(|s| *s as f64 >= least).unwrap_or(86_400)
}

/// One value per column, `None` where nothing was measured. Several points in one column give their greatest (their least for what is good
/// when high); between points no further apart than two periods the line runs straight.
fn sample(series: &Series, span: &Span<'_>, width: u16) -> Vec<Option<f64>> {
    let mut out = vec![None; usize::from(width)];
    let low_is_bad = matches!(series.key.metric, Metric::HealthyHosts | Metric::FreeStorage);
    let period = series.period.max(Duration::from_secs(1)).as_secs_f64();
    let points = &series.points;
    let start = points.partition_point(|p| seconds(span.from, p.at) < -2.0 * period);
    let points = &points[start..];
    let cell = span.length() / f64::from(width.max(1));
    for (i, column) in out.iter_mut().enumerate() {
        let (left, right) = (cell * i as f64, cell * (i + 1) as f64);
        let begin = points.partition_point(|p| seconds(span.from, p.at) < left);
        let end = points.partition_point(|p| seconds(span.from, p.at) < right);
        let inside = points[begin..end].iter().map(|p| p.value).filter(|v| v.is_finite());
        *column = if low_is_bad { inside.reduce(f64::min) } else { inside.reduce(f64::max) }.or_else(|| {
            let before = points[..begin].last()?;
            let at = f64::midpoint(left, right);
            let since = at - seconds(span.from, before.at);
            match points.get(begin) {
                Some(after) if seconds(before.at, after.at) <= 2.0 * period => {
                    let share = since / seconds(before.at, after.at).max(0.001);
                    Some(before.value + (after.value - before.value) * share)
                }
                // A point stands for its period.
                _ => (since <= period * 1.5).then_some(before.value),
            }
        });
    }
    out
}

/// The axis: its greatest value, and how numbers on it are written.
struct Scale {
    top: f64,
    /// Stored value per written unit.
    factor: f64,
    unit: &'static str,
}

impl Scale {
    fn fit(unit: Unit, peak: f64) -> Self {
        let (factor, name) = match unit {
            Unit::Percent => (1.0, "%"),
            Unit::PerSecond => (1.0, "/s"),
            Unit::Seconds if peak < 2.0 => (0.001, "ms"),
            Unit::Seconds => (1.0, "s"),
            Unit::Count => (1.0, ""),
            Unit::Bytes if peak >= 1e12 => (1e12, "TB"),
            Unit::Bytes if peak >= 1e9 => (1e9, "GB"),
            Unit::Bytes => (1e6, "MB"),
        };
        let least = match unit {
            Unit::Percent => 10.0,
            Unit::Count => 4.0,
            Unit::Seconds if factor < 1.0 => 0.01,
            Unit::Seconds | Unit::PerSecond => 1.0,
            Unit::Bytes => factor,
        };
        let mut top = nice(peak.max(least) / factor) * factor;
        if unit == Unit::Percent && peak <= 100.0 {
            top = top.min(100.0);
        }
        Self { top, factor, unit: name }
    }

    /// A value as it stands in the title.
    fn number(&self, value: f64) -> String {
        let v = value / self.factor;
        match v.abs() {
            a if a >= 10_000.0 => format!("{:.1}k", v / 1_000.0),
            a if a >= 10.0 || v.fract().abs() < 0.05 => format!("{v:.0}"),
            _ => format!("{v:.1}"),
        }
    }

    /// A value at the axis: five cells at most.
    fn tick(&self, value: f64) -> String {
        let v = value / self.factor;
        match v.abs() {
            a if a >= 1e12 => format!("{v:.0e}"),
            a if a >= 1e9 => format!("{}G", trim(v / 1e9)),
            a if a >= 1e6 => format!("{}M", trim(v / 1e6)),
            a if a >= 1e3 => format!("{}k", trim(v / 1e3)),
            _ => trim(v),
        }
    }
}

/// At most two places, without zeros at the end.
fn trim(v: f64) -> String {
    let text = format!("{v:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The next round number: 1, 2, 4, 5, 8 or 10 times a power of ten; each halves well.
fn nice(v: f64) -> f64 {
    let power = 10f64.powf(v.max(f64::MIN_POSITIVE).log10().floor());
    let mantissa = v / power;
    [1.0, 2.0, 4.0, 5.0, 8.0, 10.0].into_iter().find(|m| mantissa <= *m + 1e-9).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, Label, Now, Point, ResourceId, Scope, SeriesKey};

    fn series(points: &[(u64, f64)]) -> Series {
        let scope = Scope::new("sim", "demo", "r");
        Series {
            key: SeriesKey { resource: ResourceId::new(&scope, Kind::Pool, "p"), metric: Metric::Errors5xx },
            source: Label::new("test"),
            period: Duration::from_mins(1),
            points: points.iter().map(|&(s, value)| Point { at: Now::at(s).wall, value }).collect(),
        }
    }

    fn span(seconds: u64) -> Span<'static> {
        Span { from: Now::at(0).wall, to: Now::at(seconds).wall, zone: Box::leak(Box::new(TimeZone::UTC)), marks: Vec::new() }
    }

    #[test]
    fn gaps_stay_gaps_and_lines_run_straight_between_neighbours() {
        // Ten columns of a minute: measured at 0, 60 and 120 s, then nothing until 480 s.
        let s = series(&[(0, 0.0), (60, 10.0), (120, 20.0), (480, 40.0)]);
        let got = sample(&s, &span(600), 10);
        assert_eq!(&got[..3], [Some(0.0), Some(10.0), Some(20.0)]);
        assert_eq!(&got[4..8], [None, None, None, None], "a point stands for its period, not for more");
        assert_eq!(got[8], Some(40.0));
        let fine = sample(&s, &span(600), 20);
        assert_eq!(fine[1], Some(7.5), "between two points: the middle of the column at 45 s");
    }

    #[test]
    fn many_points_in_one_column_show_the_worst() {
        let s = series(&[(0, 1.0), (60, 9.0), (120, 2.0), (180, 3.0)]);
        assert_eq!(sample(&s, &span(240), 2), [Some(9.0), Some(3.0)]);
    }

    #[test]
    fn axes_end_at_round_numbers_in_a_fitting_unit() {
        for (unit, peak, top, tick, name) in [
            (Unit::Seconds, 0.91, 1.0, "1k", "ms"),
            (Unit::Seconds, 0.041, 0.05, "50", "ms"),
            (Unit::Seconds, 3.3, 4.0, "4", "s"),
            (Unit::Percent, 88.0, 100.0, "100", "%"),
            (Unit::PerSecond, 37.0, 40.0, "40", "/s"),
            (Unit::PerSecond, 0.0, 1.0, "1", "/s"),
            (Unit::Bytes, 41e9, 50e9, "50", "GB"),
            (Unit::Count, 3.0, 4.0, "4", ""),
            (Unit::PerSecond, 1.2e6, 2e6, "2M", "/s"),
        ] {
            let scale = Scale::fit(unit, peak);
            assert!((scale.top - top).abs() < 1e-6, "{unit:?} {peak}: {}", scale.top);
            assert_eq!((scale.tick(scale.top).as_str(), scale.unit), (tick, name));
        }
    }

    #[test]
    fn every_tick_fits_left_of_the_axis() {
        for exponent in -3..15 {
            for mantissa in [1.0, 1.3, 2.7, 4.4, 7.9, 9.99] {
                let peak = mantissa * 10f64.powi(exponent);
                for unit in [Unit::Percent, Unit::PerSecond, Unit::Seconds, Unit::Count, Unit::Bytes] {
                    let scale = Scale::fit(unit, peak);
                    for share in [0.25, 0.5, 0.75, 1.0] {
                        let tick = scale.tick(scale.top * share);
                        assert!(text::width(&tick) < SCALE, "{unit:?} {peak}: {tick}");
                    }
                }
            }
        }
    }

    #[test]
    fn time_labels_are_round_and_apart() {
        assert_eq!(time_step(900.0, 40), 300);
        assert_eq!(time_step(3_600.0, 40), 900);
        assert_eq!(time_step(86_400.0, 40), 21_600);
    }
}
