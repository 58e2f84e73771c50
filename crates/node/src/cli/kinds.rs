//! The twelve kinds of records about the matter itself as `comity new` offers them: what each is, what can be said about it, one example.

use super::field::{Field, Take};

/// One kind.
#[derive(Clone, Copy, Debug)]
pub struct KindHelp {
    /// Its word.
    pub word: &'static str,
    /// What it is, and what has to be said.
    pub about: &'static str,
    /// One example, as typed.
    pub example: &'static str,
    /// Its fields, in the order in which they are asked.
    pub fields: &'static [&'static [Field]],
}

impl KindHelp {
    /// Every field.
    pub fn all(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().flat_map(|group| group.iter())
    }
}

const BOUNDS: &[&str] = &["exactly", "at-least", "at-most", "about"];
const PRECISIONS: &[&str] = &["country", "district", "point"];
const CATEGORIES: &[&str] =
    &["suspect", "convicted", "future-offence", "contact", "victim", "witness", "can-inform"];

macro_rules! when {
    ($path:literal, $what:literal) => {
        &[
            Field::new("on", $path, "DATE", Take::Day, concat!($what, ", on one day, month or year")),
            Field::new("from", concat!($path, ".from"), "DATE", Take::Date, concat!($what, ", from")),
            Field::new("until", concat!($path, ".until"), "DATE", Take::Date, concat!($what, ", until")),
        ]
    };
}

macro_rules! place {
    ($path:literal) => {
        &[
            Field::new(
                "place",
                concat!($path, ".called"),
                "TEXT",
                Take::Text,
                "Where: what the place is called",
            )
            .one_of("where"),
            Field::new(
                "country",
                concat!($path, ".country"),
                "XX",
                Take::Country,
                "Where: country, two letters",
            )
            .one_of("where"),
            Field::new(
                "district",
                concat!($path, ".district"),
                "TEXT",
                Take::Text,
                "Where: district or town",
            )
            .one_of("where"),
            Field::new(
                "at",
                concat!($path, ".coordinates"),
                "LAT,LON",
                Take::Degrees,
                "Where: degrees north, east",
            ),
            Field::new(
                "precision",
                concat!($path, ".precision"),
                "WORD",
                Take::Word(PRECISIONS),
                "How exactly the place is known; needed with --at",
            ),
        ]
    };
}

pub(super) const TITLE: &[Field] = &[Field::new("title", "title", "TEXT", Take::Text, "A heading").needed()];
pub(super) const SUMMARY: &[Field] =
    &[Field::new("summary", "summary", "TEXT", Take::Text, "What is known, in a few sentences")];
const CATEGORY: &[Field] = &[Field::new(
    "category",
    "category",
    "CATEGORY",
    Take::Stated(CATEGORIES),
    "What the person behind it is to the case",
)
.needed()];

pub(super) const NAMES: &[Field] = &[
    Field::new(
        "name",
        "names.+",
        "NAME",
        Take::Name("primary"),
        "The name in use, as written; one for each script",
    )
    .needed(),
    Field::new("alias", "names.+", "NAME", Take::Name("alias"), "Another name in use"),
    Field::new("former-name", "names.+", "NAME", Take::Name("former"), "A name that was in use"),
    Field::new("abbreviation", "names.+", "NAME", Take::Name("abbreviation"), "A short form"),
    Field::new(
        "transliteration",
        "names.+",
        "NAME",
        Take::Name("transliteration"),
        "The name in another script",
    ),
];

const PERIOD_PARTS: [Field; 2] = [
    Field::new("from", "valid.from", "DATE", Take::Date, "since when"),
    Field::new("until", "valid.until", "DATE", Take::Date, "until when"),
];

const STAY: &[Field] = &[
    Field::new(
        "kind",
        "stay_kind",
        "WORD",
        Take::Word(&["residence", "work", "seen", "detention"]),
        "what the place is to the person",
    )
    .needed(),
    Field::new("place", "place.called", "TEXT", Take::Text, "what it is called"),
    Field::new("country", "place.country", "XX", Take::Country, "country"),
    Field::new("district", "place.district", "TEXT", Take::Text, "district or town"),
    Field::new("from", "during.from", "DATE", Take::Date, "since when"),
    Field::new("until", "during.until", "DATE", Take::Date, "until when"),
];

const DOCUMENT: &[Field] = &[
    Field::new(
        "kind",
        "document_kind",
        "WORD",
        Take::Word(&[
            "passport",
            "identity-card",
            "residence-permit",
            "driving-licence",
            "seafarer-document",
            "birth-certificate",
        ]),
        "what it is",
    )
    .needed(),
    Field::new("number", "number", "TEXT", Take::Text, "its number as printed").needed(),
    Field::new("country", "issued_by", "XX", Take::Country, "who issued it").needed(),
    Field::new("nationality", "states_nationality", "XX", Take::Country, "the nationality that it states"),
    PERIOD_PARTS[0],
    PERIOD_PARTS[1],
];

const IDENTIFIER: &[Field] = &[
    Field::new(
        "kind",
        "identifier_kind",
        "WORD",
        Take::Word(&[
            "personal-number",
            "tax-number",
            "telephone",
            "vehicle-plate",
            "email-address",
            "account-handle",
        ]),
        "what it is",
    )
    .needed(),
    Field::new("value", "value", "TEXT", Take::Text, "as written").needed(),
    Field::new("by", "given_by", "TEXT", Take::Text, "the country or service that gave it"),
    PERIOD_PARTS[0],
    PERIOD_PARTS[1],
];

const OFFENCE: &[Field] = &[
    Field::new("act", "act", "V/N/TERM", Take::Term, "the act, as a term of a vocabulary").needed(),
    Field::new("date", "date", "DATE", Take::Date, "when"),
    Field::new("authority", "authority", "TEXT", Take::Text, "who charges or convicted"),
];

const LINKS: &[&str] = &["supports", "associates-with", "contacts", "family-of"];

const PERSON: &[Field] = &[
    Field::new("category", "category", "CATEGORY", Take::Word(CATEGORIES), "What the person is to the case")
        .needed(),
    Field::new(
        "link-to",
        "link.with_ref",
        "RECORD",
        Take::Id,
        "Of a contact: the record that it is linked with",
    ),
    Field::new("link-kind", "link.link_kind", "WORD", Take::Word(LINKS), "Of a contact: how it is linked"),
    Field::new(
        "link-grounds",
        "link.grounds",
        "TEXT",
        Take::Text,
        "Of a contact: the facts that show the link",
    ),
    Field::new("grounds", "grounds", "TEXT", Take::Text, "Of a future offence: the factual grounds"),
    Field::new("event", "event_ref", "RECORD", Take::Id, "Of a victim or witness: the event"),
    Field::new("born", "birth.date", "DATE", Take::Date, "Date of birth, as exactly as it is known"),
    Field::new("born-at", "birth.place.called", "TEXT", Take::Text, "Place of birth"),
    Field::new("born-in", "birth.place.country", "XX", Take::Country, "Country of birth"),
    Field::new(
        "stay",
        "places.+",
        "PARTS",
        Take::Parts(STAY),
        "A place of the person: kind, place, country, district",
    ),
    Field::new(
        "document",
        "documents.+",
        "PARTS",
        Take::Parts(DOCUMENT),
        "A document: kind, number, country, nationality",
    ),
    Field::new(
        "identifier",
        "identifiers.+",
        "PARTS",
        Take::Parts(IDENTIFIER),
        "A number or address: kind, value, by",
    ),
    Field::new("offence", "offences.+", "PARTS", Take::Parts(OFFENCE), "An act: act, date, authority"),
];

const DESIGNATION: &[Field] = &[
    Field::new("by", "designated_by", "TEXT", Take::Text, "the body that designates").needed(),
    Field::new("list", "list", "TEXT", Take::Text, "its list").needed(),
    Field::new("entry", "entry", "TEXT", Take::Text, "number of the entry"),
    PERIOD_PARTS[0],
    PERIOD_PARTS[1],
];

const HARM: &[Field] = &[
    Field::new(
        "kind",
        "harm_kind",
        "WORD",
        Take::Word(&["killed", "injured", "missing", "abducted"]),
        "what was done",
    )
    .needed(),
    Field::new("persons", "persons", "N", Take::Count, "how many").needed(),
    Field::new("bound", "bound", "WORD", Take::Word(BOUNDS), "how the number is meant"),
    Field::new("rule", "counting_rule", "TEXT", Take::Text, "who was counted, when and by whom").needed(),
];

const ITEM: &[Field] = &[
    Field::new(
        "class",
        "item_class",
        "WORD",
        Take::Word(&["narcotics", "weapons", "explosives", "money", "documents", "other"]),
        "its class",
    )
    .needed(),
    Field::new("what", "what", "TEXT", Take::Text, "substance, make or currency").needed(),
    Field::new("amount", "amount.value", "NUMBER", Take::Text, "how much"),
    Field::new("bound", "amount.bound", "WORD", Take::Word(BOUNDS), "how the number is meant"),
    Field::new("unit", "amount.unit", "TEXT", Take::Text, "its unit"),
    Field::new("rule", "amount.counting_rule", "TEXT", Take::Text, "what was counted or weighed, and how"),
];

const LEG: &[Field] = &[
    Field::new("from-place", "origin.called", "TEXT", Take::Text, "where it began"),
    Field::new("from-country", "origin.country", "XX", Take::Country, "the country where it began"),
    Field::new("to-place", "destination.called", "TEXT", Take::Text, "where it ended"),
    Field::new("to-country", "destination.country", "XX", Take::Country, "the country where it ended"),
    Field::new("departed", "departed", "DATE", Take::Date, "when it began"),
    Field::new("arrived", "arrived", "DATE", Take::Date, "when it ended"),
    Field::new("means", "means", "WORD", Take::Word(&["air", "rail", "road", "sea", "foot"]), "how"),
];

/// Words of relations.
pub const RELATIONS: &[&str] = &[
    "associated-with",
    "supports",
    "member-of",
    "leads",
    "trained-at",
    "runs",
    "travelled-on",
    "took-part-in",
    "intended-by",
    "carries-out",
    "part-of",
    "held-by",
    "located-at",
];

const BORDER_EVENT: &[Field] = &[
    Field::new("from-country", "from_country", "XX", Take::Country, "Country from which a movement went"),
    Field::new("to-country", "to_country", "XX", Take::Country, "Country to which it went"),
    Field::new("persons", "persons", "N", Take::Count, "How many persons took part"),
    Field::new("manner", "manner", "V/N/TERM", Take::Term, "What kind of event: VOCABULARY/VERSION/TERM"),
];
const ATTACK: &[Field] = &[
    Field::new("method", "method", "V/N/TERM", Take::Term, "How: VOCABULARY/VERSION/TERM"),
    Field::new("harm", "harm.+", "PARTS", Take::Parts(HARM), "Persons harmed: kind, persons, bound, rule"),
];
const FIND: &[Field] = &[Field::new(
    "item",
    "items.+",
    "PARTS",
    Take::Parts(ITEM),
    "A thing found: class, what, amount, bound, unit, rule",
)
.needed()];
const PLAN: &[Field] = &[
    Field::new("grounds", "grounds", "TEXT", Take::Text, "The facts on which the assessment rests").needed(),
    Field::new("objective", "objective", "TEXT", Take::Text, "To what end"),
];
const SITE: &[Field] = &[
    Field::new("capacity", "capacity", "N", Take::Count, "How many persons it holds at a time"),
    Field::new(
        "activity",
        "activities.+",
        "V/N/TERM",
        Take::Term,
        "What is trained: VOCABULARY/VERSION/TERM",
    ),
];
const CHANNEL: &[Field] = &[
    Field::new(
        "form",
        "form",
        "WORD",
        Take::Word(&[
            "periodical",
            "broadcast",
            "website",
            "social-account",
            "messenger-channel",
            "file-store",
        ]),
        "What it is",
    )
    .needed(),
    Field::new("locator", "locators.+", "ADDRESS", Take::Text, "Where it is found: address or handle")
        .needed(),
    Field::new("in-language", "languages.+", "TAG", Take::Text, "A language of it, such as en"),
];
const JOURNEY: &[Field] = &[
    Field::new(
        "leg",
        "legs.+",
        "PARTS",
        Take::Parts(LEG),
        "A leg: from-place, from-country, to-place, to-country, departed, arrived, means",
    )
    .needed(),
    Field::new("travellers", "travellers", "N", Take::Count, "How many travelled"),
];
const ACCOUNT: &[Field] = &[
    Field::new(
        "form",
        "form",
        "WORD",
        Take::Word(&["bank", "card", "mobile-money", "wallet", "remittance"]),
        "What it is",
    )
    .needed(),
    Field::new("number", "number", "TEXT", Take::Text, "Its number or address as written").needed(),
    Field::new("institution", "institution", "TEXT", Take::Text, "Who keeps it"),
    Field::new("country", "country", "XX", Take::Country, "Where it is kept"),
];
const PAYMENT: &[Field] = &[
    Field::new("amount", "sum.value", "NUMBER", Take::Text, "How much").needed(),
    Field::new("currency", "sum.currency", "CODE", Take::Text, "Currency, as three letters").needed(),
    Field::new("payer", "payer_ref", "RECORD", Take::Id, "Who paid: account, person or group").one_of("ends"),
    Field::new("payee", "payee_ref", "RECORD", Take::Id, "Who was paid").one_of("ends"),
    Field::new("paid", "paid", "DATE", Take::Date, "When"),
];
const RELATION: &[Field] = &[
    Field::new("source", "source_ref", "RECORD", Take::Id, "The record that the sentence begins with")
        .needed(),
    Field::new("relation", "relationship_type", "WORD", Take::Word(RELATIONS), "How they are related")
        .needed(),
    Field::new("target", "target_ref", "RECORD", Take::Id, "The other record").needed(),
    Field::new("grounds", "grounds", "TEXT", Take::Text, "The facts that show it").needed(),
    Field::new(
        "category",
        "category",
        "CATEGORY",
        Take::Stated(CATEGORIES),
        "What the person in it is to the case [default: as in the record of the person]",
    ),
];

/// Every kind about the matter itself.
pub static KINDS: [KindHelp; 12] = [
    KindHelp {
        word: "subject",
        about: "A person\n\nNeeded: --category and --name; with a contact --link-to, --link-kind and --link-grounds, with \
            a future offence --grounds. Persons are personal data: --purpose and --basis are needed too. There is no \
            field for descent, belief or health, and a supporter is a contact with a stated link.",
        example: "comity new subject --collection cases --fact --category contact \\\n      --name 'EXERCISE Orlan Tevi' --name 'УЧЕНИЯ Орлан Теви' --born 1991-05 \\\n      \
            --link-to identity--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11 --link-kind supports \\\n      \
            --link-grounds 'EXERCISE paid the rent of the flat in March' \\\n      \
            --purpose border-security --basis treaty-4 --tlp amber",
        fields: &[PERSON, NAMES, SUMMARY],
    },
    KindHelp {
        word: "group",
        about: "A group that acts under a name\n\nNeeded: --name. That it acts unlawfully is what a body claims: \
            --designation names the body and its list.",
        example: "comity new group --collection reports --fact --name 'EXERCISE Grey Column' \\\n      \
            --former-name 'EXERCISE Column 9' --country XA --tlp green \\\n      \
            --designation 'by=EXERCISE Council; list=EXERCISE list 2; from=2025-06'",
        fields: &[
            NAMES,
            &[Field::new(
                "designation",
                "designations.+",
                "PARTS",
                Take::Parts(DESIGNATION),
                "A claim: by, list, entry, from, until",
            )],
            &[
                Field::new(
                    "place",
                    "places.0.called",
                    "TEXT",
                    Take::Text,
                    "Where it is active: what the place is called",
                ),
                Field::new("country", "places.0.country", "XX", Take::Country, "Where it is active: country"),
                Field::new(
                    "district",
                    "places.0.district",
                    "TEXT",
                    Take::Text,
                    "Where it is active: district or town",
                ),
            ],
            when!("active", "Active"),
            SUMMARY,
        ],
    },
    KindHelp {
        word: "plan",
        about: "Something that somebody is held to intend\n\nNeeded: --title and --grounds. It has not happened, so it is \
            an --assessment with a --likelihood.",
        example: "comity new plan --collection reports --title 'EXERCISE supply run over the Orava pass' \\\n      \
            --assessment --likelihood likely --confidence low --from 2026-12 --country XA \\\n      \
            --grounds 'EXERCISE two lorries were hired for the first week of December' --tlp amber",
        fields: &[
            TITLE,
            PLAN,
            &[
                Field::new("place", "places.0.called", "TEXT", Take::Text, "Where: what the place is called"),
                Field::new("country", "places.0.country", "XX", Take::Country, "Where: country, two letters"),
                Field::new("district", "places.0.district", "TEXT", Take::Text, "Where: district or town"),
            ],
            when!("window", "Within which time"),
            SUMMARY,
        ],
    },
    KindHelp {
        word: "training-site",
        about: "A place where persons are trained\n\nNeeded: --title and where it is (--place, --country or --district). It \
            can be shared without a person, and then needs neither purpose nor basis.",
        example: "comity new training-site --collection reports --fact --title 'EXERCISE camp at the quarry' \\\n      \
            --place 'EXERCISE quarry' --country XA --capacity 40 --tlp green",
        fields: &[TITLE, place!("place"), when!("active", "Used"), SITE, SUMMARY],
    },
    KindHelp {
        word: "border-event",
        about: "Something that happened at a frontier\n\nNeeded: --collection, --fact or --assessment, --title, and where it \
            was (--place, --country or --district). Who may see it: --tlp and the options below it; without them it \
            stays with your own member. Say the rest as far as the text in front of you does.",
        example: "comity new border-event --collection reports --fact --on 2026-03-01 \\\n      \
            --title 'EXERCISE crossing at the Karsk ford' --place 'EXERCISE Karsk ford' --country XA \\\n      \
            --from-country XB --to-country XA --persons 6 --grade B2 --scale 6x6 \\\n      \
            --summary 'EXERCISE six persons crossed on foot before dawn and went north' \\\n      \
            --said-by 'EXERCISE head of post 4' --quote 'EXERCISE they knew the patrol times' --tlp green",
        fields: &[TITLE, when!("during", "When"), place!("place"), BORDER_EVENT, SUMMARY],
    },
    KindHelp {
        word: "attack",
        about: "An act of violence that was carried out or tried\n\nNeeded: --title and where it was. Who did it is a relation \
            (`comity link`); a claim of responsibility belongs to somebody: --said-by and --quote.",
        example: "comity new attack --collection reports --fact --title 'EXERCISE attack on depot 7' \\\n      \
            --on 2026-02 --district 'EXERCISE Lumen' --country XB --tlp amber \\\n      \
            --harm 'kind=injured; persons=3; rule=EXERCISE treated in hospital, by the ministry'",
        fields: &[TITLE, when!("during", "When"), place!("place"), ATTACK, SUMMARY],
    },
    KindHelp {
        word: "find",
        about: "Things that were found or seized\n\nNeeded: --title, where it was, and an --item. An amount needs a unit and a \
            rule by which it was counted; \"a large amount\" belongs to somebody: --said-by and --quote.",
        example: "comity new find --collection reports --fact --title 'EXERCISE seizure at Karsk' --on 2026-03-02 \\\n      \
            --place 'EXERCISE Karsk' --country XA --tlp green \\\n      \
            --item 'class=narcotics; what=heroin; amount=12.5; unit=kg; rule=EXERCISE gross, customs'",
        fields: &[TITLE, when!("during", "When"), place!("place"), FIND, SUMMARY],
    },
    KindHelp {
        word: "channel",
        about: "A publication or account that spreads calls to violence\n\nNeeded: --title, --form and --locator. A place where \
            people gather, such as a place of worship or a school, is none.",
        example: "comity new channel --collection reports --assessment --confidence moderate --tlp green \\\n      \
            --title 'EXERCISE Grey Voice' --form messenger-channel --locator t.example/greyvoice",
        fields: &[TITLE, CHANNEL, when!("active", "Active"), SUMMARY],
    },
    KindHelp {
        word: "journey",
        about: "A journey with its legs\n\nNeeded: --title and a --leg. Who travelled is a relation (`comity link`), so the \
            route can be shared without a person.",
        example: "comity new journey --collection reports --fact --title 'EXERCISE route over Lumen' --tlp green \\\n      \
            --leg 'from-place=Orava; from-country=XA; to-place=Lumen; to-country=XB; means=road'",
        fields: &[TITLE, JOURNEY, SUMMARY],
    },
    KindHelp {
        word: "account",
        about: "An account for money\n\nNeeded: --title, --form, --number, and, because it is personal data, --category, \
            --purpose and --basis. Whose it is, is a relation (`comity link`).",
        example: "comity new account --collection cases --fact --title 'EXERCISE Lumen account' --form bank \\\n      \
            --number 'EX00 0000 0001' --category suspect --tlp amber \\\n      \
            --purpose border-security --basis treaty-4",
        fields: &[TITLE, CATEGORY, ACCOUNT, when!("active", "Open"), SUMMARY],
    },
    KindHelp {
        word: "payment",
        about: "A payment\n\nNeeded: --title, --amount, --currency, --payer or --payee, and, because it is personal data, \
            --category, --purpose and --basis.",
        example: "comity new payment --collection cases --fact --title 'EXERCISE transfer of 3 March' \\\n      \
            --payer comity-account--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 --amount 1200.00 --currency XTS \\\n      \
            --paid 2026-03-03 --category suspect --purpose border-security --basis treaty-4 --tlp amber",
        fields: &[TITLE, CATEGORY, PAYMENT, SUMMARY],
    },
    KindHelp {
        word: "relation",
        about: "A relation between two records\n\nNeeded: --source, --relation, --target and --grounds. `comity link` says the \
            same in fewer words. Whether it concerns a person is read from the records at its ends.",
        example: "comity new relation --collection reports --fact --relation part-of --tlp green \\\n      \
            --source incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 \\\n      \
            --target incident--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a14 --grounds 'EXERCISE found there'",
        fields: &[RELATION, when!("during", "When it held"), SUMMARY],
    },
];
