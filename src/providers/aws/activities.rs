//! Scaling activities with their causes, group by group: without a name the call scans the whole account.
//!
//! Each read takes a handful of groups: those being changed, looked at, or seen to move, and a few whose turn it is, so that within
//! minutes every group's history is known. A history is read back to the last activity that is known and over, or to its bound.

mod cause;
mod history;

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};

use crate::domain::{Activity, FailureKind, Focus, Kind, Label, Observation, ResourceId};
use crate::providers::{Page, PageSink, ProviderError};

use super::convert::{convert_percent, convert_text};
use super::groups;
use super::lifecycle::judge_activity;
use super::paging::Pages;
use super::reader::Reader;
use super::time::convert_time;

pub(super) use history::History;

pub(super) const DESCRIBE: &str = "autoscaling:DescribeScalingActivities";
const PAGE: i32 = 100;
/// Groups asked about in one read, at most.
const GROUPS: usize = 24;
/// Of those, groups nobody looks at whose turn it is.
const TURNS: usize = 8;
const AT_ONCE: usize = 4;
/// Pages of one group's history: the selected group's goes back further.
const PAGES: usize = 1;
const PAGES_SELECTED: usize = 5;

/// Reads the histories due and hands over all that are known, with the changes they tell of.
pub(super) async fn read(reader: &Reader<'_>, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let all = groups::known(reader).await;
    let history = reader.memory.history();
    history.keep_only(&all.iter().map(|g| g.id.native()).collect());
    let due = choose(reader, focus, history);
    let selected = focus.selected.as_ref().map(ResourceId::native);
    let fetched: Vec<(String, Result<u32, ProviderError>)> = stream::iter(due)
        .map(|name| async move {
            let pages = if selected == Some(name.as_str()) { PAGES_SELECTED } else { PAGES };
            let result = fetch_history(reader, history, &name, pages).await;
            (name, result)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut page = Page::default();
    let (mut good, mut failure) = (0, None);
    for (name, result) in fetched {
        match result {
            Ok(calls) => {
                page.calls += calls;
                good += 1;
            }
            // Deleted between the listing and now.
            Err(error) if error.kind == FailureKind::NotFound => {
                page.calls += 1;
                history.drop_group(&name);
            }
            Err(error) => {
                page.calls += 1;
                page.gaps.push(Label::new(format!("activities of {name}: {}", error.kind.word())));
                failure = Some(error);
            }
        }
    }
    // One group's trouble is a gap; everybody's is a failed read.
    if let (0, Some(error)) = (good, failure) {
        return Err(error);
    }
    for (name, activities) in history.all() {
        let group = ResourceId::new(reader.scope, Kind::Group, &name);
        page.rows.extend(cause::changes_of(&group, &name, &activities).into_iter().map(Observation::Change));
        page.rows.push(Observation::Activities { group, activities });
    }
    reader.hand_over(sink, page).await
}

/// Whose history to read now, most wanted first.
fn choose(reader: &Reader<'_>, focus: &Focus, history: &History) -> Vec<String> {
    let ours = |id: &&ResourceId| id.kind == Kind::Group && id.scope == *reader.scope && history.is_known(id.native());
    let wanted = focus.operating.iter().chain(&focus.selected).chain(&focus.visible).filter(ours);
    let mut seen = BTreeSet::new();
    let mut due: Vec<String> = wanted.map(|id| id.native().to_owned()).filter(|n| seen.insert(n.clone())).take(GROUPS - TURNS).collect();
    let stirred = reader.memory.take_stirred(GROUPS - due.len());
    due.extend(stirred.into_iter().filter(|n| history.is_known(n) && seen.insert(n.clone())));
    let turns = history.longest_unread(GROUPS).into_iter().filter(|n| seen.insert(n.clone())).take((GROUPS - due.len()).min(TURNS));
    due.extend(turns);
    due
}

/// Reads one group's newest activities until a known and finished one, and keeps them. Answers the calls it took.
async fn fetch_history(reader: &Reader<'_>, history: &History, name: &str, pages: usize) -> Result<u32, ProviderError> {
    let mut guard = Pages::new(DESCRIBE, reader.scope);
    let (mut token, mut fresh, mut calls) = (None, Vec::new(), 0);
    loop {
        let call = reader.clients.autoscaling.describe_scaling_activities().auto_scaling_group_name(name).max_records(PAGE);
        let answer = call.set_next_token(token).send().await.map_err(reader.error(DESCRIBE))?;
        calls += 1;
        let page: Vec<Activity> = answer.activities().iter().filter_map(convert_activity).collect();
        let met_known = page.iter().any(|a| history.knows_finished(name, &a.id));
        fresh.extend(page);
        token = guard.next(answer.next_token())?;
        if token.is_none() || met_known || calls as usize >= pages {
            history.apply(name, fresh);
            return Ok(calls);
        }
    }
}

/// The activities of one group as they are now: for an operation that must not trust a cache.
pub(super) async fn fetch_now(reader: &Reader<'_>, name: &str) -> Result<Vec<Activity>, ProviderError> {
    let call = reader.clients.autoscaling.describe_scaling_activities().auto_scaling_group_name(name).max_records(PAGE);
    let answer = call.send().await.map_err(reader.error(DESCRIBE))?;
    Ok(answer.activities().iter().filter_map(convert_activity).collect())
}

fn convert_activity(sdk: &aws_sdk_autoscaling::types::Activity) -> Option<Activity> {
    Some(Activity {
        id: convert_text(sdk.activity_id())?,
        status: judge_activity(sdk.status_code().map_or("", |s| s.as_str())),
        description: Label::new(sdk.description().unwrap_or_default()),
        cause: Label::new(sdk.cause().unwrap_or_default()),
        message: convert_text(sdk.status_message()),
        started: sdk.start_time().and_then(convert_time),
        ended: sdk.end_time().and_then(convert_time),
        progress: convert_percent(sdk.progress()),
    })
}

#[cfg(test)]
mod tests;
