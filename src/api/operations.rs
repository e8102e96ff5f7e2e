//! Stream's operation ids (`SendMessage`), for error texts, rate limits and numbers.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::{Method, StatusCode};
use metrics::Histogram;

/// One operation.
pub(crate) struct Operation {
    pub name: String,
    /// Unique among the operations.
    pub number: usize,
    /// Where the times of its successes go: found once, because looking it up takes longer than counting.
    seconds: OnceLock<Histogram>,
}

impl Operation {
    fn new(name: String, number: usize) -> Arc<Operation> {
        Arc::new(Operation { name, number, seconds: OnceLock::new() })
    }

    /// Notes how long an answer took.
    pub fn took(&self, status: StatusCode, elapsed: Duration) {
        if status.is_success() {
            self.seconds.get_or_init(|| self.histogram("2xx")).record(elapsed);
        } else {
            self.histogram(status.as_str()).record(elapsed);
        }
    }

    fn histogram(&self, status: &str) -> Histogram {
        metrics::histogram!("weir_request_seconds", "operation" => self.name.clone(), "status" => status.to_owned())
    }
}

/// A path's operations.
type Methods = Vec<(Method, Arc<Operation>)>;

/// Method and path template → operation.
#[derive(Clone)]
pub(crate) struct Operations {
    by_path: Arc<HashMap<String, Methods>>,
    /// What is no operation of the document.
    other: Arc<Operation>,
}

impl Operations {
    /// From method, path template and operation id.
    pub fn new(operations: impl IntoIterator<Item = (Method, String, String)>) -> Self {
        let mut by_path: HashMap<String, Methods> = HashMap::new();
        for (number, (method, path, name)) in operations.into_iter().enumerate() {
            by_path.entry(path).or_default().push((method, Operation::new(name, number + 1)));
        }
        Operations { by_path: Arc::new(by_path), other: Operation::new("Request".into(), 0) }
    }

    pub fn of(&self, method: &Method, path: Option<&MatchedPath>) -> Arc<Operation> {
        let known = path.and_then(|path| self.by_path.get(path.as_str()));
        let known = known.and_then(|known| known.iter().find(|(other, _)| other == method));
        known.map_or(&self.other, |(_, operation)| operation).clone()
    }
}
