//! Text measured in cells: cutting by grapheme, wrapping by word. Pure.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Cells a text takes.
pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// The text, or as much of its beginning as fits with `…` at the end.
pub fn cut_end(text: &str, room: u16) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    let mut out = head(text, room.saturating_sub(1)).to_owned();
    if room > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

/// The text, or its beginning and its end with `…` between: ids and names differ at both.
pub fn cut_middle(text: &str, room: u16) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    if room < 5 {
        return cut_end(text, room);
    }
    let tail_room = (room - 1) / 2;
    let head = head(text, room - 1 - tail_room);
    Cow::Owned(format!("{head}…{}", tail(text, tail_room)))
}

/// Longest beginning that fits.
fn head(text: &str, room: u16) -> &str {
    let (mut used, mut end) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > room {
            break;
        }
        end = at + grapheme.len();
    }
    &text[..end]
}

/// Longest end that fits.
fn tail(text: &str, room: u16) -> &str {
    let (mut used, mut start) = (0, text.len());
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > room {
            break;
        }
        start = at;
    }
    &text[start..]
}

/// Lines of at most `room` cells, broken at spaces; a longer word is broken where it must be.
pub fn wrap(text: &str, room: u16) -> Vec<String> {
    let mut lines = Vec::new();
    if room == 0 {
        return lines;
    }
    let mut line = String::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let gap = u16::from(!line.is_empty());
        if width(&line) + gap + width(word) <= room {
            if gap > 0 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while width(rest) > room {
            let part = head(rest, room);
            if part.is_empty() {
                break;
            }
            // Names of calls, hosts and paths break behind a sign rather than within a word.
            let part = part.rfind([':', '.', '/', '-', '_']).filter(|at| *at > part.len() / 3).map_or(part, |at| &part[..=at]);
            lines.push(part.to_owned());
            rest = &rest[part.len()..];
        }
        line.push_str(rest);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_keeps_graphemes_whole_and_never_overflows() {
        for text in ["portal-production-blue", "日本語のグループ", "e\u{301}e\u{301}e\u{301}e\u{301}", "👩‍👩‍👧‍👧 family", ""]
        {
            for room in 0..30 {
                for cut in [cut_end(text, room), cut_middle(text, room)] {
                    assert!(width(&cut) <= room, "{cut:?} in {room}");
                }
            }
        }
        assert_eq!(cut_end("portal-production", 8), "portal-…");
        assert_eq!(cut_middle("i-0f3a77b1c2d3e4f5", 11), "i-0f3…3e4f5");
        assert_eq!(cut_end("日本語", 5), "日本…");
        assert_eq!(cut_end("same", 4), "same");
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_where_it_must() {
        assert_eq!(wrap("ask for the permission named here", 12), ["ask for the", "permission", "named here"]);
        assert_eq!(wrap("elasticloadbalancing", 8), ["elasticl", "oadbalan", "cing"]);
        assert_eq!(wrap("elasticloadbalancing:DescribeTargetHealth", 30), ["elasticloadbalancing:", "DescribeTargetHealth"]);
        assert!(wrap("x", 0).is_empty());
        assert_eq!(wrap("日本", 1).concat(), "日本", "a wide letter in one cell must not loop");
    }
}
