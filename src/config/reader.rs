//! Reads TOML with positions: every problem names file, line, what was expected and the nearest valid word, and all of them are
//! found in one go. Keys that nobody asked for are problems too, so a misspelt `read_only` cannot be silently ignored.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::suggest::suggest;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gravity {
    /// A default is safe: the program starts and says so.
    Remark,
    /// Guessing would not be safe: the program ends with exit code 2.
    Fatal,
}

/// One problem in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// From 1; 0 = the whole file.
    pub line: usize,
    pub text: String,
    pub gravity: Gravity,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.text),
            n => write!(f, "{}:{n}: {}", self.file.display(), self.text),
        }
    }
}

/// A parsed file with its problems.
#[derive(Debug)]
pub struct Document<'s> {
    file: &'s Path,
    source: &'s str,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Document<'s> {
    pub fn new(file: &'s Path, source: &'s str) -> Self {
        Self { file, source, problems: RefCell::new(Vec::new()) }
    }

    /// Parses; a syntax error is one fatal problem.
    pub fn parse(&self) -> Option<DeTable<'s>> {
        match DeTable::parse(self.source) {
            Ok(table) => Some(table.into_inner()),
            Err(e) => {
                let line = e.span().map_or(0, |s| self.line(s));
                self.report(line, e.message().to_owned(), Gravity::Fatal);
                None
            }
        }
    }

    pub fn line(&self, span: Range<usize>) -> usize {
        let end = span.start.min(self.source.len());
        self.source.as_bytes()[..end].iter().filter(|b| **b == b'\n').count() + 1
    }

    pub fn report(&self, line: usize, text: impl Into<String>, gravity: Gravity) {
        self.problems.borrow_mut().push(Problem { file: self.file.to_owned(), line, text: text.into(), gravity });
    }

    /// `config.toml:12`, for rules that must say where they stand.
    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy())
    }

    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|p| p.line);
        problems
    }
}

/// A value with the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub line: usize,
}

/// One table being read. Ask for keys, then [`Section::finish`].
pub struct Section<'a, 's> {
    doc: &'a Document<'s>,
    name: String,
    table: &'a DeTable<'s>,
    gravity: Gravity,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a, 's> Section<'a, 's> {
    /// `gravity` is that of every problem found in this table.
    pub fn new(doc: &'a Document<'s>, name: impl Into<String>, table: &'a DeTable<'s>, gravity: Gravity) -> Self {
        Self { doc, name: name.into(), table, gravity, asked: RefCell::default() }
    }

    pub fn doc(&self) -> &'a Document<'s> {
        self.doc
    }

    fn value(&self, key: &'static str) -> Option<(&'a DeValue<'s>, usize)> {
        self.asked.borrow_mut().insert(key);
        let (_, v) = self.table.iter().find(|(k, _)| k.get_ref() == key)?;
        Some((v.get_ref(), self.doc.line(v.span())))
    }

    fn wrong(&self, key: &str, line: usize, expected: &str, found: &DeValue<'_>) {
        let text = format!("{}: expected {expected}, found {}", self.path(key), describe(found));
        self.doc.report(line, text, self.gravity);
    }

    /// The dotted name of a key.
    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    pub fn report(&self, line: usize, text: impl Into<String>) {
        self.doc.report(line, text, self.gravity);
    }

    pub fn text(&self, key: &'static str) -> Option<At<String>> {
        let (v, line) = self.value(key)?;
        match v.as_str() {
            Some(s) => Some(At { value: s.to_owned(), line }),
            None => {
                self.wrong(key, line, "text in quotes", v);
                None
            }
        }
    }

    pub fn flag(&self, key: &'static str) -> Option<At<bool>> {
        let (v, line) = self.value(key)?;
        match v.as_bool() {
            Some(value) => Some(At { value, line }),
            None => {
                self.wrong(key, line, "true or false", v);
                None
            }
        }
    }

    pub fn whole(&self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<At<u64>> {
        let (v, line) = self.value(key)?;
        let n = v.as_integer().and_then(|i| u64::from_str_radix(i.as_str(), i.radix()).ok());
        match n.filter(|n| range.contains(n)) {
            Some(value) => Some(At { value, line }),
            None => {
                self.wrong(key, line, &format!("a whole number from {} to {}", range.start(), range.end()), v);
                None
            }
        }
    }

    /// The line a key stands on; 0 if it is not there.
    pub fn line(&self, key: &str) -> usize {
        self.table.iter().find(|(k, _)| k.get_ref() == key).map_or(0, |(k, _)| self.doc.line(k.span()))
    }

    /// Reports a key that must be there, at the line of its table; nothing if it is there and merely wrong.
    pub fn report_missing(&self, key: &str, line: usize, expected: &str) {
        if self.line(key) == 0 {
            self.report(line, format!("{} is missing: {expected}", self.path(key)));
        }
    }

    /// A list of whole numbers.
    pub fn wholes(&self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<At<Vec<u64>>> {
        let (v, line) = self.value(key)?;
        let number =
            |v: &DeValue<'_>| v.as_integer().and_then(|i| u64::from_str_radix(i.as_str(), i.radix()).ok()).filter(|n| range.contains(n));
        let list = v.as_array().and_then(|a| a.iter().map(|i| number(i.get_ref())).collect::<Option<Vec<_>>>());
        if list.is_none() {
            self.wrong(key, line, &format!("a list of whole numbers from {} to {}", range.start(), range.end()), v);
        }
        list.map(|value| At { value, line })
    }

    /// A day or a moment, bare or as text; as it was written.
    pub fn date(&self, key: &'static str) -> Option<At<String>> {
        let (v, line) = self.value(key)?;
        if let Some(moment) = v.as_datetime() {
            return Some(At { value: moment.to_string(), line });
        }
        match v.as_str() {
            Some(s) => Some(At { value: s.trim().to_owned(), line }),
            None => {
                self.wrong(key, line, "a day such as 2026-12-24", v);
                None
            }
        }
    }

    /// Text, or a list of text.
    pub fn texts(&self, key: &'static str) -> Option<Vec<At<String>>> {
        let (v, line) = self.value(key)?;
        if let Some(s) = v.as_str() {
            return Some(vec![At { value: s.to_owned(), line }]);
        }
        let items = v.as_array().map(|a| {
            a.iter()
                .map(|i| i.get_ref().as_str().map(|s| At { value: s.to_owned(), line: self.doc.line(i.span()) }))
                .collect::<Option<Vec<_>>>()
        });
        match items.flatten() {
            Some(list) => Some(list),
            None => {
                self.wrong(key, line, "text or a list of text", v);
                None
            }
        }
    }

    /// `"10s"`, `"500ms"`, `"2m"`, `"1h"`.
    pub fn duration(&self, key: &'static str, at_least: Duration) -> Option<At<Duration>> {
        let At { value, line } = self.text(key)?;
        match parse_duration(&value) {
            Some(d) if d >= at_least => Some(At { value: d, line }),
            Some(_) => {
                self.report(line, format!("{}: \"{value}\" is too short; the least is {}s", self.path(key), at_least.as_secs_f32()));
                None
            }
            None => {
                self.report(
                    line,
                    format!(
                        "{}: \"{value}\" is no duration; expected a number with a unit, such as \"10s\", \"500ms\", \"2m\" or \"1h\"",
                        self.path(key)
                    ),
                );
                None
            }
        }
    }

    pub fn table(&self, key: &'static str) -> Option<At<&'a DeTable<'s>>> {
        let (v, line) = self.value(key)?;
        match v.as_table() {
            Some(value) => Some(At { value, line }),
            None => {
                self.wrong(key, line, "a table", v);
                None
            }
        }
    }

    /// The tables of an array of tables.
    pub fn tables(&self, key: &'static str) -> Vec<At<&'a DeTable<'s>>> {
        let Some((v, line)) = self.value(key) else { return Vec::new() };
        let items = v.as_array().map(|a| {
            a.iter().map(|i| i.get_ref().as_table().map(|value| At { value, line: self.doc.line(i.span()) })).collect::<Option<Vec<_>>>()
        });
        items.flatten().unwrap_or_else(|| {
            self.wrong(key, line, "tables written as [[…]]", v);
            Vec::new()
        })
    }

    /// All entries with their lines, for tables whose keys are names. Marks nothing as asked.
    pub fn entries(&self) -> Vec<(&'a str, usize, &'a DeValue<'s>)> {
        self.table.iter().map(|(k, v)| (k.get_ref().as_ref(), self.doc.line(k.span()), v.get_ref())).collect()
    }

    /// Reports keys that nobody asked for, with the nearest one that exists.
    pub fn finish(&self) {
        let asked = self.asked.borrow();
        for (k, _) in self.table {
            let key: &str = k.get_ref();
            if !asked.contains(key) {
                let line = self.doc.line(k.span());
                let full = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
                let hint = suggest(key, asked.iter().copied()).map_or_else(
                    || format!("; valid here: {}", asked.iter().copied().collect::<Vec<_>>().join(", ")),
                    |near| format!(" (did you mean \"{near}\"?)"),
                );
                self.doc.report(line, format!("unknown key {full}{hint}"), self.gravity);
            }
        }
    }
}

fn describe(v: &DeValue<'_>) -> String {
    match v {
        DeValue::String(s) => format!("the text \"{}\"", crate::domain::Label::new(s)),
        DeValue::Integer(i) => format!("the number {}", i.as_str()),
        DeValue::Float(x) => format!("the number {}", x.as_str()),
        DeValue::Boolean(b) => b.to_string(),
        other => format!("a value of type {}", other.type_str()),
    }
}

/// Reads `10s`, `500ms`, `2m`, `1h`, `1d`; `None` for anything else.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let t = text.trim();
    let split = t.find(|c: char| !c.is_ascii_digit())?;
    let n: u64 = t[..split].parse().ok()?;
    let ms = match &t[split..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(n.checked_mul(ms)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, want) in [
            ("10s", Some(10_000)),
            ("500ms", Some(500)),
            ("2m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("10", None),
            ("s", None),
            ("1.5s", None),
            ("", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(parse_duration(text).map(|d| d.as_millis()), want, "{text}");
        }
    }

    #[test]
    fn every_problem_is_found_with_its_line() {
        let source = "a = 1\n\nb = \"x\"\nread_onyl = true\n";
        let doc = Document::new(Path::new("c.toml"), source);
        let table = doc.parse().expect("valid TOML");
        let s = Section::new(&doc, "", &table, Gravity::Fatal);
        assert_eq!(s.text("a"), None);
        assert_eq!(s.text("b").map(|t| t.value), Some("x".into()));
        assert_eq!(s.flag("read_only"), None);
        s.finish();
        let said: Vec<String> = doc.into_problems().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            ["c.toml:1: a: expected text in quotes, found the number 1", "c.toml:4: unknown key read_onyl (did you mean \"read_only\"?)"]
        );
    }

    #[test]
    fn a_syntax_error_has_a_line() {
        let doc = Document::new(Path::new("c.toml"), "a = 1\nb = = 2\n");
        assert!(doc.parse().is_none());
        assert_eq!(doc.into_problems()[0].line, 2);
    }
}
