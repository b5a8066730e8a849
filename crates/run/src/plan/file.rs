//! The plan file: TOML with the same settings as the flags.

use super::PlanSettings;
use super::settings::{COMPARE_KEYS, FAULT_KEYS, LOCAL_KEYS, PLAN_KEYS};
use crate::RunError;

/// Parses a plan file. `path` is only for the messages. An unknown key is an error that names the nearest known one.
pub fn parse_plan_file(path: &str, text: &str) -> Result<PlanSettings, RunError> {
    let invalid = |source| RunError::PlanFileInvalid {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let table: toml::Table = text.parse().map_err(invalid)?;
    check_keys(path, "", &table, &PLAN_KEYS)?;
    for (name, known) in [("compare", &COMPARE_KEYS[..]), ("local", &LOCAL_KEYS[..])] {
        if let Some(toml::Value::Table(inner)) = table.get(name) {
            check_keys(path, &format!("{name}."), inner, known)?;
        }
    }
    let fault = table.get("local").and_then(|local| local.get("fault"));
    if let Some(toml::Value::Table(fault)) = fault {
        check_keys(path, "local.fault.", fault, &FAULT_KEYS)?;
    }
    // Parsed again from the text, so that a wrong value is shown at its place in the file.
    toml::from_str(text).map_err(invalid)
}

fn check_keys(
    path: &str,
    prefix: &str,
    table: &toml::Table,
    known: &[&str],
) -> Result<(), RunError> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(RunError::UnknownKey {
            path: path.to_owned(),
            key: format!("{prefix}{key}"),
            nearest: nearest(key, known.iter().copied()).map(|name| format!("{prefix}{name}")),
        }),
    }
}

/// Returns the known name that is most like the given one, unless nothing is like it.
pub fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    const LIKE: f64 = 0.7;
    known
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(likeness, _)| *likeness > LIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::Plan;
    use crate::plan::{ComparePlan, Fault, FaultHop, KubernetesPlan, LocalPlan};

    const OWN_PHASE: &str = "id = 'linkerd'\ntitle = 'Linkerd'\ndata_path = 'client, proxy, server'\ntarget = 'http://server.mesh:80/'\n\
        [[proof]]\nname = 'requests'\nquery = 'requests_total'\ngrows = 'by-requests'\n\
        [manifest_texts]\n'linkerd.yaml' = 'kind: Namespace'";

    #[test]
    fn a_plan_file_says_what_the_flags_say() {
        let text = "rounds = 3\nrate_per_second = 400\nphases = ['sidecar']\n[local]\nproxy_concurrency = 2\n";
        let plan = parse_plan_file("plan.toml", text)
            .unwrap()
            .resolve(7)
            .unwrap();
        assert_eq!(plan.rounds.get(), 3);
        assert_eq!(plan.seed, 7);
        assert_eq!(plan.local.proxy_concurrency, 2);
        let ids: Vec<&str> = plan.phases.iter().map(|phase| phase.id.as_str()).collect();
        assert_eq!(ids, ["baseline", "sidecar"]);
    }

    #[test]
    fn one_round_is_measured_longer() {
        let one = PlanSettings {
            rounds: 1.try_into().ok(),
            ..PlanSettings::default()
        };
        assert_eq!(one.clone().resolve(0).unwrap().duration_seconds, 300);
        let set = PlanSettings {
            duration_seconds: Some(20),
            ..one
        };
        assert_eq!(set.resolve(0).unwrap().duration_seconds, 20);
    }

    #[test]
    fn the_higher_source_wins_setting_by_setting() {
        let flags = PlanSettings {
            rate_per_second: Some(10),
            ..PlanSettings::default()
        };
        let file = PlanSettings {
            rate_per_second: Some(20),
            warmup_seconds: Some(5),
            ..PlanSettings::default()
        };
        let merged = flags.over(file);
        assert_eq!(
            (merged.rate_per_second, merged.warmup_seconds),
            (Some(10), Some(5))
        );
    }

    #[test]
    fn every_known_key_is_accepted_and_listed() {
        let said = || BTreeMap::from([("p99".to_owned(), "5%".to_owned())]);
        let plan = toml::Table::try_from(Plan {
            until_percent: Some(5.0),
            compare: ComparePlan {
                threshold: said(),
                equivalence_margin: said(),
            },
            local: LocalPlan {
                fault: Some(Fault {
                    hop: FaultHop::Waypoint,
                    delay_ms: 5,
                }),
                ..LocalPlan::default()
            },
            kubernetes: Some(KubernetesPlan::default()),
            ..Plan::default()
        })
        .unwrap();
        let keys: BTreeSet<&str> = plan.keys().map(String::as_str).collect();
        assert_eq!(keys, PLAN_KEYS.into_iter().collect());
        let inner: [(&str, &[&str]); 2] = [("compare", &COMPARE_KEYS), ("local", &LOCAL_KEYS)];
        for (name, known) in inner {
            let toml::Value::Table(table) = &plan[name] else {
                panic!("{name} is a table")
            };
            let keys: BTreeSet<&str> = table.keys().map(String::as_str).collect();
            assert_eq!(keys, known.iter().copied().collect());
        }
        let fault = plan["local"]["fault"].as_table().unwrap();
        let keys: BTreeSet<&str> = fault.keys().map(String::as_str).collect();
        assert_eq!(keys, FAULT_KEYS.into_iter().collect());
    }

    #[test]
    fn the_plan_of_a_run_can_be_measured_again() {
        let said = || BTreeMap::from([("p99".to_owned(), "5%".to_owned())]);
        let plan = Plan {
            title: "Own title".to_owned(),
            rounds: 4.try_into().unwrap(),
            until_percent: Some(5.0),
            rate_per_second: 123,
            duration_seconds: 11,
            warmup_seconds: 7,
            seed: 7,
            virtual_users: 3,
            maximum_virtual_users: 5,
            push_interval_seconds: 2,
            compare: ComparePlan {
                threshold: said(),
                equivalence_margin: said(),
            },
            phases: crate::Phase::built_in()[..2].to_vec(),
            local: LocalPlan {
                response_bytes: 7,
                proxy_concurrency: 2,
                prometheus_port: 9,
                fault: Some(Fault {
                    hop: FaultHop::ServerSidecar,
                    delay_ms: 5,
                }),
            },
            environment: crate::plan::EnvironmentKind::Local,
            kubernetes: None,
        };
        let again = PlanSettings::from(plan.clone()).resolve(0).unwrap();
        assert_eq!(again, plan);
        let own: crate::plan::CustomPhase = toml::from_str(OWN_PHASE).unwrap();
        let on_kubernetes = Plan {
            environment: crate::plan::EnvironmentKind::Kubernetes,
            local: LocalPlan::default(),
            phases: [&crate::Phase::built_in()[..1], &[own.phase()]].concat(),
            kubernetes: Some(KubernetesPlan {
                parallelism: 3,
                phases: vec![own],
                ..KubernetesPlan::default()
            }),
            ..plan
        };
        let again = PlanSettings::from(on_kubernetes.clone()).resolve(0);
        assert_eq!(again.unwrap(), on_kubernetes);
    }

    #[test]
    fn errors_name_the_key_the_range_and_the_nearest() {
        let error = |text: &str| {
            parse_plan_file("plan.toml", text)
                .and_then(|settings| settings.resolve(0))
                .unwrap_err()
                .to_string()
        };
        let texts = [
            "ronds = 3",
            "[local]\nproxy_concurency = 1",
            "[compare]\ntreshold = { p99 = '5%' }",
            "zzz = 1",
            "rate_per_second = 0",
            "phases = ['sidekar']",
            "phases = ['sidecar', 'sidecar']",
            "phases = []",
            "rounds = 'three'",
            "rounds = ",
            "until_percent = -1.0",
            "[local.fault]\nhop = 'waypoint'\ndelay = 5",
            "[local.fault]\nhop = 'waypoint'",
            "[local.fault]\nhop = 'server-ztunnel'\ndelay_ms = 5",
            "[local.fault]\nhop = 'waypoint'\ndelay_ms = 250",
            "phases = ['sidecar']\n[local.fault]\nhop = 'waypoint'\ndelay_ms = 5",
        ];
        let shown: Vec<String> = texts
            .iter()
            .map(|text| format!("{text:?}\n  {}", error(text)))
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }
}
