//! Timestamps across the border: the SDKs' and ours.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// Ours for a timestamp of an answer; `None` for one outside the years that can be shown.
pub(super) fn convert_time(time: &DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), time.subsec_nanos().try_into().ok()?).ok()
}

/// Whole seconds are all the services look at.
pub(super) fn to_sdk_time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_cross_over_and_absurd_ones_do_not() {
        let time = DateTime::from_fractional_secs(1_795_132_800, 0.25);
        assert_eq!(convert_time(&time).unwrap().to_string(), "2026-11-20T00:00:00.25Z");
        assert_eq!(to_sdk_time(convert_time(&time).unwrap()).secs(), 1_795_132_800);
        assert_eq!(convert_time(&DateTime::from_secs(i64::MAX)), None);
    }
}
