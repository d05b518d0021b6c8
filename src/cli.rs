//! The composition root: reads command line, config and environment, and puts the rooms together. The only place that knows everything.

pub mod args;
mod console;
mod drive;
mod estate;
mod journal_command;
mod log;
mod open;
mod operating;
mod questions;
mod runner;
mod scripts;
mod session;
mod way;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

use self::args::scripts::Format;
use self::args::{Cli, Global, Verb};
use self::estate::BadInput;
use crate::config::theme::{ColorDepth, Theme};
use crate::config::{self, Config, Gravity, Paths, aws_profiles};
use crate::domain::Label;
use crate::engine::Clock;
use crate::terminal::session::{BACKGROUND, restore_on_panic};

/// Exit codes: 0 fine, 1 our own failure, 2 bad input. Those of scripts are in `scripts::stop`.
const FAILED: u8 = 1;
const BAD_INPUT: u8 = 2;

/// Threads of the runtime besides the loop's own: nearly all they do is wait for the network.
const WORKERS: usize = 2;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    // Only a second installation could fail, and nothing else installs one.
    let _ = color_eyre::install();
    restore_on_panic();
    let cli = match parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            if !e.use_stderr() {
                return ExitCode::SUCCESS;
            }
            if wants_json(std::env::args()) {
                let text = e.to_string();
                let first = text.lines().next().unwrap_or_default();
                scripts::tell_stop(BAD_INPUT, first.strip_prefix("error: ").unwrap_or(first));
            }
            return ExitCode::from(BAD_INPUT);
        }
    };
    match run(&cli) {
        Ok(code) => code,
        Err(report) => {
            let bad_input = report.downcast_ref::<BadInput>().is_some();
            if bad_input {
                say(&format!("pilothouse: {report}"));
            } else {
                say(&format!("pilothouse: {report:?}"));
            }
            let code = if bad_input { BAD_INPUT } else { FAILED };
            if cli.command.as_ref().is_some_and(|verb| verb.format() == Format::Json) {
                scripts::tell_stop(code, &report.to_string());
            }
            ExitCode::from(code)
        }
    }
}

/// Whether a line that could not be parsed asks for a document: it gets one that says so.
fn wants_json(words: impl Iterator<Item = String>) -> bool {
    let words: Vec<String> = words.collect();
    let apart = words.windows(2).any(|w| matches!((&*w[0], &*w[1]), ("-o" | "--output", "json")));
    apart || words.iter().any(|w| matches!(&**w, "-ojson" | "-o=json" | "--output=json"))
}

/// One line on standard error; nobody listening is no error.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// One line on standard output; a closed pipe ends the program quietly elsewhere.
fn tell(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}

/// Without an argument there is nothing to read, and the console does not wait until clap has drawn up all its verbs.
fn parse() -> Result<Cli, clap::Error> {
    if std::env::args_os().len() <= 1 { Ok(Cli::default()) } else { Cli::try_parse() }
}

fn run(cli: &Cli) -> color_eyre::Result<ExitCode> {
    let paths = Paths::find().ok_or_else(|| BadInput("no home directory is known: set HOME".to_owned()))?;
    if let Some(Verb::Drive { id }) = &cli.command {
        // What it needs of the config is on record with the operation.
        return Ok(drive::run(id, &paths, log_filter().as_deref()));
    }
    let (config, remarks) = read_config(&cli.global, &paths, matches!(cli.command, Some(Verb::Demo(_))))?;
    match &cli.command {
        Some(Verb::Journal(args)) => journal_command::run(args, &paths)?,
        Some(Verb::Config) => {
            let themes = session::Themes { folder: Some(paths.themes()), depth: color_depth() };
            let (mut config, mut remarks) = (config, remarks);
            theme(&themes, &mut config, &mut remarks, cli.global.theme.is_some())?;
            tell(&format!("config file  {}", config_file(&cli.global, &paths).display()))?;
            tell(&format!("themes       {}", paths.themes().display()))?;
            tell(&format!("journal      {}", paths.journal().display()))?;
            tell(&format!("log          {}", paths.log().display()))?;
            remarks.iter().try_for_each(|r| tell(&format!("remark       {r}")))?;
        }
        None | Some(Verb::Demo(_)) => console(cli, config, remarks, &paths)?,
        Some(verb) => {
            let _log = log::start(&paths.log(), log_filter().as_deref());
            return Ok(scripts::run(cli, verb, &config, &paths));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn config_file(global: &Global, paths: &Paths) -> std::path::PathBuf {
    global.config.clone().unwrap_or_else(|| paths.config_file())
}

/// Reads the config; fatal problems are all named at once. The demo needs no config, so there they are remarks.
fn read_config(global: &Global, paths: &Paths, demo: bool) -> Result<(Config, Vec<Label>), BadInput> {
    let (mut config, problems) = config::load(&config_file(global, paths), global.config.is_some());
    let fatal: Vec<String> = problems.iter().filter(|p| p.gravity == Gravity::Fatal).map(ToString::to_string).collect();
    let named = global.config.is_some();
    if !fatal.is_empty() && (!demo || named) {
        return Err(BadInput(fatal.join("\npilothouse: ")));
    }
    if let Some(theme) = &global.theme {
        config.theme.clone_from(theme);
    }
    Ok((config, problems.iter().map(|p| Label::new(p.to_string())).collect()))
}

fn console(cli: &Cli, mut config: Config, mut remarks: Vec<Label>, paths: &Paths) -> color_eyre::Result<()> {
    let around = estate::surroundings(Some(paths.home.clone()));
    let profiles = aws_profiles::read_profiles(&around.aws.places);
    let estate = match &cli.command {
        Some(Verb::Demo(args)) => estate::demo(args, &cli.global, &config)?,
        _ => estate::from_aws(&cli.global, &config, &around, &profiles)?,
    };
    if !(std::io::stdout().is_terminal() && std::io::stdin().is_terminal()) {
        return Err(BadInput("the console needs a terminal for input and output".to_owned()).into());
    }
    let themes = session::Themes { folder: Some(paths.themes()), depth: color_depth() };
    let theme = theme(&themes, &mut config, &mut remarks, cli.global.theme.is_some())?;
    let zone = session::zone(config.time_zone.as_deref());
    let (journal, clock) = (paths.journal(), Clock::system());
    let setup = console::Setup { estate, config, remarks, themes, theme, journal, around, profiles, zone, clock };
    let mut opening = console::Opening::draw(setup)?;
    let log = log::start(&paths.log(), log_filter().as_deref());
    if log.is_none() {
        opening.remark(Label::new(format!("no log: cannot write {}", paths.log().display())));
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "console starts");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().thread_name(BACKGROUND).build()?;
    let result = runtime.block_on(opening.run());
    // Reads that hang in a system call must not keep the user waiting.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    tracing::info!("console ends");
    Ok(result?)
}

/// The theme asked for. One named by flag must exist; one from the config falls back to the default with a remark.
fn theme(themes: &session::Themes, config: &mut Config, remarks: &mut Vec<Label>, by_flag: bool) -> Result<Theme, BadInput> {
    match themes.load(&config.theme) {
        Ok(theme) => Ok(theme),
        Err(why) if by_flag => Err(BadInput(why.to_string())),
        Err(why) => {
            remarks.push(why);
            config.theme = Config::default().theme;
            themes.load(&config.theme).map_err(|e| BadInput(e.to_string()))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the composition root reads the environment")]
fn color_depth() -> ColorDepth {
    let var = |name: &str| std::env::var(name).ok();
    ColorDepth::detect(var("NO_COLOR").as_deref(), var("COLORTERM").as_deref(), var("TERM").as_deref())
}

#[expect(clippy::disallowed_methods, reason = "the composition root reads the environment")]
fn log_filter() -> Option<String> {
    std::env::var("PILOTHOUSE_LOG").ok()
}
