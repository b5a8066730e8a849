//! A run that is stopped and gone on with, and one that leaves its objects to be looked at.

use std::path::Path;

use meshdelta_run::folder;
use meshdelta_run::journal::complete_slots;
use meshdelta_run::manifest::Completion;

use crate::support::{TestCluster, wait_until};

#[test]
#[ignore = "needs a real cluster"]
fn a_stopped_run_is_gone_on_with() {
    let cluster = TestCluster::new("stopped");
    let plan = cluster.plan("grafana = \"\"");
    let output = cluster.text("run");
    let run = cluster.start(&["run", &plan, "--output", &output]);
    wait_until(|| match complete_slots(Path::new(&output)) {
        Ok(Some(1..)) => Ok(()),
        other => Err(format!("{other:?}\n{}", run.said())),
    });
    run.interrupt();
    let said = run.end();
    assert_eq!(said.code, Some(130));
    assert!(said.stderr.contains("of 3 slots are saved"));
    assert_eq!(cluster.left(), Vec::<String>::new());

    let said = cluster.run(&["run", "--resume", &output]);
    assert!(matches!(said.code, Some(0 | 5)));
    let run = folder::read(Path::new(&output)).unwrap();
    assert_eq!(run.manifest.completion, Completion::Complete);
    assert_eq!(run.manifest.slots.len(), 3);
    assert_eq!(cluster.left(), Vec::<String>::new());
}

#[test]
#[ignore = "needs a real cluster"]
fn what_a_run_kept_is_taken_over_by_the_next_one() {
    let cluster = TestCluster::new("kept");
    let plan = cluster.plan("grafana = \"\"");
    let stop = |output: &str, flags: &[&str]| {
        let output = cluster.text(output);
        let arguments = [&["run", &plan, "--output", &output], flags].concat();
        let run = cluster.start(&arguments);
        cluster.wait_for_load(&run);
        run.interrupt();
        assert_eq!(run.end().code, Some(130));
        cluster.left()
    };
    let left = stop("first", &["--keep"]);
    // The servers are kept, and neither a load nor the claim on the cluster.
    for kind in ["Deployment", "Service", "Namespace kube-kept"] {
        assert!(
            left.iter().any(|object| object.starts_with(kind)),
            "{kind} is not in {left:?}"
        );
    }
    for kind in ["TestRun", "Job", "Lease"] {
        assert!(
            !left.iter().any(|object| object.starts_with(kind)),
            "{kind} is in {left:?}"
        );
    }
    assert_eq!(stop("second", &[]), Vec::<String>::new());
}

#[test]
#[ignore = "needs a real cluster"]
fn the_load_of_a_killed_run_is_not_added_to_the_next_one() {
    let cluster = TestCluster::new("killed");
    let plan = cluster.plan("grafana = \"\"");
    let killed = cluster.text("killed");
    let run = cluster.start(&["run", &plan, "--duration", "3000", "--output", &killed]);
    cluster.wait_for_load(&run);
    run.kill();
    // Its Lease is looked at for a minute.
    let said = cluster.run(&["run", &plan, "--output", &cluster.text("run")]);
    assert!(matches!(said.code, Some(0 | 5)));
    assert!(
        said.stderr
            .contains("is left of a run that was killed, and is removed")
    );
    // Its script and its servers are nobody's.
    assert!(said.stderr.contains("ConfigMap"), "{}", said.stderr);
    assert_eq!(cluster.left(), Vec::<String>::new());
    let run = folder::read(&cluster.path("run")).unwrap();
    for slot in &run.manifest.slots {
        assert_eq!(slot.failures, Vec::<String>::new());
    }
}
