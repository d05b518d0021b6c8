//! What a human gives along at the foot of a card: a ticket where one is asked for, a reason where a rule is set aside, and the name that
//! the environment wants typed. The same for one target and for many.

use super::edit;
use crate::config::keymap::{Key, KeyCode};
use crate::domain::plan::guard::{Given, Override, Rule};
use crate::domain::{Label, Refusal};

/// The fields at the foot of a card as they are filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assent {
    /// What was typed of the name.
    pub name: String,
    pub ticket: String,
    /// The config asks for a ticket here.
    pub wants_ticket: bool,
    /// Rules that are to be set aside. They count once there is a reason.
    pub aside: Vec<Rule>,
    pub reason: String,
    /// The one that gets the keys.
    pub blank: Blank,
}

/// One field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blank {
    Ticket,
    Reason,
    #[default]
    Name,
}

impl Assent {
    /// An empty one; the ticket is typed first.
    pub(super) fn new(wants_ticket: bool) -> Self {
        let blank = if wants_ticket { Blank::Ticket } else { Blank::Name };
        Self { wants_ticket, blank, ..Self::default() }
    }

    /// As the guards and the journal take it, exactly as from a script.
    pub fn given(&self) -> Given {
        let said = |text: &str| Some(text.trim()).filter(|t| !t.is_empty()).map(Label::new);
        let overrides = match said(&self.reason) {
            Some(reason) => self.aside.iter().map(|rule| Override { rule: *rule, reason: reason.clone() }).collect(),
            None => Vec::new(),
        };
        Given { ticket: said(&self.ticket), overrides, operation: None }
    }

    /// The fields there are, in the order in which they are filled in. `name`: one is asked for.
    pub fn blanks(&self, name: bool) -> Vec<Blank> {
        let some = |blank, is_there: bool| is_there.then_some(blank);
        [some(Blank::Ticket, self.wants_ticket), some(Blank::Reason, !self.aside.is_empty()), some(Blank::Name, name)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Whether a refusal is only that the ticket is missing, which its field asks for.
    pub fn asks(&self, refusal: &Refusal) -> bool {
        refusal.rule == Rule::Ticket && self.wants_ticket && !self.aside.contains(&Rule::Ticket)
    }

    /// The rules that could be set aside so that nothing refuses any more; empty where one of them cannot.
    pub fn could_set_aside(&self, refusals: &[Refusal]) -> Vec<Rule> {
        let real = refusals.iter().filter(|r| !self.asks(r));
        let mut rules: Vec<Rule> = if real.clone().all(|r| r.overridable) { real.map(|r| r.rule).collect() } else { Vec::new() };
        if let [only] = refusals
            && only.overridable
        {
            rules = vec![only.rule];
        }
        rules.retain(|rule| !self.aside.contains(rule));
        rules.dedup();
        rules
    }

    /// Opens the field for the reason.
    pub(super) fn set_aside(&mut self, rules: Vec<Rule>) {
        self.aside.extend(rules);
        self.blank = Blank::Reason;
    }

    /// What is still missing, first: the ticket, the reason, the name.
    pub(super) fn lacks(&self, refusals: &[Refusal], name: bool) -> Option<Blank> {
        if refusals.iter().any(|r| self.asks(r)) {
            return Some(Blank::Ticket);
        }
        if !self.aside.is_empty() && self.reason.trim().is_empty() {
            return Some(Blank::Reason);
        }
        name.then_some(Blank::Name)
    }

    fn text(&mut self) -> &mut String {
        match self.blank {
            Blank::Ticket => &mut self.ticket,
            Blank::Reason => &mut self.reason,
            Blank::Name => &mut self.name,
        }
    }

    /// Takes a key. `None`: it means nothing here; else whether what is given along changed.
    pub(super) fn press(&mut self, key: Key, blanks: &[Blank]) -> Option<bool> {
        if key.code == KeyCode::Tab {
            let at = blanks.iter().position(|b| *b == self.blank)?;
            let step = if key.shift { blanks.len() - 1 } else { 1 };
            self.blank = blanks[(at + step) % blanks.len()];
            return Some(false);
        }
        if !blanks.contains(&self.blank) {
            return None;
        }
        let counts = self.blank != Blank::Name;
        edit(self.text(), key).then_some(counts)
    }

    /// Takes pasted text; whether what is given along changed.
    pub(super) fn paste(&mut self, line: &str, blanks: &[Blank]) -> bool {
        if !blanks.contains(&self.blank) {
            return false;
        }
        super::append(self.text(), line.trim());
        self.blank != Blank::Name
    }
}
