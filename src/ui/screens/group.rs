//! A group drilled into: what it is and wants, then members, activities, policies, schedule, versions and tags.

use super::super::pane::{self, Cursor};
use super::super::pen::Pen;
use super::super::table::{Column, Places, place};
use super::super::{text, words};
use crate::app::layout::{self, Area, DetailLayout};
use crate::app::state::{GroupScreen, GroupTab, State};
use crate::config::theme::Role;
use crate::domain::snapshot::Judged;
use crate::domain::time::format_age;
use crate::domain::{Activity, Group, Label, Member, ScalingPolicy, ScheduledAction, SourceKind, Status, StatusClass, Verdict};

pub fn draw_group(pen: &mut Pen<'_>, state: &State, screen: &GroupScreen) {
    let areas = layout::detail(state);
    super::draw_around(pen, state, &areas, &screen.id, true);
    let found = state.shown().group(&screen.id);
    let list = &screen.lists[screen.tab as usize];
    let kinds = sources(screen.tab);
    let what = found
        .map_or_else(String::new, |g| format!("{} · {} {}", g.item.kind.title(), g.item.id.scope.provider(), g.item.id.scope.region()));
    let about = super::About { name: &screen.name, what, assessment: found.map(|g| &g.assessment), kinds };
    super::draw_main_ring(pen, state, &areas, about, list);
    let Some(judged) = found else {
        let words = format!("{} was there when this screen was opened. Nothing can be changed here any more; esc leads back.", screen.name);
        pane::draw_paragraphs(pen, areas.facts, &[(words, Role::TextDim)]);
        return;
    };
    draw_summary(pen, state, areas.facts, judged);
    if let Some(bar) = areas.tabs {
        draw_tabs(pen, screen.tab, bar, &judged.item);
    }
    draw_tab(pen, state, screen, &judged.item, &areas);
}

const fn sources(tab: GroupTab) -> &'static [SourceKind] {
    match tab {
        GroupTab::Members | GroupTab::Versions | GroupTab::Tags => &[SourceKind::Groups, SourceKind::Instances],
        GroupTab::Activities => &[SourceKind::Activities],
        GroupTab::Policies | GroupTab::Schedule => &[SourceKind::Policies],
    }
}

fn draw_summary(pen: &mut Pen<'_>, state: &State, area: Area, judged: &Judged<Group>) {
    let group = &judged.item;
    let told = super::draw_findings(pen, area, &judged.assessment);
    let line = |n: u16| Area { y: area.y + told + n, height: 1, ..area };
    let lines = area.height.saturating_sub(told);
    if lines > 0 {
        draw_size(pen, line(0), judged);
    }
    if lines > 1 {
        draw_place(pen, state, line(1), group);
    }
    if lines > 2 {
        draw_automation(pen, line(2), group);
    }
}

fn draw_size(pen: &mut Pen<'_>, line: Area, judged: &Judged<Group>) {
    let group = &judged.item;
    let tally = group.tally();
    let versions = tally.versions.iter().take(3).map(|(v, n)| format!("{v} ×{n}")).collect::<Vec<_>>().join("  ");
    let short = tally.healthy < tally.counted && judged.verdict() >= Verdict::Warning;
    let serving = if short { words::verdict_role(judged.verdict()) } else { Role::TextStrong };
    let moving = if tally.moving > 0 { format!("{} on the way", tally.moving) } else { String::new() };
    let mixed = if tally.versions.len() > 1 { Role::Motion } else { Role::Text };
    super::draw_facts(
        pen,
        line,
        &[
            ("in service", format!("{}/{}", tally.healthy, tally.counted), serving),
            ("want", group.desired.map_or_else(String::new, |d| d.to_string()), Role::TextStrong),
            ("min", group.min.map_or_else(String::new, |d| d.to_string()), Role::Text),
            ("max", group.max.map_or_else(String::new, |d| d.to_string()), Role::Text),
            ("", moving, Role::Motion),
            ("", versions, mixed),
        ],
    );
}

fn draw_place(pen: &mut Pen<'_>, state: &State, line: Area, group: &Group) {
    let snapshot = state.shown();
    let behind: Vec<String> = group
        .pools
        .iter()
        .filter_map(|id| snapshot.pool(id))
        .map(|p| match p.item.balancers.first() {
            Some(b) => format!("{} → {}", b.name, p.item.name),
            None => p.item.name.to_string(),
        })
        .collect();
    let mut words: Vec<(String, Role)> = Vec::new();
    if !behind.is_empty() {
        words.push(("behind ".to_owned(), Role::TextDim));
        words.push((behind.join(", "), Role::Text));
        words.push((" · ".to_owned(), Role::TextDim));
    }
    words.push((format!("zones {}", words::zones(&group.zones)), Role::Text));
    if let Some(owner) = &group.owner {
        words.push((" · owner ".to_owned(), Role::TextDim));
        words.push((owner.tool.to_string(), Role::Text));
        let remark = if owner.exclusive { " (only it may change this)" } else { " (its state drifts if bounds change)" };
        words.push((remark.to_owned(), Role::TextDim));
    }
    pen.words(line.x, line.y, line.width, &words);
}

fn draw_automation(pen: &mut Pen<'_>, line: Area, group: &Group) {
    let policy = group.policies.iter().flatten().find(|p| p.enabled).map_or_else(String::new, ScalingPolicy::describe);
    let suspended = match group.suspended.as_slice() {
        [] => String::new(),
        [one] => format!("{} suspended", one.name),
        [first, rest @ ..] => format!("{} and {} more suspended", first.name, rest.len()),
    };
    let why = group.suspended.first().map_or_else(String::new, |s| s.reason.to_string());
    let rollout = group.rollout.as_ref().map_or_else(String::new, |r| {
        let percent = r.percent.map_or_else(String::new, |p| format!(" {p}%"));
        format!("rollout {}{percent}", r.status.word)
    });
    super::draw_facts(
        pen,
        line,
        &[
            ("", suspended, Role::Warning),
            ("", rollout, Role::Motion),
            ("policy", policy, Role::Text),
            ("cooldown", group.cooldown.map_or_else(String::new, |d| format!("{}s", d.as_secs())), Role::Text),
            ("grace", group.grace.map_or_else(String::new, |d| format!("{}s", d.as_secs())), Role::Text),
            ("health by", group.health_check.to_string(), Role::Text),
            ("", if group.protects_new { "new members protected".to_owned() } else { String::new() }, Role::Notice),
            ("", if group.weighted { "weighted".to_owned() } else { String::new() }, Role::Notice),
            ("suspended:", why, Role::TextDim),
        ],
    );
}

fn draw_tabs(pen: &mut Pen<'_>, chosen: GroupTab, bar: Area, group: &Group) {
    for (tab, cell) in GroupTab::ALL.into_iter().zip(layout::group_tabs(bar)) {
        let role = match tab {
            _ if tab == chosen => Role::TitleFocused,
            GroupTab::Activities if group.open_activities().next().is_some() => Role::Motion,
            _ => Role::Title,
        };
        let words = format!(" {} ", tab.title());
        if tab == chosen {
            pen.tint(Area { width: cell.width.min(text::width(&words)), ..cell }, Role::Selection);
        }
        pen.text(cell.x, cell.y, cell.width, &words, role);
    }
}

fn draw_tab(pen: &mut Pen<'_>, state: &State, screen: &GroupScreen, group: &Group, areas: &DetailLayout) {
    let (list, rows) = (&screen.lists[screen.tab as usize], areas.rows);
    let (what, is_read) = match screen.tab {
        GroupTab::Members => draw_table(pen, state, list, areas, &MEMBERS, &group.members, draw_member, "members"),
        GroupTab::Activities => {
            draw_table(pen, state, list, areas, &ACTIVITIES, group.activities.as_deref().unwrap_or_default(), draw_activity, "activities");
            ("activities", group.activities.is_some())
        }
        GroupTab::Policies => {
            draw_table(pen, state, list, areas, &POLICIES, group.policies.as_deref().unwrap_or_default(), draw_policy, "policies");
            ("policies", group.policies.is_some())
        }
        GroupTab::Schedule => {
            draw_table(
                pen,
                state,
                list,
                areas,
                &SCHEDULE,
                group.schedules.as_deref().unwrap_or_default(),
                draw_schedule,
                "scheduled actions",
            );
            ("scheduled actions", group.schedules.is_some())
        }
        GroupTab::Versions => draw_versions(pen, state, list, areas, group),
        GroupTab::Tags => draw_table(pen, state, list, areas, &TAGS, &group.tags, draw_tag, "tags"),
    };
    let picture = super::picture_of(state, sources(screen.tab), is_read);
    pane::draw_emptiness(pen, state, list, &picture, rows, what);
}

/// Heads and visible rows of one tab.
#[expect(clippy::too_many_arguments, reason = "one generic table instead of six copies; every argument is one of its parts")]
fn draw_table<'w, T, const N: usize>(
    pen: &mut Pen<'_>,
    state: &State,
    list: &crate::app::state::ListState,
    areas: &DetailLayout,
    columns: &[Column; N],
    items: &[T],
    draw: fn(&mut Pen<'_>, &State, &Places<N>, &T, Area),
    what: &'w str,
) -> (&'w str, bool) {
    let places = place(columns, areas.rows.width);
    if let Some(head) = areas.head.filter(|_| !list.rows.is_empty()) {
        places.draw_heads(pen, head);
    }
    pane::draw_rows(pen, list, areas.rows, Cursor::Here, |pen, _, index, line| {
        if let Some(item) = items.get(index) {
            draw(pen, state, &places, item, line);
        }
    });
    (what, true)
}

const MEMBERS: [Column; 9] = [
    Column::left("MEMBER", 11, 20, 0),
    Column::left("NAME", 10, 24, 9),
    Column::left("ZONE", 4, 10, 3),
    Column::left("LIFECYCLE", 9, 18, 1),
    Column::left("TARGET", 24, 34, 0),
    Column::left("VERSION", 7, 18, 2),
    Column::right("AGE", 4, 4),
    Column::left("ADDRESS", 11, 15, 5),
    Column::left("TYPE", 9, 13, 8),
];

fn draw_member(pen: &mut Pen<'_>, state: &State, places: &Places<9>, member: &Member, line: Area) {
    let trouble = member.trouble();
    let class = if trouble.is_some() { StatusClass::Bad } else { member.lifecycle.class };
    let verdict = if class == StatusClass::Bad { Verdict::Critical } else { Verdict::Ok };
    pane::draw_gutter(pen, line, verdict, state.marks.contains(&member.id));
    if verdict == Verdict::Ok && class != StatusClass::Good {
        pen.glyph(line.x, line.y, words::class_glyph(class), words::class_role(class));
    }
    let strong = if trouble.is_some() { Role::TextStrong } else { Role::Text };
    let cut = |i: usize, t: &str| places.at[i].map_or_else(String::new, |(_, w): (u16, u16)| text::cut_middle(t, w).into_owned());
    let (standing, role) = standing(member, trouble.as_ref());
    if member.protected && !state.marks.contains(&member.id) {
        pen.glyph(line.x + 1, line.y, "⚑", Role::Notice);
    }
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    cell(0, &cut(0, &member.label), strong);
    cell(1, &cut(1, member.name.as_deref().unwrap_or(words::NOT_KNOWN)), Role::TextDim);
    cell(2, &words::zone(&member.zone), Role::TextDim);
    cell(3, &member.lifecycle.word, words::class_role(member.lifecycle.class));
    cell(4, &standing, role);
    cell(5, &cut(5, member.version.as_deref().unwrap_or(words::NOT_KNOWN)), Role::TextDim);
    cell(6, &words::age(member.launched, state.now), Role::TextDim);
    cell(7, member.address.as_deref().unwrap_or(words::NOT_KNOWN), Role::TextDim);
    cell(8, member.instance_type.as_deref().unwrap_or(words::NOT_KNOWN), Role::TextDim);
}

/// How the balancers, or else the checks, see a member: the worst of them, with its reason.
fn standing(member: &Member, trouble: Option<&Label>) -> (String, Role) {
    let worst = member.targets.iter().max_by_key(|t| t.state.class);
    match worst {
        Some(t) if t.state.is_bad() => (t.reason.as_ref().unwrap_or(&t.state.word).to_string(), Role::Critical),
        _ if trouble.is_some() => (trouble.map_or_else(String::new, ToString::to_string), Role::Critical),
        Some(t) => (t.state.word.to_string(), words::class_role(t.state.class)),
        None => match (&member.probe, &member.checks) {
            (Some(p), _) => {
                let latency = p.latency.map_or_else(String::new, |l| format!(" {}ms", l.as_millis()));
                (format!("probe {}{latency}", p.status.word), words::class_role(p.status.class))
            }
            (None, Some(c)) => (format!("checks {}", c.word), words::class_role(c.class)),
            (None, None) => (words::NOT_KNOWN.to_owned(), Role::TextDim),
        },
    }
}

const ACTIVITIES: [Column; 4] =
    [Column::right("TIME", 8, 0), Column::left("STATUS", 10, 16, 0), Column::left("WHAT", 20, 60, 0), Column::left("WHY", 20, 200, 1)];

fn draw_activity(pen: &mut Pen<'_>, state: &State, places: &Places<4>, activity: &Activity, line: Area) {
    let role = words::class_role(activity.status.class);
    pen.glyph(line.x, line.y, words::class_glyph(activity.status.class), role);
    let time = activity.started.map_or_else(|| words::NOT_KNOWN.to_owned(), |t| words::stamp(t, &state.session.zone, state.now));
    let progress = activity.progress.filter(|_| activity.is_open()).map_or_else(String::new, |p| format!(" {p}%"));
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    cell(0, &time, Role::TextDim);
    cell(1, &format!("{}{progress}", activity.status.word), role);
    let failed = activity.message.as_ref().filter(|_| activity.status.is_bad());
    // Where there is no column for the reason, the failure is the news.
    match failed {
        Some(message) if places.at[3].is_none() => cell(2, message, Role::Critical),
        _ => cell(2, &activity.description, Role::Text),
    }
    match failed {
        Some(message) => cell(3, message, Role::Critical),
        None => cell(3, &activity.cause, Role::TextDim),
    }
}

const POLICIES: [Column; 3] =
    [Column::left("POLICY", 14, 30, 0), Column::left("WHAT IT DOES", 36, 60, 0), Column::left("DRIVEN BY", 20, 60, 1)];

fn draw_policy(pen: &mut Pen<'_>, _: &State, places: &Places<3>, policy: &ScalingPolicy, line: Area) {
    let role = if policy.enabled { Role::Text } else { Role::TextFaint };
    let alarms = policy.alarms.iter().map(|a| &**a).collect::<Vec<_>>().join(", ");
    let off = if policy.enabled { "" } else { "off: " };
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    cell(0, &policy.name, role);
    cell(1, &format!("{off}{}", policy.describe()), role);
    cell(2, if alarms.is_empty() { words::NOT_KNOWN } else { &alarms }, Role::TextDim);
}

const SCHEDULE: [Column; 4] =
    [Column::left("ACTION", 14, 40, 0), Column::left("NEXT", 9, 12, 0), Column::left("RECURS", 14, 34, 1), Column::left("SETS", 16, 40, 0)];

fn draw_schedule(pen: &mut Pen<'_>, state: &State, places: &Places<4>, action: &ScheduledAction, line: Area) {
    let recurs = match (&action.recurrence, &action.zone) {
        (Some(r), Some(z)) => format!("{r} {z}"),
        (Some(r), None) => format!("{r} UTC"),
        (None, _) => "once".to_owned(),
    };
    let sets: Vec<String> = [("want", action.desired), ("min", action.min), ("max", action.max)]
        .into_iter()
        .filter_map(|(name, n)| Some(format!("{name} {}", n?)))
        .collect();
    let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
    cell(0, &action.name, Role::Text);
    cell(1, &action.next.map_or_else(|| words::NOT_KNOWN.to_owned(), |t| words::moment(t, state.now)), Role::Text);
    cell(2, &recurs, Role::TextDim);
    cell(3, &sets.join("  "), Role::Text);
}

const VERSIONS: [Column; 4] =
    [Column::left("VERSION", 14, 50, 0), Column::right("MEMBERS", 7, 0), Column::right("SHARE", 5, 0), Column::left("", 20, 40, 1)];

fn draw_versions(
    pen: &mut Pen<'_>,
    _: &State,
    list: &crate::app::state::ListState,
    areas: &DetailLayout,
    group: &Group,
) -> (&'static str, bool) {
    let places = place(&VERSIONS, areas.rows.width);
    if let Some(head) = areas.head.filter(|_| !list.rows.is_empty()) {
        places.draw_heads(pen, head);
    }
    let versions = &group.tally().versions;
    let all: u32 = versions.iter().map(|(_, n)| n).sum();
    pane::draw_rows(pen, list, areas.rows, Cursor::Here, |pen, _, index, line| {
        let Some((version, n)) = versions.get(index) else { return };
        let wanted = group.version_wanted.as_ref() == Some(version);
        pen.glyph(line.x, line.y, if wanted { "●" } else { " " }, Role::Good);
        let bar = (n * 20 / all.max(1)).max(1) as usize;
        let mut cell = |i: usize, words: &str, role: Role| places.draw_cell(pen, line, i, words, role);
        cell(0, &format!("{version}{}", if wanted { "  wanted" } else { "" }), Role::Text);
        cell(1, &n.to_string(), Role::Text);
        cell(2, &format!("{}%", n * 100 / all.max(1)), Role::TextDim);
        cell(3, &"▮".repeat(bar), if wanted { Role::Good } else { Role::Motion });
    });
    ("versions", true)
}

const TAGS: [Column; 2] = [Column::left("TAG", 16, 44, 0), Column::left("VALUE", 16, 200, 0)];

fn draw_tag(pen: &mut Pen<'_>, _: &State, places: &Places<2>, (key, value): &(Label, Label), line: Area) {
    places.draw_cell(pen, line, 0, key, Role::TextDim);
    places.draw_cell(pen, line, 1, value, Role::Text);
}

/// A status in the words of its cloud, for facts.
pub fn status_fact(status: &Status) -> (String, Role) {
    (status.word.to_string(), words::class_role(status.class))
}

/// Age of a duration, or nothing.
pub fn age_fact(age: Option<std::time::Duration>) -> String {
    age.map_or_else(String::new, format_age)
}
