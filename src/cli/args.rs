//! The command line, as typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// One terminal from which a team watches and runs its fleets.
///
/// Without a command it opens the console on the AWS estate that the environment, the flags or the config file name. Exit codes: 0 fine,
/// 1 our own failure, 2 bad input.
#[derive(Debug, Default, Parser)]
#[command(name = "pilothouse", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Verb>,
}

/// Flags that work before and after any subcommand.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// Context of the config file to open
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// AWS profile to use
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region to show; may be given several times
    #[arg(long = "region", global = true, value_name = "REGION")]
    pub regions: Vec<String>,
    /// Send every AWS call to this endpoint instead
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Look only: nothing that could change anything is even built
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Config file to read instead of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Theme: dark, light, or one of your own
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Open the console on the built-in simulated estate: no account, no config, no network
    Demo(DemoArgs),
    /// List what this machine's consoles changed: who, where, what, before, after, outcome
    Journal(JournalArgs),
    /// Say where the config file is, and what is wrong in it
    Config,
}

#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// The story to tell: quiet, bad-deploy, zone-outage, db-failover, traffic-spike
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Simulated seconds per second
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// Same seed, same story
    #[arg(long, value_name = "N", default_value_t = DemoArgs::SEED)]
    pub seed: u64,
    /// Grow the estate to this many groups
    #[arg(long, value_name = "N")]
    pub groups: Option<u32>,
    /// Grow the estate to this many members in all
    #[arg(long, value_name = "N")]
    pub members: Option<u32>,
}

impl DemoArgs {
    /// The seed of the story as it is told in the documentation.
    pub const SEED: u64 = 7;
}

#[derive(Clone, Debug, Args)]
pub struct JournalArgs {
    /// Only this group
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// How many entries, newest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// One JSON document per line
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_work_before_and_after_the_subcommand() {
        for words in [["pilothouse", "--read-only", "demo"], ["pilothouse", "demo", "--read-only"]] {
            assert!(Cli::parse_from(words).global.read_only);
        }
        let cli = Cli::parse_from(["pilothouse", "--region", "eu-central-1", "demo", "--region", "us-east-1"]);
        // clap keeps the innermost use of a repeated global flag.
        assert!(cli.global.regions.contains(&"us-east-1".to_owned()));
    }
}
