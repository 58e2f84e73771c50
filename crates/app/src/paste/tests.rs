use super::{What, find};

fn told(text: &str) -> Vec<(What, String, String)> {
    let found = find(text).unwrap();
    let units: Vec<u16> = text.encode_utf16().collect();
    for one in &found {
        let there = String::from_utf16(&units[one.at..one.at + one.length]).unwrap();
        assert_eq!(there, one.text, "the place of {one:?}");
    }
    found.into_iter().map(|one| (one.what, one.value, one.unit)).collect()
}

fn values(text: &str, what: What) -> Vec<String> {
    told(text).into_iter().filter(|(one, ..)| *one == what).map(|(_, value, _)| value).collect()
}

#[test]
fn dates_are_as_exact_as_they_are_said() {
    let text = "On 1 March 2026, again in May 2027; «3 марта 2026 г.», 05.04.2026, 2026-03-07 and 2026-08. 03/04/2026";
    let all = ["2026-03-01", "2027-05", "2026-03-03", "2026-04-05", "2026-03-07", "2026-08"];
    assert_eq!(values(text, What::Date), all);
    // A day that its month does not have leaves the month.
    assert_eq!(values("30 February 2026, 31.04.2026, 2026-13-01", What::Date), ["2026-02"]);
}

#[test]
fn states_are_found_in_the_cases_of_russian_and_never_inside_other_words() {
    let text = "из Таджикистана в Афганистан, через Киргизию; from Saudi Arabia to Türkiye";
    assert_eq!(values(text, What::Country), ["TJ", "AF", "KG", "SA", "TR"]);
    assert_eq!(values("a turkey, Chadwick, Иранцев", What::Country), Vec::<String>::new());
}

#[test]
fn addresses_of_computers_are_found_also_when_they_are_written_so_that_nothing_opens_them() {
    let hash = "A".repeat(64);
    let text = format!(
        "hxxps://exercise[.]example/x, 192.0.2[.]7, 2001:db8::1, mail@exercise.example, files.exercise.example, report.pdf, {hash}"
    );
    let all = [
        (What::Url, "https://exercise.example/x"),
        (What::Ip, "192.0.2.7"),
        (What::Ip, "2001:db8::1"),
        (What::Email, "mail@exercise.example"),
        (What::Domain, "files.exercise.example"),
        (What::Hash, &hash.to_lowercase()),
    ];
    let found: Vec<(What, String)> = told(&text).into_iter().map(|(what, value, _)| (what, value)).collect();
    assert_eq!(found, all.map(|(what, value)| (what, value.to_owned())));
}

#[test]
fn telephones_plates_and_amounts_stand_as_a_record_writes_them() {
    let text = "+992 (00) 000-00-01 in a lorry 0101AB01; 30,000 USD, $200.50, 12кг, 6 persons, 4 человека.";
    let all = [
        (What::Phone, "+992 (00) 000-00-01", ""),
        (What::Plate, "0101AB01", ""),
        (What::Amount, "30000", "USD"),
        (What::Amount, "200.50", "USD"),
        (What::Amount, "12", "kg"),
        (What::Persons, "6", ""),
        (What::Persons, "4", ""),
    ];
    assert_eq!(told(text), all.map(|(what, value, unit)| (what, value.to_owned(), unit.to_owned())));
}

#[test]
fn thousands_are_one_number_and_what_can_be_read_in_two_ways_is_left_alone() {
    let all = |text: &str| -> Vec<String> {
        told(text)
            .into_iter()
            .map(|(what, value, unit)| format!("{what:?} {value} {unit}").trim().to_owned())
            .collect()
    };
    assert_eq!(all("30 000 человек"), ["Persons 30000"]);
    assert_eq!(
        all("200\u{a0}000 долларов, 1\u{202f}500\u{2009}000,50 USD"),
        ["Amount 200000 USD", "Amount 1500000.50 USD"]
    );
    assert_eq!(
        all("12 000кг; 1,500,000 kg; $30 000; 1,500 USD; 1,500 persons"),
        ["Amount 12000 kg", "Amount 1500000 kg", "Amount 30000 USD", "Amount 1500 USD", "Persons 1500"]
    );
    assert_eq!(all("1,500 кг, 1.500 kg, 1.500 USD, 1.500 persons"), [""; 0]);
    assert_eq!(all("0,500 кг and 1,5 кг"), ["Amount 0.500 kg", "Amount 1.5 kg"]);
    // Neither the end of a number that is written otherwise, nor what stands behind a year.
    assert_eq!(all("3000 000 USD, 30 00 человек, 30\n000 USD, 2026 12 кг"), [""; 0]);
    assert_eq!(all("05.04.2026 30 000 USD"), ["Date 2026-04-05", "Amount 30000 USD"]);
}

#[test]
fn a_telephone_ends_where_the_number_of_something_else_begins() {
    let both = |text: &str| -> Vec<(What, String)> {
        told(text).into_iter().map(|(what, value, _)| (what, value)).collect()
    };
    let phone = |value: &str| (What::Phone, value.to_owned());
    let number = phone("+992 900 123456");
    assert_eq!(both("+992 900 123456 12 человек"), [number.clone(), (What::Persons, "12".into())]);
    assert_eq!(both("+992 900 123456 12 000 USD"), [number.clone(), (What::Amount, "12000".into())]);
    assert_eq!(both("+992 900 123456 12 грузовиков"), std::slice::from_ref(&number));
    assert_eq!(both("+992 900 123456 звонил"), [number]);
    assert_eq!(both("+7 900 123 45 67 звонил"), [phone("+7 900 123 45 67")]);
}

#[test]
fn a_text_that_is_too_long_is_refused_and_one_with_no_values_has_none() {
    assert!(find(&"x".repeat(super::TEXT_BYTES_MAX + 1)).is_err());
    assert_eq!(told("EXERCISE they crossed before dawn and went north. $ + @ . - ма"), []);
}
