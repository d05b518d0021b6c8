//! Phrases that several rules share.

use crate::domain::time::format_age;
use crate::domain::{Label, Now, ResourceId, Since};

use super::Context;

/// ` for 4m`, ` for over 4m`, or nothing where it just began or nobody watched.
pub fn duration_of<'a>(context: &Context<'_>, troubled: impl Iterator<Item = &'a ResourceId>) -> String {
    let earliest = troubled.filter_map(|id| context.since.get(id)).min_by_key(|s| s.at);
    earliest.map_or_else(String::new, |since| format_since(*since, context.now))
}

fn format_since(since: Since, now: Now) -> String {
    let age = now.age_of(since.at);
    if age.as_secs() < 60 {
        return String::new();
    }
    format!(" for {}{}", if since.at_least { "over " } else { "" }, format_age(age))
}

/// `health check returns 503`, or the most frequent of several with the number of others.
pub fn most_frequent(reasons: impl Iterator<Item = Label>) -> Option<String> {
    let mut counts: Vec<(Label, usize)> = Vec::new();
    for reason in reasons {
        match counts.iter_mut().find(|(r, _)| *r == reason) {
            Some((_, n)) => *n += 1,
            None => counts.push((reason, 1)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let others: usize = counts.iter().skip(1).map(|(_, n)| n).sum();
    let (first, _) = counts.first()?;
    Some(if others == 0 { first.to_string() } else { format!("{first}, and {others} otherwise") })
}

/// The first sentence of a long message: rows have one line.
pub fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

/// `a, b and c`.
pub fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// A whole percentage of a part.
pub fn percent(part: f64, of: f64) -> f64 {
    if of > 0.0 { part / of * 100.0 } else { 0.0 }
}
