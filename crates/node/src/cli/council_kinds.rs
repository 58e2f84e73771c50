//! The kinds of a council's work as `comity new` offers them. What has no option of its own is said with `--set`, or
//! comes from a file.

use super::field::{Field, Take};
use super::kinds::{KindHelp, NAMES, SUMMARY, TITLE};

const KNOWN: &[&str] = &["stated", "inferred", "elsewhere", "unknown"];
const FORMS: &[&str] = &[
    "figure",
    "assessment",
    "political-assessment",
    "attribution",
    "result",
    "agenda",
    "attendance",
    "intention",
    "proposal",
    "message",
    "statement",
    "report",
    "allegation",
    "background",
    "opinion",
];
const BOUNDS: &[&str] = &["exactly", "at-least", "at-most", "about", "more-than", "less-than"];
const DIFFERENCES: &[&str] =
    &["value", "wording", "attribution", "legal-status", "roles", "base-of-share", "other"];

const WORDS: &[Field] = &[
    Field::new("words", "words.text", "TEXT", Take::Text, "The words, as somebody states them").needed(),
    Field::new("by", "words.said_by", "WHO", Take::Text, "Whose words they are").needed(),
    Field::new(
        "via",
        "words.relayed_by.+",
        "WHO",
        Take::Text,
        "Who passed them on, the nearest to the speaker first",
    ),
];
const SESSION: Field = Field::new("session", "session_ref", "ID", Take::Id, "The session");

/// Every kind of a council that is typed; positions come from `comity conflict` and `comity decision`.
pub static COUNCIL: [KindHelp; 10] = [
    KindHelp {
        word: "body",
        about: "A council, a working body or an agency\n\nNeeded: --name and --body-form. A body with nearly the name of \
            another one warns: each numbers its own sessions.",
        example: "comity new body --collection council --fact --name 'EXERCISE Council of the Rivers' \\\n      \
            --abbreviation ECR --body-form council --tlp clear",
        fields: &[
            NAMES,
            &[
                Field::new(
                    "body-form",
                    "body_form",
                    "WORD",
                    Take::Word(&["council", "working-body", "agency", "other"]),
                    "What it is",
                )
                .needed(),
                Field::new("parent", "parent_ref", "ID", Take::Id, "The body that it works for"),
                Field::new("mandate", "mandate", "TEXT", Take::Text, "What it was charged with"),
                Field::new("country", "country", "XX", Take::Country, "Its state, of an agency"),
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "session",
        about: "A session of a body\n\nNeeded: --title, --body, --status, --number-basis and --date-basis. Body and a stated \
            number are its key. Roles, members and observers are said with --set or from a file.",
        example: "comity new session --collection council --fact --title 'EXERCISE session 47' \\\n      \
            --status planned --body comity-body--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 --number 47 \\\n      \
            --number-basis stated --on 2026-12-01 --date-basis stated --tlp clear",
        fields: &[
            TITLE,
            &[
                Field::new("body", "body_ref", "ID", Take::Id, "The body that meets").needed(),
                Field::new("number", "number.value", "N", Take::Count, "Its number"),
                Field::new(
                    "number-basis",
                    "number.basis",
                    "WORD",
                    Take::Word(KNOWN),
                    "How the number is known",
                )
                .needed(),
                Field::new("on", "during.value", "DATE", Take::Day, "When, on one day, month or year"),
                Field::new("date-basis", "during.basis", "WORD", Take::Word(KNOWN), "How the date is known")
                    .needed(),
                Field::new(
                    "status",
                    "status",
                    "WORD",
                    Take::Word(&["planned", "held", "cancelled", "reported"]),
                    "Where it stands",
                )
                .needed(),
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "agenda-item",
        about: "An item on the agenda of a session\n\nNeeded: --title, --session, --number and --item-basis. It is clear, or \
            amber and above: green reaches observers.",
        example: "comity new agenda-item --collection council --fact --title 'EXERCISE crossings at night' \\\n      \
            --session comity-session--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 --number 2 \\\n      \
            --item-basis stated --tlp clear",
        fields: &[
            TITLE,
            &[
                SESSION.needed(),
                Field::new("number", "position_number", "N", Take::Count, "Its place on the agenda").needed(),
                Field::new(
                    "item-basis",
                    "item_basis",
                    "WORD",
                    Take::Word(&["stated", "inferred", "elsewhere"]),
                    "How it is known that it stands there",
                )
                .needed(),
                Field::new("paper", "paper_refs.+", "ID", Take::Id, "A paper on it"),
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "document",
        about: "A document, without its text\n\nNeeded: --title and --document-type; with a message --from and --from-by.",
        example: "comity new document --collection council --fact --title 'EXERCISE message to session 47' \\\n      \
            --document-type message --session comity-session--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\\n      \
            --from 'EXERCISE head of state' --from-by 'EXERCISE Herald' --tlp clear",
        fields: &[
            TITLE,
            &[
                Field::new(
                    "document-type",
                    "document_type",
                    "WORD",
                    Take::Word(&["paper", "message", "press-report"]),
                    "What it is",
                )
                .needed(),
                SESSION,
                Field::new("from", "from_party.name.text", "WHO", Take::Text, "Who sent it; of a message"),
                Field::new(
                    "from-by",
                    "from_party.name.said_by",
                    "WHO",
                    Take::Text,
                    "Who says that they sent it",
                ),
                Field::new("sha256", "sha256", "HEX", Take::Text, "SHA-256 of its text"),
                Field::new("cites", "cites.+", "WHO", Take::Text, "Whom it cites"),
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "decision",
        about: "A decision that is proposed to a body\n\nNeeded: --title, --body, --text, --procedure and --status. It begins as \
            proposed; `comity decision` opens and closes it.",
        example: "comity new decision --collection council --fact --title 'EXERCISE patrols' \\\n      \
            --body comity-body--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 --procedure silence --status proposed \\\n      \
            --text 'EXERCISE the members patrol the river together' \\\n      \
            --decides comity-measure--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 --tlp amber",
        fields: &[
            TITLE,
            &[
                Field::new("body", "body_ref", "ID", Take::Id, "The body that decides").needed(),
                Field::new("text", "text", "TEXT", Take::Text, "What is decided").needed(),
                Field::new(
                    "procedure",
                    "procedure",
                    "WORD",
                    Take::Word(&["consensus", "silence"]),
                    "How it is come to",
                )
                .needed(),
                Field::new("status", "status", "WORD", Take::Word(&["proposed"]), "Where it stands").needed(),
                SESSION,
                Field::new("item", "item_ref", "ID", Take::Id, "The item on the agenda"),
                Field::new(
                    "decides",
                    "decides_refs.+",
                    "ID",
                    Take::Id,
                    "A measure, programme or paper that it is about",
                ),
                Field::new("document", "document_refs.+", "ID", Take::Id, "A paper that belongs to it"),
                Field::new(
                    "instead-of",
                    "supersedes_ref",
                    "ID",
                    Take::Id,
                    "The decision in whose place it stands",
                ),
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "measure",
        about: "A joint measure as far as somebody states it\n\nNeeded: --title, --words, --by, --status and --stated-in. A \
            decision alone adopts it.",
        example: "comity new measure --collection council --fact --title 'EXERCISE measure 1' \\\n      \
            --status outlined --words 'EXERCISE joint patrols' --by 'EXERCISE participants' \\\n      \
            --via 'EXERCISE Herald' --stated-in comity-claim--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\\n      \
            --tlp clear",
        fields: &[
            TITLE,
            WORDS,
            &[
                Field::new(
                    "status",
                    "status",
                    "WORD",
                    Take::Word(&["intention", "proposed", "outlined", "dropped"]),
                    "How far it is",
                )
                .needed(),
                Field::new(
                    "stated-in",
                    "stated_in_ref",
                    "ID",
                    Take::Id,
                    "The claim or document that states it",
                )
                .needed(),
                SESSION,
                Field::new("owner", "owner.member_ref", "ID", Take::Id, "The member that is to see to it"),
                Field::new("due", "due", "DATE", Take::Date, "By when"),
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "programme",
        about: "A programme of several years\n\nNeeded: --title, --year for each of its years, and --status.",
        example: "comity new programme --collection council --fact --title 'EXERCISE programme 2026 to 2027' \\\n      \
            --year 2026 --year 2027 --status reported --tlp clear",
        fields: &[
            TITLE,
            &[
                Field::new("year", "years.+", "YEAR", Take::Count, "One of its years, the earliest first")
                    .needed(),
                Field::new("status", "status", "WORD", Take::Word(&["draft", "reported"]), "How far it is")
                    .needed(),
                Field::new("body", "body_ref", "ID", Take::Id, "The body whose programme it is"),
                SESSION,
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "report",
        about: "A report on one year of a programme\n\nNeeded: --title, --programme, --year, --status and --provided. One that \
            provides figures names them, or the claims that give them.",
        example: "comity new report --collection council --fact --title 'EXERCISE report on 2026' --year 2026 \\\n      \
            --programme comity-programme--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 --status reported \\\n      \
            --provided not-provided --tlp clear",
        fields: &[
            TITLE,
            &[
                Field::new("programme", "programme_ref", "ID", Take::Id, "The programme").needed(),
                Field::new("year", "year", "YEAR", Take::Count, "The year").needed(),
                Field::new("status", "status", "WORD", Take::Word(&["draft", "reported"]), "How far it is")
                    .needed(),
                Field::new(
                    "provided",
                    "provided",
                    "WORD",
                    Take::Word(&["figures", "not-provided"]),
                    "Whether it gives figures",
                )
                .needed(),
                Field::new(
                    "figure",
                    "figure_refs.+",
                    "ID",
                    Take::Id,
                    "One of its figures, or a claim that gives one",
                ),
                Field::new("claim", "claim_ref", "ID", Take::Id, "The claim that it was given"),
            ],
            SUMMARY,
        ],
    },
    KindHelp {
        word: "claim",
        about: "What somebody said\n\nNeeded: --words, --by, --reported-as, --claim-form, --certainty and --topic. It has no text \
            of yours: a fact here is that it was said. Words that stand in place of a number are said with --set \
            quantity.in_words.",
        example: "comity new claim --collection council --fact --words 'EXERCISE 12 crossings were found' \\\n      \
            --by 'EXERCISE Orlan Vesk' --speaker 'EXERCISE Orlan Vesk (chair)' \\\n      \
            --via 'EXERCISE Herald' --reported-as paraphrase --claim-form figure \\\n      \
            --certainty reported --topic results --value 12 --unit crossings --tlp clear",
        fields: &[
            WORDS,
            &[
                Field::new(
                    "speaker",
                    "speaker",
                    "WHO",
                    Take::Text,
                    "The speaker, where the source names one",
                ),
                Field::new(
                    "reported-as",
                    "reported_as",
                    "WORD",
                    Take::Word(&["quotation", "paraphrase"]),
                    "How the words are given",
                )
                .needed(),
                Field::new(
                    "claim-form",
                    "claim_form",
                    "WORD",
                    Take::Word(FORMS),
                    "What form of statement it is",
                )
                .needed(),
                Field::new(
                    "certainty",
                    "certainty",
                    "WORD",
                    Take::Word(&["reported", "uncertain"]),
                    "Whether it is certain that it was said",
                )
                .needed(),
                Field::new("topic", "topic", "TEXT", Take::Text, "What it is about, in a word").needed(),
                Field::new("value", "quantity.value", "NUMBER", Take::Text, "The number that it gives"),
                Field::new("bound", "quantity.bound", "WORD", Take::Word(BOUNDS), "How the number is meant"),
                Field::new("unit", "quantity.unit", "TEXT", Take::Text, "Its unit"),
                Field::new("scope", "quantity.scope", "TEXT", Take::Text, "Of what it is the number"),
                Field::new(
                    "counted-as",
                    "quantity.counting_rule",
                    "TEXT",
                    Take::Text,
                    "What was counted, and how",
                ),
                Field::new("period-from", "quantity.period.from", "DATE", Take::Date, "Its period, from"),
                Field::new("period-until", "quantity.period.until", "DATE", Take::Date, "Its period, until"),
                SESSION,
                Field::new("source", "source.document_ref", "ID", Take::Id, "The document that has it"),
                Field::new("restates", "restates_ref", "ID", Take::Id, "The claim that it only repeats"),
                Field::new(
                    "contested-by",
                    "contested_by_refs.+",
                    "ID",
                    Take::Id,
                    "A claim of another voice that contradicts it",
                ),
            ],
        ],
    },
    KindHelp {
        word: "conflict-set",
        about: "A question on which claims differ\n\nNeeded: --title, the question; --difference; and the claims, or for roles \
            the sessions. It says nothing about which is right.",
        example: "comity new conflict-set --collection council --assessment --difference value \\\n      \
            --title 'EXERCISE How many crossings were found?' \\\n      \
            --claim comity-claim--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a12 \\\n      \
            --claim comity-claim--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a13 --tlp amber",
        fields: &[
            TITLE,
            &[
                Field::new("claim", "claim_refs.+", "ID", Take::Id, "One of the claims"),
                Field::new("of-session", "session_refs.+", "ID", Take::Id, "One of the sessions, for roles"),
                Field::new(
                    "difference",
                    "difference",
                    "WORD",
                    Take::Word(DIFFERENCES),
                    "What they differ in",
                )
                .needed(),
                Field::new(
                    "without-statement",
                    "parties_without_statement.+",
                    "WHO",
                    Take::Text,
                    "A party that is named and has said nothing in these sources",
                ),
            ],
            SUMMARY,
        ],
    },
];
