//! From command line and config to the one estate to open. Everything that can be wrong is found here, before the terminal is taken.

use std::path::PathBuf;

use super::args::{DemoArgs, Global};
use crate::config::aws_profiles::{self, Places, Profiles};
use crate::config::aws_regions::{RegionCheck, check_region, nearest_region};
use crate::config::probe::ProbeSettings;
use crate::config::suggest::did_you_mean;
use crate::config::{Config, ContextConfig, OperationSettings};
use crate::domain::{Environment, GuardRules, Label};
use crate::providers::sim::Scenario;
use crate::providers::{Access, aws};

/// What the environment says, read once at the start.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub aws: aws::Surroundings,
    pub endpoint_url: Option<String>,
    pub ca_bundle: Option<PathBuf>,
}

/// The estate to open.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one")]
pub enum Estate {
    Demo(Demo),
    Aws(Box<AwsEstate>),
    /// Nothing is configured: offer what was found.
    Choose {
        reason: Label,
    },
}

#[derive(Clone, Debug)]
pub struct Demo {
    pub args: DemoArgs,
    pub scenario: Scenario,
    pub access: Access,
    pub guard: GuardRules,
    pub operations: OperationSettings,
}

#[derive(Clone, Debug)]
pub struct AwsEstate {
    /// Shown in the header: the context's name, else the profile's.
    pub name: Label,
    pub profile: Option<String>,
    pub regions: Vec<String>,
    pub endpoint_url: Option<String>,
    pub ca_bundle: Option<PathBuf>,
    pub account: Option<String>,
    pub access: Access,
    pub guard: GuardRules,
    pub operations: OperationSettings,
    pub probe: ProbeSettings,
    pub surroundings: aws::Surroundings,
}

/// Bad input: exit code 2 with this sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadInput(pub String);

/// The demo with these arguments.
pub fn demo(args: &DemoArgs, global: &Global, config: &Config) -> Result<Estate, BadInput> {
    let name = args.scenario.as_deref().unwrap_or(Scenario::DEFAULT);
    let scenario = Scenario::named(name).map_err(|e| BadInput(format!("--scenario: {e}")))?;
    if !(args.speed.is_finite() && args.speed > 0.0 && args.speed <= 1_000.0) {
        return Err(BadInput(format!("--speed {}: expected a number above 0 and up to 1000", args.speed)));
    }
    if args.groups == Some(0)
        || args.members == Some(0)
        || args.members.is_some_and(|m| m > 1_000_000)
        || args.groups.is_some_and(|g| g > 100_000)
    {
        return Err(BadInput("--groups takes 1 to 100000 and --members 1 to 1000000".to_owned()));
    }
    let guard = with_pauses(config.guard_for(Environment::Simulated), &config.operations);
    Ok(Estate::Demo(Demo { args: args.clone(), scenario, access: access(global.read_only), guard, operations: config.operations.clone() }))
}

/// The AWS estate that flags, config and environment name, in this order.
pub fn from_aws(global: &Global, config: &Config, around: &Surroundings, profiles: &Profiles) -> Result<Estate, BadInput> {
    let context = named_context(global, config)?;
    let nothing_said = context.is_none() && global.profile.is_none() && global.regions.is_empty() && global.endpoint_url.is_none();
    if nothing_said && config.contexts.is_empty() && !has_credentials(around, profiles) {
        let reason = "No AWS credentials were found and no context is configured.";
        return Ok(Estate::Choose { reason: Label::new(reason) });
    }
    let profile = global.profile.clone().or_else(|| context.and_then(|c| c.profile.clone()));
    let wanted = profile.as_deref().or(around.aws.profile.as_deref());
    if let Some(name) = wanted.filter(|name| *name != "default" && profiles.find(name).is_none()) {
        return Err(BadInput(format!("{}{}", profiles.explain_missing(name), where_said(global, context, config))));
    }
    let regions = regions(global, context, config, around, profiles, wanted)?;
    let name = context.map_or_else(|| wanted.unwrap_or("default").to_owned(), |c| c.name.clone());
    Ok(Estate::Aws(Box::new(AwsEstate {
        name: Label::new(name),
        profile,
        regions,
        endpoint_url: endpoint(global, context, around)?,
        ca_bundle: ca_bundle(around)?,
        account: context.and_then(|c| c.account.clone()),
        access: access(global.read_only || context.is_some_and(|c| c.read_only)),
        guard: with_pauses(
            context.map_or_else(|| config.guard_for(Environment::Unclassified), |c| c.guard.clone()),
            context.map_or(&config.operations, |c| &c.operations),
        ),
        operations: context.map_or(&config.operations, |c| &c.operations).clone(),
        probe: context.map_or_else(ProbeSettings::default, |c| c.probe.clone()),
        surroundings: around.aws.clone(),
    })))
}

/// The rules travel with an operation into the journal and to its runner: how long a pause keeps what it borrowed goes with them.
fn with_pauses(rules: GuardRules, settings: &OperationSettings) -> GuardRules {
    GuardRules { pause_gives_back_after: settings.pause_gives_back_after, ..rules }
}

fn access(read_only: bool) -> Access {
    if read_only { Access::ReadOnly } else { Access::ReadWrite }
}

fn named_context<'c>(global: &Global, config: &'c Config) -> Result<Option<&'c ContextConfig>, BadInput> {
    let Some(name) = global.context.as_deref().or(config.context.as_deref()) else {
        // One context needs no choice, unless flags point elsewhere.
        let only = config.contexts.first().filter(|_| config.contexts.len() == 1 && global.profile.is_none());
        return Ok(only);
    };
    match config.context(name) {
        Some(c) => Ok(Some(c)),
        None if config.contexts.is_empty() => {
            Err(BadInput(format!("--context {}: the config file defines no contexts; add [contexts.{0}]", Label::new(name))))
        }
        None => {
            let names = config.contexts.iter().map(|c| c.name.as_str());
            Err(BadInput(format!(
                "--context {}: no such context{}; there are {}",
                Label::new(name),
                did_you_mean(name, names.clone()),
                names.collect::<Vec<_>>().join(", ")
            )))
        }
    }
}

/// Whether there is anything that could be credentials: we do not look for a metadata service on a laptop.
fn has_credentials(around: &Surroundings, profiles: &Profiles) -> bool {
    around.aws.hints.any() || profiles.list.iter().any(|p| Some(p.name.as_str()) == around.aws.profile.as_deref() || p.name == "default")
}

fn where_said(global: &Global, context: Option<&ContextConfig>, config: &Config) -> String {
    match context {
        _ if global.profile.is_some() => " (--profile)".to_owned(),
        Some(c) if c.profile.is_some() => format!(" ({}:{}, contexts.{})", config.file_name(), c.line, c.name),
        _ => " (AWS_PROFILE)".to_owned(),
    }
}

fn regions(
    global: &Global,
    context: Option<&ContextConfig>,
    config: &Config,
    around: &Surroundings,
    profiles: &Profiles,
    profile: Option<&str>,
) -> Result<Vec<String>, BadInput> {
    let own_endpoint = global.endpoint_url.is_some() || context.is_some_and(|c| c.endpoint_url.is_some());
    let (mut list, said) = if !global.regions.is_empty() {
        (global.regions.clone(), "--region".to_owned())
    } else if let Some(c) = context.filter(|c| !c.regions.is_empty()) {
        (c.regions.clone(), format!("{}:{}, contexts.{}.regions", config.file_name(), c.line, c.name))
    } else if let Some(r) = &around.aws.region {
        (vec![r.clone()], "AWS_REGION".to_owned())
    } else if let Some(p) = profiles.find(profile.unwrap_or("default")) {
        (p.region.iter().cloned().collect(), p.origin.to_string())
    } else {
        (Vec::new(), String::new())
    };
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|r| seen.insert(r.clone()));
    for region in &list {
        // A region that is merely newer than this program must work; behind an endpoint of one's own any name may.
        if check_region(region) == RegionCheck::Impossible && !own_endpoint {
            let hint = nearest_region(region).map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
            return Err(BadInput(format!("{said}: there is no region \"{}\"{hint}", Label::new(region))));
        }
    }
    // Only the machine's own metadata service can still tell.
    if list.is_empty() && !around.aws.hints.instance_metadata {
        return Err(BadInput("no region is set: give --region, set AWS_REGION, or add region = … to the profile".to_owned()));
    }
    Ok(list)
}

fn endpoint(global: &Global, context: Option<&ContextConfig>, around: &Surroundings) -> Result<Option<String>, BadInput> {
    if let Some(url) = &global.endpoint_url {
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return Err(BadInput(format!("--endpoint-url {}: expected http://… or https://…", Label::new(url))));
        }
        return Ok(Some(url.clone()));
    }
    Ok(context.and_then(|c| c.endpoint_url.clone()).or_else(|| around.endpoint_url.clone()))
}

fn ca_bundle(around: &Surroundings) -> Result<Option<PathBuf>, BadInput> {
    let Some(path) = around.ca_bundle.clone().filter(|p| !p.as_os_str().is_empty()) else { return Ok(None) };
    match std::fs::metadata(&path) {
        Ok(m) if m.is_file() => Ok(Some(path)),
        Ok(_) => Err(BadInput(format!("AWS_CA_BUNDLE: {} is not a file; expected a file of PEM certificates", path.display()))),
        Err(e) => Err(BadInput(format!("AWS_CA_BUNDLE: cannot read {}: {e}", path.display()))),
    }
}

/// The profiles found, for the first screen.
pub fn found_profiles(profiles: &Profiles, home: Option<&std::path::Path>) -> Vec<crate::app::state::FoundProfile> {
    let shorten = |path: &std::path::Path| home.map_or_else(|| path.display().to_string(), |h| crate::config::paths::shorten(path, h));
    profiles
        .list
        .iter()
        .map(|p| crate::app::state::FoundProfile {
            name: p.name.clone(),
            label: Label::new(&p.name),
            region: p.region.clone(),
            kind: Label::new(p.kind.word()),
            origin: Label::new(format!("{}:{}", shorten(&p.origin.file), p.origin.line)),
        })
        .collect()
}

/// Reads the environment. The one place of the console proper that does.
pub fn surroundings(home: Option<PathBuf>) -> Surroundings {
    #[expect(clippy::disallowed_methods, reason = "the composition root reads the environment, once")]
    let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let vendor = std::fs::read_to_string("/sys/class/dmi/id/sys_vendor").ok();
    Surroundings {
        aws: aws::Surroundings {
            places: Places {
                home,
                config_file: var("AWS_CONFIG_FILE").map(PathBuf::from),
                credentials_file: var("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from),
            },
            hints: aws_profiles::find_hints(
                |n| var(n).is_some(),
                |n| var(n).is_some_and(|v| v.eq_ignore_ascii_case("true")),
                vendor.as_deref(),
            ),
            profile: var("AWS_PROFILE"),
            region: var("AWS_REGION").or_else(|| var("AWS_DEFAULT_REGION")),
        },
        endpoint_url: var("AWS_ENDPOINT_URL"),
        ca_bundle: var("AWS_CA_BUNDLE").map(PathBuf::from),
    }
}
