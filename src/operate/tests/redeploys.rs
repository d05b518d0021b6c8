//! The four strategies through the real driver and the journal on the simulated estate, over thousands of mornings on which something goes
//! wrong by the dice. What must never happen is looked for at every read and at every call; the end is held against the truth.

mod crashes;
mod ends;
mod ground;
mod human;
mod mornings;
mod single;
mod watch;
mod weather;

/// Chance for what a morning brings: the same for the same seed (SplitMix64: Steele, Lea, Flood 2014).
pub(super) struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x7265_6465_706c_6f79)
    }

    /// 0 ≤ x < `of`.
    pub fn roll(&mut self, of: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % of
    }
}
