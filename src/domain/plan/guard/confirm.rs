//! Confirmation outside the card: a script types the name with `--confirm NAME` where the card would ask for it.

use super::super::{Confirmation, Plan};
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;

/// `typed` is what `--confirm` was given.
pub fn confirm(plan: &Plan, typed: Option<&str>, rules: &GuardRules) -> Option<Refusal> {
    let Confirmation::TypeName(name) = &plan.confirmation else { return None };
    let why = if rules.environment.asks_for_name() {
        format!("{} asks for the name", rules.environment.word().to_lowercase())
    } else {
        "this change asks for the name".to_owned()
    };
    let text = match typed {
        Some(typed) if typed == name.as_str() => return None,
        Some(typed) => format!("{why}, and \"{}\" is not it", super::super::super::label::Label::new(typed)),
        None => why,
    };
    Some(Refusal::by(Rule::Confirm, text, Some(format!("--confirm {name}")), &rules.environment_source))
}
