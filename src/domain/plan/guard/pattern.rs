//! Patterns without regular expressions: names with `*`, tickets with `*` and `#`.

/// Whether `name` fits `pattern`, in which `*` stands for any run of characters. Case does not matter: a rule that protects should not miss
/// a name by its capitals.
pub fn name_fits(pattern: &str, name: &str) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    fits(&lower(pattern), &lower(name), false)
}

/// Whether `ticket` fits `pattern`, in which `#` stands for a run of digits and `*` for a run of characters, neither of them empty.
pub fn ticket_fits(pattern: &str, ticket: &str) -> bool {
    let printable = !ticket.chars().any(|c| c.is_whitespace() || c.is_control());
    printable && fits(&pattern.chars().collect::<Vec<_>>(), &ticket.chars().collect::<Vec<_>>(), true)
}

/// Remembers for each place of the text whether the pattern so far can end there: linear in both, whatever the pattern.
fn fits(pattern: &[char], text: &[char], ticket: bool) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for token in pattern {
        let mut next = vec![false; text.len() + 1];
        let digits = ticket && *token == '#';
        for at in 0..=text.len() {
            let last = at.checked_sub(1).map(|i| text[i]);
            next[at] = if *token == '*' || digits {
                let longer = last.is_some_and(|c| (!digits || c.is_ascii_digit()) && (ends[at - 1] || next[at - 1]));
                longer || (ends[at] && !ticket)
            } else {
                last == Some(*token) && ends[at - 1]
            };
        }
        ends = next;
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_with_stars_whatever_their_case() {
        for (pattern, name, want) in [
            ("portal", "portal", true),
            ("portal", "Portal", true),
            ("portal", "portal-2", false),
            ("portal*", "portal-2", true),
            ("*-db", "orders-db", true),
            ("p*l*", "portal", true),
            ("*", "", true),
            ("", "portal", false),
            ("a*a", "a", false),
            ("port#1", "port#1", true),
            ("port#", "port1", false),
        ] {
            assert_eq!(name_fits(pattern, name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn tickets_fit_with_digits_and_runs_that_are_not_empty() {
        for (pattern, ticket, want) in [
            ("OPS-#", "OPS-12", true),
            ("OPS-#", "OPS-", false),
            ("OPS-#", "OPS-12a", false),
            ("OPS-#", "ops-12", false),
            ("OPS-*", "OPS-", false),
            ("OPS-*", "OPS-rollback", true),
            ("OPS-*", "OPS- ", false),
            ("CHG#-#", "CHG1-22", true),
            ("*", "", false),
            ("", "", true),
        ] {
            assert_eq!(ticket_fits(pattern, ticket), want, "{pattern} {ticket}");
        }
    }

    #[test]
    fn a_nasty_pattern_costs_no_more_than_another() {
        assert!(!name_fits(&"*a".repeat(40), &"a".repeat(39)));
        assert!(name_fits(&"*a".repeat(40), &"a".repeat(400)));
    }
}
