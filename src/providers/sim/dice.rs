//! Chance, as a pure function of the seed, what is asked, and when: the same whatever the order of asking, and free to look back at.

use super::calendar::{MINUTE, Millis, SECOND};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dice {
    seed: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { seed: mix(seed ^ 0x51_6d_6f_75_6c_61_74_65) }
    }

    /// 64 fair bits for question `n` of a stream.
    pub fn bits(self, stream: u64, n: u64) -> u64 {
        mix(self.seed ^ mix(stream.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mix(n)))
    }

    /// 0 ≤ x < 1.
    pub fn unit(self, stream: u64, n: u64) -> f64 {
        (self.bits(stream, n) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A time between two bounds.
    pub fn between(self, stream: u64, n: u64, low: Millis, high: Millis) -> Millis {
        low + (self.unit(stream, n) * (high - low).max(0) as f64) as Millis
    }

    /// A value in −1…1 that wanders smoothly: slow swings with quicker ones on top, as load does.
    pub fn wander(self, stream: u64, at: Millis) -> f64 {
        0.5 * self.swing(stream, at, 23 * MINUTE)
            + 0.3 * self.swing(stream ^ 0xa5, at, 4 * MINUTE)
            + 0.2 * self.swing(stream ^ 0x5a, at, 20 * SECOND)
    }

    /// Value noise: fair points every `period`, eased between them.
    fn swing(self, stream: u64, at: Millis, period: Millis) -> f64 {
        let n = at.div_euclid(period);
        let t = at.rem_euclid(period) as f64 / period as f64;
        let point = |n: i64| self.unit(stream.wrapping_add(period as u64), n as u64) * 2.0 - 1.0;
        let eased = t * t * (3.0 - 2.0 * t);
        point(n) * (1.0 - eased) + point(n + 1) * eased
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_depend_on_seed_stream_and_question_only() {
        let (a, b) = (Dice::new(1), Dice::new(2));
        assert_eq!(a.bits(3, 4), Dice::new(1).bits(3, 4));
        assert_ne!(a.bits(3, 4), b.bits(3, 4));
        assert_ne!(a.bits(3, 4), a.bits(4, 4));
        assert_ne!(a.bits(3, 4), a.bits(3, 5));
    }

    #[test]
    fn wandering_is_smooth_and_stays_in_its_bounds() {
        let dice = Dice::new(7);
        let mut last = dice.wander(1, -MINUTE);
        let (mut low, mut high) = (last, last);
        for at in (-MINUTE..600 * MINUTE).step_by(1_000) {
            let value = dice.wander(1, at);
            assert!((-1.0..=1.0).contains(&value));
            assert!((value - last).abs() < 0.1, "a jump at {at}");
            (low, high, last) = (low.min(value), high.max(value), value);
        }
        assert!(low < -0.3 && high > 0.3, "it hardly moves: {low}…{high}");
    }
}
