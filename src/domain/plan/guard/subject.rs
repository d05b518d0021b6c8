//! What a plan is held against: the thing it changes, as it is now.

use super::super::super::alarm::Alarm;
use super::super::super::database::Database;
use super::super::super::group::Group;
use super::super::super::ids::{Kind, ResourceId};
use super::super::super::label::Label;
use super::super::super::snapshot::Snapshot;

#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    Group(&'a Group),
    Database(&'a Database),
    Alarm(&'a Alarm),
}

impl<'a> Subject<'a> {
    /// The thing of this id in the picture; `None` where it is not there, or is nothing that a plan can change.
    pub fn find(snapshot: &'a Snapshot, id: &ResourceId) -> Option<Self> {
        match id.kind {
            Kind::Group => snapshot.group(id).map(|g| Self::Group(&g.item)),
            Kind::Database => snapshot.database(id).map(|d| Self::Database(&d.item)),
            Kind::Alarm => snapshot.alarm(id).map(|a| Self::Alarm(&a.item)),
            Kind::Member | Kind::Pool | Kind::Balancer | Kind::Rule => None,
        }
    }

    pub fn id(&self) -> &'a ResourceId {
        match self {
            Self::Group(g) => &g.id,
            Self::Database(d) => &d.id,
            Self::Alarm(a) => &a.id,
        }
    }

    pub fn name(&self) -> &'a Label {
        match self {
            Self::Group(g) => &g.name,
            Self::Database(d) => &d.name,
            Self::Alarm(a) => &a.name,
        }
    }

    /// `group`, `database`, `alarm`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Group(_) => "group",
            Self::Database(_) => "database",
            Self::Alarm(_) => "alarm",
        }
    }

    pub fn group(&self) -> Option<&'a Group> {
        match self {
            Self::Group(g) => Some(g),
            _ => None,
        }
    }
}

impl<'a> From<&'a Group> for Subject<'a> {
    fn from(group: &'a Group) -> Self {
        Self::Group(group)
    }
}

impl<'a> From<&'a Database> for Subject<'a> {
    fn from(database: &'a Database) -> Self {
        Self::Database(database)
    }
}

impl<'a> From<&'a Alarm> for Subject<'a> {
    fn from(alarm: &'a Alarm) -> Self {
        Self::Alarm(alarm)
    }
}
