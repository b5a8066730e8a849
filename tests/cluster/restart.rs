//! The API server is killed in the middle of a load.

use std::path::Path;

use meshdelta_run::folder;
use meshdelta_run::manifest::Completion;

use crate::support::TestCluster;

#[test]
#[ignore = "needs a real cluster"]
fn a_restart_of_the_api_server_loses_nothing() {
    let cluster = TestCluster::new("restart");
    let plan = cluster.plan("grafana = \"\"");
    let output = cluster.text("run");
    let run = cluster.start(&["run", &plan, "--duration", "25", "--output", &output]);
    cluster.wait_for_load(&run);
    cluster.enter(&["pkill", "-KILL", "-x", "kube-apiserver"]);
    assert!(matches!(run.end().code, Some(0 | 5)));
    let run = folder::read(Path::new(&output)).unwrap();
    assert_eq!(run.manifest.completion, Completion::Complete);
    for slot in &run.manifest.slots {
        assert_eq!(slot.failures, Vec::<String>::new(), "{}", slot.id);
    }
    assert_eq!(cluster.left(), Vec::<String>::new());
}
