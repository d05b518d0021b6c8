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
