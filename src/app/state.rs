//! Everything the console remembers. `ui` draws it, `update` changes it, nobody else touches it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::overlay::assent::Assent;
use super::secret::Secret;
use crate::config::OperationSettings;
use crate::config::keymap::Keymap;
use crate::domain::plan::Given;
use crate::domain::plan::guard::Overridden;
use crate::domain::{Environment, GuardRules, Label, Now, Operation, OperationId, Plan, Refusal, Request, ResourceId, Scope, Snapshot};

/// What does not change while a context is open.
#[derive(Clone, Debug)]
pub struct Session {
    pub context: Label,
    pub environment: Environment,
    pub scopes: Vec<Scope>,
    pub read_only: bool,
    pub guard: GuardRules,
    /// What freezes and redeploys begin with.
    pub operations: OperationSettings,
    pub keymap: Keymap,
    /// Remarks on the config, shown once.
    pub remarks: Vec<Label>,
    /// IANA name of the zone clocks are shown in, for the header (`UTC`).
    pub zone: jiff::tz::TimeZone,
}

/// The panes of the deck, in key order; that of the operations is there while there are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    Groups,
    Pools,
    Databases,
    Metrics,
    Changes,
    Operations,
}

impl Pane {
    pub const ALL: [Self; 6] = [Self::Groups, Self::Pools, Self::Databases, Self::Metrics, Self::Changes, Self::Operations];

    pub fn title(self) -> &'static str {
        match self {
            Self::Groups => "GROUPS",
            Self::Pools => "LOAD BALANCERS",
            Self::Databases => "DATABASES",
            Self::Metrics => "METRICS",
            Self::Changes => "CHANGES & ALARMS",
            Self::Operations => "OPERATIONS",
        }
    }
}

/// The tabs of a drilled-in group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupTab {
    Members,
    Activities,
    Policies,
    Schedule,
    Versions,
    Tags,
}

impl GroupTab {
    pub const ALL: [Self; 6] = [Self::Members, Self::Activities, Self::Policies, Self::Schedule, Self::Versions, Self::Tags];

    pub fn title(self) -> &'static str {
        match self {
            Self::Members => "MEMBERS",
            Self::Activities => "ACTIVITIES",
            Self::Policies => "POLICIES",
            Self::Schedule => "SCHEDULE",
            Self::Versions => "VERSIONS",
            Self::Tags => "TAGS",
        }
    }
}

/// What a row of a list stands for, stable across reads: never a position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    Resource(ResourceId),
    /// What is no resource, by its id or name: changes, activities, policies, versions, tags.
    Named(Label),
}

impl RowKey {
    /// What there is to show of a thing whose words are gone.
    pub fn fallback(&self) -> Label {
        match self {
            Self::Resource(id) => Label::new(id.native()),
            Self::Named(name) => name.clone(),
        }
    }
}

/// One row of a view: an index into the snapshot's list (or the group's member list), or a ghost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: RowKey,
    /// `None`: the thing vanished; its last label is kept in [`ListState::ghost`].
    pub index: Option<usize>,
    /// Lines it takes: 2 where a reason stands under the row.
    pub height: u8,
}

/// A list with selection by key, filter and scroll. `rows` is the cached view for (generation, filter).
#[derive(Clone, Debug, Default)]
pub struct ListState {
    pub rows: Vec<Row>,
    pub selected: Option<RowKey>,
    /// Position of `selected` in `rows`.
    pub position: usize,
    /// First row drawn.
    pub offset: usize,
    pub filter: String,
    /// What the vanished selected row said; operating keys are dead while it stands.
    pub ghost: Option<Label>,
    /// Rows before filtering.
    pub total: usize,
    /// Generation the view was made for; `None` = make it again.
    pub generation: Option<u64>,
    /// First line of every row, and the number of all lines at the end: paging never walks the rows.
    pub tops: Vec<u32>,
    /// The user moved, clicked or filtered here. Until then the selection follows the top row, which is the worst trouble.
    pub touched: bool,
    /// When the selection followed the top row to another one.
    pub followed: Option<Now>,
}

impl ListState {
    /// The row under the cursor, ghost or not.
    pub fn selected_row(&self) -> Option<&Row> {
        self.rows.get(self.position).filter(|r| Some(&r.key) == self.selected.as_ref())
    }
}

#[derive(Clone, Debug)]
pub struct Deck {
    pub focus: Pane,
    pub zoom: bool,
    /// The pane of resources that was in focus last: its selection is what the metrics are of.
    pub subject: Pane,
    /// By `Pane::ALL` order; the metrics pane uses only `offset`, that of the operations none.
    pub lists: [ListState; 6],
}

/// A group drilled into.
#[derive(Clone, Debug)]
pub struct GroupScreen {
    pub id: ResourceId,
    /// Name at the time of opening, for when the group vanishes.
    pub name: Label,
    pub tab: GroupTab,
    /// By `GroupTab::ALL` order.
    pub lists: [ListState; 6],
}

/// A pool drilled into: its targets with state and reason.
#[derive(Clone, Debug)]
pub struct PoolScreen {
    pub id: ResourceId,
    pub name: Label,
    /// Rows point into [`crate::domain::TargetPool::targets`].
    pub list: ListState,
}

/// A database drilled into: its fields above, its events below.
#[derive(Clone, Debug)]
pub struct DatabaseScreen {
    pub id: ResourceId,
    pub name: Label,
    /// Alarms (rows with a resource) and changes (named rows) about it.
    pub list: ListState,
}

/// The first screen, where nothing is configured: what was found, and the demo.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Why we are here, in one sentence.
    pub reason: Label,
    /// Profiles found with their regions (or none) and the file they come from.
    pub profiles: Vec<FoundProfile>,
    /// 0 = the demo, then the profiles in order.
    pub selected: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundProfile {
    pub name: String,
    pub label: Label,
    pub region: Option<String>,
    /// `sso`, `assume role`, `static keys`, `process`, …
    pub kind: Label,
    pub origin: Label,
}

#[derive(Clone, Debug)]
pub enum Screen {
    Deck,
    Group(Box<GroupScreen>),
    Pool(Box<PoolScreen>),
    Database(Box<DatabaseScreen>),
    /// All operations, the chosen one with its slots.
    Operations,
    Start(Start),
}

impl Screen {
    /// The thing a drilled-in screen is about; none on the deck and the first screen.
    pub fn about(&self) -> Option<&ResourceId> {
        match self {
            Self::Deck | Self::Operations | Self::Start(_) => None,
            Self::Group(g) => Some(&g.id),
            Self::Pool(p) => Some(&p.id),
            Self::Database(d) => Some(&d.id),
        }
    }
}

/// The form behind `s`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleForm {
    pub group: ResourceId,
    /// More groups that get the same numbers.
    pub others: Vec<ResourceId>,
    pub name: Label,
    pub desired: String,
    pub min: String,
    pub max: String,
    pub honor_cooldown: bool,
    /// Members chosen to go, and all that could (id, label, zone, age, why not).
    pub victims: BTreeSet<ResourceId>,
    pub choices: Vec<VictimChoice>,
    pub field: ScaleField,
    /// Row of the victim list under the cursor.
    pub cursor: usize,
    /// What is wrong with the input, in words.
    pub problem: Option<Label>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VictimChoice {
    pub id: ResourceId,
    pub label: Label,
    pub zone: Label,
    pub version: Option<Label>,
    pub age: Option<Duration>,
    /// Unhealthy, protected, newest, …
    pub remark: Option<Label>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScaleField {
    Desired,
    Min,
    Max,
    HonorCooldown,
    Victims,
}

/// The impact card, before anything is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub plan: Plan,
    pub refusals: Vec<Refusal>,
    /// Rules that are set aside, each with why.
    pub overridden: Vec<Overridden>,
    pub assent: Assent,
    /// The plan as it was when the card opened; `plan` is made again whenever the world moves.
    pub first: Box<Plan>,
    /// What the journal says about it: which change it takes back, and what happened since.
    pub remarks: Vec<Label>,
    /// Lines scrolled away, where it is longer than the screen.
    pub offset: usize,
    /// What moved since the card opened (`want is 7 now, was 6`), and when it last did.
    pub moved: Vec<Label>,
    pub moved_at: Option<Now>,
    /// Why there is nothing left to confirm: the group vanished, the goal was reached by somebody else.
    pub blocked: Option<Label>,
    /// Why the last attempt to confirm did nothing.
    pub problem: Option<Label>,
}

impl Card {
    /// Only a ticket is missing.
    pub fn waits_for_ticket(&self) -> bool {
        self.blocked.is_none() && !self.refusals.is_empty() && self.refusals.iter().all(|r| self.assent.asks(r))
    }

    /// Whether `enter` (after the name, where it is asked for) would begin the operation.
    pub fn can_confirm(&self) -> bool {
        self.refusals.is_empty() && self.blocked.is_none()
    }
}

/// One card for several targets: each with what would be done to it, or why nothing would.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    pub entries: Vec<BulkEntry>,
    pub assent: Assent,
    /// After a failure go on with the next target.
    pub go_on: bool,
    pub offset: usize,
    pub moved_at: Option<Now>,
    pub problem: Option<Label>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BulkEntry {
    pub target: ResourceId,
    pub name: Label,
    /// Not among the rows of its list now: filtered away.
    pub hidden: bool,
    /// `Err`: left out, and why.
    pub card: Result<Box<Card>, Label>,
}

/// Several targets one after the other: the next one begins when the one before it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    pub waiting: std::collections::VecDeque<Waiting>,
    /// Number of the request under way, its name, and when it was sent.
    pub running: Option<(u64, Label, Now)>,
    /// When it was confirmed.
    pub since: Now,
    pub go_on: bool,
    pub done: u32,
    pub failed: u32,
}

/// One that waits for its turn: what is asked for, and what was given along when it was confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Of its request, under which it is on record already.
    pub number: u64,
    /// The name of its target.
    pub name: Label,
    pub request: Request,
    pub given: Given,
}

/// A question to the journal whose answers are not all here.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    pub waiting: BTreeSet<ResourceId>,
    pub answers: Vec<(ResourceId, Result<super::msg::Inversion, Label>)>,
}

/// A list of commands for what is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// `i-0aa9 of portal`.
    pub title: Label,
    pub commands: Vec<crate::command::Command>,
    pub selected: usize,
}

/// The form behind `P`: which processes of a group's automation go off or on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessForm {
    pub groups: Vec<ResourceId>,
    pub title: Label,
    /// `true`: suspend; `false`: resume.
    pub suspend: bool,
    pub choices: Vec<ProcessChoice>,
    pub cursor: usize,
    pub problem: Option<Label>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessChoice {
    pub name: Label,
    /// What is off while it is suspended.
    pub about: &'static str,
    /// Groups where it is suspended now.
    pub suspended: usize,
    pub chosen: bool,
}

/// The form behind `R`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedeployForm {
    pub groups: Vec<ResourceId>,
    pub title: Label,
    /// By `Way::ALL` order.
    pub offers: Vec<Offer>,
    pub at: usize,
    /// What can be set of each way, by `Way::ALL` order.
    pub fields: [Vec<super::overlay::fields::Field>; 4],
    /// The field that gets the keys; `None`: they choose the way.
    pub field: Option<usize>,
    pub problem: Option<Label>,
}

/// A way to redeploy, for one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub way: Way,
    /// What it would do here.
    pub about: Label,
    /// Every reason why it cannot work here.
    pub refused: Vec<Label>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Native,
    SurgeAndDrain,
    InPlace,
    BlueGreen,
}

/// The form that asks how long an alarm is mute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MuteForm {
    pub alarm: ResourceId,
    pub name: Label,
    /// `1h`, `30m`, `2h30m`.
    pub typed: String,
    pub problem: Option<Label>,
}

/// One stack of overlays, top last; never a set of booleans.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    Help {
        offset: usize,
    },
    Palette {
        input: String,
        selected: usize,
    },
    /// The filter of the focused list is being typed.
    Filter {
        before: String,
    },
    ScaleForm(Box<ScaleForm>),
    Card(Box<Card>),
    Bulk(Box<Bulk>),
    Menu(Menu),
    Processes(Box<ProcessForm>),
    Mute(Box<MuteForm>),
    Redeploy(Box<RedeployForm>),
    /// An order that cannot be taken back: is it meant?
    Order {
        id: OperationId,
        order: crate::domain::Order,
    },
    /// A sentence that is too long for the status line.
    Told {
        title: Label,
        text: Label,
    },
    /// Something of ours is in flight: quit anyway?
    ConfirmQuit,
    Question {
        id: u64,
        title: Label,
        prompt: Label,
        /// Not echoed.
        secret: bool,
        input: Secret,
    },
}

impl Overlay {
    /// A form that leads to a card, and is there again when the card is left.
    pub fn is_form(&self) -> bool {
        matches!(self, Self::ScaleForm(_) | Self::Processes(_) | Self::Mute(_) | Self::Redeploy(_))
    }
}

/// Ranges of the metrics pane, shortest first.
pub const WINDOWS: [Duration; 4] = [Duration::from_mins(15), Duration::from_hours(1), Duration::from_hours(6), Duration::from_hours(24)];

#[derive(Clone, Debug)]
pub struct State {
    pub session: Session,
    pub now: Now,
    pub width: u16,
    pub height: u16,
    /// The newest picture.
    pub live: Arc<Snapshot>,
    /// The picture held still, while it is, and since when.
    pub held: Option<(Arc<Snapshot>, Now)>,
    pub screen: Screen,
    /// Where `esc` leads back to, nearest last; empty = the deck.
    pub back: Vec<Screen>,
    pub deck: Deck,
    pub overlays: Vec<Overlay>,
    pub marks: BTreeSet<ResourceId>,
    /// Newest first. On the deck those that are over stay a while; the screen of the operations keeps them longer.
    pub operations: Vec<Operation>,
    /// The operation that keys act on, where one was chosen; else the first that is listed.
    pub chosen: Option<OperationId>,
    /// First slot drawn of the chosen operation, where it was scrolled; else drawing follows what goes on.
    pub slot: Option<usize>,
    /// Targets of a combined card that are not begun yet.
    pub queue: Option<Queue>,
    pub asking: Option<Asking>,
    /// Status-line sentence with the time it appeared.
    pub notice: Option<(Label, Now)>,
    /// Index into [`WINDOWS`].
    pub window: usize,
    /// Name of the theme in use.
    pub theme: String,
    pub next_request: u64,
    /// Last focus sent to the engine, to send only changes.
    pub focus_sent: crate::domain::Focus,
}

impl State {
    /// An empty console before the first snapshot: everything is "not read yet".
    pub fn new(session: Session, now: Now, width: u16, height: u16) -> Self {
        let notice = match &session.remarks[..] {
            [] => None,
            [one] => Some((one.clone(), now)),
            [first, rest @ ..] => Some((Label::new(format!("{first} (and {} more remarks on the config)", rest.len())), now)),
        };
        Self {
            session,
            now,
            width,
            height,
            live: Arc::default(),
            held: None,
            screen: Screen::Deck,
            back: Vec::new(),
            deck: Deck { focus: Pane::Groups, zoom: false, subject: Pane::Groups, lists: Default::default() },
            overlays: Vec::new(),
            marks: BTreeSet::new(),
            operations: Vec::new(),
            chosen: None,
            slot: None,
            queue: None,
            asking: None,
            notice,
            window: 0,
            theme: "dark".to_owned(),
            next_request: 1,
            focus_sent: crate::domain::Focus::default(),
        }
    }

    /// The console on its first screen, where nothing is configured.
    pub fn choosing(session: Session, start: Start, now: Now, width: u16, height: u16) -> Self {
        Self { screen: Screen::Start(start), ..Self::new(session, now, width, height) }
    }

    /// What is drawn: the held picture or the live one.
    pub fn shown(&self) -> &Arc<Snapshot> {
        self.held.as_ref().map_or(&self.live, |(s, _)| s)
    }

    pub fn overlay(&self) -> Option<&Overlay> {
        self.overlays.last()
    }
}
