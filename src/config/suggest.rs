//! The nearest valid word: what an error message offers after "did you mean".

/// The candidate closest to `word`, if it is close enough that a slip of the fingers explains the difference.
///
/// Compares without case. A third of the letters (at least one, counting a swap as one) may differ; otherwise a candidate that
/// merely begins with the word is taken, shortest first. Among equals the first listed wins.
pub fn suggest<'a, I>(word: &str, candidates: I) -> Option<String>
where
    I: IntoIterator<Item = &'a str>,
{
    let word = word.trim().to_lowercase();
    if word.is_empty() {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    let mut near: Option<(usize, &str)> = None;
    let mut begins: Option<&str> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let distance = strsim::osa_distance(&word, &lower);
        if distance <= allowed && near.is_none_or(|(best, _)| distance < best) {
            near = Some((distance, candidate));
        }
        if word.chars().count() >= 2 && lower.starts_with(&word) && begins.is_none_or(|best| candidate.len() < best.len()) {
            begins = Some(candidate);
        }
    }
    near.map(|(_, c)| c).or(begins).map(str::to_owned)
}

/// ` (did you mean "prod"?)`, or nothing: to be put behind the wrong word.
pub fn did_you_mean<'a, I>(word: &str, candidates: I) -> String
where
    I: IntoIterator<Item = &'a str>,
{
    suggest(word, candidates).map_or_else(String::new, |s| format!(" (did you mean \"{s}\"?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_wins_and_far_ones_are_not_offered() {
        let words = ["read_only", "region", "regions", "profile", "environment"];
        for (typed, want) in [
            ("regoin", Some("region")),
            ("READ_ONLY", Some("read_only")),
            ("readonly", Some("read_only")),
            ("region", Some("region")),
            ("env", Some("environment")),
            ("prof", Some("profile")),
            ("colour", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(suggest(typed, words).as_deref(), want, "{typed}");
        }
    }

    #[test]
    fn the_sentence_is_empty_where_nothing_is_near() {
        assert_eq!(did_you_mean("prdo", ["prod", "staging"]), " (did you mean \"prod\"?)");
        assert_eq!(did_you_mean("zzzzzz", ["prod", "staging"]), "");
    }
}
