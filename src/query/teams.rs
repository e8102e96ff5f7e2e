//! What a filter asks of the team, while teams decide who sees what (`permissions.md` 9).

use super::{All, Area, Bound, Filter, Node, Operand, Test};
use crate::error::{ApiError, Result};

impl Filter {
    /// The teams that the filter names in `field`, of which it may only ask with `$eq` and `$in`.
    ///
    /// Errors: 4 for other operators, for other values than texts, and where `$nor` stands around the field.
    pub fn teams(&self, field: &str) -> Result<Vec<&str>> {
        let mut found = Vec::new();
        collect(&self.0, field, &mut found)?;
        Ok(found)
    }
}

fn collect<'a>(all: &'a All, field: &str, found: &mut Vec<&'a str>) -> Result<()> {
    for node in all {
        match node {
            Node::Clause(clause) if clause.field == field => {
                for test in &clause.tests {
                    of_test(test, field, found)?;
                }
            }
            Node::Clause(_) => {}
            Node::Or(groups) => groups.iter().try_for_each(|all| collect(all, field, found))?,
            Node::Nor(groups) => {
                if groups.iter().any(|all| Filter(all.clone()).mentions(field)) {
                    return Err(ApiError::input(format!("cannot use $nor operator when filtering by {field}")));
                }
            }
        }
    }
    Ok(())
}

fn of_test<'a>(test: &'a Test, field: &str, found: &mut Vec<&'a str>) -> Result<()> {
    match test {
        Test::Equal(Operand::Json(serde_json::Value::String(team))) => found.push(team),
        Test::In(list) if list.others.is_empty() => found.extend(list.texts.iter().map(String::as_str)),
        Test::Equal(_) | Test::In(_) => {
            return Err(ApiError::input(format!("field {field} expect string values")));
        }
        _ => {
            let operator = operator(test);
            return Err(ApiError::input(format!("cannot use operator \"{operator}\" when filtering by {field}")));
        }
    }
    Ok(())
}

fn operator(test: &Test) -> &'static str {
    match test {
        Test::Equal(_) => "$eq",
        Test::In(_) => "$in",
        Test::Bound(Bound::Greater, _) => "$gt",
        Test::Bound(Bound::GreaterOrEqual, _) => "$gte",
        Test::Bound(Bound::Less, _) => "$lt",
        Test::Bound(Bound::LessOrEqual, _) => "$lte",
        Test::Exists(_) => "$exists",
        Test::Contains(_) => "$contains",
        Test::Words(_) => "$autocomplete",
        Test::At(Area::Near { .. }) => "$near",
        Test::At(Area::Within(_)) => "$within",
        Test::Not(test) if matches!(**test, Test::In(_)) => "$nin",
        Test::Not(_) => "$ne",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::query::{CHANNELS, Filter};

    #[test]
    fn teams_are_only_asked_for_by_name() {
        let asked = |filter: Value| {
            let filter = Filter::parse(&filter, &CHANNELS).expect("a filter");
            filter.teams("team").map(|teams| teams.join(" ")).map_err(|error| error.message)
        };
        assert_eq!(asked(json!({"type": "messaging"})), Ok(String::new()));
        assert_eq!(asked(json!({"team": {}})), Ok(String::new()));
        assert_eq!(asked(json!({"$or": [{"team": "a"}, {"team": {"$in": ["b", "c"]}}]})), Ok("a b c".to_owned()));
        let refused = [
            (json!({"team": {"$ne": "a"}}), "cannot use operator \"$ne\" when filtering by team"),
            (json!({"team": {"$nin": ["a"]}}), "cannot use operator \"$nin\" when filtering by team"),
            (json!({"team": {"$gt": "a"}}), "cannot use operator \"$gt\" when filtering by team"),
            (json!({"team": {"$exists": true}}), "cannot use operator \"$exists\" when filtering by team"),
            (json!({"$nor": [{"team": "a"}]}), "cannot use $nor operator when filtering by team"),
            (json!({"team": null}), "field team expect string values"),
        ];
        for (filter, reason) in refused {
            assert_eq!(asked(filter.clone()), Err(reason.to_owned()), "{filter}");
        }
    }
}
