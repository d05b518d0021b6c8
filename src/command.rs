//! Every command that a key, the palette or the command line can invoke: one declaration feeds keymap, palette, help, footer and docs.

/// What invoking a command can do to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Looks only.
    None,
    /// Opens a form or card that can change something; absent in a read-only console.
    Changes,
}

/// Where a command means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Anywhere,
    /// A list is in focus: deck panes and tables of a group.
    List,
    /// A group is selected or drilled into.
    Group,
    /// The deck itself.
    Deck,
    /// Members are marked, or one is selected.
    Member,
    /// A database is selected or drilled into.
    Database,
    /// An alarm is selected.
    Alarm,
    /// Something that can be changed is selected, whatever it is.
    Subject,
    /// An operation is selected that would obey.
    Operation,
}

macro_rules! commands {
    ($($variant:ident, $name:literal, $title:literal, [$($key:literal),*], $risk:ident, $place:ident;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command { $($variant),* }

        /// In the order in which help lists them.
        pub const ALL: &[Command] = &[$(Command::$variant),*];

        impl Command {
            /// The word for config files and the palette.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),* } }
            /// One line in the imperative.
            pub const fn title(self) -> &'static str { match self { $(Self::$variant => $title),* } }
            pub const fn default_keys(self) -> &'static [&'static str] { match self { $(Self::$variant => &[$($key),*]),* } }
            pub const fn risk(self) -> Risk { match self { $(Self::$variant => Risk::$risk),* } }
            pub const fn place(self) -> Place { match self { $(Self::$variant => Place::$place),* } }
        }
    };
}

commands! {
    ScaleUp, "scale-up", "Scale the group up by one", ["+", "="], Changes, Group;
    ScaleDown, "scale-down", "Scale the group down by one", ["-"], Changes, Group;
    ScaleTo, "scale", "Scale the group to an exact number, bounds too", ["s"], Changes, Group;
    Redeploy, "redeploy", "Redeploy the group: choose how", ["R"], Changes, Group;
    Freeze, "freeze", "Freeze the group as it is; thaw it where it is frozen", ["F"], Changes, Group;
    Thaw, "thaw", "Thaw the group: give back what its freeze saved", [], Changes, Group;
    Undo, "undo", "Take the last change back", ["u"], Changes, Subject;
    Change, "change", "Choose what to do with what is selected", ["c"], Changes, Subject;
    Processes, "processes", "Suspend or resume processes of the group", ["P"], Changes, Group;
    Terminate, "terminate", "Terminate the member; the group shrinks", [], Changes, Member;
    Replace, "replace", "Terminate the member; another takes its place", [], Changes, Member;
    Standby, "standby", "Park the member in standby; the group shrinks", [], Changes, Member;
    StandbyReplaced, "standby-replaced", "Park the member in standby; another takes its place", [], Changes, Member;
    InService, "in-service", "Bring the member back from standby", [], Changes, Member;
    Protect, "protect", "Protect the member from scale-in", [], Changes, Member;
    Unprotect, "unprotect", "Protect the member no longer", [], Changes, Member;
    Deregister, "deregister", "Take the member out of its balancers", [], Changes, Member;
    Register, "register", "Put the member back behind its balancers", [], Changes, Member;
    Reboot, "reboot", "Reboot the member", [], Changes, Member;
    Retire, "retire", "Remove the group that a blue/green redeploy left warm", [], Changes, Group;
    CancelRefresh, "cancel-refresh", "Cancel the instance refresh that is under way", [], Changes, Group;
    RollBackRefresh, "roll-back-refresh", "Roll back the instance refresh that is under way", [], Changes, Group;
    RebootDatabase, "reboot-database", "Reboot the database", [], Changes, Database;
    RebootWithFailover, "reboot-with-failover", "Reboot the database into its standby", [], Changes, Database;
    FailOver, "fail-over", "Fail the database over to its standby or replica", [], Changes, Database;
    SnapshotDatabase, "snapshot", "Take a snapshot of the database", [], Changes, Database;
    Mute, "mute", "Mute the alarm for a while", [], Changes, Alarm;
    Unmute, "unmute", "Let the alarm speak again", [], Changes, Alarm;
    PauseOperation, "pause-operation", "Pause the operation, or go on with it", ["w"], Changes, Operation;
    HoldOperation, "hold-operation", "Hold the operation: stop, give back what was borrowed", ["H"], Changes, Operation;
    RollBackOperation, "roll-back", "Roll the operation back", ["b"], Changes, Operation;
    AbandonOperation, "abandon", "Abandon the operation: leave everything as it is", ["A"], Changes, Operation;
    Open, "open", "Open what is selected", ["enter", "l", "right"], None, List;
    Back, "back", "Go back, close, clear the filter", ["esc", "h", "left"], None, Anywhere;
    Down, "down", "Next row", ["j", "down"], None, List;
    Up, "up", "Previous row", ["k", "up"], None, List;
    PageDown, "page-down", "One page down", ["pagedown", "ctrl-f"], None, List;
    PageUp, "page-up", "One page up", ["pageup", "ctrl-b"], None, List;
    Top, "top", "First row", ["g", "home"], None, List;
    Bottom, "bottom", "Last row", ["G", "end"], None, List;
    Mark, "mark", "Mark or unmark the row", ["space"], None, List;
    Filter, "filter", "Filter the list", ["/"], None, List;
    Next, "next", "Next pane or tab", ["tab"], None, Anywhere;
    Previous, "previous", "Previous pane or tab", ["shift-tab"], None, Anywhere;
    PaneGroups, "groups", "Go to groups", ["1"], None, Deck;
    PanePools, "load-balancers", "Go to load balancers", ["2"], None, Deck;
    PaneDatabases, "databases", "Go to databases", ["3"], None, Deck;
    PaneMetrics, "metrics", "Go to metrics", ["4"], None, Deck;
    PaneChanges, "changes", "Go to changes and alarms", ["5"], None, Deck;
    Operations, "operations", "Go to the operations", ["o", "6"], None, Anywhere;
    Zoom, "zoom", "Give the pane the whole screen, and back", ["z"], None, Anywhere;
    Shorter, "shorter", "Metrics over a shorter time", ["["], None, Anywhere;
    Longer, "longer", "Metrics over a longer time", ["]"], None, Anywhere;
    Hold, "hold", "Hold the picture still, and let go", ["p"], None, Anywhere;
    Refresh, "refresh", "Read everything again now", ["ctrl-r"], None, Anywhere;
    Palette, "palette", "Find a command by name", [":"], None, Anywhere;
    Theme, "theme", "Switch between dark and light", ["T"], None, Anywhere;
    Help, "help", "The keys of this screen", ["?"], None, Anywhere;
    Suspend, "suspend", "Suspend to the shell (fg comes back)", ["ctrl-z"], None, Anywhere;
    Quit, "quit", "Quit", ["q", "ctrl-c"], None, Anywhere;
}

impl Command {
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|c| c.name() == name)
    }
}
