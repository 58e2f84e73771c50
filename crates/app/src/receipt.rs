//! Signed receipts: a node says about each page from another Comity node what of it is here now and what was not taken,
//! and notes what the nodes of others say about its own pages.
//!
//! A receipt names what was served by its digest and by nothing else: the numbers of leaves or deliveries would tell
//! how much the sender does with others.

use std::collections::BTreeMap;

use comity_ledger::Hash;
use comity_model::stix::Digest;
use comity_model::{MemberId, NotTaken, Receipt, SignedMessage};
use comity_store::Tx;
use comity_store::tables::receipt as rows;

use crate::exchange::{self, Judged};
use crate::{App, AppError, journal};

/// What was served on a page, by its digest, with why it was not taken.
#[derive(Clone, Default)]
pub(crate) struct Served(BTreeMap<Digest, Option<NotTaken>>);

impl Served {
    /// Notes one. What is here is here, even where it came twice and was refused once.
    pub(crate) fn note(&mut self, served: Digest, why: Option<NotTaken>) {
        self.0.entry(served).and_modify(|known| *known = known.and(why)).or_insert(why);
    }
}

/// Says to the member whose node served a page what came of it, in the transaction that writes the page.
pub(crate) fn say(app: &App, tx: &mut Tx<'_>, to: &MemberId, served: &Served) -> Result<(), AppError> {
    for receipt in Receipt::over(&served.0) {
        exchange::say(app, tx, to, &receipt)?;
    }
    Ok(())
}

/// Takes the receipt of a member: for what was served to it, and for nothing else.
pub(crate) fn take(app: &App, tx: &mut Tx<'_>, signed: &SignedMessage) -> Result<Judged, AppError> {
    let Ok(receipt) = signed.read::<Receipt>().and_then(Receipt::checked) else {
        return Ok(Judged::Refused("not-of-its-form"));
    };
    let member = &signed.message.from;
    let named: Vec<Digest> = receipt.all().map(|(served, _)| served).collect();
    if rows::served(tx, member, &named)?.len() != named.len() {
        return Ok(Judged::Refused("not-delivered"));
    }
    let digest = signed.digest()?;
    let said = receipt.all().map(|(served, why)| (served, why.map_or("", NotTaken::code)));
    rows::keep(tx, member, (digest, signed.message.at), said)?;
    // The digest of the message stands for all that it names; nobody else can guess it, since it has a random name.
    let leaf = journal::leaf(app, "receipt.received", "node")
        .member(member.as_str())
        .object(Hash(digest.0))
        .count(named.len() as u64)
        .detail("refused", &receipt.refused().len().to_string());
    journal::append(app, tx, vec![leaf])?;
    Ok(Judged::Taken)
}
