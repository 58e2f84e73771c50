//! Accounts for money and payments between them. Both are personal data.

use serde::{Deserialize, Serialize};

use super::amount::Sum;
use super::basis::{Basis, plain};
use super::date::{PartialDate, Period};
use super::fault::Faults;
use super::place::check_country;
use crate::stix::Id;

/// Forms of accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountForm {
    /// With a bank.
    Bank,
    /// A payment card.
    Card,
    /// With an operator of a mobile network.
    MobileMoney,
    /// An address of a virtual currency.
    Wallet,
    /// With somebody who transfers value.
    Remittance,
}

/// An account for money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Its form.
    pub form: AccountForm,
    /// Its number or address as written.
    pub number: String,
    /// Who keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// Where it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// When it was open.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub active: Period,
    /// On what it rests. Whose it is, is a relation.
    pub basis: Basis,
}

impl Account {
    pub(super) fn check(&self, faults: &mut Faults) {
        for (path, text) in [
            ("title", Some(&self.title)),
            ("summary", self.summary.as_ref()),
            ("institution", self.institution.as_ref()),
        ] {
            if let Some(text) = text {
                plain(faults, path, text);
            }
        }
        faults.filled("number", &self.number);
        if let Some(country) = &self.country {
            check_country(faults, "country", country);
        }
        self.active.check(faults, "active");
    }
}

/// A payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The account, person or group that paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_ref: Option<Id>,
    /// The account, person or group that was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee_ref: Option<Id>,
    /// How much.
    pub sum: Sum,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<PartialDate>,
    /// On what it rests; the purpose that the payer stated stands among the words of others.
    pub basis: Basis,
}

impl Payment {
    pub(super) fn check(&self, faults: &mut Faults) {
        plain(faults, "title", &self.title);
        if let Some(summary) = &self.summary {
            plain(faults, "summary", summary);
        }
        if self.payer_ref.is_none() && self.payee_ref.is_none() {
            faults.add("form", "payment-ends", "payer_ref", "state who paid or who was paid");
        }
        for (path, end) in [("payer_ref", &self.payer_ref), ("payee_ref", &self.payee_ref)] {
            if end.as_ref().is_some_and(|end| !matches!(end.kind(), "identity" | super::ACCOUNT_TYPE)) {
                faults.add(
                    "form",
                    "payment-ends",
                    path,
                    "the end of a payment is an account, a person or a group",
                );
            }
        }
        self.sum.check(faults, "sum");
    }
}
