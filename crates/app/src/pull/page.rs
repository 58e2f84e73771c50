//! What peers answer, read under limits: discovery, the list of collections, and pages. Lists that are too long stop
//! the reading; nothing of them is held.

use comity_model::stix::Digest;
use serde_json::value::RawValue;

use super::Stop;
use crate::few::Few;
use crate::limits::PeerLimits;

/// TAXII discovery (TAXII 2.1 §4.1).
#[derive(serde::Deserialize)]
pub(super) struct Discovery {
    #[serde(default)]
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) api_roots: Few<String, { PeerLimits::LISTED_MAX }>,
}

/// The list of collections (TAXII 2.1 §5.1).
#[derive(serde::Deserialize)]
pub(super) struct Collections {
    #[serde(default)]
    pub(super) collections: Few<Remote, { PeerLimits::LISTED_MAX }>,
}

/// One collection of a peer.
#[derive(serde::Deserialize)]
pub(super) struct Remote {
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) alias: Option<String>,
    #[serde(default)]
    pub(super) can_read: bool,
}

/// A page of objects (TAXII 2.1 §3.7), with the envelopes that a Comity node adds.
#[derive(serde::Deserialize)]
pub(super) struct RemotePage<'a> {
    #[serde(default)]
    pub(super) more: bool,
    #[serde(default)]
    pub(super) next: Option<String>,
    #[serde(default, borrow)]
    objects: Option<Few<&'a RawValue, { PeerLimits::PAGE_OBJECTS_MAX }>>,
    #[serde(default, borrow)]
    x_comity_envelopes: Option<Few<&'a RawValue, { PeerLimits::PAGE_OBJECTS_MAX }>>,
}

/// The entry of one object among the envelopes of a page.
#[derive(serde::Deserialize)]
pub(super) struct Entry<'a> {
    pub(super) served: Digest,
    #[serde(borrow)]
    pub(super) signed: &'a RawValue,
}

impl<'a> RemotePage<'a> {
    /// Reads a page for which `asked` objects were asked.
    pub(super) fn read(body: &'a [u8], asked: usize) -> Result<Self, Stop> {
        let page: Self = serde_json::from_slice(body)
            .map_err(|error| Stop::Peer(format!("a page cannot be read: {error}")))?;
        let (objects, envelopes) = (page.objects().len(), page.envelopes().map_or(0, <[_]>::len));
        if envelopes > objects {
            return Err(Stop::Peer(format!("a page has {envelopes} envelopes for {objects} objects")));
        }
        if page.is_comity() && objects > asked {
            return Err(Stop::Peer(format!("a page has {objects} objects; {asked} were asked for")));
        }
        if page.next.as_ref().is_some_and(|next| next.len() > PeerLimits::PATH_BYTES_MAX) {
            return Err(Stop::Peer("the mark of the next page is too long".into()));
        }
        Ok(page)
    }

    pub(super) fn objects(&self) -> &[&'a RawValue] {
        self.objects.as_ref().map_or(&[], |list| list.0.as_slice())
    }

    pub(super) fn envelopes(&self) -> Option<&[&'a RawValue]> {
        self.x_comity_envelopes.as_ref().map(|list| list.0.as_slice())
    }

    /// Whether objects come with envelopes.
    pub(super) fn is_comity(&self) -> bool {
        self.x_comity_envelopes.is_some()
    }
}

/// Reads an answer that is no page.
pub(super) fn parse<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, Stop> {
    serde_json::from_slice(body).map_err(|error| Stop::Peer(format!("the peer's answer: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(objects: usize, envelopes: usize) -> String {
        let list = |count: usize| vec!["{}"; count].join(",");
        format!(r#"{{"objects":[{}],"x_comity_envelopes":[{}]}}"#, list(objects), list(envelopes))
    }

    fn reason(text: &str, asked: usize) -> String {
        match RemotePage::read(text.as_bytes(), asked) {
            Err(Stop::Peer(reason)) => reason,
            Err(Stop::Node(error)) => error.to_string(),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn a_page_holds_what_was_asked_for_and_no_more() {
        assert_eq!(reason(&page(3, 3), 3), "");
        assert_eq!(reason(&page(3, 2), 3), "", "an object without an envelope is refused alone");
        assert!(reason(&page(4, 4), 3).contains("4 objects; 3 were asked for"));
        assert!(reason(&page(3, 4), 9).contains("4 envelopes for 3 objects"));
    }

    #[test]
    fn a_list_without_end_is_not_held() {
        let plain = |count: usize| format!(r#"{{"objects":[{}]}}"#, vec!["0"; count].join(","));
        assert_eq!(reason(&plain(10_000), 1), "", "plain servers may not heed the number asked for");
        assert!(reason(&plain(10_001), 1).contains("more than 10000 entries"));
        let many = vec![r#"{"id":"a"}"#; 1_001].join(",");
        assert!(parse::<Collections>(format!(r#"{{"collections":[{many}]}}"#).as_bytes()).is_err());
    }
}
