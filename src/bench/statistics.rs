//! Figures of runs, and what to say of several.

use std::collections::BTreeMap;

/// What one run gave.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub values: BTreeMap<&'static str, f64>,
    /// Redis operations per message or request, by command.
    pub operations: BTreeMap<String, f64>,
}

impl Figures {
    pub fn set(&mut self, name: &'static str, value: f64) {
        self.values.insert(name, value);
    }
}

/// The middle of several runs, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    /// `None` without a run.
    pub fn of(runs: &[f64]) -> Option<Spread> {
        let mut runs = runs.to_vec();
        runs.sort_by(f64::total_cmp);
        let (least, most) = (*runs.first()?, *runs.last()?);
        let half = runs.len() / 2;
        let median = if runs.len() % 2 == 1 { runs[half] } else { f64::midpoint(runs[half - 1], runs[half]) };
        Some(Spread { median, least, most })
    }
}

/// The value that a share of all lies at or below; sorts what it is given. Zero of nothing.
pub fn percentile(values: &mut [u32], share: f64) -> f64 {
    values.sort_unstable();
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().map_or(0.0, f64::from)
}
