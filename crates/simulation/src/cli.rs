//! The command line.

use anyhow::Context;
use clap::{Parser, ValueEnum};
use meshdelta_simulation::World;
use meshdelta_simulation::output::{Document, markdown};
use meshdelta_simulation::scenario::ScenarioName;
use meshdelta_simulation::study::{StudySettings, comparisons, coverage, drift, verdicts};

/// Simulates runs with known overheads and counts how often the intervals of a report contain them
#[derive(Debug, Parser)]
#[command(name = "meshdelta-simulate", version)]
pub(crate) struct Arguments {
    /// Scenario: A to F or holdout; repeat for several
    #[arg(long, value_name = "NAME")]
    scenario: Vec<ScenarioName>,

    /// Rounds of a run; repeat for several
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Vec<u32>,

    /// Series to simulate, each as long as the most rounds; it is cut into runs of fewer rounds
    #[arg(long, value_name = "NUMBER", default_value_t = 400)]
    replications: u64,

    /// Seed of all random numbers
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// What to count; repeat for several
    #[arg(long, value_enum, value_name = "STUDY")]
    study: Vec<Study>,

    /// Every scenario, every study, and 1, 2, 3, 5 and 10 rounds
    #[arg(long, conflicts_with_all = ["scenario", "rounds", "study"])]
    all: bool,

    /// Format of the results
    #[arg(long, value_enum, default_value = "markdown", value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Study {
    /// Coverage and width of the default intervals
    Coverage,
    /// Verdicts for an overhead of 0 and of 10 %, scenario D unless one is named
    Verdicts,
    /// Tests of drift and order without drift and with 2 % per slot, scenarios D and E unless one is named
    Drift,
    /// Comparisons of one, two and three runs on a side, with and without a change of 10 %, scenario D unless one is named; 3 and 5 rounds
    /// unless said otherwise
    Comparisons,
}

/// What differs between runs in the study of comparisons: standard deviation of days, of runs, and the change.
const WORLDS: [(f64, f64, f64); 7] = [
    (0.0, 0.0, 0.0),
    (0.03, 0.0, 0.0),
    (0.08, 0.0, 0.0),
    (0.08, 0.02, 0.0),
    (0.08, 0.05, 0.0),
    (0.08, 0.0, 0.10),
    (0.08, 0.05, 0.10),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables
    Markdown,
    /// Everything
    Json,
}

impl Arguments {
    /// Runs the studies and returns their results as text.
    pub(crate) fn run(&self) -> anyhow::Result<String> {
        let document = self.document()?;
        match self.format {
            Format::Markdown => Ok(markdown(&document)),
            Format::Json => {
                let mut text = serde_json::to_string_pretty(&document)
                    .context("failed to write the results as JSON")?;
                text.push('\n');
                Ok(text)
            }
        }
    }

    fn document(&self) -> anyhow::Result<Document> {
        let rounds = if self.rounds.is_empty() {
            vec![1, 2, 3, 5, 10]
        } else {
            self.rounds.clone()
        };
        let settings = StudySettings {
            rounds,
            replications: self.replications,
            seed: self.seed,
        };
        let mut document = Document {
            settings,
            coverage: Vec::new(),
            verdicts: Vec::new(),
            drift: Vec::new(),
            comparisons: Vec::new(),
        };
        if self.wants(Study::Coverage) {
            for name in self.scenarios(&ScenarioName::ALL) {
                let rows = coverage(&name.scenario(), &document.settings);
                document
                    .coverage
                    .extend(rows.with_context(|| format!("failed to study scenario {name}"))?);
            }
        }
        if self.wants(Study::Verdicts) {
            for name in self.scenarios(&[ScenarioName::D]) {
                for effect in [0.0, 0.10] {
                    let rows = verdicts(&name.scenario(), effect, &document.settings)?;
                    document.verdicts.extend(rows);
                }
            }
        }
        if self.wants(Study::Drift) {
            for name in self.scenarios(&[ScenarioName::D, ScenarioName::E]) {
                for per_slot in [0.0, 0.02] {
                    let rows = drift(&name.scenario(), per_slot, &document.settings)?;
                    document.drift.extend(rows);
                }
            }
        }
        if self.wants(Study::Comparisons) {
            let mut how = document.settings.clone();
            if self.rounds.is_empty() {
                how.rounds = vec![3, 5];
            }
            for name in self.scenarios(&[ScenarioName::D]) {
                for (day_sd, run_sd, change) in WORLDS {
                    let world = World {
                        day_sd,
                        run_sd,
                        change,
                    };
                    let rows = comparisons(&name.scenario(), world, &how)?;
                    document.comparisons.extend(rows);
                }
            }
        }
        Ok(document)
    }

    fn wants(&self, study: Study) -> bool {
        self.all
            || self.study.contains(&study)
            || (self.study.is_empty() && study == Study::Coverage)
    }

    fn scenarios(&self, default: &[ScenarioName]) -> Vec<ScenarioName> {
        if self.scenario.is_empty() {
            default.to_vec()
        } else {
            self.scenario.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &str) -> String {
        let words = std::iter::once("meshdelta-simulate").chain(arguments.split_whitespace());
        Arguments::try_parse_from(words).unwrap().run().unwrap()
    }

    #[test]
    fn a_study_is_a_table_or_data() {
        let table = run("--scenario d --rounds 1 --rounds 2 --replications 2");
        assert!(table.contains("| D, sidecar | 1 | 4 |"), "{table}");
        assert!(table.contains("| D, sidecar | 2 | 2 |"), "{table}");
        let data = run("--scenario D --rounds 2 --replications 2 --format json");
        let data: serde_json::Value = serde_json::from_str(&data).unwrap();
        assert_eq!(data["coverage"].as_array().unwrap().len(), 2 * 6);
        assert_eq!(data["settings"]["seed"], 1);
    }

    #[test]
    fn every_study_has_a_table() {
        let text = run(
            "--study verdicts --study drift --study comparisons --rounds 2 --replications 1 --scenario A",
        );
        assert!(text.contains("Verdicts, p50 and p99"), "{text}");
        assert!(text.contains("Tests of drift and order"), "{text}");
        assert!(
            text.contains("| A | 8 % | 5 % | +10 % | 3 + 3 | 2 | 1 |"),
            "{text}"
        );
        assert!(!text.contains("Default intervals"), "{text}");
    }

    #[test]
    fn all_is_all() {
        assert!(
            Arguments::try_parse_from(["meshdelta-simulate", "--all", "--rounds", "3"]).is_err()
        );
    }
}
