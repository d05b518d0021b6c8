//! Every end held against the truth: all new, all old, or stopped and said so; nothing of ours left behind; no call carried out twice.

use std::collections::BTreeMap;

use super::ground::Morning;
use super::watch::{serving, suspended};
use super::weather::Weather;
use crate::domain::plan::{Size, Strategy};
use crate::domain::{Call, Operation, Phase};
use crate::journal::Answer;

/// Everything that is wrong with an end.
pub(super) async fn faults(morning: &Morning, weather: &Weather, strategy: &Strategy, end: &Operation) -> Vec<String> {
    let mut out = morning.watch.seen().wrong.clone();
    out.extend(doubled(morning, weather, end).await);
    let (group, pools) = morning.watch.truth();
    let (old, size) = (&morning.watch.old, morning.watch.size);
    let mut wrong = |bad: bool, what: String| {
        if bad {
            out.push(what);
        }
    };
    wrong(suspended(&group) != weather.off(), format!("off in the end: {:?}, should be {:?}", suspended(&group), weather.off()));
    wrong(!end.borrowed.is_empty(), format!("says it still holds {:?}", end.borrowed));
    wrong(group.mark().is_some(), "the mark stays".to_owned());
    wrong(end.note.len() < 5 || end.note.contains("should not happen"), "says nothing, or what should not happen".to_owned());
    let here: std::collections::BTreeSet<_> = group.members.iter().filter(|m| m.counts()).map(|m| m.id.clone()).collect();
    let olds = here.intersection(old).count();
    let is = Size::of(&group).unwrap();
    let as_wanted = weather.resized.is_some() || is == size;
    let blue = matches!(strategy, Strategy::BlueGreen(_));
    let protected = group.members.iter().any(|m| m.protected);
    let weights: Vec<u32> = pools.iter().flat_map(|p| &p.routes).filter_map(|r| r.percent(&group.pools[0])).map(u32::from).collect();
    match end.phase {
        Phase::Done if blue => {
            wrong(olds < old.len() && !weather.harm, format!("the old group stays warm, but {olds} are left"));
            wrong(weights != [0], format!("all traffic is over, but the old pool has {weights:?}"));
        }
        Phase::Done => {
            let excused = end.note.contains("old ones stay") || end.note.contains("old and parked");
            wrong(olds > 0 && !excused, format!("{olds} old ones are left"));
            wrong(!as_wanted, format!("{is:?}, was {size:?}"));
            // More there are while zones are balanced again.
            wrong(group.counted() < is.desired && !weather.harm, format!("{} are there of {}", group.counted(), is.desired));
            wrong(protected, "somebody is still protected".to_owned());
            let serve = serving(&group, &pools).len() as u32;
            wrong(serve < is.desired && !weather.harm, format!("{serve} serve of {}", is.desired));
        }
        Phase::RolledBack => {
            wrong(!as_wanted, format!("{is:?}, was {size:?}"));
            wrong(protected, "somebody is still protected".to_owned());
            if blue {
                wrong(weights != [100], format!("all traffic is back, but the old pool has {weights:?}"));
            }
            if matches!(strategy, Strategy::Native(_)) {
                let versions = group.versions();
                wrong(versions.len() > 1 && !weather.harm, format!("a mix: {versions:?}"));
            } else {
                wrong(olds < old.len() && !weather.harm, format!("only {olds} old ones are left"));
            }
        }
        Phase::Held | Phase::Abandoned => {}
        Phase::Refused => {
            let touched =
                |c: &Call| !matches!(c, Call::Mark { .. } | Call::Unmark { .. } | Call::Suspend { .. } | Call::ResumeProcesses { .. });
            let done = morning.watch.carried_out();
            wrong(done.iter().any(touched), format!("refused, but {} calls were carried out", done.len()));
        }
        Phase::Failed => wrong(!matches!(strategy, Strategy::Native(_)), "only the cloud's own may fail".to_owned()),
        other => wrong(true, format!("no end: {}", other.word())),
    }
    out
}

/// Calls that the estate carried out more often than the journal knows of, and steps that were done twice.
async fn doubled(morning: &Morning, weather: &Weather, end: &Operation) -> Vec<String> {
    let stored = morning.stage.journal.load(&end.id).await.unwrap().unwrap();
    let (mut known, mut steps): (BTreeMap<String, u32>, BTreeMap<&str, u32>) = (BTreeMap::new(), BTreeMap::new());
    for step in &stored.entry.steps {
        if step.answer != Some(Answer::Refused) {
            *known.entry(format!("{:?}", step.call)).or_default() += 1;
            *steps.entry(&step.name).or_default() += 1;
        }
    }
    let mut out: Vec<String> = steps.iter().filter(|(_, n)| **n > 1).map(|(s, n)| format!("the step {s} was done {n} times")).collect();
    out.extend(stored.entry.steps.iter().filter(|s| s.answer.is_none()).map(|s| format!("{} has no answer in the end", s.name)));
    let (mut done, mut took): (BTreeMap<String, u32>, BTreeMap<_, u32>) = (BTreeMap::new(), BTreeMap::new());
    for call in morning.watch.carried_out() {
        *done.entry(format!("{call:?}")).or_default() += 1;
        for id in call.takes_out() {
            *took.entry(id.clone()).or_default() += 1;
        }
    }
    for (call, n) in done {
        let of = known.get(&call).copied().unwrap_or(0);
        // Doubled on the way, each arrives twice at most.
        let most = if weather.twice { of * 2 } else { of };
        if n > most {
            out.push(format!("carried out {n} times, the journal knows of {of}: {call}"));
        }
    }
    out.extend(took.iter().filter(|(_, n)| **n > 1).map(|(id, n)| format!("{} was taken out {n} times", id.native())));
    out
}
