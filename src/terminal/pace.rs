//! When to draw: as soon as something changed, but no more than sixty frames a second. Nothing changed, nothing drawn.

use std::time::Duration;

/// The least time between two frames.
pub const FRAME: Duration = Duration::from_micros(16_667);

/// Pure pacing over a monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pacer {
    dirty: bool,
    last: Option<Duration>,
}

impl Pacer {
    /// Something that is visible may have changed.
    pub fn touch(&mut self) {
        self.dirty = true;
    }

    /// How long until a frame is due; `None` = nothing to draw. The first frame after quiet is due at once.
    pub fn due_in(&self, now: Duration) -> Option<Duration> {
        if !self.dirty {
            return None;
        }
        Some(self.last.map_or(Duration::ZERO, |last| (last + FRAME).saturating_sub(now)))
    }

    pub fn drawn(&mut self, now: Duration) {
        self.dirty = false;
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_draws_nothing_and_the_first_change_is_drawn_at_once() {
        let mut p = Pacer::default();
        assert_eq!(p.due_in(Duration::from_secs(1)), None);
        p.touch();
        assert_eq!(p.due_in(Duration::from_secs(1)), Some(Duration::ZERO));
        p.drawn(Duration::from_secs(1));
        assert_eq!(p.due_in(Duration::from_secs(2)), None);
    }

    #[test]
    fn a_flood_is_held_to_sixty_a_second() {
        let mut p = Pacer::default();
        let t = Duration::from_secs(1);
        p.touch();
        p.drawn(t);
        p.touch();
        assert_eq!(p.due_in(t + Duration::from_millis(1)), Some(FRAME.saturating_sub(Duration::from_millis(1))));
        assert_eq!(p.due_in(t + FRAME), Some(Duration::ZERO));
    }
}
