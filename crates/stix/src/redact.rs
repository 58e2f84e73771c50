//! Taking marked content or references out of an object without leaving an invalid one behind.
//!
//! The result is a new object in compact JSON with the properties in their order. Lists and dictionaries that become
//! empty go as well, granular markings follow their content, and the result is validated: when nothing valid can be
//! left, there is no result, and the caller withholds the whole object.

use std::collections::BTreeMap;

use crate::id::Id;
use crate::json::{Map, Value};
use crate::marking::{Segment, Selector};
use crate::object::Object;
use crate::schema::Registry;
use crate::validate::{is_valid, validate};

const MARKINGS: &str = "granular_markings";
const OBJECT_MARKINGS: &str = "object_marking_refs";

/// The object without the parts that `selectors` point to; selectors that point to nothing are ignored.
///
/// A granular marking goes when all of its content went; one that still covers something stays, whatever
/// `drop_markings` says. The markings of the whole object cover what is left, so they stay: if a selector points to one
/// of them, it goes only when `drop_markings` is true for it, otherwise there is no result. A selector that points to
/// `granular_markings` gives no result either, since content would lose its marking.
///
/// `None` when no valid object can be left.
#[must_use]
pub fn without(
    object: &Object<'_>,
    selectors: &[Selector],
    drop_markings: &dyn Fn(&Id) -> bool,
) -> Option<Vec<u8>> {
    let mut cut = Cut::default();
    for selector in selectors {
        if object.at(selector).is_some() {
            cut.mark(selector.segments());
        }
    }
    if cut.inner.contains_key(&Segment::Key(MARKINGS.to_owned())) {
        return None;
    }
    if let Some(marked) = cut.inner.get(&Segment::Key(OBJECT_MARKINGS.to_owned())) {
        let listed = object.value().get(OBJECT_MARKINGS).and_then(Value::as_array)?;
        let kept = listed.iter().enumerate().any(|(at, item)| {
            let chosen = marked.gone || marked.inner.contains_key(&Segment::Index(at));
            let id = item.as_str().and_then(|text| Id::parse(text).ok());
            chosen && !id.is_some_and(|id| drop_markings(&id))
        });
        if kept {
            return None;
        }
    }
    apply(object, cut)
}

/// The object without the references for which `hidden` is true: elements of `*_refs` lists and optional `*_ref`
/// properties, at any depth. References to markings stay.
///
/// `None` when a required reference is hidden, or nothing valid can be left for another reason.
#[must_use]
pub fn drop_references(object: &Object<'_>, hidden: &dyn Fn(&Id) -> bool) -> Option<Vec<u8>> {
    let mut cut = Cut::default();
    object.each_reference(&mut |path, target| {
        if Id::parse(target).is_ok_and(|id| hidden(&id)) {
            cut.mark(path);
        }
    });
    apply(object, cut)
}

/// What goes: a tree over the steps into the object.
#[derive(Default)]
struct Cut {
    gone: bool,
    inner: BTreeMap<Segment, Cut>,
    /// Of a list, once settled: which elements go, ascending.
    gone_indexes: Vec<usize>,
}

impl Cut {
    fn mark(&mut self, path: &[Segment]) {
        let mut at = self;
        for segment in path {
            at = at.inner.entry(segment.clone()).or_default();
        }
        at.gone = true;
    }

    /// Lets go what becomes empty.
    fn settle(&mut self, value: &Value<'_>) {
        if self.gone {
            return;
        }
        let size = match value {
            Value::Array(list) => {
                self.settle_inner(|segment| match segment {
                    Segment::Index(at) => list.get(*at),
                    Segment::Key(_) => None,
                });
                list.len()
            }
            Value::Object(map) => {
                self.settle_inner(|segment| match segment {
                    Segment::Key(key) => map.get(key),
                    Segment::Index(_) => None,
                });
                map.len()
            }
            _ => return,
        };
        let gone = self.inner.iter().filter(|(_, inner)| inner.gone);
        self.gone_indexes = gone
            .clone()
            .filter_map(|(segment, _)| if let Segment::Index(at) = segment { Some(*at) } else { None })
            .collect();
        self.gone = !self.inner.is_empty() && gone.count() == size;
    }

    fn settle_inner<'v, 'a: 'v>(&mut self, find: impl Fn(&Segment) -> Option<&'v Value<'a>>) {
        for (segment, inner) in &mut self.inner {
            if let Some(value) = find(segment) {
                inner.settle(value);
            }
        }
    }

    /// What is left of `value`; call it only when not all of it goes.
    fn apply<'a>(&self, value: &Value<'a>) -> Value<'a> {
        match value {
            Value::Array(list) => {
                let kept =
                    list.iter().enumerate().filter_map(|(at, item)| self.keep(&Segment::Index(at), item));
                Value::Array(kept.collect())
            }
            Value::Object(map) => Value::Object(self.apply_map(map)),
            other => other.clone(),
        }
    }

    fn apply_map<'a>(&self, map: &Map<'a>) -> Map<'a> {
        let mut left = map.clone();
        if !self.inner.is_empty() {
            left.retain(|key, value| match self.keep(&Segment::Key(key.to_owned()), value) {
                Some(kept) => {
                    *value = kept;
                    true
                }
                None => false,
            });
        }
        left
    }

    fn keep<'a>(&self, segment: &Segment, value: &Value<'a>) -> Option<Value<'a>> {
        match self.inner.get(segment) {
            None => Some(value.clone()),
            Some(inner) if inner.gone => None,
            Some(inner) => Some(inner.apply(value)),
        }
    }

    /// The selector of the same content afterwards; `None` when the content went.
    fn follow(&self, selector: &Selector) -> Option<Selector> {
        let mut at = Some(self);
        let mut moved = Vec::with_capacity(selector.segments().len());
        for segment in selector.segments() {
            let inner = at.and_then(|cut| cut.inner.get(segment));
            if inner.is_some_and(|inner| inner.gone) {
                return None;
            }
            moved.push(match (segment, at) {
                (Segment::Index(index), Some(cut)) => {
                    let before = cut.gone_indexes.partition_point(|gone| gone < index);
                    Segment::Index(index.saturating_sub(before))
                }
                _ => segment.clone(),
            });
            at = inner;
        }
        Some(Selector::from_segments(moved))
    }
}

fn apply(object: &Object<'_>, mut cut: Cut) -> Option<Vec<u8>> {
    for (segment, inner) in &mut cut.inner {
        if let Segment::Key(key) = segment
            && let Some(value) = object.value().get(key)
        {
            inner.settle(value);
        }
    }
    let mut left = cut.apply_map(object.value());
    if let Some(markings) = object.value().get(MARKINGS) {
        let followed = follow_markings(markings, &cut)?;
        if followed.is_empty() {
            left.remove(MARKINGS);
        } else {
            left.insert(MARKINGS, Value::Array(followed));
        }
    }
    let left = Object::from_value(Value::Object(left)).ok()?;
    if !is_valid(&validate(&left, &Registry::standard())) {
        return None;
    }
    serde_json::to_vec(left.value()).ok()
}

/// The granular markings of what is left; `None` when one of them cannot be understood.
fn follow_markings<'a>(markings: &Value<'a>, cut: &Cut) -> Option<Vec<Value<'a>>> {
    let mut followed = Vec::new();
    for entry in markings.as_array()? {
        let entry = entry.as_object()?;
        let mut selectors = Vec::new();
        for selector in entry.get("selectors")?.as_array()? {
            let selector = Selector::parse(selector.as_str()?).ok()?;
            if let Some(moved) = cut.follow(&selector) {
                selectors.push(Value::from(moved.to_string()));
            }
        }
        if !selectors.is_empty() {
            let mut entry = entry.clone();
            entry.insert("selectors", Value::Array(selectors));
            followed.push(Value::Object(entry));
        }
    }
    Some(followed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::parse;
    use crate::limits::Limits;

    const REPORT: &str = r#"{
        "type": "report", "spec_version": "2.1", "id": "report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3",
        "created_by_ref": "identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283",
        "created": "2015-12-21T19:59:11.000Z", "modified": "2015-12-21T19:59:11.000Z",
        "name": "EXERCISE report", "description": "EXERCISE text", "published": "2016-01-20T17:00:00Z",
        "labels": ["one", "two", "three"],
        "external_references": [{"source_name": "a", "url": "https://example.org/a"},
            {"source_name": "b", "external_id": "7", "description": "text"}],
        "object_refs": ["indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2",
            "campaign--83422c77-904c-4dc1-aff5-5c38f3a2c55c"],
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
        "extensions": {"extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62":
            {"extension_type": "property-extension", "claims": [{"by": "x"}, {"by": "y", "text": "z"}]}},
        "granular_markings": [
            {"marking_ref": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
             "selectors": ["description", "labels.[1]"]},
            {"marking_ref": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
             "selectors": ["labels.[2]", "external_references.[1].description"]},
            {"lang": "en", "selectors": ["name"]}]
    }"#;

    fn report() -> Object<'static> {
        Object::parse(REPORT.as_bytes(), &Limits::default()).unwrap()
    }

    fn cut(selectors: &[&str]) -> Option<Value<'static>> {
        let selectors: Vec<_> = selectors.iter().map(|text| Selector::parse(text).unwrap()).collect();
        let bytes = without(&report(), &selectors, &|_| false)?;
        Some(parse(&bytes, &Limits::default()).unwrap().into_owned())
    }

    fn shown(value: &Value<'_>, key: &str) -> String {
        value
            .as_object()
            .unwrap()
            .get(key)
            .map_or_else(|| "-".to_owned(), |part| serde_json::to_string(part).unwrap())
    }

    #[test]
    fn marked_content_goes_and_the_other_markings_follow_theirs() {
        let left = cut(&["description", "labels.[1]"]).unwrap();
        assert_eq!(
            (shown(&left, "description").as_str(), shown(&left, "labels").as_str()),
            ("-", r#"["one","three"]"#)
        );
        let markings = shown(&left, MARKINGS);
        assert!(!markings.contains("e828b379"), "{markings}");
        assert!(markings.contains(r#"["labels.[1]","external_references.[1].description"]"#), "{markings}");
        let order: Vec<_> = left.as_object().unwrap().keys().collect();
        assert_eq!(order[..4], ["type", "spec_version", "id", "created_by_ref"]);
        assert!(shown(&left, OBJECT_MARKINGS).contains("bab4a63c"));
    }

    #[test]
    fn emptied_lists_and_dictionaries_go_too() {
        let left = cut(&["labels.[0]", "labels.[1]", "labels.[2]"]).unwrap();
        assert_eq!(shown(&left, "labels"), "-");
        let claims = "extensions.extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62.claims";
        let left = cut(&[&format!("{claims}.[0].by"), &format!("{claims}.[1].text")]).unwrap();
        assert!(shown(&left, "extensions").ends_with(r#""claims":[{"by":"y"}]}}"#));
        let left = cut(&["external_references", "name.nothing", "missing"]).unwrap();
        assert_eq!(shown(&left, "external_references"), "-");
        assert!(!shown(&left, MARKINGS).contains("external_references"));
    }

    #[test]
    fn required_content_takes_the_whole_object_with_it() {
        for selector in [
            "id",
            "type",
            "name",
            "created",
            "object_refs",
            "external_references.[0].source_name",
            "granular_markings",
        ] {
            assert_eq!(cut(&[selector]), None, "{selector}");
        }
        assert_eq!(
            cut(&["external_references.[0].url"]),
            None,
            "a reference without any content is not valid"
        );
    }

    #[test]
    fn a_marking_of_the_whole_object_goes_only_when_the_caller_says_so() {
        let selectors = [Selector::parse("object_marking_refs.[0]").unwrap()];
        assert_eq!(without(&report(), &selectors, &|_| false), None);
        let bytes = without(&report(), &selectors, &|id| id.as_str().contains("bab4a63c")).unwrap();
        assert!(!String::from_utf8(bytes).unwrap().contains(OBJECT_MARKINGS));
    }

    #[test]
    fn hidden_references_leave_lists_and_optional_properties() {
        let bytes = drop_references(&report(), &|id| matches!(id.kind(), "campaign" | "identity")).unwrap();
        let left = parse(&bytes, &Limits::default()).unwrap();
        assert_eq!(shown(&left, "created_by_ref"), "-");
        assert_eq!(shown(&left, "object_refs"), r#"["indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2"]"#);
        assert_eq!(
            drop_references(&report(), &|id| id.kind() != "identity"),
            None,
            "object_refs is required"
        );
        let kept = drop_references(&report(), &|id| id.kind() == "marking-definition").unwrap();
        assert_eq!(parse(&kept, &Limits::default()).unwrap(), Value::Object(report().value().clone()));
        let link = br#"{"type":"relationship","spec_version":"2.1",
            "id":"relationship--44298a74-ba52-4f0c-87a3-1824e67d7fad","relationship_type":"uses",
            "created":"2016-04-06T20:06:37.000Z","modified":"2016-04-06T20:06:37.000Z",
            "source_ref":"malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b",
            "target_ref":"tool--36ffb872-1dd9-446e-b6f5-d58527e5b5d2"}"#;
        let link = Object::parse(link, &Limits::default()).unwrap();
        assert_eq!(drop_references(&link, &|id| id.kind() == "tool"), None);
        assert!(drop_references(&link, &|id| id.kind() == "file").is_some());
    }

    /// Every path of the value, each with its text if it is a leaf.
    fn paths(value: &Value<'_>, at: &str, found: &mut Vec<(String, Option<String>)>) {
        let join = |step: &str| if at.is_empty() { step.to_owned() } else { format!("{at}.{step}") };
        match value {
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    let path = join(&format!("[{index}]"));
                    found.push((path.clone(), None));
                    paths(item, &path, found);
                }
            }
            Value::Object(map) => {
                for (key, item) in map.iter().filter(|(key, _)| *key != MARKINGS) {
                    found.push((join(key), None));
                    paths(item, &join(key), found);
                }
            }
            leaf => found.push((at.to_owned(), Some(serde_json::to_string(leaf).unwrap()))),
        }
    }

    fn leaves(value: &Value<'_>) -> Vec<(String, String)> {
        let mut found = Vec::new();
        paths(value, "", &mut found);
        found.into_iter().filter_map(|(path, text)| Some((path, text?))).collect()
    }

    #[test]
    fn a_list_of_many_marked_elements_is_cut_in_good_time() {
        let labels: Vec<_> = (0..40_000).map(|at| format!("\"{at}\"")).collect();
        let selectors: Vec<_> = (0..40_000).map(|at| format!("\"labels.[{at}]\"")).collect();
        let text = format!(
            r#"{{"type":"incident","spec_version":"2.1","id":"incident--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3",
            "created":"2015-12-21T19:59:11.000Z","modified":"2015-12-21T19:59:11.000Z","name":"EXERCISE",
            "labels":[{}],"granular_markings":[{{"lang":"en","selectors":[{}]}}]}}"#,
            labels.join(","),
            selectors.join(",")
        );
        let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        let hidden: Vec<_> =
            (0..40_000).step_by(2).map(|at| Selector::parse(&format!("labels.[{at}]")).unwrap()).collect();
        let bytes = without(&object, &hidden, &|_| false).unwrap();
        let left = Object::parse(&bytes, &Limits::default()).unwrap();
        assert_eq!(left.granular_markings()[0].selectors.len(), 20_000);
        assert_eq!(left.at(&Selector::parse("labels.[19999]").unwrap()), Some(&Value::from("39999")));
    }

    proptest! {
        #[test]
        fn what_is_left_is_valid_and_holds_exactly_the_rest(chosen in proptest::collection::vec(0usize..60, 0..6)) {
            let whole = Value::Object(report().value().clone());
            let mut all = Vec::new();
            paths(&whole, "", &mut all);
            all.retain(|(path, text)| text.is_none() && !path.starts_with(OBJECT_MARKINGS));
            let chosen: Vec<String> = chosen.iter().map(|at| all[at % all.len()].0.clone()).collect();
            let hidden = |path: &str| {
                chosen.iter().any(|cut| path == cut || path.strip_prefix(cut.as_str()).is_some_and(|rest| rest.starts_with('.')))
            };
            let selectors: Vec<_> = chosen.iter().map(|text| Selector::parse(text).unwrap()).collect();
            if let Some(bytes) = without(&report(), &selectors, &|_| false) {
                let left = Object::parse(&bytes, &Limits::default()).unwrap();
                prop_assert!(is_valid(&validate(&left, &Registry::standard())));
                let mut expected: Vec<_> =
                    leaves(&whole).into_iter().filter(|(path, _)| !hidden(path)).map(|(_, text)| text).collect();
                let mut held: Vec<_> =
                    leaves(&Value::Object(left.value().clone())).into_iter().map(|(_, text)| text).collect();
                expected.sort();
                held.sort();
                prop_assert_eq!(held, expected);
                // Each surviving selector points to what it pointed to, and only selectors of gone content went.
                let before: Vec<_> = report().granular_markings().into_iter().flat_map(|entry| entry.selectors).collect();
                let kept: Vec<_> = before.iter().filter(|selector| {
                    let mut inside = Vec::new();
                    paths(report().at(selector).unwrap(), &selector.to_string(), &mut inside);
                    inside.iter().any(|(path, text)| text.is_some() && !hidden(path))
                }).collect();
                let after: Vec<_> = left.granular_markings().into_iter().flat_map(|entry| entry.selectors).collect();
                prop_assert_eq!(after.len(), kept.len());
                for (old, new) in kept.iter().zip(&after) {
                    let whole = report();
                    prop_assert_eq!(whole.at(old), left.at(new));
                }
            }
        }
    }
}
