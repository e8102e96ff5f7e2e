//! A filter as a question to the index. What the index cannot tell is left out: it finds too many then, never too few.

use std::ops::Bound as Edge;

use serde_json::Value;
use tantivy::Term;
use tantivy::query::{
    BooleanQuery, EmptyQuery, InvertedIndexRangeQuery, PhraseQuery, Query, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::Ask;
use super::index::{Fact, Fields, units};
use super::order::Best;
use crate::query::{All, Bound, Bounds, Filter, List, Node, Operand, Test, Wanted, Words};
use crate::wire::Time;

type Asked = Box<dyn Query>;

/// Where somebody has at least this share of the channels, each message that is found is looked at instead of going through all
/// of their messages first.
const SHARE: usize = 8;

/// How an index that knows so many channels is asked, and what of its answer counts.
pub(super) fn plan(fields: &Fields, ask: Ask<'_>, channels: usize) -> (Asked, Best) {
    let (question, best) = (question(fields, ask.filter, ask.until), Best::new(ask.order, ask.most));
    match question {
        Some(question) if ask.cids.len() * SHARE >= channels => (question, best.among(ask.cids)),
        question => (within(fields, ask.cids, question), best),
    }
}

/// Messages that the filter may find, none of them newer than `until`. `None`: the index cannot tell, it may find all.
fn question(fields: &Fields, filter: &Filter, until: Option<Time>) -> Option<Asked> {
    let mut all: Vec<Asked> = every(fields, filter.conditions()).into_iter().collect();
    all.extend(until.map(|until| range(fields.created_at, Bound::LessOrEqual, until.micros())));
    (!all.is_empty()).then(|| -> Asked { Box::new(BooleanQuery::intersection(all)) })
}

/// The same in these channels: the messages of all of them are gone through, which is little where they are few.
fn within(fields: &Fields, cids: &[String], question: Option<Asked>) -> Asked {
    let channels = one_of(cids.iter().map(|cid| Term::from_field_text(fields.cid, cid)));
    Box::new(BooleanQuery::intersection([Some(channels), question].into_iter().flatten().collect()))
}

/// `None`: the index cannot tell.
fn every(fields: &Fields, all: &All) -> Option<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    for node in all {
        match node {
            Node::Or(groups) => {
                let any: Option<Vec<Asked>> = groups.iter().map(|all| every(fields, all)).collect();
                asked.extend(any.map(|any| -> Asked { Box::new(BooleanQuery::union(any)) }));
            }
            Node::Nor(_) => {}
            Node::Clause(clause) => {
                asked.extend(clause.tests.iter().filter_map(|test| of_test(fields, &clause.field, test)));
            }
        }
    }
    (!asked.is_empty()).then(|| -> Asked { Box::new(BooleanQuery::intersection(asked)) })
}

fn of_test(fields: &Fields, field: &str, test: &Test) -> Option<Asked> {
    let of = |fact: Fact<'_>| Some(term(fields.fact(&fact)));
    match (field, test) {
        ("text", Test::Words(words)) => Some(of_words(fields, words)),
        ("text", Test::Equal(Operand::Json(Value::String(text)))) if text.is_empty() => of(Fact::NoText),
        // Who is equal to the text has its words.
        ("text", Test::Equal(Operand::Json(Value::String(text)))) => Some(of_words(fields, &Words::whole(text)?)),
        ("pinned", Test::Equal(Operand::Json(Value::Bool(true)))) => of(Fact::Pinned),
        ("attachments", Test::Exists(true)) => of(Fact::Attachments),
        ("parent_id", Test::Exists(exists)) => of(Fact::Type(if *exists { "reply" } else { "regular" })),
        ("parent_id", Test::Equal(Operand::Missing)) => of(Fact::Type("regular")),
        ("created_at" | "updated_at", Test::Bound(bound, Operand::Time(at))) => {
            let field = if field == "created_at" { fields.created_at } else { fields.updated_at };
            Some(range(field, *bound, at.micros()))
        }
        ("reply_count", Test::Bound(bound, Operand::Json(number))) => {
            number.as_i64().map(|number| range(fields.reply_count, *bound, number))
        }
        ("location", Test::At(area)) => {
            let boxes = area.boxes();
            Some(Box::new(BooleanQuery::union(boxes.iter().map(|part| of_box(fields, part)).collect())))
        }
        (_, Test::Equal(Operand::Json(Value::String(text))) | Test::Contains(Value::String(text))) => {
            Some(term(name(fields, field, text)?))
        }
        (_, Test::In(List { texts, others })) if others.is_empty() => {
            let terms: Option<Vec<Term>> = texts.iter().map(|text| name(fields, field, text)).collect();
            Some(one_of(terms?))
        }
        _ => None,
    }
}

/// What is in the box, and what is a hair beside it: the places themselves are looked at afterwards.
fn of_box(fields: &Fields, part: &Bounds) -> Asked {
    let (least, most) = (|edge| units(edge).floor() as i64 - 1, |edge| units(edge).ceil() as i64 + 1);
    Box::new(BooleanQuery::intersection(vec![
        range(fields.lat, Bound::GreaterOrEqual, least(part.south)),
        range(fields.lat, Bound::LessOrEqual, most(part.north)),
        range(fields.long, Bound::GreaterOrEqual, least(part.west)),
        range(fields.long, Bound::LessOrEqual, most(part.east)),
    ]))
}

/// The term of a field that holds names.
fn name(fields: &Fields, field: &str, text: &str) -> Option<Term> {
    Some(match field {
        "id" => Term::from_field_text(fields.id, text),
        "cid" => Term::from_field_text(fields.cid, text),
        "type" => fields.fact(&Fact::Type(text)),
        "user.id" | "user_id" => fields.fact(&Fact::By(text)),
        "parent_id" => fields.fact(&Fact::ReplyTo(text)),
        "mentioned_users.id" => fields.fact(&Fact::Mentions(text)),
        "attachments.type" => fields.fact(&Fact::Attachment(text)),
        _ => return None,
    })
}

fn of_words(fields: &Fields, words: &Words) -> Asked {
    let wanted: Vec<Asked> = words.wanted.iter().map(|wanted| of_wanted(fields.text, wanted)).collect();
    match words.any {
        true => Box::new(BooleanQuery::union(wanted)),
        false => Box::new(BooleanQuery::intersection(wanted)),
    }
}

fn of_wanted(field: Field, wanted: &Wanted) -> Asked {
    let word = |word: &str| Term::from_field_text(field, word);
    match wanted {
        Wanted::Word(text) => Box::new(TermQuery::new(word(text), IndexRecordOption::WithFreqs)),
        Wanted::Prefix(text) => {
            let (first, last) = (word(text), word(&format!("{text}{}", char::MAX)));
            let beginnings = InvertedIndexRangeQuery::new(Edge::Included(first.clone()), Edge::Included(last));
            // The word itself counts for more than what it is the beginning of.
            let whole = TermQuery::new(first, IndexRecordOption::WithFreqs);
            Box::new(BooleanQuery::union(vec![Box::new(whole), Box::new(beginnings)]))
        }
        Wanted::Phrase(texts) => Box::new(PhraseQuery::new(texts.iter().map(|text| word(text)).collect())),
    }
}

fn term(term: Term) -> Asked {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn one_of(terms: impl IntoIterator<Item = Term>) -> Asked {
    let terms: Vec<Term> = terms.into_iter().collect();
    if terms.is_empty() { Box::new(EmptyQuery) } else { Box::new(TermSetQuery::new(terms)) }
}

fn range(field: Field, bound: Bound, value: i64) -> Asked {
    let edge = Term::from_field_i64(field, value);
    let (from, to) = match bound {
        Bound::Greater => (Edge::Excluded(edge), Edge::Unbounded),
        Bound::GreaterOrEqual => (Edge::Included(edge), Edge::Unbounded),
        Bound::Less => (Edge::Unbounded, Edge::Excluded(edge)),
        Bound::LessOrEqual => (Edge::Unbounded, Edge::Included(edge)),
    };
    Box::new(RangeQuery::new(from, to))
}
