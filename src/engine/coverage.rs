//! What of the focus a source that reads only what is looked at has read lately. Moving the cursor up and down over rows that were just
//! read must not buy their metrics again.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::{Focus, Now, ResourceId, Scope};

/// What was asked for at a time.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    scope: Scope,
    visible: HashMap<ResourceId, Now>,
    selected: HashMap<ResourceId, Now>,
    window: Option<Duration>,
}

impl Coverage {
    pub fn new(scope: Scope) -> Self {
        Self { scope, visible: HashMap::new(), selected: HashMap::new(), window: None }
    }

    /// Whether the focus asks this scope for anything.
    pub fn asks(&self, focus: &Focus) -> bool {
        focus.visible.iter().chain(&focus.selected).chain(&focus.operating).any(|id| id.scope == self.scope)
    }

    /// A read for this focus has ended well.
    pub fn note(&mut self, focus: &Focus, now: Now, fresh: Duration) {
        if focus.window != self.window {
            self.visible.clear();
            self.selected.clear();
            self.window = focus.window;
        }
        self.visible.retain(|_, at| now.since(*at) <= fresh);
        self.selected.retain(|_, at| now.since(*at) <= fresh);
        let scope = &self.scope;
        let ours = |id: &&ResourceId| id.scope == *scope;
        self.visible.extend(focus.visible.iter().filter(ours).map(|id| (id.clone(), now)));
        // Details are read for the selected one, so having been visible is not enough for it.
        self.selected.extend(focus.selected.iter().filter(ours).map(|id| (id.clone(), now)));
    }

    /// Whether everything that is looked at was read within `fresh`.
    pub fn covers(&self, focus: &Focus, now: Now, fresh: Duration) -> bool {
        let within = |at: Option<&Now>| at.is_some_and(|at| now.since(*at) <= fresh);
        let ours = |id: &&ResourceId| id.scope == self.scope;
        focus.window == self.window
            && focus.visible.iter().filter(ours).all(|id| within(self.visible.get(id)) || within(self.selected.get(id)))
            && focus.selected.iter().filter(ours).all(|id| within(self.selected.get(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

    const MINUTE: Duration = Duration::from_mins(1);

    fn id(scope: &Scope, name: &str) -> ResourceId {
        ResourceId::new(scope, Kind::Group, name)
    }

    #[test]
    fn what_was_read_is_covered_until_it_ages() {
        let here = Scope::new("fake", "1", "a");
        let there = Scope::new("fake", "1", "b");
        let mut coverage = Coverage::new(here.clone());
        let looking = |visible: &[&str], selected: Option<&str>| Focus {
            visible: visible.iter().map(|n| id(&here, n)).collect(),
            selected: selected.map(|n| id(&here, n)),
            ..Focus::default()
        };
        coverage.note(&looking(&["web", "api"], Some("web")), Now::at(0), MINUTE);
        for (focus, at, want, why) in [
            (looking(&["web", "api"], Some("web")), 10, true, "the same"),
            (looking(&["api"], None), 10, true, "narrower"),
            (looking(&["web", "api"], Some("api")), 10, false, "details of another"),
            (looking(&["db"], None), 10, false, "another row"),
            (looking(&["web"], None), 61, false, "aged"),
            (Focus { window: Some(MINUTE), ..looking(&["web"], None) }, 10, false, "another window"),
            (Focus { visible: vec![id(&there, "far")], ..Focus::default() }, 10, true, "another scope's business"),
        ] {
            assert_eq!(coverage.covers(&focus, Now::at(at), MINUTE), want, "{why}");
        }
        coverage.note(&looking(&["api"], Some("api")), Now::at(20), MINUTE);
        assert!(coverage.covers(&looking(&["web"], Some("web")), Now::at(30), MINUTE), "back to a row that was just read");
    }

    #[test]
    fn an_empty_focus_or_one_elsewhere_asks_nothing() {
        let here = Scope::new("fake", "1", "a");
        let coverage = Coverage::new(here.clone());
        assert!(!coverage.asks(&Focus::default()));
        assert!(!coverage.asks(&Focus { visible: vec![id(&Scope::new("fake", "1", "b"), "far")], ..Focus::default() }));
        assert!(coverage.asks(&Focus { selected: Some(id(&here, "web")), ..Focus::default() }));
    }
}
