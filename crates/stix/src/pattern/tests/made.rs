//! Made trees and words.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::tree::*;

const NOWHERE: Span = Span { start: 0, end: 0 };

/// Words to make texts of, most of them of the language.
pub(super) fn word() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "[",
        "]",
        "(",
        ")",
        "file",
        ":",
        "name",
        ".",
        "[*]",
        "=",
        "!=",
        " IN ",
        " AND ",
        " OR ",
        " NOT ",
        " EXISTS ",
        " FOLLOWEDBY ",
        " WITHIN 5 SECONDS",
        " REPEATS ",
        " START ",
        " STOP ",
        "5",
        "1.5",
        "'a'",
        "\\",
        "'",
        "t'2024-01-15T12:30:00Z'",
        "t'",
        "b'",
        "h'",
        "/*",
        "*/",
        "//",
        "\n",
        "é",
        "\u{2028}",
        "hashes.MD5",
        "-",
    ];
    prop_oneof![4 => select(KNOWN).prop_map(str::to_owned), 1 => "\\PC{0,4}"]
}

fn name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] =
        &["name", "src_ref", "AND", "true", "a-b", "a.b", "", "5", "it's", "back\\slash", "x y", "é", "\n"];
    prop_oneof![select(KNOWN).prop_map(str::to_owned), "[a-z_][a-z0-9_]{0,6}"]
}

fn key() -> impl Strategy<Value = Key<'static>> {
    name().prop_map(|name| Key { name: name.into(), span: NOWHERE })
}

fn integer() -> impl Strategy<Value = Integer<'static>> {
    select(&["0", "1", "12", "9007199254740993", "123456789012345678901234567890"][..]).prop_map(Integer)
}

fn path() -> impl Strategy<Value = ObjectPath<'static>> {
    let step = prop_oneof![
        key().prop_map(StepKind::Key),
        integer().prop_map(StepKind::Index),
        Just(StepKind::AnyIndex)
    ];
    let steps = vec(step.prop_map(|kind| Step { kind, span: NOWHERE }), 0..4);
    let kind = select(&["file", "ipv4-addr", "x-a--b", "_", "true", "t", "START-1"][..]);
    (kind, key(), steps).prop_map(|(object_type, property, steps)| ObjectPath {
        object_type,
        type_span: NOWHERE,
        property,
        steps,
        span: NOWHERE,
    })
}

fn ordered() -> impl Strategy<Value = ConstantKind<'static>> {
    let signed = select(&["-1", "-0", "0", "42"][..]).prop_map(|text| ConstantKind::Integer(Integer(text)));
    let float = select(&["-1.5", ".5", "00.0", "3.14"][..]).prop_map(|text| ConstantKind::Float(Float(text)));
    let string =
        prop_oneof!["\\PC{0,8}", "['\\\\\n]{0,4}"].prop_map(|text| ConstantKind::String(text.into()));
    prop_oneof![
        signed,
        float,
        string,
        moment().prop_map(ConstantKind::Timestamp),
        vec(any::<u8>(), 0..6).prop_map(ConstantKind::Binary),
        vec(any::<u8>(), 0..6).prop_map(ConstantKind::Hex),
    ]
}

fn moment() -> impl Strategy<Value = Moment<'static>> {
    select(&["2024-01-15T12:30:00Z", "2024-02-30T23:59:60.123456789Z"][..]).prop_map(Moment)
}

fn primitive() -> impl Strategy<Value = ConstantKind<'static>> {
    prop_oneof![6 => ordered(), 1 => any::<bool>().prop_map(ConstantKind::Boolean)]
}

fn constant(kind: ConstantKind<'static>) -> Constant<'static> {
    Constant { kind, span: NOWHERE }
}

fn test() -> impl Strategy<Value = ComparisonKind<'static>> {
    use Operator as Op;
    let pair = prop_oneof![
        (select(&[Op::Equal, Op::NotEqual][..]), primitive()),
        (select(&[Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual][..]), ordered()),
        (Just(Op::In), vec(primitive().prop_map(constant), 0..4).prop_map(ConstantKind::Set)),
        (
            select(&[Op::Like, Op::Matches, Op::IsSubset, Op::IsSuperset][..]),
            "\\PC{0,8}".prop_map(|text| ConstantKind::String(text.into()))
        ),
    ];
    (path(), any::<bool>(), pair).prop_map(|(path, negated, (operator, kind))| {
        let constant = constant(kind);
        ComparisonKind::Test(PropertyTest { path, negated, operator, operator_span: NOWHERE, constant })
    })
}

fn comparison() -> impl Strategy<Value = Comparison<'static>> {
    let exists = (any::<bool>(), path()).prop_map(|(negated, path)| ComparisonKind::Exists { negated, path });
    let leaf = prop_oneof![4 => test(), 1 => exists].prop_map(|kind| Comparison { kind, span: NOWHERE });
    leaf.prop_recursive(3, 12, 3, |inner| {
        let parts = vec(inner, 2..4);
        let kind =
            prop_oneof![parts.clone().prop_map(ComparisonKind::And), parts.prop_map(ComparisonKind::Or)];
        kind.prop_map(|kind| Comparison { kind, span: NOWHERE })
    })
}

fn qualifiers(least: usize) -> impl Strategy<Value = Vec<Qualifier<'static>>> {
    let number = prop_oneof![
        integer().prop_map(Number::Integer),
        select(&["0.5", ".0", "12.25"][..]).prop_map(|text| Number::Float(Float(text)))
    ];
    let kind = prop_oneof![
        number.prop_map(QualifierKind::Within),
        integer().prop_map(QualifierKind::Repeats),
        (moment(), moment()).prop_map(|(start, stop)| QualifierKind::StartStop(start, stop))
    ];
    vec(kind.prop_map(|kind| Qualifier { kind, span: NOWHERE }), least..least + 3)
}

/// An observation expression of any form.
pub(super) fn observation() -> impl Strategy<Value = Observation<'static>> {
    let made = |kind, qualifiers: Option<Vec<_>>| Observation {
        kind,
        qualifiers: qualifiers.unwrap_or_default(),
        span: NOWHERE,
    };
    let leaf = (comparison(), option::of(qualifiers(1)))
        .prop_map(move |(comparison, qualifiers)| made(ObservationKind::Test(comparison), qualifiers));
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let parts = vec(inner.clone(), 2..4);
        let list = prop_oneof![
            parts.clone().prop_map(ObservationKind::And),
            parts.clone().prop_map(ObservationKind::Or),
            parts.prop_map(ObservationKind::FollowedBy)
        ];
        // What is qualified again has a qualifier already; else its parentheses leave no node.
        let group = (inner, qualifiers(1), qualifiers(1)).prop_map(move |(mut inner, first, second)| {
            if inner.qualifiers.is_empty() {
                inner.qualifiers = first;
            }
            made(ObservationKind::Group(Box::new(inner)), Some(second))
        });
        let list =
            (list, option::of(qualifiers(1))).prop_map(move |(kind, qualifiers)| made(kind, qualifiers));
        prop_oneof![3 => list, 1 => group]
    })
}
