//! The verbs that change something, without a screen: the same plans, guards, journal and runners as the console's, so that what is begun
//! here ends though nobody waits for it. Progress goes to standard error, the result to standard output.

mod asked;
mod card;
mod deed;
mod follow;
mod judge;
mod ops;
mod picture;
mod resolve;
pub mod stop;
mod voice;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::join_all;
use serde::Serialize;

use super::args::scripts::{Format, How, Stay};
use super::args::{Cli, Verb};
use super::estate::{self, AwsEstate, Estate};
use super::open;
use super::operating::Desk;
use crate::config::{Config, Paths, aws_profiles};
use crate::domain::{GuardRules, Label, Request, Snapshot};
use crate::engine::Clock;
use crate::journal::Journal;
use crate::providers::Access;
use crate::providers::aws::Prompt;

use deed::{Deed, Report};
use judge::{Judged, Made};
use picture::Picture;
use stop::Stop;
use voice::{AtTerminal, is_attended, say};

/// Carries out the verb. Everything that goes wrong ends as an exit code with a sentence.
pub fn run(cli: &Cli, verb: &Verb, config: &Config, paths: &Paths) -> ExitCode {
    let format = verb.format();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(super::WORKERS).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(async {
                match verb {
                    Verb::Ops(args) => ops::run(args, cli, config, paths).await,
                    _ => change(cli, verb, config, paths).await,
                }
            });
            // A prompt that still waits for a line must not keep us, nor leave the terminal mute.
            runtime.shutdown_background();
            voice::uncover();
            ended
        }
        Err(e) => Err(Stop::failed(format!("no runtime: {e}"))),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            say(&format!("pilothouse: {stop}"));
            if format == Format::Json
                && let Err(more) = document(&stop)
            {
                say(&format!("pilothouse: {more}"));
            }
            ExitCode::from(stop.code)
        }
    }
}

/// The document of what went wrong before any verb was at work.
pub fn tell_stop(code: u8, text: &str) {
    // Nobody who reads is no second failure.
    let _ = document(&Stop::new(code, text));
}

/// The one document on standard output.
fn document(value: &impl Serialize) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Stop::failed(e.to_string()))?;
    line(&text)
}

fn line(text: &str) -> Result<(), Stop> {
    writeln!(std::io::stdout().lock(), "{text}").map_err(|e| Stop::failed(format!("standard output: {e}")))
}

/// The real estate that flags, config and environment name.
fn estate_of(cli: &Cli, config: &Config, paths: &Paths) -> Result<AwsEstate, Stop> {
    let around = estate::surroundings(Some(paths.home.clone()));
    let profiles = aws_profiles::read_profiles(&around.aws.places);
    match estate::from_aws(&cli.global, config, &around, &profiles)? {
        Estate::Aws(estate) => Ok(*estate),
        Estate::Choose { reason } => Err(Stop::bad(format!("{reason} Give --profile and --region, or add a context to the config."))),
        Estate::Demo(_) => Err(Stop::bad("scripts need a real estate")),
    }
}

/// A journal's file is opened off the runtime's threads.
async fn open_journal(paths: &Paths) -> Result<Journal, Stop> {
    let path = paths.journal();
    let opened = tokio::task::spawn_blocking(move || Journal::open(&path)).await;
    opened.map_err(|e| Stop::failed(e.to_string()))?.map_err(|e| Stop::failed(e.to_string()))
}

/// A verb's word, for documents.
fn word(verb: &Verb) -> &'static str {
    match verb {
        Verb::Scale(_) => "scale",
        Verb::Redeploy(_) => "redeploy",
        Verb::Freeze(_) => "freeze",
        Verb::Thaw(_) => "thaw",
        Verb::Undo(_) => "undo",
        Verb::Suspend(_) => "suspend",
        Verb::Resume(_) => "resume",
        Verb::Member(_) => "member",
        Verb::Refresh(_) => "refresh",
        Verb::Retire(_) => "retire",
        Verb::Database(_) => "database",
        Verb::Mute(_) => "mute",
        Verb::Unmute(_) => "unmute",
        Verb::Ops(_) => "ops",
        Verb::Demo(_) | Verb::Journal(_) | Verb::Config | Verb::Drive { .. } => "",
    }
}

async fn change(cli: &Cli, verb: &Verb, config: &Config, paths: &Paths) -> Result<u8, Stop> {
    let Some(how) = verb.how() else { return Err(Stop::failed("this verb changes nothing")) };
    let clock = Clock::system();
    let estate = estate_of(cli, config, paths)?;
    let rules = judge::rules(&estate.guard, how)?;
    if estate.access == Access::ReadOnly && !how.dry_run {
        return Err(Stop::refused("refused: --read-only, or a context that is read-only: nothing is changed from here"));
    }
    let journal = open_journal(paths).await?;
    let (kinds, required) = asked::sources(verb);
    let prompt = is_attended().then(|| Arc::new(AtTerminal) as Arc<dyn Prompt>);
    let mut picture = Picture::open(&estate, clock.clone(), prompt, &kinds).await?;
    let snapshot = picture.whole(&required).await?;
    let targets = asked::targets(verb, &snapshot)?;
    let snapshot = picture.of(&targets, &required).await?;
    let asked = asked::requests(verb, &targets, &snapshot, &journal, &estate.operations, clock.now()).await?;

    let mut plans: Vec<Judged> = Vec::new();
    let mut deeds: Vec<Deed> = Vec::new();
    // Of several, one that cannot be frozen or thawed keeps no other from it.
    let many = asked.len() > 1;
    for one in asked {
        match judge::make(&snapshot, &one.request, &rules, clock.now()) {
            Ok(Made::Plan(mut judged)) => {
                judged.card.warnings = one.warnings;
                plans.push(*judged);
            }
            Ok(Made::Nothing(why)) => deeds.push(left_out(&one.request, &snapshot, ("nothing-to-do", 0), why)),
            Err(stop) if many => deeds.push(left_out(&one.request, &snapshot, ("refused", stop.code), stop.text)),
            Err(stop) => return Err(stop),
        }
    }
    let text = how.output.output == Format::Text;
    if how.dry_run {
        deeds.extend(plans.iter().map(looked_at));
        if text {
            plans.iter().try_for_each(|j| line(&j.card.text()))?;
            deeds.iter().filter(|d| d.card.is_none()).try_for_each(|d| line(&format!("{}: {}", d.target, d.note)))?;
        }
        return end(&Report::new(word(verb), true, deeds), text, false);
    }
    for judged in &plans {
        say(&judged.card.text());
    }
    let (refused, plans): (Vec<Judged>, Vec<Judged>) = plans.into_iter().partition(|j| !j.card.refusals.is_empty());
    deeds.extend(refused.iter().map(looked_at));
    if plans.is_empty() {
        return end(&Report::new(word(verb), false, deeds), text, true);
    }
    confirm(&plans.iter().collect::<Vec<_>>(), &rules, how)?;
    let desk = open::desk(journal, &paths.journal(), estate, &picture.providers, clock);
    let begun = plans.into_iter().map(|judged| carry_out(&desk, judged, &rules, &snapshot, how.stay));
    deeds.extend(join_all(begun).await);
    end(&Report::new(word(verb), false, deeds), text, true)
}

/// Tells the result and gives the exit code.
fn end(report: &Report, text: bool, told: bool) -> Result<u8, Stop> {
    if !text {
        document(report)?;
    } else if told {
        for deed in &report.operations {
            let id = deed.id.as_ref().map_or_else(String::new, |id| format!("{id}  "));
            line(&format!("{id}{}: {}: {}", deed.title, deed.state, deed.note))?;
        }
    }
    Ok(report.exit)
}

/// On a terminal the user is asked; elsewhere everything must have been given along.
fn confirm(plans: &[&Judged], rules: &GuardRules, how: &How) -> Result<(), Stop> {
    if let Some(said) = judge::confirmed(plans, rules, how) {
        return said;
    }
    if !is_attended() {
        return Err(judge::unconfirmed(plans, rules, how));
    }
    let wanted = judge::wanted(plans, rules);
    let question = match &wanted {
        Some(wanted) => format!("{}: type {wanted:?} to go on:", rules.environment.word()),
        None => "Go on? [y/N]".to_owned(),
    };
    let typed = voice::ask(&question).unwrap_or_default();
    let yes = wanted.map_or_else(|| matches!(&*typed, "y" | "Y" | "yes"), |wanted| typed == wanted);
    if yes { Ok(()) } else { Err(Stop::refused("left alone: not confirmed")) }
}

/// Begins one operation, and follows it if somebody waits.
async fn carry_out(desk: &Desk, judged: Judged, rules: &GuardRules, snapshot: &Snapshot, stay: Stay) -> Deed {
    let mut deed = looked_at(&judged);
    match begin(desk, &judged, rules, snapshot, stay, &mut deed).await {
        Ok(()) => {}
        Err(stop) => {
            (deed.state, deed.note, deed.exit) = (Label::new("failed"), stop.text, stop.code);
            // It may have come as far as the record, which `ops` and `journal` tell.
            if let Some(id) = &deed.id
                && let Ok(Some(found)) = desk.find(id).await
            {
                deed.state = deed::state(found.standing(desk.clock.now().wall).phase);
            }
        }
    }
    deed
}

async fn begin(desk: &Desk, judged: &Judged, rules: &GuardRules, snapshot: &Snapshot, stay: Stay, deed: &mut Deed) -> Result<(), Stop> {
    let scope = &judged.plan.target.scope;
    let identity = snapshot.identities.get(scope).ok_or_else(|| Stop::failed(format!("who we are in {scope} is not known")))?;
    let failed = |why: Label| Stop::failed(&*why);
    let id = desk.record(&judged.plan, rules, &identity.principal).await.map_err(failed)?;
    deed.id = Some(id.clone());
    for fact in &judged.facts {
        let now = desk.clock.now().wall;
        desk.journal.fact(&id, fact, now).await.map_err(|e| Stop::failed(e.to_string()))?;
    }
    say(&format!("{}: begun as {id}", judged.plan.title));
    desk.start(&id).await.map_err(failed)?;
    (deed.state, deed.note, deed.exit) = (Label::new("begun"), Label::new(format!("follow it with: pilothouse ops wait {id}")), 0);
    if stay.stays() {
        let followed = follow::to_the_end(desk, &id, stay.limit).await?;
        (deed.state, deed.note, deed.exit) = (followed.state(), followed.note(), followed.exit());
    }
    Ok(())
}

/// A plan that was only judged.
fn looked_at(judged: &Judged) -> Deed {
    let refusals = &judged.card.refusals;
    let (state, exit) = if refusals.is_empty() { ("allowed", 0) } else { ("refused", stop::code::REFUSED) };
    let note = refusals.iter().map(|r| &*r.text).collect::<Vec<_>>().join("; ");
    Deed {
        id: None,
        target: judged.plan.name.clone(),
        region: Label::new(judged.plan.target.scope.region()),
        title: judged.plan.title.clone(),
        state: Label::new(state),
        note: Label::new(note),
        exit,
        card: Some(judged.card.clone()),
    }
}

/// One for which there is no plan.
fn left_out(request: &Request, snapshot: &Snapshot, (state, exit): (&str, u8), why: Label) -> Deed {
    let id = request.target();
    let group = || snapshot.group(id).map(|g| g.item.name.clone());
    let database = || snapshot.database(id).map(|d| d.item.name.clone());
    let alarm = || snapshot.alarm(id).map(|a| a.item.name.clone());
    let name = group().or_else(database).or_else(alarm).unwrap_or_else(|| Label::new(id.native()));
    Deed {
        id: None,
        target: name.clone(),
        region: Label::new(id.scope.region()),
        title: Label::new(format!("{} {name}", request.word())),
        state: Label::new(state),
        note: why,
        exit,
        card: None,
    }
}
