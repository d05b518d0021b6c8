//! Themes: which role is painted how, at which colour depth. Read from TOML, free of any drawing library.
//!
//! A role is a meaning (`verdict.critical`), never a colour. Dotted roles fall back to what stands before the dot, so a theme may say as
//! little as it likes; roles that carry a meaning of their own must be there. Without colour only bold, dim, underline and reverse are used.

pub mod color;
mod parse;

use std::fmt;
use std::path::Path;

pub use color::{Color, ColorDepth, Tone};

macro_rules! roles {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// What is painted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $(#[doc = $doc] $variant),* }

        impl Role {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word for it in theme files.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),* } }
        }
    };
}

roles! {
    Screen "screen" "The ground everything stands on.";
    Text "text" "Words and numbers.";
    TextStrong "text.strong" "Names, and numbers that matter.";
    TextDim "text.dim" "What is well and can wait.";
    TextFaint "text.faint" "Rules, separators, placeholders.";
    Title "title" "Title of a pane out of focus.";
    TitleFocused "title.focused" "Title of the pane in focus.";
    TitleColumn "title.column" "Heads of columns.";
    Product "title.product" "The product's name.";
    Frame "frame" "Lines between things.";
    FrameFocused "frame.focused" "Around the pane in focus.";
    FrameDialog "frame.dialog" "Around cards, forms and help.";
    FrameProduction "frame.production" "Around the whole screen in production.";
    Dialog "dialog" "Ground of cards, forms and help.";
    Veil "veil" "What lies under a dialog.";
    Selection "selection" "The selected row of the list in focus.";
    SelectionElsewhere "selection.elsewhere" "The selected row of other lists.";
    SelectionMark "selection.mark" "Marked rows.";
    Key "key" "A key one can press.";
    KeyLabel "key.label" "What the key does.";
    Field "field" "Text being typed.";
    FieldFocused "field.focused" "The field that gets the keys.";
    Critical "verdict.critical" "Broken.";
    Warning "verdict.warning" "About to be, or half.";
    Unknown "verdict.unknown" "Not known; never green.";
    Notice "verdict.notice" "A remark.";
    Good "verdict.ok" "Well.";
    Motion "motion" "On its way: launching, draining, following.";
    Stale "stale" "Ages and words of data that is old.";
    Env "env" "Badge of an environment.";
    EnvProduction "env.production" "Badge of production.";
    EnvStaging "env.staging" "Badge of staging.";
    EnvDevelopment "env.development" "Badge of development.";
    EnvUnclassified "env.unclassified" "Badge of an environment nobody classified.";
    EnvSimulated "env.simulated" "Badge of the simulated estate.";
    EnvReadOnly "env.read-only" "Badge of a console that cannot change anything.";
    Chart "chart" "Charts, where nothing below says otherwise.";
    ChartLine "chart.line" "Upper edge of a curve.";
    ChartFill "chart.fill" "Below the curve.";
    ChartAxis "chart.axis" "Axes and ticks.";
    ChartLabel "chart.label" "Numbers and times at the axes.";
    ChartThreshold "chart.threshold" "Targets and limits.";
    ChartMark "chart.mark" "Changes on the time axis.";
}

impl Role {
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.name() == name)
    }

    /// The role before the last dot, where there is one.
    pub fn fallback(self) -> Option<Self> {
        Self::from_name(self.name().rsplit_once('.')?.0)
    }
}

/// Attributes of text that work without colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub reverse: bool,
}

/// How a role is painted at the depth of this terminal; `None` leaves what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint {
    pub fg: Option<Color>,
    pub bg: Option<Color>,
    pub attributes: Attributes,
}

/// A theme for one colour depth, every role decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    depth: ColorDepth,
    /// By `Role as usize`.
    paints: Vec<Paint>,
}

/// Themes that are always there, with their text.
const EMBEDDED: [(&str, &str); 2] = [("dark", include_str!("../../themes/dark.toml")), ("light", include_str!("../../themes/light.toml"))];

impl Theme {
    /// Names of the themes that are always there.
    pub fn embedded_names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(n, _)| *n)
    }

    /// The embedded dark theme: what is used where no other can be read.
    pub fn dark(depth: ColorDepth) -> Self {
        Self::parse("dark", EMBEDDED[0].1, "themes/dark.toml", depth).expect("the embedded dark theme is whole; a test reads it")
    }

    /// Finds a theme by name: `<dir>/<name>.toml` first, so that a user can replace an embedded one, then the embedded ones.
    pub fn load(name: &str, dir: Option<&Path>, depth: ColorDepth) -> Result<Self, ThemeError> {
        if let Some(path) = dir.map(|d| d.join(format!("{name}.toml"))).filter(|p| is_plain_name(name) && p.is_file()) {
            let origin = path.display().to_string();
            let text = std::fs::read_to_string(&path).map_err(|e| ThemeError::one(&origin, None, format!("cannot be read: {e}")))?;
            return Self::parse(name, &text, &origin, depth);
        }
        if let Some((n, text)) = EMBEDDED.iter().find(|(n, _)| *n == name) {
            return Self::parse(n, text, &format!("themes/{n}.toml"), depth);
        }
        let names = Self::names(dir);
        let problem = format!("no theme is called `{name}`; there are {}{}", names.join(", "), did_you_mean(name, &names));
        let origin = dir.map_or_else(|| "themes".to_owned(), |d| d.display().to_string());
        Err(ThemeError::one(&origin, None, problem))
    }

    /// Every theme that can be loaded: the embedded ones, then the user's.
    pub fn names(dir: Option<&Path>) -> Vec<String> {
        let mut names: Vec<String> = Self::embedded_names().map(str::to_owned).collect();
        let found = dir.and_then(|d| std::fs::read_dir(d).ok()).into_iter().flatten().flatten();
        let mut found: Vec<String> =
            found.filter_map(|e| e.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned)).filter(|n| !names.contains(n)).collect();
        found.sort();
        names.extend(found);
        names
    }

    /// Reads a theme. Every problem of the file is reported at once, each with its line.
    pub fn parse(name: &str, text: &str, origin: &str, depth: ColorDepth) -> Result<Self, ThemeError> {
        let paints = parse::parse_theme(text, origin, depth)?;
        Ok(Self { name: name.to_owned(), depth, paints })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn depth(&self) -> ColorDepth {
        self.depth
    }

    pub fn paint(&self, role: Role) -> Paint {
        self.paints[role as usize]
    }
}

/// A name that stays inside the themes folder.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// What is wrong with a theme file, one entry per problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ThemeError {
    pub file: String,
    pub problems: Vec<Problem>,
}

/// One problem with its line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub line: Option<usize>,
    pub text: String,
}

impl ThemeError {
    fn one(file: &str, line: Option<usize>, text: String) -> Self {
        Self { file: file.to_owned(), problems: vec![Problem { line, text }] }
    }
}

impl fmt::Display for ThemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, p) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            match p.line {
                Some(line) => write!(f, "{}:{line}: {}", self.file, p.text)?,
                None => write!(f, "{}: {}", self.file, p.text)?,
            }
        }
        Ok(())
    }
}

/// `; did you mean `x`?` where a valid word is near.
fn did_you_mean<S: AsRef<str>>(word: &str, valid: &[S]) -> String {
    valid
        .iter()
        .map(|v| (strsim::damerau_levenshtein(word, v.as_ref()), v.as_ref()))
        .filter(|(d, v)| *d <= 1 + v.len() / 3)
        .min()
        .map_or_else(String::new, |(_, v)| format!("; did you mean `{v}`?"))
}

#[cfg(test)]
mod tests;
