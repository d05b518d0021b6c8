//! Tickets: changes that somebody must have asked for. What stops or holds a thing needs none.

use serde::{Deserialize, Serialize};

use super::super::super::label::Label;
use super::super::request::Request;
use super::pattern::ticket_fits;
use super::reach::Reach;
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;
use super::subject::Subject;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRule {
    /// What a ticket looks like: `#` stands for a run of digits, `*` for any run of characters.
    pub patterns: Vec<Label>,
    pub reach: Reach,
    pub source: Label,
}

/// The rule that asks for a ticket here, whether one was named or not.
pub fn asked_ticket<'r>(request: &Request, subject: Subject<'_>, rules: &'r GuardRules) -> Option<&'r TicketRule> {
    rules.ticket.as_ref().filter(|t| !request.holds_still() && t.reach.covers(subject, request))
}

pub(super) fn ticket(request: &Request, subject: Subject<'_>, rules: &GuardRules) -> Option<Refusal> {
    let rule = asked_ticket(request, subject, rules)?;
    let text = match &rules.given.ticket {
        Some(ticket) if rule.patterns.iter().any(|p| ticket_fits(p, ticket)) => return None,
        Some(ticket) => format!("\"{ticket}\" is no ticket as it is asked for here"),
        None => "a ticket must be named".to_owned(),
    };
    let patterns = rule.patterns.iter().map(|p| &**p).collect::<Vec<_>>().join(" or ");
    Some(Refusal::by(Rule::Ticket, text, Some(format!("with a ticket such as {patterns}")), &rule.source))
}
