//! The verbs that change something, as typed. What they mean for the estate is worked out in `scripts`.

use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::values::{Amount, parse_duration};
use crate::domain::Order;
use crate::domain::plan::Strategy;

/// How a change is to be confirmed, followed and told of.
#[derive(Clone, Debug, Default, Args)]
pub struct How {
    /// Say what would happen, and end as the real one would: 3 if a guard refuses it
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask; needed where no terminal is there to be asked
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Name of what is changed: what production and unclassified contexts want typed; of several, where and how many: "production 5"
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Go on though this rule refuses, where the config lets it be overridden
    #[arg(long = "override", value_name = "RULE", requires = "reason")]
    pub overrides: Vec<String>,
    /// Why the rule does not count this time; goes on record
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Ticket this change belongs to
    #[arg(long, value_name = "ID")]
    pub ticket: Option<String>,
    #[command(flatten)]
    pub stay: Stay,
    #[command(flatten)]
    pub output: Output,
}

/// Whether to stay, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct Stay {
    /// Stay until it has ended, and end as it did
    #[arg(long)]
    pub wait: bool,
    #[command(flatten)]
    pub limit: Limit,
}

impl Stay {
    /// Who says how long means to stay.
    pub fn stays(&self) -> bool {
        self.wait || self.limit.longest.is_some()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct Limit {
    /// Stay, but no longer than this (20m, 1h30m); what is not over then goes on without us, and we end with 6
    #[arg(long = "timeout", value_name = "TIME", value_parser = parse_duration)]
    pub longest: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Output {
    /// What to write on standard output
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "text")]
    pub output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    /// One document
    Json,
}

#[derive(Clone, Debug, Args)]
pub struct ScaleArgs {
    /// Name of the group
    pub group: String,
    /// Capacity wanted: 6, or one more or less than now: +1, -1
    #[arg(value_name = "N|+N|-N", allow_hyphen_values = true, required_unless_present_any = ["min", "max"])]
    pub to: Option<Amount>,
    /// New lower bound
    #[arg(long, value_name = "N")]
    pub min: Option<u32>,
    /// New upper bound
    #[arg(long, value_name = "N")]
    pub max: Option<u32>,
    /// Let the group's cooldown refuse the change
    #[arg(long)]
    pub honor_cooldown: bool,
    /// Member to take out, going down; may be given several times
    #[arg(long = "victim", value_name = "ID")]
    pub victims: Vec<String>,
    #[command(flatten)]
    pub how: How,
}

/// One of [`Strategy::WORDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrategyWord(pub &'static str);

impl StrategyWord {
    const ALL: [Self; 4] = {
        let [a, b, c, d] = Strategy::WORDS;
        [Self(a), Self(b), Self(c), Self(d)]
    };
}

impl ValueEnum for StrategyWord {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let about = match self.0 {
            "native" => "The cloud's own rolling redeploy (instance refresh)",
            "surge-and-drain" => "New members first, then as many old ones out, by id",
            "in-place" => "A few at a time out, replaced, back",
            _ => "A second group beside the first; traffic goes over by weight",
        };
        Some(PossibleValue::new(self.0).help(about))
    }
}

#[derive(Clone, Debug, Args)]
pub struct RedeployArgs {
    /// Name of the group
    pub group: String,
    /// How; left out, what the config says. What no flag sets, the config does, or else what fits the group
    #[arg(long, value_enum)]
    pub strategy: Option<StrategyWord>,
    /// Members at a time (surge-and-drain, in-place)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: Option<u32>,
    /// Version of the launch template to go to (native, blue-green); without it, what the group says
    #[arg(long, value_name = "VERSION")]
    pub to_version: Option<String>,
    /// Healthy at least, in percent of desired (native)
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min_healthy: Option<u8>,
    /// Running at most, in percent of desired (native)
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(100..=200))]
    pub max_healthy: Option<u8>,
    /// Until a new member counts (native)
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub warm_up: Option<Duration>,
    /// Percentages after which it waits (native); the last must be 100
    #[arg(long, value_name = "PERCENT", value_delimiter = ',')]
    pub checkpoints: Vec<u8>,
    /// How long it waits at each (native)
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub checkpoint_delay: Option<Duration>,
    /// Leave members that run what is wanted already (native); =false replaces them too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub skip_matching: Option<bool>,
    /// Go back by itself when it fails (native); needs --to-version
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub auto_rollback: Option<bool>,
    /// Fail when one of these alarms fires (native)
    #[arg(long = "alarm", value_name = "NAME")]
    pub alarms: Vec<String>,
    /// Percent of the traffic on the new group, step by step, the last 100 (blue-green)
    #[arg(long, value_name = "PERCENT", value_delimiter = ',')]
    pub steps: Vec<u8>,
    /// Between two steps of the traffic (blue-green)
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub pause: Option<Duration>,
    /// How long it watches after the last step (native, blue-green)
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub bake: Option<Duration>,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
pub struct FreezeArgs {
    /// Names of the groups
    #[arg(required_unless_present = "all", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Every group of the estate
    #[arg(long, conflicts_with = "groups")]
    pub all: bool,
    /// Process to switch off instead of the usual ones; may be given several times
    #[arg(long = "process", value_name = "NAME")]
    pub processes: Vec<String>,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
pub struct ThawArgs {
    /// Names of the groups
    #[arg(required_unless_present = "all", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Every group that was frozen from this machine
    #[arg(long, conflicts_with = "groups")]
    pub all: bool,
    /// Give back what was saved though somebody changed the group meanwhile
    #[arg(long)]
    pub overwrite: bool,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
pub struct GroupArgs {
    /// Name of the group
    pub group: String,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
pub struct SubjectArgs {
    /// Name of the group, database or alarm
    pub name: String,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
pub struct ProcessArgs {
    /// Name of the group
    pub group: String,
    /// Launch, Terminate, HealthCheck, ReplaceUnhealthy, AZRebalance, AlarmNotification, ScheduledActions …
    #[arg(required = true, value_name = "PROCESS")]
    pub processes: Vec<String>,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MemberWord {
    /// Out for good; the group shrinks with it
    Terminate,
    /// Out, and another in its stead
    Replace,
    /// Parked; the group shrinks
    Standby,
    /// Parked, and another launches
    StandbyReplaced,
    /// Back from standby
    InService,
    /// Kept from scale-in
    Protect,
    /// No longer kept from scale-in
    Unprotect,
    /// Out of its balancers
    Deregister,
    /// Back behind its balancers
    Register,
    Reboot,
}

#[derive(Clone, Debug, Args)]
pub struct MemberArgs {
    /// What is done
    #[arg(value_enum)]
    pub act: MemberWord,
    /// Name of the group
    pub group: String,
    /// Ids of the members
    #[arg(required = true, value_name = "ID")]
    pub members: Vec<String>,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RefreshWord {
    Cancel,
    RollBack,
}

#[derive(Clone, Debug, Args)]
pub struct RefreshArgs {
    /// What is done about the instance refresh that is under way
    #[arg(value_enum)]
    pub act: RefreshWord,
    /// Name of the group
    pub group: String,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DatabaseWord {
    Reboot,
    /// Reboots into the standby
    RebootWithFailover,
    FailOver,
    Snapshot,
}

#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// What is done
    #[arg(value_enum)]
    pub act: DatabaseWord,
    /// Name of the database
    pub database: String,
    /// Name of the snapshot; without it, one is made of the database's name and the time
    #[arg(long, value_name = "NAME")]
    pub snapshot: Option<String>,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
#[group(id = "end", required = true, multiple = false, args = ["long", "until"])]
pub struct MuteArgs {
    /// Name of the alarm
    pub alarm: String,
    /// For how long: 30m, 2h, 1d
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub long: Option<Duration>,
    /// Until when: 2026-11-20T18:00:00Z
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
pub struct AlarmArgs {
    /// Name of the alarm
    pub alarm: String,
    #[command(flatten)]
    pub how: How,
}

#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct OpsArgs {
    #[command(subcommand)]
    pub order: Option<OpsOrder>,
    /// Also those that ended long ago, this many in all
    #[arg(long, value_name = "N")]
    pub all: Option<usize>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Debug, Subcommand)]
pub enum OpsOrder {
    /// One operation with its slots, calls and facts
    Show(OneArgs),
    /// Follow it to its end
    Wait(WaitArgs),
    /// Make no further call until told to go on
    Pause(OrderArgs),
    /// Go on: after a pause, or where an interrupted one was left
    Resume(OrderArgs),
    /// Stop for now and give back what was borrowed
    Hold(OrderArgs),
    /// Back to what was before, where that is still possible
    #[command(name = "rollback", alias = "roll-back")]
    RollBack(OrderArgs),
    /// Give back what was borrowed and forget about it
    Abandon(OrderArgs),
}

impl OpsOrder {
    /// The order, where it is one.
    pub fn order(&self) -> Option<(Order, &OrderArgs)> {
        match self {
            Self::Show(_) | Self::Wait(_) => None,
            Self::Pause(args) => Some((Order::Pause, args)),
            Self::Resume(args) => Some((Order::Resume, args)),
            Self::Hold(args) => Some((Order::Hold, args)),
            Self::RollBack(args) => Some((Order::RollBack, args)),
            Self::Abandon(args) => Some((Order::Abandon, args)),
        }
    }

    pub fn output(&self) -> Format {
        match self {
            Self::Show(args) => args.output.output,
            Self::Wait(args) => args.output.output,
            other => other.order().map_or(Format::Text, |(_, args)| args.output.output),
        }
    }
}

#[derive(Clone, Debug, Args)]
pub struct OneArgs {
    /// Of the operation, as `ops` lists it
    pub id: String,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Debug, Args)]
pub struct WaitArgs {
    /// Of the operation, as `ops` lists it
    pub id: String,
    #[command(flatten)]
    pub limit: Limit,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Debug, Args)]
pub struct OrderArgs {
    /// Of the operation, as `ops` lists it
    pub id: String,
    #[command(flatten)]
    pub stay: Stay,
    #[command(flatten)]
    pub output: Output,
}
