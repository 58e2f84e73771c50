//! A claim with its figure and where it comes from, as a paper.

use comity_model::council::{lineage, trace};
use comity_model::kind::council::Claim;
use comity_model::paper::{Block, run};
use comity_store::Tx;

use super::{Form, Sheet, find, noted};
use crate::AppError;
use crate::council::claims::{figure, told, view};
use crate::council::gather::{self, Gathering, Held, line, said};

pub(super) fn write(
    sheet: &mut Sheet,
    tx: &mut Tx<'_>,
    gathering: &mut Gathering<'_>,
    (held, claim): (&Held, &Claim),
) -> Result<Form, AppError> {
    let documents = gathering.all(tx, "document")?;
    let all = gathering.all(tx, "claim")?;
    let seen = view(held, claim, &gather::index(&documents), &gather::index(&all));
    let source =
        claim.source.as_ref().and_then(|source| find(&documents, source.document_ref.as_str(), &held.origin));
    let number = held.place.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
    let n = sheet.cite(held, format!("Claim{number}, {}", seen.reported));
    sheet.blocks.push(Block::Said { words: seen.text, chain: seen.chain.clone(), note: Some(n) });
    let mut rows = vec![vec![run("topic"), run(seen.topic.clone())]];
    if let Some(source) = source {
        let n = sheet.cite(source, format!("Document: {}", source.title()));
        rows.push(vec![run("source"), noted(source.title(), n)]);
    }
    if seen.elsewhere {
        rows.push(vec![run("where"), run("not said at the session")]);
    }
    sheet.table("The claim", &["Field", "What is known"], rows);
    if let Some(quantity) = &claim.quantity {
        let period = [quantity.period.from, quantity.period.until].map(|end| end.map(|end| end.to_string()));
        let period = match period {
            [Some(from), Some(until)] => format!("{from} to {until}"),
            [Some(from), None] => format!("from {from}"),
            [None, Some(until)] => format!("until {until}"),
            [None, None] => quantity.period_words.as_ref().map_or_else(|| "not stated".into(), line),
        };
        let rule = quantity.counting_rule.clone().unwrap_or_else(|| "not stated".into());
        let rows = vec![
            vec![run("figure"), run(figure(quantity))],
            vec![run("traced"), run(trace::stamp(&trace::missing_of(quantity)))],
            vec![run("period"), run(period)],
            vec![run("counting rule"), run(rule)],
        ];
        sheet.table("Its figure", &["Field", "What is stated"], rows);
    }
    one_source(sheet, held, &all);
    sheet.list("Remarks", seen.notes.into_iter().map(run).collect());
    let name = if claim.quantity.is_some() { "Claim with a figure" } else { "Claim" };
    Ok(Form { name, title: format!("{}: {}", seen.chain, claim.topic) })
}

/// Other claims that go back to the same source: one source, however often it is told.
fn one_source(sheet: &mut Sheet, held: &Held, all: &[Held]) {
    let every = gather::claims(all);
    let roots = lineage::roots(&said(&every));
    let Some(root) = roots.into_iter().find(|root| root.claims.contains(&held.place.id)) else { return };
    let mut lines = Vec::new();
    for (other, claim) in every {
        if other.place.id != held.place.id && root.claims.contains(&other.place.id) {
            let n = sheet.cite(other, "A claim of the same source");
            lines.push(noted(told(other, claim), n));
        }
    }
    sheet.list("Goes back to the same source, and is counted once with it", lines);
}
