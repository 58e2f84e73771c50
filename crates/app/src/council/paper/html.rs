//! A paper as one HTML file: it needs no other file, runs no script and asks for nothing.

use std::fmt::Write as _;

use comity_model::paper::{Block, Paper, Piece, RecordName, Run, Table, visible};

/// How it looks. On paper the marking stands on every page.
const STYLE: &str = "\
body{font-family:'Noto Sans','Noto Naskh Arabic',sans-serif;line-height:1.5;max-width:60rem;margin:0 auto;padding:0 1rem;\
overflow-wrap:anywhere;color:#111;background:#fff}\
.marking{font-weight:bold;text-align:center;border:1px solid #111;padding:.4rem;margin:1rem 0}\
.limits{text-align:center;margin:0 0 1rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}\
table{border-collapse:collapse;width:100%;margin:.5rem 0}\
th,td{border:1px solid #999;padding:.3rem .5rem;text-align:start;vertical-align:top;white-space:pre-line}\
th{background:#eee}blockquote{margin:1rem 0;padding-inline-start:1rem;border-inline-start:3px solid #444}\
pre{white-space:pre-wrap;background:#f3f3f3;padding:.5rem}\
@media print{thead{display:table-header-group}}";

/// The text of the file. Whatever stands in the paper is text in it.
pub fn write(paper: &Paper) -> String {
    let marking = escaped(&paper.marking.to_string());
    let title = escaped(&paper.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{marking} {title}</title>\n\
         <style>{STYLE}@page{{@top-center{{content:\"{marking}\"}}@bottom-center{{content:\"{marking}\"}}}}</style>\n\
         </head>\n<body>\n<header class=\"marking\">{marking}</header>\n<main>\n"
    );
    let _ = writeln!(page, "<p>{}</p>\n<h1 dir=\"auto\">{title}</h1>", escaped(&paper.form));
    if paper.marking.limited {
        page.push_str(
            "<p class=\"limits\">Originators set further limits on records in this paper; the endnotes say on which. \
             They hold for the paper.</p>\n",
        );
    }
    let made = format!("{} by {}", paper.made_at, paper.made_by);
    page.push_str("<dl>\n");
    for (what, value) in [
        ("Record", &paper.about.id),
        ("Version", &paper.about.version),
        ("Originator", &paper.about.origin),
        ("Made", &made),
    ] {
        let _ = writeln!(page, "<dt>{what}</dt><dd dir=\"auto\">{}</dd>", escaped(value));
    }
    page.push_str("</dl>\n");
    paper.blocks.iter().for_each(|part| block(&mut page, part));
    notes(&mut page, paper);
    proof(&mut page, paper);
    let _ = write!(page, "</main>\n<footer class=\"marking\">{marking}</footer>\n</body>\n</html>\n");
    page
}

fn block(page: &mut String, part: &Block) {
    // The heading of the paper is the first level of the page.
    let _ = match part {
        Block::Heading(level, text) => {
            let level = level.saturating_add(1);
            writeln!(page, "<h{level} dir=\"auto\">{}</h{level}>", escaped(text))
        }
        Block::Text(run) => writeln!(page, "<p dir=\"auto\">{}</p>", shown(run)),
        Block::Said { words, chain, note } => {
            let words = Piece { text: words.clone(), strong: false, note: *note };
            let words = shown(&vec![words]);
            writeln!(
                page,
                "<blockquote><p dir=\"auto\">{words}</p><p dir=\"auto\">{}</p></blockquote>",
                escaped(chain)
            )
        }
        Block::List(lines) => {
            let lines: String =
                lines.iter().map(|run| format!("<li dir=\"auto\">{}</li>\n", shown(run))).collect();
            writeln!(page, "<ul>\n{lines}</ul>")
        }
        Block::Table(one) => writeln!(page, "{}", table(one)),
    };
}

fn table(table: &Table) -> String {
    let caption = match table.caption.as_str() {
        "" => String::new(),
        caption => format!("<caption dir=\"auto\">{}</caption>\n", escaped(caption)),
    };
    let head: String =
        table.head.iter().map(|head| format!("<th scope=\"col\">{}</th>", escaped(head))).collect();
    let row = |row: &Vec<Run>| -> String {
        let cells: String = row.iter().map(|cell| format!("<td dir=\"auto\">{}</td>", shown(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!("<table>\n{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>")
}

fn notes(page: &mut String, paper: &Paper) {
    if paper.notes.is_empty() {
        return;
    }
    page.push_str("<h2>Endnotes</h2>\n<ol>\n");
    for note in &paper.notes {
        let record = note.record.as_ref().map(|one| format!("<br>{}", named(one))).unwrap_or_default();
        let limits = if note.marking.limited { ", with further limits" } else { "" };
        let _ = writeln!(
            page,
            "<li id=\"note-{}\"><bdi>{}</bdi> <b>[{}{limits}]</b>{record}</li>",
            note.n,
            escaped(&note.text),
            note.marking
        );
    }
    page.push_str("</ol>\n");
}

fn proof(page: &mut String, paper: &Paper) {
    page.push_str(
        "<h2>Proof</h2>\n<table>\n<thead><tr><th scope=\"col\">Record, version, originator</th>\
         <th scope=\"col\">SHA-256</th><th scope=\"col\">Leaf</th></tr></thead>\n<tbody>\n",
    );
    for one in &paper.proof.records {
        let leaf = one.leaf.map(|leaf| leaf.to_string()).unwrap_or_default();
        let record = named(&one.record);
        let _ = writeln!(page, "<tr><td>{record}</td><td>{}</td><td>{leaf}</td></tr>", escaped(&one.digest));
    }
    page.push_str("</tbody>\n</table>\n");
    for (what, text) in [
        ("Checkpoint", &paper.proof.checkpoint),
        ("Proof of the leaf of the record that this paper is about", &paper.proof.text),
    ] {
        if !text.is_empty() {
            let _ = writeln!(page, "<h3>{what}</h3>\n<pre>{}</pre>", escaped(text));
        }
    }
}

fn named(name: &RecordName) -> String {
    format!(
        "<bdi>{}@{}</bdi>, <bdi>{}</bdi>",
        escaped(&name.id),
        escaped(&name.version),
        escaped(&name.origin)
    )
}

/// A run: each piece keeps the direction of its own script.
fn shown(run: &Run) -> String {
    run.iter()
        .map(|piece| {
            let text = format!("<bdi>{}</bdi>", escaped(&piece.text));
            let text = if piece.strong { format!("<b>{text}</b>") } else { text };
            let note = piece.note.map(|n| format!("<sup><a href=\"#note-{n}\">{n}</a></sup>"));
            text + &note.unwrap_or_default()
        })
        .collect()
}

/// Text that is nothing but text.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in visible(text).chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            one => safe.push(one),
        }
    }
    safe
}
