//! The rules of the screens that no compiler knows: no side of the screen in a style, no style in an attribute, no HTML
//! out of a text, no words outside the catalogues, and nothing kept in the browser.

use super::Fault;
use super::house::House;

/// What stands in no source of the screens, with what to do instead.
const FORBIDDEN: [(&str, &str); 8] = [
    ("{@html", "text is text: HTML out of a record would run in the page"),
    ("innerHTML", "text is text: HTML out of a record would run in the page"),
    ("localStorage", "nothing is kept in the browser"),
    ("sessionStorage", "nothing is kept in the browser"),
    ("indexedDB", "nothing is kept in the browser"),
    ("document.cookie", "the cookie is not for scripts"),
    (" style=\"", "a style in an attribute breaks the policy of the page: name a class"),
    (" style={", "a style in an attribute breaks the policy of the page: name a class"),
];
/// Sides in a style: what runs from right to left needs start and end.
const SIDES: [&str; 12] = [
    "margin-left",
    "margin-right",
    "padding-left",
    "padding-right",
    "border-left",
    "border-right",
    "text-align: left",
    "text-align: right",
    "float: left",
    "float: right",
    " left:",
    " right:",
];

/// Checks every source of the screens.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    let sources = house.files().iter().filter(|file| file.path.starts_with("web/src/"));
    for file in sources {
        let is_svelte = file.path.ends_with(".svelte");
        if !is_svelte && !file.path.ends_with(".ts") && !file.path.ends_with(".css") {
            continue;
        }
        let mut tell = |line: usize, what: String| {
            faults.push(Fault { check: "web", path: file.path.clone(), line, what });
        };
        let mut section = if is_svelte { Section::Page } else { Section::Script };
        for (number, line) in (1..).zip(file.text.lines()) {
            let was_comment = section == Section::Comment;
            section = section.after(line);
            for (word, what) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
                tell(number, format!("`{}`: {what}", word.trim()));
            }
            let is_style = section == Section::Style || file.path.ends_with(".css");
            if is_style && let Some(side) = SIDES.iter().find(|side| line.contains(*side)) {
                tell(
                    number,
                    format!("`{}`: a page may run from right to left, so say start or end", side.trim()),
                );
            }
            if section == Section::Page
                && !was_comment
                && let Some(text) = bare_text(line)
            {
                tell(number, format!("`{text}` stands in no catalogue: take it from t(…)"));
            }
        }
    }
    faults
}

/// Where a line of a `.svelte` file stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Page,
    Comment,
    Script,
    Style,
}

impl Section {
    /// The section of a line, after the section of the line before.
    fn after(self, line: &str) -> Self {
        let line = line.trim();
        match self {
            Self::Page if line.starts_with("<script") => Self::Script,
            Self::Page if line.starts_with("<style") => Self::Style,
            Self::Page if line.starts_with("<!--") && !line.ends_with("-->") => Self::Comment,
            Self::Script if line == "</script>" => Self::Page,
            Self::Style if line == "</style>" => Self::Page,
            Self::Comment if line.ends_with("-->") => Self::Page,
            section => section,
        }
    }
}

/// The first word between two tags of one line that is no expression. A sign such as `·` is no word, and what is in
/// capitals, such as TLP, is the same in every language.
fn bare_text(line: &str) -> Option<String> {
    if line.trim().starts_with("<!--") {
        return None;
    }
    let mut depth = 0usize;
    let mut in_tag = false;
    let mut seen_tag = false;
    let mut text = String::new();
    for letter in line.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '<' if depth == 0 => {
                let is_word = |letter: &char| letter.is_alphabetic() && !letter.is_uppercase();
                if seen_tag && text.chars().filter(is_word).count() > 1 {
                    return Some(text.trim().to_owned());
                }
                (in_tag, seen_tag) = (true, true);
                text.clear();
            }
            '>' if depth == 0 => {
                in_tag = false;
                text.clear();
            }
            _ if depth == 0 && !in_tag => text.push(letter),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        check(&House::of("", &[(path, text)])).len()
    }

    #[test]
    fn what_the_policy_of_the_page_or_its_people_would_suffer_from_is_a_fault() {
        for text in [
            "<p>{@html name}</p>",
            "<p style=\"color: red\">{name}</p>",
            "<script>\n  localStorage.setItem(\"a\", \"b\");\n</script>",
            "<p>Not translated</p>",
            "<style>\n  p {\n    margin-left: 4px;\n  }\n</style>",
        ] {
            assert_eq!(faults("web/src/screens/A.svelte", text), 1, "{text}");
            assert_eq!(faults("crates/app/a.svelte", text), 0, "{text}");
        }
        assert_eq!(faults("web/src/style/a.css", "p {\n  text-align: left;\n}"), 1);
    }

    #[test]
    fn sentences_of_the_catalogue_signs_and_logical_sides_are_fine() {
        for text in [
            "<p>{t(\"a.b\")} · <b>{name}</b></p>",
            "<p><b>TLP:</b>{level}</p>",
            "<p class=\"left\">{name}</p>",
            "<!-- Words of a comment -->",
            "<!-- Words of a\n     longer <b>comment</b> -->",
            "<script lang=\"ts\">\n  const a: Map<string, number> = b < c ? d : e;\n</script>",
            "<style>\n  p {\n    margin-inline-start: 4px;\n  }\n</style>",
        ] {
            assert_eq!(faults("web/src/screens/A.svelte", text), 0, "{text}");
        }
    }
}
