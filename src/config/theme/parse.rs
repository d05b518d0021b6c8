//! From a theme file to paints, with every problem named by its line and the nearest valid word.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::color::ANSI_NAMES;
use super::{Attributes, ColorDepth, EMBEDDED, Paint, Problem, Role, ThemeError, Tone, did_you_mean};

type Value<'a> = Spanned<DeValue<'a>>;

/// What a file says about one role, before the depth is known.
#[derive(Clone, Copy, Default)]
struct Entry {
    fg: Option<Tone>,
    bg: Option<Tone>,
    attributes: Attributes,
    /// Attributes where there is no colour; the others where not given.
    mono: Option<Attributes>,
    /// Attributes instead of a ground where sixteen colours would hide the words on it.
    ansi16: Option<Attributes>,
}

#[derive(Clone, Default)]
struct File {
    palette: BTreeMap<String, Tone>,
    roles: BTreeMap<Role, Entry>,
}

pub(super) fn parse_theme(text: &str, origin: &str, depth: ColorDepth) -> Result<Vec<Paint>, ThemeError> {
    let mut reader = Reader { text, problems: Vec::new() };
    let (file, roles_line) = reader.read();
    if reader.problems.is_empty() {
        reader.check_complete(&file, roles_line);
    }
    if !reader.problems.is_empty() {
        return Err(ThemeError { file: origin.to_owned(), problems: reader.problems });
    }
    Ok(Role::ALL.iter().map(|&role| paint(resolve(&file, role), depth)).collect())
}

fn resolve(file: &File, role: Role) -> Entry {
    std::iter::successors(Some(role), |r| r.fallback()).find_map(|r| file.roles.get(&r)).copied().unwrap_or_default()
}

fn paint(entry: Entry, depth: ColorDepth) -> Paint {
    let instead = match depth {
        ColorDepth::Mono => entry.mono,
        ColorDepth::Ansi16 => entry.ansi16,
        ColorDepth::Ansi256 | ColorDepth::TrueColor => None,
    };
    let bg = entry.bg.filter(|_| instead.is_none());
    let attributes = instead.unwrap_or(entry.attributes);
    Paint { fg: entry.fg.and_then(|t| t.at(depth)), bg: bg.and_then(|t| t.at(depth)), attributes }
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        1 + self.text.as_bytes().iter().take(span.start).filter(|b| **b == b'\n').count()
    }

    fn problem(&mut self, span: &Range<usize>, text: String) {
        let line = Some(self.line(span));
        self.problems.push(Problem { line, text });
    }

    /// Reads what can be read; problems pile up beside it.
    fn read(&mut self) -> (File, Option<usize>) {
        let text = self.text;
        let table = match DeTable::parse(text) {
            Ok(t) => t.into_inner(),
            Err(e) => {
                let span = e.span().unwrap_or(0..0);
                self.problem(&span, format!("not valid TOML: {}", e.message()));
                return (File::default(), None);
            }
        };
        let mut file = self.inherited(&table);
        let mut roles_line = None;
        for (key, _) in table.iter().filter(|(k, _)| !["inherits", "palette", "roles"].contains(&k.get_ref().as_ref())) {
            let hint = did_you_mean(key.get_ref(), &["inherits", "palette", "roles"]);
            self.problem(&key.span(), format!("unknown key `{}`; expected inherits, palette or roles{hint}", key.get_ref()));
        }
        if let Some(palette) = self.table(&table, "palette") {
            for (name, value) in palette {
                if let Some(tone) = self.palette_tone(value) {
                    file.palette.insert(name.get_ref().to_string(), tone);
                }
            }
        }
        if let Some((key, _)) = table.iter().find(|(k, _)| k.get_ref() == "roles") {
            roles_line = Some(self.line(&key.span()));
        }
        if let Some(roles) = self.table(&table, "roles") {
            for (name, value) in roles {
                if let Some(role) = Role::from_name(name.get_ref()) {
                    let entry = self.entry(value, &file.palette);
                    file.roles.insert(role, entry);
                } else {
                    let names: Vec<_> = Role::ALL.iter().map(|r| r.name()).collect();
                    self.problem(&name.span(), format!("unknown role `{}`{}", name.get_ref(), did_you_mean(name.get_ref(), &names)));
                }
            }
        }
        (file, roles_line)
    }

    fn check_complete(&mut self, file: &File, roles_line: Option<usize>) {
        for role in Role::ALL.iter().filter(|r| r.fallback().is_none() && !file.roles.contains_key(r)) {
            let text = format!("the role `{}` is missing; give it colours, or take them over with inherits = \"dark\"", role.name());
            self.problems.push(Problem { line: roles_line.or(Some(1)), text });
        }
    }

    /// What `inherits` names, or nothing.
    fn inherited(&mut self, table: &DeTable<'_>) -> File {
        let Some(value) = table.get("inherits") else { return File::default() };
        let names: Vec<&str> = EMBEDDED.iter().map(|(n, _)| *n).collect();
        let found = value.get_ref().as_str().and_then(|n| EMBEDDED.iter().find(|(name, _)| *name == n));
        if let Some((_, text)) = found {
            return Reader { text, problems: Vec::new() }.read().0;
        }
        let said = value.get_ref().as_str().unwrap_or_default();
        self.problem(&value.span(), format!("inherits must name one of {}{}", names.join(", "), did_you_mean(said, &names)));
        File::default()
    }

    fn table<'v, 'i>(&mut self, table: &'v DeTable<'i>, key: &str) -> Option<&'v DeTable<'i>> {
        let value = table.get(key)?;
        let inner = value.get_ref().as_table();
        if inner.is_none() {
            self.problem(&value.span(), format!("`{key}` must be a table, as in [{key}]"));
        }
        inner
    }

    /// `"#rrggbb"`, or `{ hex = "#rrggbb", ansi256 = 210, ansi16 = "bright-red" }`.
    fn palette_tone(&mut self, value: &Value<'_>) -> Option<Tone> {
        if let Some(text) = value.get_ref().as_str() {
            return self.hex(text, &value.span());
        }
        let Some(table) = value.get_ref().as_table() else {
            self.problem(&value.span(), "a colour is \"#rrggbb\" or { hex = \"#rrggbb\", ansi256 = 0–255, ansi16 = \"red\" }".to_owned());
            return None;
        };
        let mut tone = Tone { rgb: None, ansi256: None, ansi16: None };
        for (key, v) in table {
            match key.get_ref().as_ref() {
                "hex" => tone.rgb = self.hex(v.get_ref().as_str().unwrap_or_default(), &v.span())?.rgb,
                "ansi256" => tone.ansi256 = Some(self.index(v)?),
                "ansi16" => tone.ansi16 = Some(self.ansi_name(v)?),
                other => {
                    let hint = did_you_mean(other, &["hex", "ansi256", "ansi16"]);
                    self.problem(&key.span(), format!("unknown key `{other}`; expected hex, ansi256 or ansi16{hint}"));
                }
            }
        }
        if tone.rgb.is_none() {
            self.problem(&value.span(), "the colour has no hex = \"#rrggbb\"".to_owned());
        }
        Some(tone)
    }

    fn hex(&mut self, text: &str, span: &Range<usize>) -> Option<Tone> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(n) = digits.and_then(|d| u32::from_str_radix(d, 16).ok()) else {
            self.problem(span, format!("`{text}` is no colour; expected \"#rrggbb\" with six hex digits"));
            return None;
        };
        Some(Tone { rgb: Some([(n >> 16) as u8, (n >> 8) as u8, n as u8]), ansi256: None, ansi16: None })
    }

    fn index(&mut self, value: &Value<'_>) -> Option<u8> {
        let n = value.get_ref().as_integer().and_then(|i| i.as_str().parse().ok());
        if n.is_none() {
            self.problem(&value.span(), "ansi256 must be a number from 0 to 255".to_owned());
        }
        n
    }

    fn ansi_name(&mut self, value: &Value<'_>) -> Option<u8> {
        let word = value.get_ref().as_str().unwrap_or_default();
        let found = ANSI_NAMES.iter().position(|n| *n == word);
        if found.is_none() {
            let text = format!("`{word}` is none of the sixteen colours ({}){}", ANSI_NAMES.join(", "), did_you_mean(word, &ANSI_NAMES));
            self.problem(&value.span(), text);
        }
        found.map(|i| i as u8)
    }

    /// `{ fg = …, bg = …, add = [ … ], mono = [ … ], ansi16 = [ … ] }`, or just a foreground.
    fn entry(&mut self, value: &Value<'_>, palette: &BTreeMap<String, Tone>) -> Entry {
        let mut entry = Entry::default();
        if value.get_ref().is_str() {
            entry.fg = self.tone(value, palette);
            return entry;
        }
        let Some(table) = value.get_ref().as_table() else {
            self.problem(&value.span(), "a role is a colour or { fg = …, bg = …, add = [\"bold\"], mono = [\"reverse\"] }".to_owned());
            return entry;
        };
        for (key, v) in table {
            match key.get_ref().as_ref() {
                "fg" => entry.fg = self.tone(v, palette),
                "bg" => entry.bg = self.tone(v, palette),
                "add" => entry.attributes = self.attributes(v),
                "mono" => entry.mono = Some(self.attributes(v)),
                "ansi16" => entry.ansi16 = Some(self.attributes(v)),
                other => {
                    let hint = did_you_mean(other, &["fg", "bg", "add", "mono", "ansi16"]);
                    self.problem(&key.span(), format!("unknown key `{other}`; expected fg, bg, add, mono or ansi16{hint}"));
                }
            }
        }
        entry
    }

    /// A palette name, `default`, or a hex colour.
    fn tone(&mut self, value: &Value<'_>, palette: &BTreeMap<String, Tone>) -> Option<Tone> {
        let word = value.get_ref().as_str().unwrap_or_default();
        if word == "default" {
            return Some(Tone { rgb: None, ansi256: None, ansi16: None });
        }
        if let Some(tone) = palette.get(word) {
            return Some(*tone);
        }
        if word.starts_with('#') {
            return self.hex(word, &value.span());
        }
        let names: Vec<&String> = palette.keys().collect();
        let text =
            format!("`{word}` is no colour; expected \"#rrggbb\", \"default\" or a name from [palette]{}", did_you_mean(word, &names));
        self.problem(&value.span(), text);
        None
    }

    fn attributes(&mut self, value: &Value<'_>) -> Attributes {
        const WORDS: [&str; 5] = ["bold", "dim", "italic", "underline", "reverse"];
        let mut out = Attributes::default();
        let Some(list) = value.get_ref().as_array() else {
            self.problem(&value.span(), "expected a list such as [\"bold\"]".to_owned());
            return out;
        };
        for item in list {
            match item.get_ref().as_str().unwrap_or_default() {
                "bold" => out.bold = true,
                "dim" => out.dim = true,
                "italic" => out.italic = true,
                "underline" => out.underline = true,
                "reverse" => out.reverse = true,
                other => {
                    let text = format!("unknown attribute `{other}`; expected {}{}", WORDS.join(", "), did_you_mean(other, &WORDS));
                    self.problem(&item.span(), text);
                }
            }
        }
        out
    }
}
