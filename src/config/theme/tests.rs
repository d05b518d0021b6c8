//! Themes that are right, and each mistake with its line.

use super::*;

fn errors(text: &str) -> Vec<String> {
    match Theme::parse("x", text, "x.toml", ColorDepth::TrueColor) {
        Ok(_) => Vec::new(),
        Err(e) => e.to_string().lines().map(str::to_owned).collect(),
    }
}

#[test]
fn embedded_themes_are_whole_at_every_depth() {
    for name in Theme::embedded_names() {
        for depth in [ColorDepth::Mono, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::TrueColor] {
            let theme = Theme::load(name, None, depth).unwrap_or_else(|e| panic!("{e}"));
            for &role in Role::ALL {
                let paint = theme.paint(role);
                let colours = [paint.fg, paint.bg].into_iter().flatten();
                match depth {
                    ColorDepth::Mono => assert_eq!(colours.count(), 0, "{name} {role:?}"),
                    ColorDepth::Ansi16 => assert!(colours.into_iter().all(|c| matches!(c, Color::Ansi(_) | Color::Default))),
                    ColorDepth::Ansi256 => assert!(colours.into_iter().all(|c| matches!(c, Color::Indexed(_) | Color::Default))),
                    ColorDepth::TrueColor => assert!(colours.into_iter().all(|c| matches!(c, Color::Rgb(..) | Color::Default))),
                }
            }
        }
    }
}

#[test]
fn verdicts_are_told_apart_without_colour_or_with_sixteen() {
    for name in Theme::embedded_names() {
        for depth in [ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::TrueColor] {
            let theme = Theme::load(name, None, depth).unwrap_or_else(|e| panic!("{e}"));
            let fgs: Vec<_> = [Role::Critical, Role::Warning, Role::Unknown, Role::Motion].map(|r| theme.paint(r).fg).into();
            for (i, a) in fgs.iter().enumerate() {
                assert!(!fgs[i + 1..].contains(a), "{name} at {depth:?}: {fgs:?}");
            }
        }
        let mono = Theme::load(name, None, ColorDepth::Mono).unwrap_or_else(|e| panic!("{e}"));
        assert!(mono.paint(Role::Selection).attributes.reverse, "{name}: a selection must be seen without colour");
        assert!(mono.paint(Role::Critical).attributes.bold);
    }
}

/// WCAG contrast of words against the ground they stand on.
#[test]
fn words_can_be_read_on_their_ground() {
    fn luminance(c: Option<Color>) -> f64 {
        let Some(Color::Rgb(r, g, b)) = c else { panic!("{c:?} is no truecolour") };
        let [r, g, b] = [r, g, b].map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.03928 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    for name in Theme::embedded_names() {
        let theme = Theme::load(name, None, ColorDepth::TrueColor).unwrap_or_else(|e| panic!("{e}"));
        let ground = theme.paint(Role::Screen).bg;
        for (role, least) in [
            (Role::Text, 7.0),
            (Role::TextStrong, 9.0),
            (Role::TextDim, 4.5),
            (Role::TitleColumn, 3.0),
            (Role::Critical, 4.5),
            (Role::Warning, 4.5),
            (Role::Unknown, 4.5),
            (Role::Notice, 4.5),
            (Role::Motion, 4.5),
            (Role::Good, 4.5),
            (Role::Key, 4.5),
            (Role::EnvProduction, 4.5),
            (Role::EnvStaging, 4.5),
            (Role::EnvDevelopment, 4.5),
            (Role::EnvUnclassified, 4.5),
            (Role::EnvSimulated, 4.5),
            (Role::EnvReadOnly, 4.5),
        ] {
            let paint = theme.paint(role);
            let (a, b) = (luminance(paint.fg), luminance(paint.bg.or(ground)));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= least, "{name} {}: contrast {contrast:.1}, want {least}", role.name());
        }
    }
}

#[test]
fn a_small_theme_inherits_the_rest() {
    let theme = Theme::parse("mine", "inherits = \"dark\"\n[roles]\nmotion = \"#00ff00\"\n", "mine.toml", ColorDepth::TrueColor).unwrap();
    assert_eq!(theme.paint(Role::Motion).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!(theme.paint(Role::Critical), Theme::dark(ColorDepth::TrueColor).paint(Role::Critical));
}

#[test]
fn dotted_roles_fall_back_to_what_stands_before_the_dot() {
    assert_eq!(Role::TextDim.fallback(), Some(Role::Text));
    assert_eq!(Role::ChartMark.fallback(), Some(Role::Chart));
    assert_eq!(Role::Critical.fallback(), None, "a verdict has a meaning of its own");
}

#[test]
fn problems_name_file_line_and_the_nearest_word() {
    for (text, want) in [
        ("inherits = \"drak\"", "x.toml:1: inherits must name one of dark, light; did you mean `dark`?"),
        (
            "inherits = \"dark\"\n\n[roles]\n\"verdict.critcal\" = \"#ff0000\"",
            "x.toml:4: unknown role `verdict.critcal`; did you mean `verdict.critical`?",
        ),
        ("inherits = \"dark\"\n[roles]\ntext = \"#ff00\"", "x.toml:3: `#ff00` is no colour; expected \"#rrggbb\" with six hex digits"),
        (
            "inherits = \"dark\"\n[palette]\nsky = \"#0000ff\"\n[roles]\ntext = \"ski\"",
            "x.toml:5: `ski` is no colour; expected \"#rrggbb\", \"default\" or a name from [palette]; did you mean `sky`?",
        ),
        (
            "inherits = \"dark\"\n[roles]\ntext = { fg = \"default\", add = [\"blod\"] }",
            "x.toml:3: unknown attribute `blod`; expected bold, dim, italic, underline, reverse; did you mean `bold`?",
        ),
        ("inherits = \"dark\"\n[palette]\nsky = { hex = \"#0000ff\", ansi256 = 300 }", "x.toml:3: ansi256 must be a number from 0 to 255"),
        ("inherits = \"dark\"\n[rolls]", "x.toml:2: unknown key `rolls`; expected inherits, palette or roles; did you mean `roles`?"),
        ("palette = 3\ninherits = \"dark\"", "x.toml:1: `palette` must be a table, as in [palette]"),
    ] {
        assert_eq!(errors(text), [want]);
    }
    assert!(errors("inherits = \"dark\"\n[roles\n")[0].starts_with("x.toml:2: not valid TOML: "));
}

#[test]
fn a_missing_role_is_named_with_the_line_of_its_table() {
    let found = errors("# bare\n\n[roles]\ntext = \"#ffffff\"\n");
    assert!(
        found.contains(
            &"x.toml:3: the role `verdict.critical` is missing; give it colours, or take them over with inherits = \"dark\"".to_owned()
        ),
        "{found:#?}"
    );
    assert!(!found.iter().any(|f| f.contains("`text.dim`")), "a dotted role falls back: {found:#?}");
}

#[test]
fn a_theme_in_the_users_folder_comes_first_and_a_strange_name_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("dark.toml"), "inherits = \"light\"\n").unwrap();
    std::fs::write(dir.path().join("dusk.toml"), "inherits = \"dark\"\n").unwrap();
    let depth = ColorDepth::TrueColor;
    let dark = Theme::load("dark", Some(dir.path()), depth).unwrap();
    assert_eq!(dark.paint(Role::Text), Theme::load("light", None, depth).unwrap().paint(Role::Text));
    assert_eq!(Theme::names(Some(dir.path())), ["dark", "light", "dusk"]);
    let error = Theme::load("dsk", Some(dir.path()), depth).unwrap_err().to_string();
    assert!(error.ends_with("no theme is called `dsk`; there are dark, light, dusk; did you mean `dusk`?"), "{error}");
    assert!(Theme::load("../dusk", Some(dir.path()), depth).is_err());
}
