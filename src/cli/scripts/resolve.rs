//! From a name as typed to the one thing it means. Exact, never guessed: several that bear it are all named, and none gets the nearest.

use std::fmt::Write as _;

use super::stop::Stop;
use crate::config::suggest::suggest;
use crate::domain::{Group, Kind, Label, ResourceId, Snapshot};

/// What may be named.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    id: ResourceId,
    name: Label,
}

impl Candidate {
    /// `portal in eu-central-1`, with the cloud's own id where that says more.
    fn described(&self) -> Label {
        let (native, region) = (self.id.native(), self.id.scope.region());
        if *native == *self.name {
            Label::new(format!("{} in {region}", self.name))
        } else {
            Label::new(format!("{} in {region} ({native})", self.name))
        }
    }
}

fn candidates(snapshot: &Snapshot, kind: Kind) -> Vec<Candidate> {
    let of = |id: &ResourceId, name: &Label| Candidate { id: id.clone(), name: name.clone() };
    match kind {
        Kind::Group => snapshot.groups.iter().map(|g| of(&g.item.id, &g.item.name)).collect(),
        Kind::Database => snapshot.databases.iter().map(|d| of(&d.item.id, &d.item.name)).collect(),
        Kind::Alarm => snapshot.alarms.iter().map(|a| of(&a.item.id, &a.item.name)).collect(),
        Kind::Member | Kind::Pool | Kind::Balancer | Kind::Rule => Vec::new(),
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Database => "database",
        Kind::Alarm => "alarm",
        _ => "group",
    }
}

/// The thing of one of these kinds that bears this name or id.
pub fn thing(snapshot: &Snapshot, kinds: &[Kind], typed: &str) -> Result<ResourceId, Stop> {
    let all: Vec<Candidate> = kinds.iter().flat_map(|k| candidates(snapshot, *k)).collect();
    // An id is one thing's own; a name may be borne by several.
    let mut found: Vec<&Candidate> = all.iter().filter(|c| c.id.native() == typed || c.name.as_str() == typed).collect();
    found.dedup_by(|a, b| a.id == b.id);
    let what = kinds.iter().map(|k| word(*k)).collect::<Vec<_>>().join(", ");
    match &found[..] {
        [one] => Ok(one.id.clone()),
        [] => {
            let near = suggest(typed, all.iter().map(|c| c.name.as_str()));
            let mut text = format!("there is no {what} {:?} here", Label::new(typed));
            if let Some(near) = &near {
                let _ = write!(text, " (did you mean \"{near}\"?)");
            } else if all.len() <= 12 && !all.is_empty() {
                let _ = write!(text, "; there are {}", all.iter().map(|c| &*c.name).collect::<Vec<_>>().join(", "));
            }
            Err(Stop::bad(text).or_one_of(near.map(Label::from).into_iter().collect()))
        }
        several => {
            let named: Vec<Label> = several.iter().map(|c| c.described()).collect();
            let listed = named.iter().map(|l| &**l).collect::<Vec<_>>().join(", ");
            let regions = several.iter().any(|c| c.id.scope != several[0].id.scope);
            let way = if regions { "say which with --region or --profile" } else { "give its id" };
            Err(Stop::bad(format!("{:?} is ambiguous: {listed}; {way}", Label::new(typed))).or_one_of(named))
        }
    }
}

/// The members of a group with these ids, or names.
pub fn members(group: &Group, typed: &[String]) -> Result<Vec<ResourceId>, Stop> {
    typed
        .iter()
        .map(|word| {
            let found: Vec<&ResourceId> =
                group.members.iter().filter(|m| m.id.native() == word || m.label.as_str() == word).map(|m| &m.id).collect();
            match &found[..] {
                [one] => Ok((*one).clone()),
                [] => {
                    let ids: Vec<Label> = group.members.iter().map(|m| Label::new(m.id.native())).collect();
                    let listed = ids.iter().map(|l| &**l).collect::<Vec<_>>().join(", ");
                    Err(Stop::bad(format!("{} has no member {:?}; there are {listed}", group.name, Label::new(word))).or_one_of(ids))
                }
                several => {
                    let ids: Vec<Label> = several.iter().map(|id| Label::new(id.native())).collect();
                    Err(Stop::bad(format!("{:?} names {} members of {}: give ids", Label::new(word), ids.len(), group.name)).or_one_of(ids))
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
