//! A Rust source as the checks see it: the paths it names and the texts it holds. Comments, documentation and whatever
//! stands under `#[cfg(test)]` or `#[test]` are left out. It does not follow renames.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use std::str::FromStr as _;

/// Something that was seen at a line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub line: usize,
    pub text: String,
}

/// What one file holds.
#[derive(Debug, Default)]
pub struct Source {
    /// Every path, such as `std::fs::read`; a tree of `use` is spread out. A single name is a path, too.
    pub paths: Vec<Seen>,
    /// What stands between the quotes of every string literal, escapes as written.
    pub texts: Vec<Seen>,
    /// Modules in files of their own that exist in tests only.
    pub test_modules: Vec<String>,
}

/// Reads a source.
///
/// # Errors
/// The line and the reason when the text is no sequence of Rust tokens.
pub fn read(text: &str) -> Result<Source, (usize, String)> {
    let stream = TokenStream::from_str(text)
        .map_err(|error| (error.span().start().line, "this is no Rust: cargo build tells more".to_owned()))?;
    let mut source = Source::default();
    source.walk(stream, "");
    Ok(source)
}

impl Source {
    fn walk(&mut self, stream: TokenStream, prefix: &str) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let Some((first, after)) = rest.split_first() {
            rest = match first {
                TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(after),
                TokenTree::Group(group) => {
                    self.walk(group.stream(), "");
                    after
                }
                TokenTree::Literal(literal) => {
                    self.literal(literal);
                    after
                }
                TokenTree::Ident(_) => self.path(rest, prefix),
                TokenTree::Punct(_) => after,
            };
        }
    }

    /// Goes past an attribute, and past what it belongs to if that is for tests only.
    fn attribute<'t>(&mut self, rest: &'t [TokenTree]) -> &'t [TokenTree] {
        let rest = match rest {
            [TokenTree::Punct(punct), rest @ ..] if punct.as_char() == '!' => rest,
            _ => rest,
        };
        let [TokenTree::Group(group), after @ ..] = rest else { return rest };
        let text = group.stream().to_string().replace(' ', "");
        if matches!(text.as_str(), "cfg(test)" | "test") {
            return self.skip_item(after);
        }
        if !text.starts_with("doc=") {
            self.walk(group.stream(), "");
        }
        after
    }

    /// Goes past one item: up to its block or its semicolon. Remembers a module that stands in a file of its own.
    fn skip_item<'t>(&mut self, mut rest: &'t [TokenTree]) -> &'t [TokenTree] {
        let (mut last, mut before) = (String::new(), String::new());
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    return match rest {
                        [TokenTree::Punct(punct), rest @ ..] if punct.as_char() == ';' => rest,
                        _ => rest,
                    };
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => {
                    if before == "mod" {
                        self.test_modules.push(last);
                    }
                    return rest;
                }
                other => before = std::mem::replace(&mut last, other.to_string()),
            }
        }
        rest
    }

    /// Reads a path that begins with a name.
    fn path<'t>(&mut self, tokens: &'t [TokenTree], prefix: &str) -> &'t [TokenTree] {
        let mut path = prefix.to_owned();
        let mut line = 0;
        let mut rest = tokens;
        while let [TokenTree::Ident(name), after @ ..] = rest {
            line = name.span().start().line;
            if !path.is_empty() {
                path.push_str("::");
            }
            path.push_str(&name.to_string());
            rest = match colons(after) {
                Some([TokenTree::Group(group), beyond @ ..]) if group.delimiter() == Delimiter::Brace => {
                    self.tree(group, &path);
                    return beyond;
                }
                Some(next @ [TokenTree::Ident(_), ..]) => next,
                Some([TokenTree::Punct(star), beyond @ ..]) if star.as_char() == '*' => {
                    path.push_str("::*");
                    rest = beyond;
                    break;
                }
                Some(next) => {
                    rest = next;
                    break;
                }
                None => {
                    rest = after;
                    break;
                }
            };
        }
        self.paths.push(Seen { line, text: path });
        rest
    }

    /// The braces of a `use`.
    fn tree(&mut self, group: &Group, prefix: &str) {
        self.paths.push(Seen { line: group.span_open().start().line, text: prefix.to_owned() });
        self.walk(group.stream(), prefix);
    }

    fn literal(&mut self, literal: &Literal) {
        let text = literal.to_string();
        if !["\"", "r\"", "r#", "b\"", "br", "c\"", "cr"].iter().any(|start| text.starts_with(start)) {
            return;
        }
        if let Some((start, end)) = text.find('"').zip(text.rfind('"'))
            && let Some(inner) = text.get(start + 1..end)
        {
            self.texts.push(Seen { line: literal.span().start().line, text: inner.to_owned() });
        }
    }
}

fn colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [TokenTree::Punct(a), TokenTree::Punct(b), rest @ ..] if a.as_char() == ':' && b.as_char() == ':' => {
            Some(rest)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        read(text).unwrap().paths.into_iter().map(|seen| seen.text).collect()
    }

    #[test]
    fn a_tree_of_use_is_spread_out() {
        let paths = paths("use std::{fs::{self, File}, io, net::*};");
        for path in ["std::fs::self", "std::fs::File", "std::io", "std::net::*"] {
            assert!(paths.iter().any(|seen| seen == path), "{path} is not among {paths:?}");
        }
    }

    #[test]
    fn paths_in_bodies_macros_and_attributes_are_seen() {
        let paths =
            paths("#[x(a::b)]\nfn f() { let t = std::time::SystemTime::now(); g!(std::env::args()); }");
        for path in ["a::b", "std::time::SystemTime::now", "std::env::args"] {
            assert!(paths.iter().any(|seen| seen == path), "{path} is not among {paths:?}");
        }
    }

    #[test]
    fn texts_come_without_quotes_comments_and_documentation() {
        let source =
            read("//! \"a\"\n/// \"b\"\nconst A: &str = \"c\"; // \"d\"\nconst B: &[u8] = br#\"e\"f\"#;")
                .unwrap();
        let seen: Vec<_> = source.texts.iter().map(|seen| (seen.line, seen.text.as_str())).collect();
        assert_eq!(seen, [(3, "c"), (4, "e\"f")]);
    }

    #[test]
    fn what_is_for_tests_only_is_left_out() {
        let source = read(
            "#[cfg(test)]\nuse a::{b};\n#[cfg(test)]\nmod deep;\n#[cfg(test)]\n#[path(x)]\nmod tests { fn f() { c::d(); } }\n\
             #[test]\nfn g() { \"t\"; }\nfn kept() {}",
        )
        .unwrap();
        assert_eq!(source.test_modules, ["deep"]);
        assert!(source.texts.is_empty());
        assert_eq!(source.paths.iter().map(|seen| seen.text.as_str()).collect::<Vec<_>>(), ["fn", "kept"]);
    }

    #[test]
    fn broken_text_is_told_with_its_line() {
        assert_eq!(read("fn a() {}\nfn b( {}").unwrap_err().0, 2);
    }
}
