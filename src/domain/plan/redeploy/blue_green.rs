//! Blue/green: a second group beside the first, the traffic moved over by weight. Only where one rule sends to exactly two target groups.

use std::time::Duration;

use super::super::super::pool::{Route, TargetPool};
use super::super::super::verdict::Verdict;
use super::super::notes::{note, roughly};
use super::super::request::{BlueGreen, Strategy};
use super::super::setting::count;
use super::super::{ImpactNote, Inverse};
use super::case::Case;
use super::{Outlook, members};

/// Balancers answer to new weights within seconds.
const STEP: Duration = Duration::from_secs(30);

pub(super) fn defaults(_: &Case<'_>) -> Strategy {
    Strategy::BlueGreen(BlueGreen::default())
}

/// The pool of the group, the one beside it, and the rules that share traffic between them.
struct Sides<'a> {
    own: &'a TargetPool,
    other: &'a TargetPool,
    routes: Vec<&'a Route>,
}

fn sides<'a>(case: &Case<'a>) -> Result<Sides<'a>, String> {
    let id = match case.group.pools.as_slice() {
        [] => return Err("it stands behind no balancer that could share its traffic".to_owned()),
        [one] => one,
        several => return Err(format!("it fills {} pools, and traffic can only be moved where there is one", several.len())),
    };
    let read = |id| case.s.snapshot.pool(id).map(|p| &p.item);
    let own = read(id).ok_or("its pool was not read yet: whether a rule shares its traffic is not known")?;
    let kinds: Vec<&str> = own.balancers.iter().map(|b| &*b.kind).collect();
    if &*own.kind == "classic" || kinds.contains(&"classic") {
        return Err("it hangs from a classic balancer, which knows no weights".to_owned());
    }
    if let Some(kind) = kinds.iter().find(|k| **k != "alb") {
        let what =
            if *kind == "nlb" { "a network balancer, which keeps connections where they are" } else { "a balancer without weighted rules" };
        return Err(format!("it hangs from {what} ({kind})"));
    }
    if own.routes.is_empty() {
        return Err(format!("no rule is known that sends traffic to {}", own.name));
    }
    let mut other = None;
    for route in &own.routes {
        let [(a, _), (b, _)] = route.weights.as_slice() else {
            return Err(format!(
                "{} forwards to {}: add an empty second target group to it",
                route.name,
                count(route.weights.len(), "target group")
            ));
        };
        let beside = if a == id { b } else { a };
        if other.is_some_and(|o| o != beside) {
            return Err(format!("its rules share traffic with different target groups ({})", route.name));
        }
        other = Some(beside);
    }
    let other = other.and_then(read).ok_or("the second target group of its rule was not read yet")?;
    Ok(Sides { own, other, routes: own.routes.iter().collect() })
}

pub(super) fn refusals(case: &Case<'_>, way: &BlueGreen) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(owner) = case.group.owner.as_ref().filter(|o| !o.exclusive) {
        out.push(format!(
            "{} owns this group: its next run would undo the second group and the weights; redeploy through it, or roll",
            owner.tool
        ));
    }
    match sides(case) {
        Err(why) => out.push(why),
        Ok(sides) => {
            if sides.other.targets.is_none() {
                out.push(format!("whether {} is empty is not known", sides.other.name));
            } else if sides.other.health().is_some_and(|(_, all)| all > 0) || !sides.other.groups.is_empty() {
                out.push(format!("{} is not empty: retire what stands in it first", sides.other.name));
            }
            if let Some(route) = sides.routes.iter().find(|r| r.percent(&sides.own.id) != Some(100)) {
                let share = route.percent(&sides.own.id).map_or_else(|| "nothing known".to_owned(), |p| format!("{p} %"));
                out.push(format!("{} sends {share} to {} now, not all of it", route.name, sides.own.name));
            }
        }
    }
    if way.steps.last() != Some(&100) {
        out.push("the last step must be 100 %, or the old group keeps serving".to_owned());
    }
    if !way.steps.is_sorted_by(|a, b| a < b) || way.steps.iter().any(|s| *s == 0 || *s > 100) {
        out.push("steps are 1 to 100 % and rise from one to the next".to_owned());
    }
    out
}

pub(super) fn outlook(case: &Case<'_>, way: &BlueGreen) -> Outlook {
    let slots = case.slots();
    let pauses = way.pause * way.steps.len().saturating_sub(1) as u32 + STEP * way.steps.len() as u32;
    Outlook {
        slots,
        at_once: slots,
        // The old group stands untouched beside the new one.
        least: case.healthy(),
        most: case.size.desired * 2,
        takes: case.launch.map(|l| l + pauses + way.bake),
    }
}

pub(super) fn explanation(case: &Case<'_>, way: &BlueGreen) -> String {
    let o = outlook(case, way);
    let steps: Vec<String> = way.steps.iter().map(|s| format!("{s} %")).collect();
    let place =
        sides(case).map_or_else(|_| "a second target group of its rule".to_owned(), |s| format!("{} beside {}", s.other.name, s.own.name));
    format!(
        "Clones the group with {} into {place}, waits until they are healthy and warm, and moves the traffic over in steps of {} with {} between them; the old group stays warm for {} after the last. Twice the members ({}) are paid meanwhile; all {} healthy stay. {} One key sends the traffic back while the old group is there; removing it is an operation of its own.",
        count(o.slots as usize, "new member"),
        steps.join(", "),
        roughly(way.pause),
        roughly(way.bake),
        o.most,
        o.least,
        super::surge::duration(&o),
    )
}

pub(super) fn notes(case: &Case<'_>, way: &BlueGreen) -> Vec<ImpactNote> {
    let mut out = members::by_id(case);
    out.push(note(
        Verdict::Warning,
        format!(
            "twice the members for about {}: they are paid, and quotas must hold them",
            roughly(way.pause * way.steps.len() as u32 + way.bake)
        ),
    ));
    out.push(bare(case));
    if case.pools.iter().any(|p| &*p.protocol == "TCP") {
        out.push(note(Verdict::Notice, "connections that are open stay where they are until they end"));
    }
    out
}

/// What the second group comes without: nothing scales it, and nobody is warned about it.
fn bare(case: &Case<'_>) -> ImpactNote {
    let of = |there: Option<usize>, what: &str, many: &str| match there {
        None => format!("{many} (not read yet)"),
        Some(0) => format!("{many} (there are none)"),
        Some(1) => format!("the {what}"),
        Some(n) => format!("the {n} {many}"),
    };
    let policies = of(case.group.policies.as_ref().map(Vec::len), "scaling policy", "scaling policies");
    let schedules = of(case.group.schedules.as_ref().map(Vec::len), "scheduled action", "scheduled actions");
    let nothing = [case.group.policies.as_ref().map(Vec::len), case.group.schedules.as_ref().map(Vec::len)] == [Some(0), Some(0)];
    note(
        if nothing { Verdict::Notice } else { Verdict::Warning },
        format!(
            "the new group gets none of {policies}, {schedules} and alarms of the old one: nothing scales it and no alarm watches it until you give it its own; do so before the old one is retired"
        ),
    )
}

pub(super) fn inverse(way: &BlueGreen) -> Inverse {
    Inverse::RollBack {
        until: format!(
            "the old group is retired: until then the traffic goes back in one step; it stays warm for {} at least",
            roughly(way.bake)
        )
        .into(),
    }
}
