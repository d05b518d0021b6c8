//! Metrics with unit, source and age. A gap is a gap: missing points are absent, never zero.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;

/// What is measured. One word per meaning, whatever the cloud calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Metric {
    /// Mean CPU of a group or database.
    Cpu,
    /// Requests per second at a pool.
    Requests,
    /// Answers 5xx per second by the targets of a pool.
    Errors5xx,
    /// Response time of the targets, 95th percentile where the source has it.
    Latency,
    HealthyHosts,
    Connections,
    FreeStorage,
    ReplicaLag,
    MemoryUsed,
    Evictions,
}

impl Metric {
    pub fn title(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Requests => "requests",
            Self::Errors5xx => "5xx",
            Self::Latency => "p95",
            Self::HealthyHosts => "healthy hosts",
            Self::Connections => "connections",
            Self::FreeStorage => "free storage",
            Self::ReplicaLag => "replica lag",
            Self::MemoryUsed => "memory used",
            Self::Evictions => "evictions",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Self::Cpu | Self::MemoryUsed => Unit::Percent,
            Self::Requests | Self::Errors5xx | Self::Evictions => Unit::PerSecond,
            Self::Latency | Self::ReplicaLag => Unit::Seconds,
            Self::HealthyHosts | Self::Connections => Unit::Count,
            Self::FreeStorage => Unit::Bytes,
        }
    }
}

/// Unit of the stored values; screens choose the prefix (`ms`, `GB`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// 0–100.
    Percent,
    PerSecond,
    Seconds,
    Count,
    Bytes,
}

impl Unit {
    /// A value in the fewest cells that still tell: `910ms 1.2s 37 12% 41GB`.
    pub fn format(self, v: f64) -> String {
        match self {
            Self::Percent => format!("{v:.0}%"),
            Self::Seconds if v < 1.0 => format!("{:.0}ms", v * 1000.0),
            Self::Seconds => format!("{v:.1}s"),
            Self::PerSecond if v < 10.0 && v.fract().abs() > 0.05 => format!("{v:.1}/s"),
            Self::PerSecond => format!("{}/s", si(v)),
            Self::Count => si(v),
            Self::Bytes => format!("{}B", si(v)),
        }
    }
}

fn si(v: f64) -> String {
    let (n, suffix) = match v.abs() {
        a if a >= 1e12 => (v / 1e12, "T"),
        a if a >= 1e9 => (v / 1e9, "G"),
        a if a >= 1e6 => (v / 1e6, "M"),
        a if a >= 1e4 => (v / 1e3, "k"),
        _ => (v, ""),
    };
    if suffix.is_empty() || n.abs() >= 100.0 { format!("{n:.0}{suffix}") } else { format!("{n:.1}{suffix}") }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    pub resource: ResourceId,
    pub metric: Metric,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub at: Timestamp,
    pub value: f64,
}

/// One metric of one resource over the window read, oldest point first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub key: SeriesKey,
    /// Where it comes from (`CloudWatch`, `simulated`).
    pub source: Label,
    /// Distance between points; a longer distance is a gap.
    pub period: Duration,
    pub points: Vec<Point>,
}

impl Series {
    pub fn latest(&self) -> Option<Point> {
        self.points.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn values_are_short_and_keep_their_unit() {
        for (unit, v, want) in [
            (Unit::Percent, 55.4, "55%"),
            (Unit::Seconds, 0.041, "41ms"),
            (Unit::Seconds, 1.24, "1.2s"),
            (Unit::PerSecond, 0.3, "0.3/s"),
            (Unit::PerSecond, 37.0, "37/s"),
            (Unit::PerSecond, 12_345.0, "12.3k/s"),
            (Unit::Count, 214.0, "214"),
            (Unit::Bytes, 41e9, "41.0GB"),
        ] {
            assert_eq!(unit.format(v), want);
        }
    }
}
