//! What differs between two runs beside their numbers: versions, plan, machine.
//!
//! Two runs are compared only where they measured the same thing; a fact that differs is graded by what it does to the comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::folder::SavedRun;
use crate::{Manifest, Tables};

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

/// Facts that change nothing: chance, wording, how long the run was, where a program listens, and what is asked of a comparison.
const IRRELEVANT: [&str; 15] = [
    "plan.compare",
    "plan.seed",
    "plan.title",
    "plan.rounds",
    "plan.until_percent",
    "plan.local.prometheus_port",
    "plan.kubernetes.kubeconfig",
    "plan.kubernetes.keep",
    "plan.kubernetes.ready_timeout_seconds",
    "plan.kubernetes.prometheus_url",
    "plan.kubernetes.prometheus_write_url",
    "plan.kubernetes.grafana",
    "plan.kubernetes.grafana_url",
    "plan.kubernetes.grafana_secret",
    "environment.host.load_average",
];
/// Facts without which the two runs did not measure the same thing. A limit of CPU decides the result as the concurrency of a proxy does.
const ESSENTIAL: [&str; 11] = [
    "plan.environment",
    "plan.rate_per_second",
    "plan.phases",
    "plan.local.response_bytes",
    "plan.local.proxy_concurrency",
    "plan.push_interval_seconds",
    "plan.kubernetes.phase",
    "plan.kubernetes.replicas",
    "plan.kubernetes.waypoint_replicas",
    "plan.kubernetes.resources",
    SCHEMA,
];
/// Lists of phases: what a phase is must be the same, but a phase that only some runs have keeps nobody from comparing the others.
const PHASES: [&str; 2] = ["plan.phases.", "plan.kubernetes.phase."];
/// The resolution of the native histograms, from the data.
const SCHEMA: &str = "histograms.schema";
/// The value of the fact that an item of a list is there.
const PRESENT: &str = "present";

/// Every fact of a run as text, by its place in the manifest; small, where the run itself may be large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts(BTreeMap<String, String>);

impl RunFacts {
    /// Takes the facts of a run.
    pub fn of(run: &SavedRun) -> Self {
        Self(facts(&run.manifest, &run.tables))
    }
}

/// Returns every fact in which runs differ, on the two sides of a comparison or on one of them, the gravest first. Several values of one side
/// are joined by ` | `.
pub fn differences_between(first: &[SavedRun], second: &[SavedRun]) -> Vec<Difference> {
    let of_side = |side: &[SavedRun]| -> Vec<RunFacts> { side.iter().map(RunFacts::of).collect() };
    differences_of(&of_side(first), &of_side(second))
}

/// The same as [`differences_between`], of facts that were taken before.
pub fn differences_of(left: &[RunFacts], right: &[RunFacts]) -> Vec<Difference> {
    let all = || left.iter().chain(right).map(|RunFacts(facts)| facts);
    let names: BTreeSet<&String> = all().flat_map(BTreeMap::keys).collect();
    let differs = |name: &str| {
        let values: BTreeSet<Option<&String>> = all().map(|facts| facts.get(name)).collect();
        values.len() > 1
    };
    let is_of_item_that_one_lacks = |name: &str| {
        let items = all().flatten().filter(|(_, value)| *value == PRESENT);
        items
            .filter(|(item, _)| is_within(name, item) && name != item.as_str())
            .any(|(item, _)| differs(item))
    };
    let mut differences: Vec<Difference> = names
        .into_iter()
        .filter(|name| differs(name) && !is_of_item_that_one_lacks(name))
        .map(|name| Difference {
            fact: name.clone(),
            first: values(left, name),
            second: values(right, name),
            grade: grade(name),
        })
        .collect();
    differences.sort_by_key(|difference| std::cmp::Reverse(difference.grade));
    differences
}

/// Tells whether a fact is the named one or a part of it: `plan.local.response_bytes` is part of `plan.local`.
pub fn is_within(fact: &str, name: &str) -> bool {
    fact.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The distinct values of a fact in the runs of a side; none where no run has it.
fn values(side: &[RunFacts], name: &str) -> Option<String> {
    let values: BTreeSet<Option<&String>> =
        side.iter().map(|RunFacts(facts)| facts.get(name)).collect();
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
    let is_among = |names: &[&str]| names.iter().any(|name| is_within(fact, name));
    // The rest after the list of phases: the phase, and what of it.
    let of_phase = PHASES.iter().find_map(|list| fact.strip_prefix(list));
    let is_whole_phase = of_phase.is_some_and(|rest| !rest.contains('.'));
    let is_wording = of_phase
        .and_then(|rest| rest.rsplit_once('.'))
        .is_some_and(|(_, what)| what == "title");
    if is_wording || is_among(&IRRELEVANT) {
        Grade::Irrelevant
    } else if is_among(&ESSENTIAL) && !is_whole_phase {
        Grade::NotComparable
    } else {
        Grade::Caution
    }
}

/// Returns every fact of a run as text, by its place in the manifest.
fn facts(manifest: &Manifest, tables: &Tables) -> BTreeMap<String, String> {
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
    if manifest.plan.environment.is_kubernetes() {
        // Settings of the local environment, which this run did not have.
        facts.retain(|fact, _| !is_within(fact, "plan.local"));
    }
    let schemas: BTreeSet<i8> = tables
        .histograms
        .iter()
        .filter_map(|sample| sample.schema)
        .collect();
    if !schemas.is_empty() {
        let schemas: Vec<String> = schemas.iter().map(ToString::to_string).collect();
        facts.insert(SCHEMA.to_owned(), schemas.join(", "));
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
            for (place, item) in items.iter().enumerate() {
                // Phases are told apart by their id, not by their place.
                if let Some(id) = item.get("id").and_then(Value::as_str) {
                    let name = format!("{name}.{id}");
                    facts.insert(name.clone(), PRESENT.to_owned());
                    flatten(&name, item, facts);
                } else {
                    flatten(&format!("{name}.{place}"), item, facts);
                }
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
    use crate::plan::{Fault, FaultHop};
    use crate::{HistogramSample, Plan, RunId, TimestampMs};

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

    fn run(manifest: &Manifest) -> SavedRun {
        SavedRun {
            folder: "run".into(),
            manifest: manifest.clone(),
            tables: Tables::default(),
        }
    }

    fn differences(first: &Manifest, second: &Manifest) -> Vec<Difference> {
        differences_between(&[run(first)], &[run(second)])
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
        let found = differences_between(&[run(&first), run(&second)], &[run(&third)]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].fact, "environment.host.kernel");
        assert_eq!(found[0].first.as_deref(), Some("absent | 6.1"));
        assert_eq!(found[0].second.as_deref(), Some("6.1"));
        assert_eq!(differences(&second, &third), []);
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
        second.plan.local.fault = Some(Fault {
            hop: FaultHop::Waypoint,
            delay_ms: 5,
        });
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
            ("plan.rate_per_second", Grade::NotComparable),
            ("environment.host.cpu_model", Grade::Caution),
            ("environment.programs.envoy.version", Grade::Caution),
            ("plan.local.fault.delay_ms", Grade::Caution),
            ("plan.local.fault.hop", Grade::Caution),
            ("plan.phases.ambient", Grade::Caution),
            ("plan.seed", Grade::Irrelevant),
        ];
        let expected = expected.map(|(fact, grade)| (fact.to_owned(), grade));
        assert_eq!(found, expected);
    }

    #[test]
    fn every_kind_of_fact_has_its_grade() {
        use Grade::{Caution, Irrelevant, NotComparable};
        let graded = [
            ("plan.environment", NotComparable),
            ("plan.rate_per_second", NotComparable),
            ("plan.local.response_bytes", NotComparable),
            ("plan.local.proxy_concurrency", NotComparable),
            ("plan.push_interval_seconds", NotComparable),
            ("plan.phases.ambient.data_path", NotComparable),
            (
                "plan.kubernetes.phase.custom.manifest_texts.a",
                NotComparable,
            ),
            ("plan.kubernetes.replicas", NotComparable),
            ("plan.kubernetes.resources.proxy_limits.cpu", NotComparable),
            ("histograms.schema", NotComparable),
            ("meshdelta_version", Caution),
            ("plan.phases.ambient", Caution),
            ("plan.kubernetes.phase.custom", Caution),
            ("plan.kubernetes.servers.node_selector.disk", Caution),
            ("plan.duration_seconds", Caution),
            ("plan.warmup_seconds", Caution),
            ("plan.virtual_users", Caution),
            ("environment.host.cpu_model", Caution),
            ("environment.host.kernel", Caution),
            ("environment.programs.istio.version", Caution),
            ("environment.other.node", Caution),
            ("plan.seed", Irrelevant),
            ("plan.rounds", Irrelevant),
            ("plan.phases.ambient.title", Irrelevant),
            ("plan.compare.threshold.p99", Irrelevant),
            ("plan.local.prometheus_port", Irrelevant),
            ("environment.host.load_average", Irrelevant),
        ];
        for (fact, expected) in graded {
            assert_eq!(grade(fact), expected, "{fact}");
        }
    }

    #[test]
    fn settings_of_the_local_environment_are_facts_of_local_runs_only() {
        let on_kubernetes = |response_bytes: u32| {
            let mut manifest = manifest();
            manifest.plan.environment = crate::plan::EnvironmentKind::Kubernetes;
            manifest.plan.local.response_bytes = response_bytes;
            manifest
        };
        assert_eq!(differences(&on_kubernetes(1), &on_kubernetes(2)), []);
    }

    #[test]
    fn a_phase_that_means_something_else_is_another_phase() {
        let (first, mut second) = (manifest(), manifest());
        second.plan.phases[1].data_path = "elsewhere".to_owned();
        let found = differences(&first, &second);
        assert_eq!(found.len(), 1);
        assert!(found[0].fact.ends_with(".data_path"));
        assert_eq!(found[0].grade, Grade::NotComparable);
    }

    #[test]
    fn the_resolution_of_the_histograms_is_a_fact() {
        let with_schema = |schema: Option<i8>| {
            let mut run = run(&manifest());
            run.tables.histograms.push(HistogramSample {
                series_id: 0,
                timestamp: TimestampMs(0),
                schema,
                zero_threshold: None,
                zero_count: 0,
                count: 0,
                sum: 0.0,
                bucket_indices: Vec::new(),
                bucket_counts: Vec::new(),
            });
            run
        };
        let found = differences_between(&[with_schema(Some(3))], &[with_schema(Some(2))]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].fact, "histograms.schema");
        assert_eq!(found[0].first.as_deref(), Some("3"));
        assert_eq!(found[0].second.as_deref(), Some("2"));
        assert_eq!(found[0].grade, Grade::NotComparable);
    }

    #[test]
    fn no_item_of_a_list_hides_another() {
        let mut facts = BTreeMap::new();
        let list = serde_json::json!([{ "key": "a" }, { "key": "b" }]);
        flatten("tolerations", &list, &mut facts);
        assert_eq!(facts["tolerations.0.key"], "a");
        assert_eq!(facts["tolerations.1.key"], "b");
    }
}
