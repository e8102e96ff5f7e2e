//! What came out: a table for people, and `results.json` for programs.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::rows::{ROWS, Row, Target};
use crate::statistics::{Figures, Spread};
use crate::subjects::Subject;
use crate::workloads::Workload;

/// Processor cores in other programs' use above which rates say little.
const BUSY: f64 = 0.5;

/// Every run that succeeded.
#[derive(Default)]
pub struct Results {
    runs: BTreeMap<Workload, [Vec<Figures>; 2]>,
}

/// A row with its figures.
struct Line {
    row: &'static Row,
    weir: Spread,
    floor: Spread,
    is_met: bool,
}

impl Line {
    fn ratio(&self) -> f64 {
        self.weir.median / self.floor.median
    }
}

impl Results {
    pub fn add(&mut self, workload: Workload, subject: Subject, figures: Figures) {
        self.runs.entry(workload).or_default()[subject as usize].push(figures);
    }

    fn runs(&self, row: &Row, subject: Subject, figure: &str) -> Vec<f64> {
        let runs = self.runs.get(&row.workload).map(|runs| &runs[subject as usize]);
        runs.into_iter().flatten().filter_map(|figures| figures.values.get(figure).copied()).collect()
    }

    /// `None` when one side has no run.
    fn line(&self, row: &'static Row) -> Option<Line> {
        let of = |subject| Spread::of(&self.runs(row, subject, row.figure));
        let (weir, floor) = (of(Subject::Weir)?, of(Subject::Floor)?);
        let ratio = weir.median / floor.median;
        let is_met = row.targets.iter().all(|target| match target {
            Target::RatioAtLeast(least) => ratio >= *least,
            Target::RatioAtMost(most) => ratio <= *most,
            Target::AtMost(figure, most, _) => {
                Spread::of(&self.runs(row, Subject::Weir, figure)).is_some_and(|spread| spread.median <= *most)
            }
        });
        Some(Line { row, weir, floor, is_met })
    }

    /// Whether every target that was measured is met.
    pub fn all_met(&self) -> bool {
        ROWS.iter().filter_map(|row| self.line(row)).all(|line| line.is_met)
    }

    /// The table, then what each message asks of Redis.
    pub fn table(&self) -> String {
        let head = ["workload", "Weir", "floor", "unit", "ratio", "target", ""].map(str::to_owned);
        let mut cells = vec![head];
        for line in ROWS.iter().filter_map(|row| self.line(row)) {
            cells.push([
                line.row.key.to_owned(),
                spread(line.weir),
                spread(line.floor),
                line.row.unit.to_owned(),
                format!("{:.2}", line.ratio()),
                line.row.targets.iter().map(|target| self.target(&line, target)).collect::<Vec<_>>().join(", "),
                if line.row.targets.is_empty() {
                    ""
                } else if line.is_met {
                    "met"
                } else {
                    "MISSED"
                }
                .to_owned(),
            ]);
        }
        let mut table = align(&cells);
        for (workload, what) in [(Workload::Send, "message"), (Workload::Read, "read")] {
            for subject in [Subject::Weir, Subject::Floor] {
                if let Some(figures) = self.runs.get(&workload).and_then(|runs| runs[subject as usize].last()) {
                    table.push_str(&format!("Redis for one {what}, {}: {}\n", subject.name(), operations(figures)));
                }
            }
        }
        if let Some(other) = self.other_cpu() {
            table.push_str(&format!("Other programs used {other:.1} processor cores meanwhile"));
            // What others use is missing from rates and latencies, and from each server's by chance; processor time stays.
            table.push_str(if other < BUSY { ".\n" } else { ": go by the processor times, the rest is noise.\n" });
        }
        table
    }

    /// What else the machine did while messages were sent.
    fn other_cpu(&self) -> Option<f64> {
        let runs = self.runs.values().flatten().flatten();
        let values: Vec<f64> = runs.filter_map(|figures| figures.values.get("other_cpu_cores").copied()).collect();
        Spread::of(&values).map(|spread| spread.median)
    }

    /// The target, with what was reached where it is not in the table.
    fn target(&self, line: &Line, target: &Target) -> String {
        match target {
            Target::RatioAtLeast(least) => format!("≥ {least} × floor"),
            Target::RatioAtMost(most) => format!("≤ {most} × floor"),
            Target::AtMost(figure, most, unit) => {
                let reached =
                    Spread::of(&self.runs(line.row, Subject::Weir, figure)).map_or(f64::NAN, |spread| spread.median);
                format!("≤ {most} {unit} ({})", number(reached))
            }
        }
    }

    /// Writes the results, and says where.
    pub fn write(&self, path: &Path, about: Value) -> Result<()> {
        let mut results = Map::new();
        results.insert("about".into(), about);
        for line in ROWS.iter().filter_map(|row| self.line(row)) {
            let row = line.row;
            let mut entry = json!({
                "weir": line.weir.median,
                "floor": line.floor.median,
                "ratio": line.ratio(),
                "unit": row.unit,
                "weir_runs": self.runs(row, Subject::Weir, row.figure),
                "floor_runs": self.runs(row, Subject::Floor, row.figure),
                "targets": row.targets.iter().map(|target| self.target(&line, target)).collect::<Vec<_>>(),
                "reach_for": row.reach,
                "met": line.is_met,
            });
            for subject in Subject::ALL {
                entry[format!("{}_figures", subject.name())] = self.medians(row.workload, subject);
            }
            if row.key == "idle" {
                entry["kib_per_connection"] = json!(line.weir.median);
            }
            results.insert(row.key.to_owned(), entry);
        }
        let text = serde_json::to_string_pretty(&results)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{} cannot be written", path.display()))
    }

    /// All figures of a workload, and Redis' operations of its last run.
    fn medians(&self, workload: Workload, subject: Subject) -> Value {
        let Some(runs) = self.runs.get(&workload).map(|runs| &runs[subject as usize]) else { return Value::Null };
        let mut medians = Map::new();
        for name in runs.iter().flat_map(|figures| figures.values.keys()) {
            let values: Vec<f64> = runs.iter().filter_map(|figures| figures.values.get(name).copied()).collect();
            medians.insert((*name).to_owned(), json!(Spread::of(&values).map(|spread| spread.median)));
        }
        if let Some(last) = runs.last().filter(|figures| !figures.operations.is_empty()) {
            medians.insert("operations".into(), json!(last.operations));
        }
        Value::Object(medians)
    }
}

fn operations(figures: &Figures) -> String {
    let mut operations: Vec<_> = figures.operations.iter().filter(|(_, calls)| **calls >= 0.005).collect();
    operations.sort_by(|one, other| other.1.total_cmp(one.1));
    let operations: Vec<String> = operations.iter().map(|(name, calls)| format!("{name} {calls:.2}")).collect();
    let bytes = match (figures.values.get("redis_bytes_in"), figures.values.get("redis_bytes_out")) {
        (Some(bytes_in), Some(bytes_out)) => format!("; {bytes_in:.0} bytes in, {bytes_out:.0} out"),
        _ => String::new(),
    };
    operations.join(", ") + &bytes
}

fn spread(spread: Spread) -> String {
    if spread.least == spread.most {
        return number(spread.median);
    }
    format!("{} [{}..{}]", number(spread.median), number(spread.least), number(spread.most))
}

/// Three digits that matter.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 100.0 || value == 0.0 {
        format!("{value:.0}")
    } else if magnitude >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// Columns as wide as their widest cell.
fn align<const N: usize>(cells: &[[String; N]]) -> String {
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in cells {
        let padded = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
