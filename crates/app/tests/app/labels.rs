//! Labels that go with a record: quality, priority, and the marks of other bodies.

use comity_app::grade;
use comity_app::handling::{self, Change};
use comity_app::import::Input;
use comity_app::model::{Classification, Priority, Stated};
use comity_app::quality;
use comity_app::stix::Tlp;

use crate::paper::at;
use crate::two::{NORTH, Two, example, governed, put, taken};

#[test]
fn b6_a_pulled_record_shows_the_four_labels_that_its_originator_signed() {
    let two = Two::new();
    let record = taken(two.north(), &governed(), &example("border-event"));
    two.southward();
    let shown = quality::of(&two.south().app, &record).unwrap();
    let labels = shown.quality.unwrap();
    assert!(shown.is_sent && shown.origin == NORTH && shown.warnings.is_empty());
    assert_eq!(labels.accuracy, "stated as fact; dates at least to the day; places at least to the point");
    assert_eq!(labels.completeness, "8 of 8 properties");
    assert_eq!(labels.reliability, "X4 (not graded)");
    assert_eq!(labels.currency, "matter of 2026-10-03; written 2026-11-02");

    // A grade that is given later is in the labels that go with it.
    let graded = grade::read("B2", "6x6").unwrap();
    grade::give(&two.north().app, &two.north().operator(), &record, &graded, "").unwrap();
    two.southward();
    let later = quality::of(&two.south().app, &record).unwrap().quality.unwrap();
    assert_eq!(later.reliability, "B2 (6x6)");
}

#[test]
fn b6_a_record_without_the_date_of_its_matter_is_warned_of_before_it_leaves() {
    let two = Two::new();
    let mut event = example("border-event");
    event["extensions"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .next()
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("during");
    let record = taken(two.north(), &Input { draft: true, ..governed() }, &event);
    let shown = quality::of(&two.north().app, &record).unwrap();
    assert!(shown.warnings[0].contains("date of the matter is not stated"), "{:?}", shown.warnings);
    assert!(shown.quality.unwrap().completeness.contains("without during"));
}

fn with_marks(two: &mut Two) {
    two.community.amend(|agreement| {
        let mark = |body: &str, mark: &str, tlp| Classification {
            body: body.into(),
            mark: mark.into(),
            tlp,
            note: String::new(),
        };
        agreement.classifications = vec![
            mark("EXERCISE North ministry", "УЧЕНИЕ ДСП", Tlp::Amber),
            mark("EXERCISE South ministry", "EXERCISE RESTRICTED", Tlp::AmberStrict),
            mark("EXERCISE West ministry", "EXERCISE RESTRICTED", Tlp::Green),
        ];
    });
}

#[test]
fn b7_a_mark_of_another_body_means_at_least_the_agreed_level_and_travels_as_it_was_written() {
    let mut two = Two::new();
    with_marks(&mut two);
    let input = Input {
        stated: Stated { tlp: Some(Tlp::Green), ..governed().stated },
        classified: Some("EXERCISE RESTRICTED".into()),
        priority: Some(Priority::Urgent),
        ..governed()
    };
    let record = taken(two.north(), &input, &example("border-event"));
    let level =
        |node: &comity_testkit::Node| comity_app::explain::show(&node.app, &record).unwrap().remove(0).level;
    assert_eq!(level(two.north()), "TLP:AMBER+STRICT", "the strictest of what bodies mean by it");
    two.southward();
    assert_eq!(level(two.south()), "TLP:AMBER+STRICT");
    let labels = |node: &comity_testkit::Node| {
        let shown = quality::of(&node.app, &record).unwrap();
        (shown.priority, shown.classification)
    };
    let wanted = (Some("urgent"), Some("EXERCISE RESTRICTED".to_owned()));
    assert_eq!(labels(two.south()), wanted);
    // A change of handling or of the grade does not lose them.
    let red =
        Change { tlp: Some("red".into()), to: (vec!["Exercise south".into()], vec![]), ..Change::default() };
    handling::change(&two.north().app, &two.north().operator(), &record, &red).unwrap();
    two.southward();
    assert_eq!((level(two.south()).as_str(), labels(two.south())), ("TLP:RED", wanted.clone()));
    // Nor does a correction.
    two.community.clock.advance_seconds(60);
    let change = comity_app::edit::Edit {
        record: record.clone(),
        set: vec![("summary".into(), "EXERCISE: seen at the ford".into())],
        reason: "EXERCISE: a typing error".into(),
        ..Default::default()
    };
    comity_app::edit::run(&two.north().app, &two.north().operator(), &change).unwrap().unwrap();
    assert_eq!(labels(two.north()), wanted);
}

#[test]
fn b7_a_stricter_level_stays_and_a_mark_that_nobody_agreed_on_is_refused_with_the_list() {
    let mut two = Two::new();
    with_marks(&mut two);
    let strict = Input { classified: Some("УЧЕНИЕ ДСП".into()), stated: at(Tlp::Red), ..governed() };
    let record = taken(two.north(), &strict, &example("border-event"));
    let shown = comity_app::explain::show(&two.north().app, &record).unwrap().remove(0);
    assert_eq!(shown.level, "TLP:RED");
    let unknown = Input { classified: Some("EXERCISE SECRET".into()), ..governed() };
    let refused = put(two.north(), &unknown, &example("attack"));
    let reason = &refused.rejected[0].reason;
    assert!(reason.contains("УЧЕНИЕ ДСП (EXERCISE North ministry)"), "{reason}");
}
