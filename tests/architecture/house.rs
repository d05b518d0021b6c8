//! The plan of the house as data: which room stands on which floor, and what each must never see.
//! It holds no logic about sources; `scan` finds the paths and `rules` judges them by this table.

/// Things from outside the crate that some rooms must not touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// An async runtime: whoever sees it can wait.
    Runtime,
    /// The drawing library.
    Screen,
    /// The terminal itself: raw mode, key events.
    Keys,
    /// A cloud's own types; they never leave `providers/<x>/`.
    Sdk,
    /// Sockets and HTTP.
    Network,
    /// Reading the time. Pure rooms are handed a `Now`.
    Clock,
    /// Files, databases, file locks.
    Files,
    /// Environment variables and processes.
    Environment,
}

impl Outside {
    /// Why a room is kept from it, for the failure text.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Runtime => "it could wait, and a key would wait with it",
            Self::Screen => "only ui and terminal draw",
            Self::Keys => "only terminal talks to the terminal",
            Self::Sdk => "SDK types never leave providers/<system>/",
            Self::Network => "the network belongs to providers",
            Self::Clock => "pure rooms are handed a Now",
            Self::Files => "the disk is never touched here",
            Self::Environment => "the environment is read in config and cli",
        }
    }
}

/// One room of the house.
pub struct Room {
    pub name: &'static str,
    pub floor: u8,
    /// Rooms on lower floors that it must not see all the same.
    pub never: &'static [&'static str],
    pub outside: &'static [Outside],
}

use Outside::{Clock, Environment, Files, Keys, Network, Runtime, Screen, Sdk};

/// Ground floor first. A room sees only rooms on lower floors; two rooms of one floor never see each other.
pub const ROOMS: &[Room] = &[
    Room { name: "domain", floor: 0, never: &[], outside: &[Runtime, Screen, Keys, Sdk, Network, Clock, Files, Environment] },
    Room { name: "command", floor: 0, never: &[], outside: &[Runtime, Screen, Keys, Sdk, Network, Clock, Files, Environment] },
    Room { name: "config", floor: 1, never: &[], outside: &[Screen, Keys, Sdk, Network] },
    Room { name: "journal", floor: 2, never: &[], outside: &[Screen, Keys, Sdk, Network] },
    Room { name: "shell", floor: 2, never: &[], outside: &[Screen, Keys, Sdk] },
    Room { name: "budget", floor: 2, never: &[], outside: &[Screen, Keys, Sdk, Network, Files, Environment] },
    Room { name: "providers", floor: 3, never: &[], outside: &[Screen, Keys] },
    Room { name: "engine", floor: 4, never: &[], outside: &[Screen, Keys, Sdk, Network] },
    Room { name: "operate", floor: 4, never: &[], outside: &[Screen, Keys, Sdk, Network] },
    Room {
        name: "app",
        floor: 5,
        never: &["engine", "operate", "providers"],
        outside: &[Runtime, Screen, Keys, Sdk, Network, Clock, Files, Environment],
    },
    Room {
        name: "ui",
        floor: 6,
        never: &["engine", "operate", "providers"],
        outside: &[Runtime, Keys, Sdk, Network, Clock, Files, Environment],
    },
    Room { name: "terminal", floor: 7, never: &["providers"], outside: &[Sdk, Network] },
    Room { name: "cli", floor: 8, never: &[], outside: &[Sdk] },
];

/// Files of `providers/` that hold the contract itself; every other child is one system.
pub const PROVIDER_CONTRACT: &[&str] = &["error", "permit", "sink", "contract", "registry"];

/// Module names that say nothing about what lives there.
pub const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "manager", "common", "misc"];

/// Strings of `domain` that are neither drawn nor ids of the cloud, each with the reason why it is no `Label`.
pub const RAW_FIELDS: &[(&str, &str, &str)] =
    &[("OperationId", "0", "made by us, not outside text"), ("Precondition", "value", "compared byte for byte with the fresh read")];

/// Longest file, in lines.
pub const LONGEST_FILE: usize = 800;

pub fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|r| r.name == name)
}

/// What an absolute path from outside the crate stands for; `None` where nobody minds.
pub fn outside(path: &[String]) -> Option<Outside> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    Some(match words.as_slice() {
        ["tokio", "fs", ..] => Files,
        ["tokio" | "tokio_util" | "tokio_stream" | "futures" | "futures_util" | "futures_core" | "futures_channel" | "async_trait", ..]
        | ["std", "thread" | "future" | "task", ..] => Runtime,
        ["ratatui" | "ratatui_core" | "ratatui_widgets" | "ratatui_crossterm" | "ratatui_macros", ..] => Screen,
        ["crossterm", ..] => Keys,
        ["reqwest" | "rustls" | "hyper" | "http", ..]
        | ["std", "net", "TcpStream" | "TcpListener" | "UdpSocket" | "ToSocketAddrs", ..]
        | ["std", "os", "unix", "net", ..] => Network,
        ["std", "time", "Instant" | "SystemTime" | "UNIX_EPOCH", ..]
        | ["jiff", "Timestamp" | "Zoned", "now", ..]
        | ["jiff", "tz", "TimeZone", "system" | "try_system", ..] => Clock,
        ["std", "fs", ..] | ["std", "os", "unix", "fs", ..] => Files,
        ["rusqlite" | "directories" | "file_rotate" | "rustix" | "tempfile", ..] => Files,
        ["std", "env" | "process", ..] => Environment,
        [first, ..] if first.starts_with("aws_") => Sdk,
        _ => return None,
    })
}
