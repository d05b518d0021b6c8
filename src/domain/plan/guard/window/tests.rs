//! Windows by the clock of their zone: midnight, days of the week, summer time, zones far apart, blackouts.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("the test writes a timestamp")
}

fn window(days: &str, from: &str, to: &str, zone: &str) -> ChangeWindow {
    ChangeWindow {
        days: Days::parse(days).expect("days"),
        from: Minute::parse(from).expect("from"),
        to: Minute::parse(to).expect("to"),
        zone: TimeZone::get(zone).expect("zone"),
        reach: Reach::default(),
        source: Label::new("config.toml:20"),
    }
}

#[test]
fn days_read_as_people_write_them() {
    for (text, want) in [
        ("mon", Some("mon")),
        ("Monday", Some("mon")),
        ("thursday", Some("thu")),
        ("mon-fri", Some("mon-fri")),
        ("fri-mon", Some("mon, fri, sat, sun")),
        ("weekdays", Some("mon-fri")),
        ("weekend", Some("sat, sun")),
        ("daily", Some("daily")),
        ("mond", None),
        ("", None),
        ("mon-", None),
    ] {
        assert_eq!(Days::parse(text).map(|d| d.to_string()).as_deref(), want, "{text}");
    }
}

#[test]
fn minutes_read_as_people_write_them() {
    for (text, want) in [
        ("9:00", Some("09:00")),
        ("00:00", Some("00:00")),
        ("24:00", Some("24:00")),
        ("24:01", None),
        ("9", None),
        ("9:5", None),
        ("9:60", None),
        ("-1:00", None),
    ] {
        assert_eq!(Minute::parse(text).map(|m| m.to_string()).as_deref(), want, "{text}");
    }
}

#[test]
fn a_window_is_open_by_the_clock_of_its_zone() {
    let office = window("mon-fri", "09:00", "17:00", "Europe/Berlin");
    let night = window("fri", "22:00", "02:00", "America/New_York");
    let whole = window("sun", "00:00", "24:00", "Asia/Kolkata");
    for (window, moment, open) in [
        // 2026-11-20 is a Friday; Berlin is an hour ahead of UTC then.
        (&office, "2026-11-20T07:59:59Z", false),
        (&office, "2026-11-20T08:00:00Z", true),
        (&office, "2026-11-20T15:59:59Z", true),
        (&office, "2026-11-20T16:00:00Z", false),
        (&office, "2026-11-21T10:00:00Z", false),
        // New York is five hours behind: Friday 22:00 is Saturday 03:00 in UTC.
        (&night, "2026-11-21T02:59:59Z", false),
        (&night, "2026-11-21T03:00:00Z", true),
        (&night, "2026-11-21T06:59:59Z", true),
        (&night, "2026-11-21T07:00:00Z", false),
        // The small hours of Friday belong to Thursday.
        (&night, "2026-11-20T05:30:00Z", false),
        // Sunday begins at 18:30 UTC on Saturday.
        (&whole, "2026-11-21T18:29:59Z", false),
        (&whole, "2026-11-21T18:30:00Z", true),
        (&whole, "2026-11-22T18:29:59Z", true),
        (&whole, "2026-11-22T18:30:00Z", false),
    ] {
        assert_eq!(window.is_open(at(moment)), open, "{window} at {moment}");
    }
}

#[test]
fn changes_to_and_from_summer_time_are_read_off_the_wall() {
    // Berlin skips 02:00 to 03:00 on 2026-03-29 (01:00 UTC) and lives it twice on 2026-10-25 (00:00 to 02:00 UTC).
    let skipped = window("daily", "02:00", "03:00", "Europe/Berlin");
    let across = window("daily", "01:30", "02:30", "Europe/Berlin");
    let night = window("sat", "22:00", "06:00", "Europe/Berlin");
    for (window, moment, open) in [
        (&skipped, "2026-03-29T00:59:59Z", false),
        (&skipped, "2026-03-29T01:00:00Z", false),
        (&skipped, "2026-03-30T00:30:00Z", true),
        (&across, "2026-03-29T00:45:00Z", true),
        (&across, "2026-03-29T01:00:00Z", false),
        (&across, "2026-10-25T00:15:00Z", true),
        (&across, "2026-10-25T00:45:00Z", false),
        (&across, "2026-10-25T01:15:00Z", true),
        (&across, "2026-10-25T01:45:00Z", false),
        // An hour shorter, an hour longer, and to the minute on either side.
        (&night, "2026-03-28T21:00:00Z", true),
        (&night, "2026-03-29T03:59:59Z", true),
        (&night, "2026-03-29T04:00:00Z", false),
        (&night, "2026-10-25T04:59:59Z", true),
        (&night, "2026-10-25T05:00:00Z", false),
    ] {
        assert_eq!(window.is_open(at(moment)), open, "{window} at {moment}");
    }
}

#[test]
fn the_next_opening_is_the_next_moment_that_is_let_through() {
    let office = window("mon-fri", "09:00", "17:00", "Europe/Berlin");
    let skipped = window("daily", "02:00", "03:00", "Europe/Berlin");
    let holidays = Blackout {
        from: "2026-12-21T00:00".parse().unwrap(),
        to: "2027-01-04T12:00".parse().unwrap(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        reason: None,
        reach: Reach::default(),
        source: Label::new("config.toml:30"),
    };
    let next = |windows: &[&ChangeWindow], blackouts: &[&Blackout], now: &str| {
        Calendar { windows: windows.to_vec(), blackouts: blackouts.to_vec() }.next(at(now)).map(|z| said(&z))
    };
    let office_on = |day: &str| Some(format!("{day} 09:00 Europe/Berlin"));
    assert_eq!(next(&[&office], &[], "2026-11-20T18:00:00Z"), office_on("Mon 2026-11-23"));
    assert_eq!(next(&[&office], &[], "2026-11-20T05:00:00Z"), office_on("Fri 2026-11-20"));
    assert_eq!(next(&[&skipped], &[], "2026-03-28T12:00:00Z"), Some("Mon 2026-03-30 02:00 Europe/Berlin".to_owned()));
    // The blackout ends in the middle of a working day, weeks after the last window.
    let after = Some("Mon 2027-01-04 12:00 Europe/Berlin".to_owned());
    assert_eq!(next(&[&office], &[&holidays], "2026-12-20T12:00:00Z"), after);
    assert_eq!(next(&[], &[&holidays], "2026-12-22T12:00:00Z"), after);
    let evening = window("mon-fri", "18:00", "20:00", "Europe/Berlin");
    assert_eq!(next(&[&evening], &[&holidays], "2026-12-20T12:00:00Z"), Some("Mon 2027-01-04 18:00 Europe/Berlin".to_owned()));
}

#[test]
fn windows_and_blackouts_come_back_from_the_journal_as_they_went() {
    let window = window("fri-mon", "22:00", "24:00", "America/New_York");
    let text = serde_json::to_string(&window).unwrap();
    assert!(text.contains("America/New_York"), "{text}");
    assert_eq!(serde_json::from_str::<ChangeWindow>(&text).unwrap(), window);
}
