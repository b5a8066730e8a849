//! A whole run: distributed load, exact counts, proofs, annotations, and nothing left.

use std::path::Path;

use meshdelta_run::folder;
use meshdelta_run::manifest::Completion;

use crate::grafana::RecordingGrafana;
use crate::support::TestCluster;

#[test]
#[ignore = "needs a real cluster"]
fn two_runners_measure_the_baseline_and_a_phase_of_the_plan() {
    let cluster = TestCluster::new("whole");
    let grafana = RecordingGrafana::start();
    let plan = cluster.plan(&format!("grafana_url = \"{}\"", grafana.url()));
    let output = cluster.text("run");
    let said = cluster.run(&["run", &plan, "--output", &output]);
    // A busy machine may not hold even this rate; that is told by code 5 and is no failure of the way that is tested here.
    assert!(matches!(said.code, Some(0 | 5)));
    assert_eq!(cluster.left(), Vec::<String>::new());

    let run = folder::read(Path::new(&output)).unwrap();
    let manifest = &run.manifest;
    assert_eq!(manifest.completion, Completion::Complete);
    assert!(manifest.environment.other["Kubernetes"].starts_with("v1."));
    let phases: Vec<&str> = manifest
        .slots
        .iter()
        .map(|slot| slot.phase.as_str())
        .collect();
    assert_eq!(phases, ["baseline", "twin", "baseline"]);
    for slot in &manifest.slots {
        assert_eq!(slot.failures, Vec::<String>::new(), "{}", slot.id);
        let before = slot
            .proofs
            .iter()
            .filter(|proof| proof.subject.contains("runner"));
        assert!(before.count() > 0, "{:?}", slot.proofs);
        // Both runners wrote their own series, and together they are what k6 counted: `collect` fails the slot otherwise.
        let counts: Vec<_> = run
            .tables
            .series
            .iter()
            .filter(|series| {
                series.slot == slot.id
                    && series.metric == "k6_http_req_duration_seconds"
                    && series.scenario.as_deref() == Some("measure")
            })
            .filter_map(|series| series.runner.clone())
            .collect();
        assert!(
            counts.contains(&"1".to_owned()) && counts.contains(&"2".to_owned()),
            "{counts:?}"
        );
        assert!(slot.load.requests() > 0);
    }
    for number in 0..manifest.slots.len() {
        let reports = fs_err::read_dir(Path::new(&output).join("k6")).unwrap();
        let of_slot = reports.flatten().filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .contains(&format!("slot-{number}-"))
        });
        assert_eq!(of_slot.count(), 2);
    }
    let marked = grafana.annotations();
    let windows: Vec<(i64, i64)> = manifest
        .slots
        .iter()
        .map(|slot| (slot.window.start.0, slot.window.end.0))
        .collect();
    let annotated: Vec<(i64, i64)> = marked
        .iter()
        .map(|mark| {
            (
                mark["time"].as_i64().unwrap(),
                mark["timeEnd"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(annotated, windows);

    let report = cluster.run(&["report", &output, "--output", &cluster.text("report")]);
    assert_eq!(report.code, Some(0));
}
