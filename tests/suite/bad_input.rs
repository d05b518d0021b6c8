//! Wrong input is told with file, line, what was expected and the nearest valid word; what is not safe to start with exits 2.

use crate::console::{Launch, run_plain};
use crate::home::Home;

/// Runs with this config and expects refusal with all of the words.
#[track_caller]
fn refused(config: &str, args: &[&str], words: &[&str]) {
    let home = Home::empty();
    home.config(config);
    let (code, stdout, stderr) = run_plain(&home, args);
    assert_eq!(code, 2, "stdout: {stdout}\nstderr: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{word:?} is not in:\n{stderr}");
    }
    assert!(!stderr.contains("panicked") && !stderr.contains("Backtrace"), "{stderr}");
}

#[test]
fn a_context_that_is_not_there() {
    refused(
        "[contexts.production]\nregions = [\"eu-central-1\"]\n",
        &["--context", "produktion"],
        &["produktion", "did you mean", "production"],
    );
}

#[test]
fn a_region_that_does_not_exist() {
    refused("", &["--region", "eu-centrl-1"], &["eu-centrl-1", "eu-central-1"]);
}

#[test]
fn a_profile_that_is_not_there() {
    let home = Home::empty();
    home.write(".aws/credentials", "[operations]\naws_access_key_id = x\naws_secret_access_key = y\n");
    let (code, _, stderr) = run_plain(&home, &["--profile", "operation", "--region", "eu-central-1"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("operation") && stderr.contains("operations") && stderr.contains("credentials"), "{stderr}");
}

#[test]
fn a_config_file_that_is_not_there() {
    let (code, _, stderr) = run_plain(&Home::empty(), &["--config", "nowhere.toml"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("nowhere.toml"), "{stderr}");
}

#[test]
fn a_config_that_is_no_toml() {
    let home = Home::empty();
    let file = home.write("broken.toml", "[contexts.a]\nregions = [\"eu-central-1\"\nread_only = yes\n");
    let (code, _, stderr) = run_plain(&home, &["--config", &file.display().to_string()]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("broken.toml:"), "{stderr}");
}

#[test]
fn an_unknown_scenario() {
    let (code, _, stderr) = run_plain(&Home::empty(), &["demo", "--scenario", "bad-deplay"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("bad-deploy"), "{stderr}");
}

#[test]
fn an_unknown_flag() {
    let (code, _, stderr) = run_plain(&Home::empty(), &["--redaonly"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("--read-only") || stderr.contains("--help"), "{stderr}");
}

#[test]
fn an_unknown_theme_named_by_flag() {
    let home = Home::empty();
    let mut console = Launch::new(&home, &["demo", "--theme", "drak"]).start();
    let status = console.wait_exit();
    assert_eq!(status.exit_code(), 2);
    let screen = console.screen();
    assert!(screen.contains("drak") && screen.contains("dark"), "{screen}");
    console.assert_given_back();
}

#[test]
fn an_unknown_key_where_a_mistake_is_dangerous() {
    // A misspelt `read_only` must not quietly mean "may write".
    let config = "[contexts.wall]\nregions = [\"eu-central-1\"]\nread_onyl = true\n";
    refused(config, &["--context", "wall"], &["config.toml:3", "read_onyl", "read_only"]);
}

/// Runs with this config and expects a remark with all of the words, and no refusal.
#[track_caller]
fn remarked(config: &str, words: &[&str]) {
    let home = Home::empty();
    home.config(config);
    let (code, stdout, stderr) = run_plain(&home, &["config"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    for word in words {
        assert!(stdout.contains(word), "{word:?} is not in:\n{stdout}");
    }
}

#[test]
fn an_unknown_key_where_the_default_is_safe() {
    remarked("[ui]\ntehme = \"light\"\n", &["config.toml:2", "tehme", "theme"]);
}

#[test]
fn a_bad_duration() {
    remarked("[polling]\nfocus = \"10 parsecs\"\n", &["config.toml:2", "10 parsecs", "10s"]);
}

#[test]
fn a_theme_with_a_missing_role_is_told_and_the_default_is_used() {
    let home = Home::empty();
    home.write(".config/pilothouse/themes/mine.toml", "[roles]\n");
    home.config("[ui]\ntheme = \"mine\"\n");
    let console = Launch::new(&home, &["demo"]).start();
    console.wait_until("a remark that names the theme", |s| s.contains("mine"));
    console.wait_for("SIMULATED");
}

#[test]
fn help_and_version_go_to_stdout() {
    let home = Home::empty();
    for flag in ["--help", "--version"] {
        let (code, stdout, stderr) = run_plain(&home, &[flag]);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains("pilothouse") && stderr.is_empty(), "{stdout}{stderr}");
    }
}
