//! What our own HTTP probe asks, and of whom. Off until the config names a target: a console must not knock on doors unasked.

use std::time::Duration;

/// Members that match are asked this URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeTarget {
    /// Name of a group, a Name tag or an instance id; `*` stands for any run of characters.
    pub matches: String,
    /// `http://{address}:8080{path}`: the member's private address, and [`ProbeSettings::path`].
    pub url: String,
}

/// Our own HTTP probes of one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSettings {
    pub enabled: bool,
    /// What `{path}` stands for; `None` = what the member's balancer asks for, or [`DEFAULT_PATH`] where none does.
    pub path: Option<String>,
    pub timeout: Duration,
    pub every: Duration,
    pub targets: Vec<ProbeTarget>,
}

/// What balancers of the portal estate ask for as keep-alive.
pub const DEFAULT_PATH: &str = "/test/";

impl Default for ProbeSettings {
    fn default() -> Self {
        Self { enabled: true, path: None, timeout: Duration::from_secs(3), every: Duration::from_secs(10), targets: Vec::new() }
    }
}

impl ProbeSettings {
    /// Whether there is anything to do at all.
    pub fn is_active(&self) -> bool {
        self.enabled && !self.targets.is_empty()
    }

    /// The first target that means one of these names, in config order.
    pub fn target(&self, names: &[&str]) -> Option<&ProbeTarget> {
        self.targets.iter().filter(|_| self.enabled).find(|t| names.iter().any(|n| matches_name(&t.matches, n)))
    }
}

impl ProbeTarget {
    /// Checks a target as the config gives it; the sentence says what was expected.
    pub fn check(&self) -> Result<(), String> {
        if self.matches.trim().is_empty() {
            return Err("`match` must name a group or an instance (`*` stands for any characters)".to_owned());
        }
        let Some((scheme, rest)) = self.url.split_once("://") else {
            return Err(format!("\"{}\" is no URL: expected something like http://{{address}}:8080{{path}}", self.url));
        };
        if !matches!(scheme, "http" | "https") {
            return Err(format!("a probe speaks http or https, not \"{scheme}\""));
        }
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.contains('@') {
            return Err("a probe never sends credentials: take the part before @ out of the URL".to_owned());
        }
        let bare = rest.replacen("{address}", "", 1).replacen("{path}", "", 1);
        if let Some(open) = bare.find(['{', '}']) {
            return Err(format!("only {{address}} and {{path}}, once each, are filled in; look at \"{}\"", &bare[open..]));
        }
        if host.is_empty() || host.starts_with("{path}") {
            return Err(format!("\"{}\" names no host: put {{address}} there", self.url));
        }
        Ok(())
    }

    /// The URL for one member. A bare IPv6 address gets its brackets.
    pub fn url_for(&self, address: &str, path: &str) -> String {
        let address = if address.contains(':') && !address.starts_with('[') { format!("[{address}]") } else { address.to_owned() };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        self.url.replacen("{address}", &address, 1).replacen("{path}", &path, 1)
    }
}

/// Whether `name` fits `pattern`, where `*` stands for any run of characters.
fn matches_name(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> ProbeTarget {
        ProbeTarget { matches: "hardware".to_owned(), url: url.to_owned() }
    }

    #[test]
    fn names_match_with_stars() {
        for (pattern, name, want) in [
            ("hardware", "hardware", true),
            ("hardware", "hardware-2", false),
            ("hard*", "hardware-2", true),
            ("*ware", "hardware", true),
            ("h*d*e", "hardware", true),
            ("h*z*e", "hardware", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "hardware", false),
        ] {
            assert_eq!(matches_name(pattern, name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn the_first_target_that_fits_wins_and_none_while_switched_off() {
        let mut settings =
            ProbeSettings { targets: vec![target("http://{address}/a"), target("http://{address}/b")], ..ProbeSettings::default() };
        assert_eq!(settings.target(&["x", "hardware"]), Some(&settings.targets[0]));
        assert_eq!(settings.target(&["x"]), None);
        settings.enabled = false;
        assert_eq!(settings.target(&["hardware"]), None);
    }

    #[test]
    fn urls_are_filled_in() {
        let t = target("http://{address}:8080{path}");
        assert_eq!(t.url_for("10.0.1.7", "/test/"), "http://10.0.1.7:8080/test/");
        assert_eq!(t.url_for("fd00::7", "healthz"), "http://[fd00::7]:8080/healthz");
        // A second-hand brace in a path is not filled in again.
        assert_eq!(t.url_for("10.0.1.7", "/{address}"), "http://10.0.1.7:8080/{address}");
    }

    #[test]
    fn a_wrong_target_says_what_was_expected() {
        assert_eq!(target("https://{address}{path}").check(), Ok(()));
        assert_eq!(target("http://{address}:8080/fixed?x=1").check(), Ok(()));
        for (url, word) in [
            ("{address}/x", "is no URL"),
            ("ftp://{address}/", "not \"ftp\""),
            ("http://user:pw@{address}/", "never sends credentials"),
            ("http://{host}/", "only {address}"),
            ("http:///x", "names no host"),
            ("http://{path}", "names no host"),
        ] {
            let problem = target(url).check().unwrap_err();
            assert!(problem.contains(word), "{url}: {problem}");
        }
        assert!(ProbeTarget { matches: " ".into(), url: "http://{address}/".into() }.check().is_err());
    }
}
