//! Small conversions every module shares: counts, durations, texts, tags. SDK values in, domain values out.

use std::time::Duration;

use crate::domain::Label;

/// A count the cloud sends as a signed number; a negative one is no count.
pub(super) fn convert_count(n: Option<i32>) -> Option<u32> {
    u32::try_from(n?).ok()
}

pub(super) fn convert_seconds(n: Option<i32>) -> Option<Duration> {
    Some(Duration::from_secs(u64::try_from(n?).ok()?))
}

pub(super) fn convert_percent(n: Option<i32>) -> Option<u8> {
    Some(n?.clamp(0, 100) as u8)
}

pub(super) fn convert_port(n: Option<i32>) -> Option<u16> {
    u16::try_from(n?).ok().filter(|p| *p > 0)
}

/// A label of text that says something; an empty string is nothing.
pub(super) fn convert_text(text: Option<&str>) -> Option<Label> {
    text.filter(|t| !t.is_empty()).map(Label::new)
}

/// Tags as labels in key order.
pub(super) fn convert_tags<'a>(tags: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Vec<(Label, Label)> {
    let mut out: Vec<_> = tags.filter_map(|(k, v)| Some((Label::new(k?), Label::new(v.unwrap_or_default())))).collect();
    out.sort();
    out
}

pub(super) fn find_tag<'a>(tags: &'a [(Label, Label)], key: &str) -> Option<&'a Label> {
    tags.iter().find(|(k, _)| k.as_str() == key).map(|(_, v)| v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_numbers_are_nothing_rather_than_zero() {
        assert_eq!(convert_count(Some(-1)), None);
        assert_eq!(convert_count(None), None);
        assert_eq!(convert_count(Some(0)), Some(0));
        assert_eq!(convert_seconds(Some(-5)), None);
        assert_eq!(convert_port(Some(0)), None);
        assert_eq!(convert_port(Some(70_000)), None);
        assert_eq!(convert_percent(Some(140)), Some(100));
        assert_eq!(convert_text(Some("")), None);
    }
}
