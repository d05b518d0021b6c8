//! The command line, as typed.

pub mod scripts;
pub mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use scripts::{
    AlarmArgs, DatabaseArgs, Format, FreezeArgs, GroupArgs, How, MemberArgs, MuteArgs, OpsArgs, ProcessArgs, RedeployArgs, RefreshArgs,
    ScaleArgs, SubjectArgs, ThawArgs,
};

/// One terminal from which a team watches and runs its fleets.
///
/// Without a command it opens the console on the AWS estate that the environment, the flags or the config file name. Exit codes: 0 fine,
/// 1 our own failure, 2 bad input, 3 refused by a guard, 4 failed and everything as before, 5 failed and left where it stood,
/// 6 interrupted, or not over when --timeout was.
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
    /// Change how many members a group wants, and its bounds
    Scale(ScaleArgs),
    /// Replace every member of a group, a few at a time
    Redeploy(RedeployArgs),
    /// Hold groups still: their automation off, their bounds pinned to their size
    Freeze(FreezeArgs),
    /// Give frozen groups back what their freeze saved
    Thaw(ThawArgs),
    /// Take the last change back
    Undo(SubjectArgs),
    /// Switch processes of a group's automation off
    Suspend(ProcessArgs),
    /// Switch them on again
    Resume(ProcessArgs),
    /// Change single members of a group
    Member(MemberArgs),
    /// Cancel or roll back an instance refresh that is under way (redeploy --strategy native starts one)
    Refresh(RefreshArgs),
    /// Remove the group that a blue/green redeploy left warm
    Retire(GroupArgs),
    /// Reboot a database, fail it over, take a snapshot
    Database(DatabaseArgs),
    /// Keep an alarm's actions from running for a while
    Mute(MuteArgs),
    /// Let it speak again
    Unmute(AlarmArgs),
    /// List operations, and tell one of them something
    Ops(OpsArgs),
    /// List what this machine's consoles changed: who, where, what, before, after, outcome
    Journal(JournalArgs),
    /// Say where the config file is, and what is wrong in it
    Config,
    /// Carry an operation to its end: what runs detached behind every change
    #[command(name = super::runner::VERB, hide = true)]
    Drive {
        /// Of the operation
        id: String,
    },
}

impl Verb {
    /// How a change is to be made; `None`: the verb is none.
    pub fn how(&self) -> Option<&How> {
        Some(match self {
            Self::Scale(a) => &a.how,
            Self::Redeploy(a) => &a.how,
            Self::Freeze(a) => &a.how,
            Self::Thaw(a) => &a.how,
            Self::Undo(a) => &a.how,
            Self::Suspend(a) | Self::Resume(a) => &a.how,
            Self::Member(a) => &a.how,
            Self::Refresh(a) => &a.how,
            Self::Retire(a) => &a.how,
            Self::Database(a) => &a.how,
            Self::Mute(a) => &a.how,
            Self::Unmute(a) => &a.how,
            Self::Demo(_) | Self::Ops(_) | Self::Journal(_) | Self::Config | Self::Drive { .. } => return None,
        })
    }

    /// What goes to standard output.
    pub fn format(&self) -> Format {
        match self {
            Self::Ops(a) => a.order.as_ref().map_or(a.output.output, scripts::OpsOrder::output),
            Self::Journal(a) => a.output,
            other => other.how().map_or(Format::Text, |h| h.output.output),
        }
    }
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
    /// Only this operation, with its facts and orders
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Only those that ended so: done, refused, failed, held, …; unfinished where no end is on record
    #[arg(long, value_name = "WORD")]
    pub state: Option<String>,
    /// Only those begun in the last 2h, 7d, …
    #[arg(long, value_name = "TIME", value_parser = values::parse_duration)]
    pub since: Option<std::time::Duration>,
    /// How many entries, newest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// One JSON document per line
    #[arg(long)]
    pub json: bool,
    /// What to write on standard output: json is one document with everything on record of each
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "text", conflicts_with_all = ["json", "export"])]
    pub output: Format,
    /// Everything there is on record, one JSON document per operation and line, oldest first
    #[arg(long, conflicts_with = "limit")]
    pub export: bool,
}

#[cfg(test)]
mod tests;
