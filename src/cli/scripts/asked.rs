//! From a verb as typed to what it asks of the estate: which things it is about, and the absolute request for each. What only the journal
//! knows (undo, thaw, retire) comes from there.

use crate::app::Inversion;
use crate::cli::args::Verb;
use crate::cli::args::scripts::{
    DatabaseArgs, DatabaseWord, MemberArgs, MemberWord, MuteArgs, ProcessArgs, RedeployArgs, RefreshWord, ScaleArgs,
};
use crate::cli::operating::past::{self, Seen};
use crate::config::OperationSettings;
use crate::config::operations::RedeploySettings;
use crate::domain::plan::{
    self, BlueGreen, DatabaseAct, DatabaseRequest, FreezeRequest, MemberAct, MemberRequest, MuteRequest, ProcessRequest, RedeployRequest,
    RefreshAct, RefreshPreferences, RefreshRequest, Strategy,
};
use crate::domain::{Group, Kind, Label, Now, Request, ResourceId, ScaleRequest, Snapshot, SourceKind};
use crate::journal::Journal;

use super::resolve;
use super::stop::Stop;

/// One request, with what must be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub request: Request,
    /// Such as what moved since the change that is taken back.
    pub warnings: Vec<Label>,
}

impl Asked {
    fn plain(request: Request) -> Self {
        Self { request, warnings: Vec::new() }
    }
}

/// Sources that a verb's plan is made from, and those without which it is not made at all.
pub fn sources(verb: &Verb) -> (Vec<SourceKind>, Vec<SourceKind>) {
    const GROUP: [SourceKind; 6] =
        [SourceKind::Groups, SourceKind::Instances, SourceKind::Pools, SourceKind::Activities, SourceKind::Policies, SourceKind::Alarms];
    const DATABASE: [SourceKind; 2] = [SourceKind::Databases, SourceKind::Caches];
    match verb {
        Verb::Database(_) => (DATABASE.to_vec(), vec![SourceKind::Databases]),
        // Whether an alarm drives scaling, the policies say.
        Verb::Mute(_) | Verb::Unmute(_) => (vec![SourceKind::Alarms, SourceKind::Policies], vec![SourceKind::Alarms, SourceKind::Policies]),
        Verb::Undo(_) => (GROUP.into_iter().chain(DATABASE).collect(), Vec::new()),
        _ => (GROUP.to_vec(), Vec::new()),
    }
}

/// The things that a verb is about.
pub fn targets(verb: &Verb, snapshot: &Snapshot) -> Result<Vec<ResourceId>, Stop> {
    let group = |name: &str| resolve::thing(snapshot, &[Kind::Group], name);
    let named = |names: &[String]| -> Result<Vec<ResourceId>, Stop> {
        let mut ids: Vec<ResourceId> = names.iter().map(|n| group(n)).collect::<Result<_, _>>()?;
        ids.sort();
        ids.dedup();
        Ok(ids)
    };
    let every = || -> Result<Vec<ResourceId>, Stop> {
        let ids: Vec<ResourceId> = snapshot.groups.iter().filter(|g| g.item.kind.can_scale()).map(|g| g.item.id.clone()).collect();
        if ids.is_empty() { Err(Stop::bad("there is no group here")) } else { Ok(ids) }
    };
    match verb {
        Verb::Scale(a) => group(&a.group).map(|id| vec![id]),
        Verb::Redeploy(a) => group(&a.group).map(|id| vec![id]),
        Verb::Freeze(a) if a.all => every(),
        Verb::Freeze(a) => named(&a.groups),
        Verb::Thaw(a) if a.all => every(),
        Verb::Thaw(a) => named(&a.groups),
        Verb::Undo(a) => resolve::thing(snapshot, &[Kind::Group, Kind::Database, Kind::Alarm], &a.name).map(|id| vec![id]),
        Verb::Suspend(a) | Verb::Resume(a) => group(&a.group).map(|id| vec![id]),
        Verb::Member(a) => group(&a.group).map(|id| vec![id]),
        Verb::Refresh(a) => group(&a.group).map(|id| vec![id]),
        Verb::Retire(a) => group(&a.group).map(|id| vec![id]),
        Verb::Database(a) => resolve::thing(snapshot, &[Kind::Database], &a.database).map(|id| vec![id]),
        Verb::Mute(a) => resolve::thing(snapshot, &[Kind::Alarm], &a.alarm).map(|id| vec![id]),
        Verb::Unmute(a) => resolve::thing(snapshot, &[Kind::Alarm], &a.alarm).map(|id| vec![id]),
        Verb::Demo(_) | Verb::Ops(_) | Verb::Journal(_) | Verb::Config | Verb::Drive { .. } => Ok(Vec::new()),
    }
}

/// The requests for these things.
pub async fn requests(
    verb: &Verb,
    targets: &[ResourceId],
    snapshot: &Snapshot,
    journal: &Journal,
    settings: &OperationSettings,
    now: Now,
) -> Result<Vec<Asked>, Stop> {
    let mut out = Vec::new();
    for id in targets {
        let seen = Seen { snapshot, now };
        let back = |found: Result<Inversion, Label>| match found {
            Ok(back) => {
                let of = Label::new(format!("takes back: {}", back.of));
                Ok(Asked { request: back.request, warnings: std::iter::once(of).chain(back.warnings).collect() })
            }
            Err(why) => Err(Stop::refused(format!("{}: {why}", Label::new(id.native())))),
        };
        let asked = match verb {
            Verb::Undo(_) => back(past::undo(journal, id, seen).await)?,
            Verb::Retire(_) => back(past::retire(journal, id, seen).await)?,
            Verb::Thaw(args) => match past::thaw(journal, id, seen).await {
                // Of all groups, those count that were frozen.
                Err(_) if args.all => continue,
                found => {
                    let mut asked = back(found)?;
                    if let Request::Thaw(request) = &mut asked.request {
                        request.overwrite = args.overwrite;
                    }
                    asked
                }
            },
            _ => Asked::plain(request(verb, id, snapshot, settings, now)?),
        };
        out.push(asked);
    }
    if out.is_empty() {
        return Err(Stop::bad("nothing of it was frozen from this machine"));
    }
    Ok(out)
}

fn request(verb: &Verb, id: &ResourceId, snapshot: &Snapshot, settings: &OperationSettings, now: Now) -> Result<Request, Stop> {
    let gone = || Stop::bad("it is no longer there");
    let group = snapshot.group(id).map(|g| &g.item);
    Ok(match verb {
        Verb::Scale(a) => Request::Scale(scale(a, group.ok_or_else(gone)?)?),
        Verb::Redeploy(a) => {
            let version = a.to_version.as_ref().map(|typed| version(typed, group));
            let strategy = strategy(a, version, &plan::fit(snapshot, id, now), &settings.redeploy)?;
            Request::Redeploy(RedeployRequest { group: id.clone(), strategy })
        }
        Verb::Freeze(a) => Request::Freeze(FreezeRequest { group: id.clone(), processes: frozen(&a.processes, settings) }),
        Verb::Suspend(a) => Request::Processes(processes(a, id, true)),
        Verb::Resume(a) => Request::Processes(processes(a, id, false)),
        Verb::Member(a) => Request::Member(member(a, group.ok_or_else(gone)?)?),
        Verb::Refresh(a) => {
            let act = match a.act {
                RefreshWord::Cancel => RefreshAct::Cancel,
                RefreshWord::RollBack => RefreshAct::RollBack,
            };
            Request::Refresh(RefreshRequest { group: id.clone(), act })
        }
        Verb::Database(a) => Request::Database(DatabaseRequest { database: id.clone(), act: database(a, id, snapshot, now) }),
        Verb::Mute(a) => Request::Mute(MuteRequest { alarm: id.clone(), until: Some(end(a, now)?) }),
        Verb::Unmute(_) => Request::Mute(MuteRequest { alarm: id.clone(), until: None }),
        _ => return Err(Stop::failed("this verb changes nothing")),
    })
}

/// A step is taken from the capacity that was just read, and is absolute from here on.
fn scale(args: &ScaleArgs, group: &Group) -> Result<ScaleRequest, Stop> {
    let now = group.desired.ok_or_else(|| Stop::failed(format!("how many {} wants is not known", group.name)))?;
    let desired = match args.to {
        Some(amount) => amount.from(now).map_err(Stop::bad)?,
        None => now,
    };
    Ok(ScaleRequest {
        min: args.min,
        max: args.max,
        honor_cooldown: args.honor_cooldown,
        victims: resolve::members(group, &args.victims)?,
        ..ScaleRequest::to(&group.id, desired)
    })
}

/// A flag wins over the config, and the config over what fits the group.
/// A version as members show theirs: whoever types `2` means `v2` where versions are numbered so. Else none would ever match.
fn version(typed: &str, group: Option<&Group>) -> Label {
    let numbered = |v: &Label| v.strip_prefix('v').is_some_and(is_number);
    let shown = group.is_some_and(|g| g.version_wanted.iter().chain(g.members.iter().filter_map(|m| m.version.as_ref())).any(numbered));
    if shown && is_number(typed) { Label::new(format!("v{typed}")) } else { Label::new(typed) }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn strategy(args: &RedeployArgs, version: Option<Label>, fits: &[Strategy], settings: &RedeploySettings) -> Result<Strategy, Stop> {
    let Some(word) = args.strategy.map(|s| s.0).or(settings.strategy) else {
        let words = Strategy::WORDS.join("|");
        return Err(Stop::bad(format!("say how: --strategy {words}, or operations.redeploy.strategy in the config")));
    };
    let fit = fits.iter().find(|s| s.word() == word).cloned().or_else(|| Strategy::usual(word));
    let Some(mut fit) = fit else { return Err(Stop::bad(format!("there is no strategy {word}"))) };
    match &mut fit {
        Strategy::Native(p) => p.version = version,
        Strategy::BlueGreen(b) => b.version = version,
        _ if version.is_some() => return Err(Stop::bad("--to-version is for --strategy native and blue-green alone")),
        _ => {}
    }
    Ok(match settings.over(fit) {
        Strategy::Native(set) => Strategy::Native(RefreshPreferences {
            warmup: args.warm_up.or(set.warmup),
            checkpoints: if args.checkpoints.is_empty() { set.checkpoints.clone() } else { args.checkpoints.clone() },
            checkpoint_delay: args.checkpoint_delay.or(set.checkpoint_delay),
            skip_matching: args.skip_matching.unwrap_or(set.skip_matching),
            auto_rollback: args.auto_rollback.unwrap_or(set.auto_rollback),
            bake: args.bake.or(set.bake),
            alarms: args.alarms.iter().map(Label::new).collect(),
            ..set.healthy(args.min_healthy, args.max_healthy)
        }),
        Strategy::SurgeAndDrain { batch } => Strategy::SurgeAndDrain { batch: args.batch.unwrap_or(batch) },
        Strategy::InPlace { batch } => Strategy::InPlace { batch: args.batch.unwrap_or(batch) },
        Strategy::BlueGreen(set) => {
            let steps = if args.steps.is_empty() { set.steps } else { args.steps.clone() };
            let ascending = steps.windows(2).all(|w| w[0] < w[1]);
            if !ascending || steps.last() != Some(&100) {
                return Err(Stop::bad("--steps: expected ascending percentages, the last 100, such as 10,50,100"));
            }
            Strategy::BlueGreen(BlueGreen { steps, pause: args.pause.unwrap_or(set.pause), bake: args.bake.unwrap_or(set.bake), ..set })
        }
    })
}

fn frozen(named: &[String], settings: &OperationSettings) -> Vec<Label> {
    if named.is_empty() { settings.freeze_processes.clone() } else { named.iter().map(Label::new).collect() }
}

fn processes(args: &ProcessArgs, id: &ResourceId, suspend: bool) -> ProcessRequest {
    ProcessRequest { group: id.clone(), processes: args.processes.iter().map(Label::new).collect(), suspend }
}

fn member(args: &MemberArgs, group: &Group) -> Result<MemberRequest, Stop> {
    let act = match args.act {
        MemberWord::Terminate => MemberAct::Terminate,
        MemberWord::Replace => MemberAct::Replace,
        MemberWord::Standby => MemberAct::Standby,
        MemberWord::StandbyReplaced => MemberAct::StandbyReplaced,
        MemberWord::InService => MemberAct::InService,
        MemberWord::Protect => MemberAct::Protect,
        MemberWord::Unprotect => MemberAct::Unprotect,
        MemberWord::Deregister => MemberAct::Deregister,
        MemberWord::Register => MemberAct::Register,
        MemberWord::Reboot => MemberAct::Reboot,
    };
    Ok(MemberRequest { group: group.id.clone(), members: resolve::members(group, &args.members)?, act })
}

fn database(args: &DatabaseArgs, id: &ResourceId, snapshot: &Snapshot, now: Now) -> DatabaseAct {
    match args.act {
        DatabaseWord::Reboot => DatabaseAct::Reboot,
        DatabaseWord::RebootWithFailover => DatabaseAct::RebootWithFailover,
        DatabaseWord::FailOver => DatabaseAct::FailOver,
        DatabaseWord::Snapshot => {
            let made = || snapshot.database(id).map(|d| plan::snapshot_name(&d.item, now));
            DatabaseAct::Snapshot { name: args.snapshot.clone().or_else(made).unwrap_or_else(|| id.native().to_owned()) }
        }
    }
}

fn end(args: &MuteArgs, now: Now) -> Result<jiff::Timestamp, Stop> {
    let end = match (args.long, args.until) {
        (Some(long), _) => now.wall.checked_add(long).map_err(|_| Stop::bad("--for: that is no end in sight"))?,
        (None, Some(until)) => until,
        (None, None) => return Err(Stop::bad("a mute needs an end: --for 2h, or --until TIME")),
    };
    if end <= now.wall {
        return Err(Stop::bad(format!("--until {end} is past already")));
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use crate::domain::plan::fixture;
    use clap::Parser;

    fn asked(line: &str) -> Result<Request, Stop> {
        asked_where(line, "")
    }

    /// The same under a config.
    fn asked_where(line: &str, config: &str) -> Result<Request, Stop> {
        let (config, problems) = crate::config::parse(std::path::Path::new("config.toml"), config);
        assert_eq!(problems, []);
        let cli = Cli::parse_from(std::iter::once("pilothouse").chain(line.split_whitespace()));
        let group = fixture::group(4);
        request(&cli.command.unwrap(), &group.id, &fixture::snapshot(&group), &config.operations, Now::at(0))
    }

    #[test]
    fn a_step_becomes_an_absolute_number() {
        for (line, want) in [("scale portal 6", 6), ("scale portal +1", 5), ("scale portal -1", 3), ("scale portal --max 20", 4)] {
            assert_eq!(asked(line).unwrap().as_scale().map(|r| r.desired), Some(want), "{line}");
        }
        assert!(asked("scale portal -5").unwrap_err().text.contains("nothing below 0"));
        let Request::Scale(r) = asked("scale portal 3 --victim i-02 --min 1 --honor-cooldown").unwrap() else { panic!() };
        assert_eq!((r.victims, r.min, r.max, r.honor_cooldown), (vec![fixture::member_id(2)], Some(1), None, true));
    }

    #[test]
    fn strategies_take_their_own_flags() {
        let of = |line: &str| {
            asked(line).map(|r| match r {
                Request::Redeploy(r) => r.strategy,
                _ => panic!("{line}"),
            })
        };
        assert_eq!(of("redeploy portal --strategy surge-and-drain --batch 2"), Ok(Strategy::SurgeAndDrain { batch: 2 }));
        assert_eq!(of("redeploy portal --strategy in-place"), Ok(Strategy::InPlace { batch: 1 }));
        let Ok(Strategy::Native(p)) = of("redeploy portal --strategy native --min-healthy 100 --max-healthy 110 --skip-matching") else {
            panic!()
        };
        assert!((p.min_healthy_percent, p.max_healthy_percent, p.skip_matching) == (Some(100), Some(110), true));
        let Ok(Strategy::BlueGreen(b)) = of("redeploy portal --strategy blue-green --to-version 7") else { panic!() };
        assert_eq!((b.steps, b.version), (vec![10, 50, 100], Some(Label::new("v7"))), "as members show theirs");
        for line in [
            "redeploy portal",
            "redeploy portal --strategy blue-green --steps 50,10,100",
            "redeploy portal --strategy blue-green --steps 10,50",
            "redeploy portal --strategy in-place --to-version 7",
        ] {
            assert!(of(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_flag_wins_over_the_config_and_the_config_over_what_fits_the_group() {
        let config = "[operations]\nfreeze_processes = [\"Launch\"]\n[operations.redeploy]\nstrategy = \"surge-and-drain\"\nbatch = 3\n\
                      min_healthy_percent = 80\nbake = \"7m\"\ntraffic_steps = [20, 100]\n";
        let of = |line: &str| match asked_where(line, config) {
            Ok(Request::Redeploy(r)) => r.strategy,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(of("redeploy portal"), Strategy::SurgeAndDrain { batch: 3 });
        assert_eq!(of("redeploy portal --batch 1"), Strategy::SurgeAndDrain { batch: 1 });
        assert_eq!(of("redeploy portal --strategy in-place"), Strategy::InPlace { batch: 3 });
        let Strategy::Native(p) = of("redeploy portal --strategy native --bake 1m") else { panic!() };
        assert_eq!((p.min_healthy_percent, p.bake), (Some(80), Some(std::time::Duration::from_mins(1))));
        assert_eq!(p.max_healthy_percent, Some(125), "one more of four, as fits the group");
        let Strategy::BlueGreen(b) = of("redeploy portal --strategy blue-green --pause 90s") else { panic!() };
        let (pause, bake) = (std::time::Duration::from_secs(90), std::time::Duration::from_mins(7));
        assert_eq!((b.steps, b.pause, b.bake), (vec![20, 100], pause, bake));
        let frozen = |line: &str| match asked_where(line, config) {
            Ok(Request::Freeze(r)) => r.processes,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(frozen("freeze portal"), [Label::new("Launch")]);
        assert_eq!(frozen("freeze portal --process Terminate"), [Label::new("Terminate")]);
    }

    #[test]
    fn a_mute_has_an_end_ahead_of_it() {
        let Ok(Request::Mute(r)) = asked("mute portal-5xx --for 2h") else { panic!() };
        assert_eq!(r.until, Some(Now::at(7_200).wall));
        assert!(asked("mute portal-5xx --until 2020-01-01T00:00:00Z").unwrap_err().text.contains("past already"));
        assert!(matches!(asked("unmute portal-5xx"), Ok(Request::Mute(MuteRequest { until: None, .. }))));
    }
}
