//! Sessions and deadlines as a calendar that other programs read: iCalendar (RFC 5545). It writes and reads nothing.

use std::fmt::Write as _;

use crate::Micros;
use crate::kind::PartialDate;

/// Most octets of a line without its end (RFC 5545 section 3.1).
const LINE_OCTETS: usize = 75;

/// When something is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// At an instant.
    At(Micros),
    /// On the last day of a date.
    On(PartialDate),
}

/// What an entry of a calendar is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// Something that takes place from one day to another (`VEVENT`); both are known to the day.
    Event(PartialDate, PartialDate),
    /// Something that is to be done by then (`VTODO`).
    Task(Due),
}

/// An entry of a calendar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What names it in every calendar: the record and whose it is.
    pub uid: String,
    /// When this version of it was made.
    pub stamp: Micros,
    /// Level in words; it stands in front of the title.
    pub level: String,
    /// What it is called.
    pub title: String,
    /// Where.
    pub place: Option<String>,
    /// What it is.
    pub what: What,
}

/// A calendar of these entries, in their order. Texts are escaped, so that none of them ends a line or begins a component.
pub fn write(entries: &[Entry]) -> String {
    let mut text = String::new();
    line(&mut text, "BEGIN:VCALENDAR");
    line(&mut text, "VERSION:2.0");
    line(&mut text, "PRODID:-//Comity//Council//EN");
    for entry in entries {
        let component = match entry.what {
            What::Event(..) => "VEVENT",
            What::Task(_) => "VTODO",
        };
        line(&mut text, &format!("BEGIN:{component}"));
        line(&mut text, &format!("UID:{}", escaped(&entry.uid)));
        line(&mut text, &format!("DTSTAMP:{}", instant(entry.stamp)));
        match entry.what {
            What::Event(first, last) => {
                line(&mut text, &format!("DTSTART;VALUE=DATE:{}", day(first.first())));
                // The end of an event of whole days is the day after its last one (section 3.6.1).
                let after = last.last().tomorrow().unwrap_or_else(|_| last.last());
                line(&mut text, &format!("DTEND;VALUE=DATE:{}", day(after)));
            }
            What::Task(Due::At(at)) => line(&mut text, &format!("DUE:{}", instant(at))),
            What::Task(Due::On(on)) => line(&mut text, &format!("DUE;VALUE=DATE:{}", day(on.last()))),
        }
        line(&mut text, &format!("SUMMARY:[{}] {}", escaped(&entry.level), escaped(&entry.title)));
        if let Some(place) = &entry.place {
            line(&mut text, &format!("LOCATION:{}", escaped(place)));
        }
        line(&mut text, &format!("END:{component}"));
    }
    line(&mut text, "END:VCALENDAR");
    text
}

/// A text as section 3.3.11 asks for it. Other control characters have no place in a text and become blanks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push(c),
            other if other.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// One line, folded between characters where it is longer than a line may be.
fn line(text: &mut String, whole: &str) {
    let mut left = LINE_OCTETS;
    for c in whole.chars() {
        let octets = c.len_utf8();
        if octets > left {
            text.push_str("\r\n ");
            left = LINE_OCTETS.saturating_sub(1);
        }
        text.push(c);
        left = left.saturating_sub(octets);
    }
    text.push_str("\r\n");
}

fn day(date: jiff::civil::Date) -> String {
    let mut text = String::new();
    let _ = write!(text, "{:04}{:02}{:02}", date.year(), date.month(), date.day());
    text
}

/// An instant in UTC to the second (section 3.3.5).
fn instant(at: Micros) -> String {
    let text: String = at.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    text + "Z"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(title: &str) -> String {
        let on: PartialDate = "2026-12-31".parse().unwrap();
        write(&[Entry {
            uid: "comity-session--1@2".into(),
            stamp: "2026-11-22T10:00:00.5Z".parse().unwrap(),
            level: "TLP:AMBER".into(),
            title: title.into(),
            place: None,
            what: What::Event(on, on),
        }])
    }

    /// Lines as a reader has them after unfolding.
    fn lines(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_session_is_an_event_of_whole_days_and_its_title_begins_with_the_level() {
        assert_eq!(
            lines(&event("EXERCISE session 48")),
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//Comity//Council//EN",
                "BEGIN:VEVENT",
                "UID:comity-session--1@2",
                "DTSTAMP:20261122T100000Z",
                "DTSTART;VALUE=DATE:20261231",
                "DTEND;VALUE=DATE:20270101",
                "SUMMARY:[TLP:AMBER] EXERCISE session 48",
                "END:VEVENT",
                "END:VCALENDAR"
            ]
        );
    }

    #[test]
    fn no_title_ends_a_line_or_begins_a_component() {
        let text = event("EXERCISE\0 a,b;c\\d\r\nEND:VEVENT\nBEGIN:VEVENT\u{2028}X");
        let lines = lines(&text);
        assert_eq!(lines.len(), 11, "{text}");
        assert!(lines.contains(
            &"SUMMARY:[TLP:AMBER] EXERCISE  a\\,b\\;c\\\\d\\nEND:VEVENT\\nBEGIN:VEVENT\\nX".to_owned()
        ));
    }

    proptest! {
        #[test]
        fn every_line_is_short_enough_and_comes_back_whole(title in ".{0,300}") {
            let text = event(&title);
            for line in text.split("\r\n") {
                prop_assert!(line.len() <= LINE_OCTETS);
            }
            prop_assert_eq!(lines(&text).len(), 11);
            prop_assert!(text.replace("\r\n ", "").contains(&escaped(&title)));
        }
    }
}
