//! A request held against the picture and the rules: its plan, what the guards say, and whether it is confirmed. Pure.

use super::card::Card;
use super::stop::Stop;
use crate::cli::args::scripts::How;
use crate::config::suggest::did_you_mean;
use crate::domain::plan::guard::{self, Given, Override, Rule, Subject};
use crate::domain::plan::{self, Confirmation, PlanError};
use crate::domain::{Fact, GuardRules, Label, Now, Plan, Request, Snapshot};

/// One plan with all that was said of it.
#[derive(Clone, Debug)]
pub struct Judged {
    pub plan: Plan,
    pub card: Card,
    /// For the journal, one for each rule that was set aside.
    pub facts: Vec<Fact>,
}

/// What became of making a plan.
#[derive(Clone, Debug)]
pub enum Made {
    Plan(Box<Judged>),
    /// It is so already.
    Nothing(Label),
}

/// The rules of the estate with what was given along on the command line.
pub fn rules(base: &GuardRules, how: &How) -> Result<GuardRules, Stop> {
    let reason = Label::new(how.reason.as_deref().unwrap_or_default());
    let overrides = how
        .overrides
        .iter()
        .map(|word| {
            let rule = Rule::from_word(word).filter(|r| r.may_be_overridden()).ok_or_else(|| {
                let words: Vec<&str> = Rule::overridable_words().collect();
                let hint = did_you_mean(word, words.iter().copied());
                Stop::bad(format!("--override {}: no such rule{hint}; there are {}", Label::new(word), words.join(", ")))
            })?;
            Ok(Override { rule, reason: reason.clone() })
        })
        .collect::<Result<_, Stop>>()?;
    Ok(base.with(Given { ticket: how.ticket.as_ref().map(Label::new), overrides, ..Given::default() }))
}

/// Makes the plan of a request and has the guards judge it. `Err`: no plan can be made at all.
pub fn make(snapshot: &Snapshot, request: &Request, rules: &GuardRules, now: Now) -> Result<Made, Stop> {
    let plan = match plan::plan(snapshot, request, rules, now) {
        Ok(plan) => plan,
        Err(e @ PlanError::NothingToDo(_)) => return Ok(Made::Nothing(Label::new(e.to_string()))),
        Err(PlanError::NotPossible(why)) if why.starts_with("nothing would change") => return Ok(Made::Nothing(Label::new(why))),
        Err(e @ PlanError::Changed { .. }) => return Err(Stop::refused(format!("{e} (--overwrite)"))),
        // A word that nobody knows is no matter of rules.
        Err(PlanError::NotPossible(why)) if why.starts_with("there is no process") => return Err(Stop::bad(why)),
        Err(e @ PlanError::Gone) => return Err(Stop::bad(e.to_string())),
        Err(e @ PlanError::NotKnown(_)) => return Err(Stop::failed(e.to_string())),
        Err(e) => return Err(Stop::refused(e.to_string())),
    };
    let subject = Subject::find(snapshot, &plan.target).ok_or_else(|| Stop::bad(PlanError::Gone.to_string()))?;
    let judgement = guard::judge(&plan, subject, rules, now);
    let identity = snapshot.identities.get(&plan.target.scope);
    let card = Card::of(&plan, identity, rules.environment.word()).judged(&judgement);
    Ok(Made::Plan(Box::new(Judged { plan, card, facts: judgement.facts() })))
}

/// What has to be typed before plans go on; `None`: a yes is enough. One word for many: where, and how many.
pub fn wanted(plans: &[&Judged], rules: &GuardRules) -> Option<String> {
    let name = plans.iter().find_map(|j| match &j.plan.confirmation {
        Confirmation::TypeName(name) => Some(name),
        Confirmation::Enter => None,
    })?;
    if let [_] = plans { Some(name.to_string()) } else { Some(format!("{} {}", rules.environment.word().to_lowercase(), plans.len())) }
}

/// Whether what was given along is enough; `None`: somebody has to be asked.
pub fn confirmed(plans: &[&Judged], rules: &GuardRules, how: &How) -> Option<Result<(), Stop>> {
    match (wanted(plans, rules), &how.confirm) {
        (Some(wanted), Some(typed)) if *typed == wanted => Some(Ok(())),
        (Some(_), Some(_)) => Some(Err(unconfirmed(plans, rules, how))),
        (Some(_), None) => None,
        (None, _) if how.yes || how.confirm.is_some() => Some(Ok(())),
        (None, _) => None,
    }
}

/// Nobody can be asked: what has to be given along.
pub fn unconfirmed(plans: &[&Judged], rules: &GuardRules, how: &How) -> Stop {
    let Some(wanted) = wanted(plans, rules) else {
        return Stop::bad("nobody is there to be asked: add --yes, or --dry-run to look first");
    };
    if let [one] = plans
        && let Some(refusal) = guard::confirm(&one.plan, how.confirm.as_deref(), rules)
    {
        return Stop::refused(format!("refused: {}", refusal.sentence()));
    }
    let typed = how.confirm.as_ref().map_or_else(String::new, |t| format!(", and {:?} is not it", Label::new(t)));
    let environment = rules.environment.word().to_lowercase();
    Stop::refused(format!("refused: {environment} asks for its name and the count{typed} (confirm); allowed: --confirm {wanted:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::fixture::{group, snapshot};
    use crate::domain::{Environment, ScaleRequest};

    fn judged(environment: Environment) -> (Judged, GuardRules) {
        let (group, rules) = (group(4), GuardRules { environment, ..GuardRules::default() });
        let request = Request::Scale(ScaleRequest::to(&group.id, 5));
        let Ok(Made::Plan(judged)) = make(&snapshot(&group), &request, &rules, Now::at(0)) else { panic!() };
        (*judged, rules)
    }

    fn how(yes: bool, confirm: Option<&str>) -> How {
        How { yes, confirm: confirm.map(str::to_owned), ..How::default() }
    }

    #[test]
    fn a_name_is_typed_where_it_is_asked_for_and_a_yes_is_not_one() {
        use Environment::{Development, Production, Unclassified};
        for (environment, yes, confirm, enough) in [
            (Development, false, None, None),
            (Development, true, None, Some(true)),
            (Production, true, None, None),
            (Unclassified, true, None, None),
            (Production, false, Some("portal"), Some(true)),
            (Production, true, Some("worker"), Some(false)),
        ] {
            let (judged, rules) = judged(environment);
            let said = confirmed(&[&judged], &rules, &how(yes, confirm));
            assert_eq!(said.map(|s| s.is_ok()), enough, "{environment:?} {yes} {confirm:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_exit_code() {
        let (judged, rules) = judged(Environment::Production);
        let stop = unconfirmed(&[&judged], &rules, &how(true, None));
        assert!(stop.code == 3 && stop.text.contains("--confirm portal"), "{stop}");
        let stop = unconfirmed(&[&judged, &judged], &rules, &how(true, Some("portal")));
        assert!(stop.code == 3 && stop.text.contains("--confirm \"production 2\""), "{stop}");
        let (judged, rules) = self::judged(Environment::Development);
        let stop = unconfirmed(&[&judged], &rules, &how(false, None));
        assert!(stop.code == 2 && stop.text.contains("--yes"), "{stop}");
    }

    #[test]
    fn only_rules_that_can_be_set_aside_are_taken() {
        let given = |word: &str| How { overrides: vec![word.to_owned()], reason: Some("drill".to_owned()), ..How::default() };
        let base = GuardRules::default();
        assert_eq!(rules(&base, &given("max-step")).unwrap().given.overrides[0].rule, Rule::MaxStep);
        for word in ["max-stp", "kind", "bounds"] {
            let stop = rules(&base, &given(word)).unwrap_err();
            assert!(stop.code == 2 && stop.text.contains("max-step"), "{stop}");
        }
    }

    #[test]
    fn what_is_so_already_is_nothing_to_do() {
        let group = group(4);
        let request = Request::Scale(ScaleRequest::to(&group.id, 4));
        assert!(matches!(make(&snapshot(&group), &request, &GuardRules::default(), Now::at(0)), Ok(Made::Nothing(_))));
    }
}
