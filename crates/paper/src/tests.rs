use comity_model::Micros;
use comity_model::paper::{
    Block, Endnote, Marking, Paper, Piece, Proof, Proved, RecordName, TEXT_BYTES_MAX, Table, run,
};
use comity_model::stix::Tlp;
use sha2::{Digest as _, Sha256};
use typst::layout::{Frame, FrameItem};

use crate::{PaperError, pdf, set, world};

const PERSIAN: &str = "محمد رضایی";
const TAJIK: &str = "Ғафур Ӯғлӣ";

fn name(number: u32) -> RecordName {
    RecordName {
        id: format!("comity-claim--00000000-0000-4000-8000-{number:012}"),
        version: "2026-01-01T00:00:00.000Z".into(),
        origin: "EXERCISE agency".into(),
    }
}

fn paper(blocks: Vec<Block>) -> Paper {
    let level = |level| Marking { level: Some(level), ..Marking::default() };
    Paper {
        form: "Conflict set".into(),
        title: "EXERCISE How many crossings were found?".into(),
        marking: level(Tlp::Amber),
        about: name(1),
        made_by: "EXERCISE member".into(),
        made_at: Micros(1_767_225_600_000_000),
        blocks,
        notes: vec![Endnote {
            n: 1,
            text: "EXERCISE source".into(),
            record: Some(name(2)),
            marking: level(Tlp::Clear),
        }],
        proof: Proof {
            records: vec![Proved { record: name(2), digest: "0123456789abcdef".repeat(4), leaf: Some(17) }],
            checkpoint: "exercise.example/log\n18\nAAAA\n".into(),
            text: String::new(),
        },
    }
}

fn texts(frame: &Frame, found: &mut Vec<String>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => texts(&group.frame, found),
            FrameItem::Text(text) => found.push(text.text.to_string()),
            _ => {}
        }
    }
}

/// The text of each page, in the order in which it stands there.
fn pages(paper: &Paper) -> Vec<String> {
    let document = set(paper).unwrap();
    let of_page = |page: &typst_layout::Page| {
        let mut found = Vec::new();
        texts(&page.frame, &mut found);
        found.join("|")
    };
    document.pages().iter().map(of_page).collect()
}

fn whole(paper: &Paper) -> String {
    pages(paper).join("\n").replace(['|', '\u{200b}'], "")
}

#[test]
fn the_fonts_are_the_published_ones() {
    let starts =
        world::FONTS.map(|font| format!("{:x}", Sha256::digest(font)).chars().take(20).collect::<String>());
    assert_eq!(
        starts,
        ["89c3c497f618fdaa0b2d", "e83493c945848ecd4a9a", "8c67eaa2f0086872628f", "b5cbcb561b4b540ff11d"]
    );
}

#[test]
fn the_marking_stands_above_and_below_on_every_page() {
    let long = (0..200).map(|n| Block::Text(run(format!("EXERCISE paragraph {n}")))).collect();
    let pages = pages(&paper(long));
    assert!(pages.len() > 3, "{}", pages.len());
    for (place, page) in pages.iter().enumerate() {
        assert!(page.matches("TLP:AMBER").count() >= 2, "page {}: {page}", place + 1);
        assert!(page.replace('|', "").contains(&format!("page {} of {}", place + 1, pages.len())), "{page}");
    }
}

#[test]
fn markup_in_a_text_is_text() {
    let hostile = "#read(\"/etc/passwd\") *bold* $x$ <label> @ref // comment #pagebreak() \\ `raw` [a]";
    let text = whole(&paper(vec![
        Block::Heading(1, hostile.into()),
        Block::Said { words: hostile.into(), chain: "EXERCISE".into(), note: Some(1) },
    ]));
    assert_eq!(text.matches(hostile).count(), 2, "{text}");
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    let one = paper(vec![Block::Text(run(format!("EXERCISE {PERSIAN} {TAJIK}")))]);
    let bytes = pdf(&one).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    let other = pdf(&Paper { title: "EXERCISE another".into(), ..one.clone() }).unwrap();
    assert!(pdf(&one).unwrap() == bytes && other != bytes);
}

#[test]
fn names_in_three_scripts_stand_in_reading_order() {
    let line = vec![
        Piece::plain("EXERCISE: "),
        Piece::plain(PERSIAN).noted(1),
        Piece::plain(" 12 persons, says "),
        Piece::plain(TAJIK),
    ];
    let found = pages(&paper(vec![Block::Text(line)])).join("|");
    let at = |text: &str| found.find(text).unwrap_or_else(|| panic!("{text} in {found}"));
    // Items of a line stand from left to right: the Persian name between what was written before and behind it, and the
    // number behind it, not drawn to its left.
    assert!(at("EXERCISE: ") < at("محمد") && at("محمد") < at("12 persons"), "{found}");
    assert!(at("12 persons") < at("Ғафур"), "{found}");
    assert!(!found.contains("[U+"), "{found}");
}

#[test]
fn a_character_without_a_letter_is_named_and_the_last_endnote_counts_it() {
    let text = whole(&paper(vec![Block::Text(run("EXERCISE \u{2192} \u{1f600}"))]));
    assert!(text.contains("EXERCISE [U+2192] [U+1F600]"), "{text}");
    assert!(text.contains("2 characters for which the fonts"), "{text}");
}

#[test]
fn heads_of_a_table_stand_again_on_the_next_page() {
    let row = |n: u32| vec![run(format!("EXERCISE {n}")), run("x".repeat(80))];
    let table = Table {
        caption: "Claims".into(),
        head: vec!["Whose words".into(), "Words".into()],
        rows: (0..90).map(row).collect(),
    };
    let pages = pages(&paper(vec![Block::Table(table)]));
    let heads = pages.iter().filter(|page| page.contains("Whose words")).count();
    assert!(heads > 1, "{heads} of {}", pages.len());
}

#[test]
fn endnotes_and_the_records_behind_them_stand_at_the_end() {
    let text = whole(&paper(vec![Block::Said {
        words: "EXERCISE words".into(),
        chain: "EXERCISE voice".into(),
        note: Some(1),
    }]));
    let at = |wanted: &str| text.find(wanted).unwrap_or_else(|| panic!("{wanted} in {text}"));
    assert!(at("EXERCISE words") < at("Endnotes") && at("Endnotes") < at("EXERCISE source [TLP:CLEAR]"));
    assert!(text.contains(&name(2).id) && text.contains("01234567 89abcdef"), "{text}");
    assert!(at("Proof") < at("exercise.example/log"));
}

#[test]
fn hostile_texts_are_set_or_refused_and_never_end_the_program() {
    let set_or_refused = |text: String| match pdf(&paper(vec![Block::Text(run(text))])) {
        Ok(bytes) => assert!(bytes.starts_with(b"%PDF-")),
        Err(PaperError::Pages | PaperError::Fault(_)) => {}
        Err(other) => panic!("{other}"),
    };
    set_or_refused("[".repeat(2_000));
    set_or_refused("م".repeat(2_000));
    set_or_refused("\u{200b}".repeat(2_000));
    set_or_refused(format!("a{}", "\u{301}".repeat(300)));
}

#[test]
fn what_would_have_too_many_pages_is_refused_before_it_is_set() {
    let why = |text: String| pdf(&paper(vec![Block::Text(run(text))])).unwrap_err();
    assert_eq!(why("\n".repeat(500_000)), PaperError::Pages);
    assert_eq!(why("\u{301}".repeat(TEXT_BYTES_MAX / 2 - 4_000)), PaperError::Pages);
    assert_eq!(why("x".repeat(TEXT_BYTES_MAX - 4_000)), PaperError::Pages, "one paragraph");
}
