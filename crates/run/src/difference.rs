//! What differs between two runs beside their numbers: versions, plan, machine.
//!
//! Two runs are compared only where they measured the same thing; a fact that differs is graded by what it does to the comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Manifest;

/// What a difference does to a comparison of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It changes nothing.
    Irrelevant,
    /// It may be the cause of a difference in the numbers.
    Caution,
    /// The runs did not measure the same thing.
    NotComparable,
}

impl Grade {
    /// Returns the grade in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Irrelevant => "irrelevant",
            Self::Caution => "caution",
            Self::NotComparable => "not comparable",
        }
    }
}

/// A fact that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which fact, by its place in the manifest, for example `plan.rate_per_second`.
    pub fact: String,
    /// What it is in the first run; absent where the run does not have it.
    pub first: Option<String>,
    /// What it is in the second run.
    pub second: Option<String>,
    /// What that does to a comparison.
    pub grade: Grade,
}

/// Facts that change nothing: chance, wording, how long the run was, and what is asked of a comparison.
const IRRELEVANT: [&str; 6] = [
    "plan.compare",
    "plan.seed",
    "plan.title",
    "plan.rounds",
    "plan.until_percent",
    "environment.host.load_average",
];
/// Facts without which the two runs did not measure the same thing.
const ESSENTIAL: [&str; 6] = [
    "plan.environment",
    "plan.rate_per_second",
    "plan.phases",
    "plan.local.response_bytes",
    "plan.local.proxy_concurrency",
    "plan.push_interval_seconds",
];

/// Returns every fact in which two runs differ, the gravest first.
pub fn differences(first: &Manifest, second: &Manifest) -> Vec<Difference> {
    differences_between(&[first], &[second])
}

/// Returns every fact in which runs differ, on the two sides of a comparison or on one of them, the gravest first. Several values of one side
/// are joined by ` | `.
pub fn differences_between(first: &[&Manifest], second: &[&Manifest]) -> Vec<Difference> {
    let of_side = |side: &[&Manifest]| -> Vec<BTreeMap<String, String>> {
        side.iter().map(|manifest| facts(manifest)).collect()
    };
    let (left, right) = (of_side(first), of_side(second));
    let all = || left.iter().chain(&right);
    let names: BTreeSet<&String> = all().flat_map(BTreeMap::keys).collect();
    let differs = |name: &str| {
        let values: BTreeSet<Option<&String>> = all().map(|facts| facts.get(name)).collect();
        values.len() > 1
    };
    let mut differences: Vec<Difference> = names
        .into_iter()
        .filter(|name| differs(name))
        .map(|name| Difference {
            fact: name.clone(),
            first: values(&left, name),
            second: values(&right, name),
            grade: grade(name),
        })
        .collect();
    differences.sort_by_key(|difference| std::cmp::Reverse(difference.grade));
    differences
}

/// The distinct values of a fact in the runs of a side; none where no run has it.
fn values(side: &[BTreeMap<String, String>], name: &str) -> Option<String> {
    let values: BTreeSet<Option<&String>> = side.iter().map(|facts| facts.get(name)).collect();
    if values.iter().all(Option::is_none) {
        return None;
    }
    let texts: Vec<&str> = values
        .into_iter()
        .map(|value| value.map_or("absent", String::as_str))
        .collect();
    Some(texts.join(" | "))
}

fn grade(fact: &str) -> Grade {
    let is_among = |names: &[&str]| {
        names.iter().any(|name| {
            fact.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let is_wording = fact.starts_with("plan.phases.")
        && fact
            .rsplit_once('.')
            .is_some_and(|(_, field)| field == "title");
    if is_wording || is_among(&IRRELEVANT) {
        Grade::Irrelevant
    } else if is_among(&ESSENTIAL) {
        Grade::NotComparable
    } else {
        Grade::Caution
    }
}

/// Returns every fact of a run as text, by its place in the manifest.
fn facts(manifest: &Manifest) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let parts = [
        ("plan", serde_json::to_value(&manifest.plan)),
        ("environment", serde_json::to_value(&manifest.environment)),
        (
            "meshdelta_version",
            serde_json::to_value(&manifest.meshdelta_version),
        ),
    ];
    for (name, part) in parts {
        // Plans and facts are plain data, which always has a JSON form.
        flatten(name, &part.unwrap_or(Value::Null), &mut facts);
    }
    facts
}

fn flatten(name: &str, value: &Value, facts: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&format!("{name}.{field}"), value, facts);
            }
        }
        Value::Array(items) => {
            for item in items {
                // Phases are told apart by their id, not by their place.
                let key = item.get("id").and_then(Value::as_str).unwrap_or("item");
                flatten(&format!("{name}.{key}"), item, facts);
            }
        }
        Value::String(text) => {
            facts.insert(name.to_owned(), text.clone());
        }
        other => {
            facts.insert(name.to_owned(), other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Completion, EnvironmentFacts, FORMAT_VERSION, ProgramFact};
    use crate::{Plan, RunId, TimestampMs};

    fn manifest() -> Manifest {
        Manifest {
            format_version: FORMAT_VERSION,
            run_id: RunId::try_new("test-1").unwrap(),
            meshdelta_version: "0.1.0".to_owned(),
            started_at: TimestampMs(0),
            finished_at: TimestampMs(0),
            completion: Completion::Complete,
            plan: Plan::default(),
            order: Vec::new(),
            environment: EnvironmentFacts::default(),
            slots: Vec::new(),
            warnings: Vec::new(),
            files: BTreeMap::new(),
        }
    }

    #[test]
    fn a_run_does_not_differ_from_itself() {
        assert_eq!(differences(&manifest(), &manifest()), []);
    }

    #[test]
    fn runs_of_one_side_may_differ_too() {
        let (first, mut second, mut third) = (manifest(), manifest(), manifest());
        second.environment.host.kernel = Some("6.1".to_owned());
        third.environment.host.kernel = Some("6.1".to_owned());
        let found = differences_between(&[&first, &second], &[&third]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].fact, "environment.host.kernel");
        assert_eq!(found[0].first.as_deref(), Some("absent | 6.1"));
        assert_eq!(found[0].second.as_deref(), Some("6.1"));
        assert_eq!(differences_between(&[&second], &[&third]), []);
    }

    #[test]
    fn every_difference_has_its_grade_and_the_gravest_is_first() {
        let (first, mut second) = (manifest(), manifest());
        second.plan.seed = 7;
        second.plan.rate_per_second = 300;
        second
            .plan
            .phases
            .retain(|phase| phase.id.as_str() != "ambient");
        second.environment.host.cpu_model = Some("other".to_owned());
        let program = ProgramFact {
            version: "1.40.0".to_owned(),
            sha256: None,
        };
        second
            .environment
            .programs
            .insert("envoy".to_owned(), program);
        let found: Vec<(String, Grade)> = differences(&first, &second)
            .into_iter()
            .map(|difference| (difference.fact, difference.grade))
            .collect();
        let expected = [
            ("plan.phases.ambient.data_path", Grade::NotComparable),
            ("plan.phases.ambient.id", Grade::NotComparable),
            ("plan.rate_per_second", Grade::NotComparable),
            ("environment.host.cpu_model", Grade::Caution),
            ("environment.programs.envoy.version", Grade::Caution),
            ("plan.phases.ambient.title", Grade::Irrelevant),
            ("plan.seed", Grade::Irrelevant),
        ];
        let expected = expected.map(|(fact, grade)| (fact.to_owned(), grade));
        assert_eq!(found, expected);
    }
}
