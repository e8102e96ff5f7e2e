//! From JSON to a checked [`Filter`], with the refusals of the protocol page `rules.md` 2.1.

use serde_json::{Map, Value};

use super::schema::{Rule, Schema};
use super::values::type_name;
use super::{All, Area, Bound, Clause, Filter, Kind, List, Node, Operand, Ops, Test, Words};
use crate::error::{ApiError, Result};
use crate::wire::Time;

/// How deep groups may nest.
pub const FILTER_DEPTH: usize = 8;
/// Fields, operators, groups and searched words of one filter, all together.
pub const FILTER_CONDITIONS: usize = 200;
/// Values in the lists of one filter, all together.
pub const FILTER_VALUES: usize = 1000;
/// What each value of a list that is no text counts more: these are compared one by one.
const OTHER_VALUE_COST: usize = 9;

impl Filter {
    /// Reads and checks a filter; `null` and `{}` ask for everything.
    pub fn parse(value: &Value, schema: &Schema) -> Result<Filter> {
        let mut parser = Parser { schema, conditions: 0, values: 0 };
        if value.is_null() { Ok(Filter::default()) } else { parser.group(value, 0).map(Filter) }
    }
}

struct Parser<'a> {
    schema: &'a Schema,
    conditions: usize,
    values: usize,
}

/// A field as the schema knows it.
struct Target<'a> {
    name: &'a str,
    kind: Kind,
    ops: Ops,
    rule: Rule,
}

impl Parser<'_> {
    fn spend(&mut self, conditions: usize, values: usize) -> Result<()> {
        self.conditions += conditions;
        self.values += values;
        if FILTER_CONDITIONS < self.conditions {
            return Err(ApiError::input(format!("filter must contain at maximum {FILTER_CONDITIONS} conditions")));
        }
        if FILTER_VALUES < self.values {
            return Err(ApiError::input(format!("lists of a filter must contain at maximum {FILTER_VALUES} values")));
        }
        Ok(())
    }

    fn group(&mut self, value: &Value, depth: usize) -> Result<All> {
        let Some(map) = value.as_object() else {
            return Err(ApiError::input(format!("filter contains type {}. expecting object", type_name(value))));
        };
        let mut all = All::new();
        for (name, value) in map {
            self.spend(1, 0)?;
            match name.as_str() {
                "$and" => all.extend(self.groups(name, value, depth + 1)?.into_iter().flatten()),
                "$or" => all.push(Node::Or(self.groups(name, value, depth + 1)?)),
                "$nor" if self.schema.negation => all.push(Node::Nor(self.groups(name, value, depth + 1)?)),
                _ if name.starts_with('$') => {
                    return Err(ApiError::input(format!("operator \"{name}\" is not allowed")));
                }
                _ => all.push(Node::Clause(self.clause(name, value)?)),
            }
        }
        Ok(all)
    }

    fn groups(&mut self, name: &str, value: &Value, depth: usize) -> Result<Vec<All>> {
        if FILTER_DEPTH < depth {
            return Err(ApiError::input(format!("filter must not nest deeper than {FILTER_DEPTH} groups")));
        }
        let Some(groups) = value.as_array() else {
            return Err(ApiError::input(format!(
                "operator \"{name}\" contains type {}. expecting array",
                type_name(value)
            )));
        };
        self.spend(groups.len(), 0)?;
        groups.iter().map(|group| self.group(group, depth)).collect()
    }

    fn target<'a>(&self, name: &'a str) -> Result<Target<'a>> {
        if let Some(field) = self.schema.field(name) {
            if let Rule::Refused(text) = field.rule {
                return Err(ApiError::input(text));
            }
            return Ok(Target { name, kind: field.kind, ops: self.schema.ops(field), rule: field.rule });
        }
        let ops =
            self.schema.custom().ok_or_else(|| ApiError::input(format!("filtering by \"{name}\" is not allowed")))?;
        Ok(Target { name, kind: Kind::Any, ops, rule: Rule::None })
    }

    fn clause(&mut self, name: &str, value: &Value) -> Result<Clause> {
        let target = self.target(name)?;
        let tests = match operators(value) {
            Some(operators) => {
                self.spend(operators.len(), 0)?;
                operators.iter().map(|(operator, value)| self.test(&target, operator, value)).collect::<Result<_>>()?
            }
            None if matches!(target.rule, Rule::Text) && value.as_str().is_some_and(|text| !text.is_empty()) => {
                vec![self.words(&target, "$q", value, Words::typed)?]
            }
            None => vec![self.test(&target, "$eq", value)?],
        };
        Ok(Clause { field: name.to_owned(), kind: target.kind, tests })
    }

    fn test(&mut self, target: &Target<'_>, operator: &str, value: &Value) -> Result<Test> {
        let op = Ops::from_name(operator)
            .filter(|&op| target.ops.has(op))
            .ok_or_else(|| target.refuse_operator(self.schema, operator))?;
        let bound = |bound| target.bound(value).map(|operand| Test::Bound(bound, operand));
        match op {
            Ops::EQ => self.equal(target, value),
            Ops::NE => self.equal(target, value).map(|test| Test::Not(Box::new(test))),
            Ops::IN => self.list(target, value).map(Test::In),
            Ops::NIN => self.list(target, value).map(|list| Test::Not(Box::new(Test::In(list)))),
            Ops::GT => bound(Bound::Greater),
            Ops::GTE => bound(Bound::GreaterOrEqual),
            Ops::LT => bound(Bound::Less),
            Ops::LTE => bound(Bound::LessOrEqual),
            Ops::CONTAINS => target.contained(value).map(Test::Contains),
            Ops::Q if matches!(target.rule, Rule::Name) => self.words(target, operator, value, Words::prefixes),
            Ops::Q => self.words(target, operator, value, Words::whole),
            Ops::ANY => self.words(target, operator, value, Words::any),
            Ops::AUTOCOMPLETE => self.words(target, operator, value, Words::prefixes),
            Ops::NEAR => Area::near(target.name, value).map(Test::At),
            Ops::WITHIN => Area::within(target.name, value).map(Test::At),
            _ => match value {
                Value::Bool(wanted) => Ok(Test::Exists(*wanted)),
                _ => Err(ApiError::input("$exists operator only support boolean values")),
            },
        }
    }

    fn equal(&mut self, target: &Target<'_>, value: &Value) -> Result<Test> {
        target.check_rule(value)?;
        match (target.kind, value) {
            (Kind::TextList, Value::Array(array)) => {
                self.spend(0, array.len())?;
                let mut texts = array.iter().map(|value| target.text(value)).collect::<Result<Vec<_>>>()?;
                texts.sort_unstable();
                texts.dedup();
                Ok(Test::Equal(Operand::Exactly(texts)))
            }
            (Kind::TextList, Value::String(_)) => Ok(Test::Contains(value.clone())),
            (Kind::Text | Kind::Number | Kind::Bool | Kind::Time, Value::Array(_)) => {
                Err(ApiError::input(format!("cannot match array value on field `{}`.", target.name)))
            }
            _ => target.operand(value).map(Test::Equal),
        }
    }

    fn list(&mut self, target: &Target<'_>, value: &Value) -> Result<List> {
        let array = value.as_array().ok_or_else(|| target.wrong_type(value, "array"))?;
        self.spend(0, array.len())?;
        let mut list = List::default();
        for value in array {
            match target.operand(value)? {
                Operand::Json(Value::String(text)) => list.texts.push(text),
                operand => list.others.push(operand),
            }
        }
        list.texts.sort_unstable();
        list.texts.dedup();
        self.spend(0, list.others.len() * OTHER_VALUE_COST)?;
        Ok(list)
    }

    fn words(
        &mut self,
        target: &Target<'_>,
        operator: &str,
        value: &Value,
        read: impl FnOnce(&str) -> Option<Words>,
    ) -> Result<Test> {
        let words = read(&target.text(value)?).ok_or_else(|| {
            let purpose = if operator == "$autocomplete" { "autocomplete" } else { "search" };
            ApiError::input(format!(
                "{operator} field is empty or contains invalid characters. Please provide a valid string to {purpose}"
            ))
        })?;
        // Each word is looked for by itself.
        self.spend(words.len(), 0)?;
        Ok(Test::Words(words))
    }
}

/// The operators of `{"$gt": 1, "$lt": 5}`; any other value, a custom object included, is compared as it is.
fn operators(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().filter(|map| map.is_empty() || map.keys().any(|key| key.starts_with('$')))
}

impl Target<'_> {
    fn wrong_type(&self, value: &Value, expected: &str) -> ApiError {
        ApiError::input(format!("field `{}` contains type {}. expecting {expected}", self.name, type_name(value)))
    }

    fn refuse_operator(&self, schema: &Schema, operator: &str) -> ApiError {
        let name = self.name;
        ApiError::input(match (self.rule, self.kind, operator) {
            (Rule::OneOf { operator: Some(text), .. } | Rule::Operators(text), ..) => text.to_owned(),
            (_, Kind::Any, "$q" | "$autocomplete") => {
                format!("search is not enabled for field {}.{name}", schema.things)
            }
            _ => format!("operator \"{operator}\" is not allowed for field \"{name}\""),
        })
    }

    fn check_rule(&self, value: &Value) -> Result<()> {
        let refused = match self.rule {
            Rule::OneOf { values, value: text, .. } => {
                let listed = value.as_str().is_some_and(|value| values.contains(&value));
                ((value.is_string() || value.is_null()) && !listed).then_some(text)
            }
            Rule::OnlyTrue(text) => (value.is_null() || value == false).then_some(text),
            Rule::NotEmpty(text) => (value == "").then_some(text),
            Rule::None | Rule::Refused(_) | Rule::Operators(_) | Rule::Name | Rule::Text => None,
        };
        refused.map_or(Ok(()), |text| Err(ApiError::input(text)))
    }

    fn text(&self, value: &Value) -> Result<String> {
        value.as_str().map(str::to_owned).ok_or_else(|| self.wrong_type(value, "string"))
    }

    /// What a single value of this field is compared with.
    fn operand(&self, value: &Value) -> Result<Operand> {
        let expected = self.kind.json_type();
        match (self.kind, value) {
            (_, Value::Null) => Ok(Operand::Missing),
            (Kind::Time, Value::String(text)) => Time::parse(text).map(Operand::Time).ok_or_else(|| {
                ApiError::input(format!("expected date for field \"{}\" but got \"{text}\"", self.name))
            }),
            (Kind::Any, _) => Ok(Operand::Json(value.clone())),
            _ if type_name(value) == expected => Ok(Operand::Json(value.clone())),
            _ => Err(self.wrong_type(value, expected)),
        }
    }

    /// The value of `$gt` and its like, which nothing can stand in for.
    fn bound(&self, value: &Value) -> Result<Operand> {
        match self.operand(value)? {
            Operand::Missing if self.kind != Kind::Any => Err(self.wrong_type(value, self.kind.json_type())),
            operand => Ok(operand),
        }
    }

    /// The value of `$contains`.
    fn contained(&self, value: &Value) -> Result<Value> {
        if self.kind == Kind::Any { Ok(value.clone()) } else { self.text(value).map(Value::String) }
    }
}
