//! Words of the command line that are neither names nor plain numbers.

use std::str::FromStr;
use std::time::Duration;

/// A capacity, absolute or against what it is now. What is sent is always absolute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    To(u32),
    By(i64),
}

impl Amount {
    /// The capacity meant; the error is a sentence.
    pub fn from(self, now: u32) -> Result<u32, String> {
        match self {
            Self::To(n) => Ok(n),
            Self::By(step) => {
                u32::try_from(i64::from(now) + step).map_err(|_| format!("{step:+} from {now} is no capacity: nothing below 0"))
            }
        }
    }
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let wrong = || format!("expected a number such as 6, +1 or -1, not {word:?}");
        let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let n: u32 = digits.parse().map_err(|_| wrong())?;
        Ok(match word.as_bytes()[0] {
            b'+' => Self::By(i64::from(n)),
            b'-' => Self::By(-i64::from(n)),
            _ => Self::To(n),
        })
    }
}

/// `90s`, `30m`, `2h`, `1d`, or several in a row: `1h30m`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a time such as 90s, 30m, 2h or 1d, not {text:?}");
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let n: u64 = rest[..end].parse().map_err(|_| wrong())?;
        let unit = rest[end..].chars().next().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        total = n.checked_mul(seconds).and_then(|s| total.checked_add(Duration::from_secs(s))).ok_or_else(wrong)?;
        rest = &rest[end + unit.len_utf8()..];
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_absolute_or_relative() {
        for (word, want) in [
            ("6", Ok(Amount::To(6))),
            ("0", Ok(Amount::To(0))),
            ("+1", Ok(Amount::By(1))),
            ("-1", Ok(Amount::By(-1))),
            ("-12", Ok(Amount::By(-12))),
            ("-", Err(())),
            ("+", Err(())),
            ("--1", Err(())),
            ("6x", Err(())),
            ("", Err(())),
            ("1.5", Err(())),
            ("4294967296", Err(())),
            ("٣", Err(())),
        ] {
            assert_eq!(word.parse::<Amount>().map_err(drop), want, "{word}");
        }
    }

    #[test]
    fn a_step_is_taken_from_what_is_there() {
        for (amount, now, want) in [
            (Amount::To(6), 4, Some(6)),
            (Amount::By(1), 4, Some(5)),
            (Amount::By(-1), 4, Some(3)),
            (Amount::By(-4), 4, Some(0)),
            (Amount::By(-5), 4, None),
            (Amount::By(1), u32::MAX, None),
        ] {
            assert_eq!(amount.from(now).ok(), want, "{amount:?} from {now}");
        }
    }

    #[test]
    fn times_have_units() {
        for (text, want) in [
            ("90s", Some(90)),
            ("30m", Some(1_800)),
            ("2h", Some(7_200)),
            ("1d", Some(86_400)),
            ("1h30m", Some(5_400)),
            ("2", None),
            ("", None),
            ("h", None),
            ("2w", None),
            ("-2h", None),
            ("99999999999999999999h", None),
            ("9999999999999999d", None),
        ] {
            assert_eq!(parse_duration(text).ok(), want.map(Duration::from_secs), "{text}");
        }
    }
}
