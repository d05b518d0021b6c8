//! Colours and what becomes of them on terminals that have fewer.

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColorDepth {
    /// None at all: bold, dim, underline and reverse only.
    Mono,
    Ansi16,
    Ansi256,
    TrueColor,
}

impl ColorDepth {
    /// Decides by the values of `NO_COLOR`, `COLORTERM` and `TERM`. An empty `NO_COLOR` does not count (<https://no-color.org>).
    pub fn detect(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        if no_color.is_some_and(|v| !v.is_empty()) {
            return Self::Mono;
        }
        let term = term.unwrap_or_default();
        if term == "dumb" || term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-mono") || term.ends_with("-m") {
            return Self::Mono;
        }
        let knows_all = ["kitty", "alacritty", "wezterm", "ghostty", "foot", "contour"];
        if matches!(colorterm, Some("truecolor" | "24bit")) || term.contains("direct") || knows_all.iter().any(|t| term.contains(t)) {
            Self::TrueColor
        } else if term.contains("256") {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }
}

/// A colour as a terminal of some depth takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Color {
    /// The terminal's own.
    Default,
    /// 0–15, in the order of the ANSI codes.
    Ansi(u8),
    /// 16–255 of the 256-colour palette.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// A colour as a theme states it: one truth, and where the nearest is not good enough, its stand-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// `None` is the terminal's own colour.
    pub rgb: Option<[u8; 3]>,
    pub ansi256: Option<u8>,
    pub ansi16: Option<u8>,
}

impl Tone {
    /// The colour for a depth; `None` on a terminal without colour.
    pub fn at(self, depth: ColorDepth) -> Option<Color> {
        let Some(rgb) = self.rgb else { return (depth != ColorDepth::Mono).then_some(Color::Default) };
        match depth {
            ColorDepth::Mono => None,
            ColorDepth::TrueColor => Some(Color::Rgb(rgb[0], rgb[1], rgb[2])),
            ColorDepth::Ansi256 => Some(Color::Indexed(self.ansi256.unwrap_or_else(|| nearest_256(rgb)))),
            ColorDepth::Ansi16 => Some(Color::Ansi(self.ansi16.unwrap_or_else(|| nearest_16(rgb)))),
        }
    }
}

/// Words for the sixteen colours, by code.
pub(super) const ANSI_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// xterm's defaults; what the codes look like elsewhere is the user's choice.
const ANSI_RGB: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// Levels of the 6×6×6 cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of the 240 fixed colours; the first 16 are left out because users redefine them.
fn nearest_256(rgb: [u8; 3]) -> u8 {
    let cube = (0..216u16).map(|i| [CUBE[usize::from(i / 36)], CUBE[usize::from(i / 6 % 6)], CUBE[usize::from(i % 6)]]);
    let grey = (0..24u8).map(|i| [8 + 10 * i; 3]);
    16 + nearest(rgb, cube.chain(grey)) as u8
}

fn nearest_16(rgb: [u8; 3]) -> u8 {
    nearest(rgb, ANSI_RGB.into_iter()) as u8
}

fn nearest(rgb: [u8; 3], candidates: impl Iterator<Item = [u8; 3]>) -> usize {
    let want = oklab(rgb);
    let distance = |c: [u8; 3]| oklab(c).iter().zip(want).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    candidates.enumerate().map(|(i, c)| (i, distance(c))).min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(i, _)| i)
}

/// Björn Ottosson's OKLab, where distance is close to what the eye sees (<https://bottosson.github.io/posts/oklab/>).
fn oklab(rgb: [u8; 3]) -> [f64; 3] {
    let [r, g, b] = rgb.map(|c| {
        let c = f64::from(c) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_follows_the_environment() {
        use ColorDepth::{Ansi16, Ansi256, Mono, TrueColor};
        for (no_color, colorterm, term, want) in [
            (Some("1"), Some("truecolor"), Some("xterm-256color"), Mono),
            (Some(""), Some("truecolor"), Some("xterm-256color"), TrueColor),
            (None, Some("24bit"), None, TrueColor),
            (None, None, Some("xterm-direct"), TrueColor),
            (None, None, Some("xterm-kitty"), TrueColor),
            (None, Some("yes"), Some("screen-256color"), Ansi256),
            (None, None, Some("linux"), Ansi16),
            (None, None, Some("xterm"), Ansi16),
            (None, None, None, Ansi16),
            (None, None, Some("dumb"), Mono),
            (None, None, Some("vt220"), Mono),
        ] {
            assert_eq!(ColorDepth::detect(no_color, colorterm, term), want, "{no_color:?} {colorterm:?} {term:?}");
        }
    }

    #[test]
    fn fewer_colours_keep_the_hue() {
        for (rgb, c256, c16) in
            [([0, 0, 0], 16, 0), ([255, 255, 255], 231, 15), ([255, 0, 0], 196, 9), ([128, 128, 128], 244, 8), ([0x26, 0x26, 0x26], 235, 0)]
        {
            assert_eq!((nearest_256(rgb), nearest_16(rgb)), (c256, c16), "{rgb:?}");
        }
    }

    #[test]
    fn stand_ins_win_over_the_nearest() {
        let tone = Tone { rgb: Some([255, 0, 0]), ansi256: Some(203), ansi16: Some(1) };
        assert_eq!(tone.at(ColorDepth::Ansi256), Some(Color::Indexed(203)));
        assert_eq!(tone.at(ColorDepth::Ansi16), Some(Color::Ansi(1)));
        assert_eq!(tone.at(ColorDepth::Mono), None);
    }
}
