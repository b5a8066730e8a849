//! Killed, failed, called again.

use super::super::super::support::wait_until;
use super::{Live, assert_done};

/// Kills `up` as hard as can be while helm waits for Kiali, and returns once nothing of it runs any more.
fn kill_while_helm_waits(live: &Live, expected: &str) {
    let values = live.environment.write("waits.yaml", "podCount: 1\n");
    let values = format!("kiali={values}");
    let charts = live.environment.text("charts");
    let arguments = live.arguments(&["up", "--charts", &charts, "--values", &values]);
    let mut child = live.variables(|variables| live.environment.start_with(&arguments, variables));
    let question = [
        "status",
        "kiali-server",
        "--namespace",
        "istio-system",
        "--output",
        "json",
    ];
    wait_until(|| {
        let status = live.helm(&question);
        status.contains(expected).then_some(()).ok_or(status)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(|| {
        let left = live.environment.processes_left();
        left.is_empty().then_some(()).ok_or(format!("{left:?}"))
    });
    assert_eq!(live.status()["kiali"], "unfinished");
    live.calls();
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn a_killed_installation_is_gone_on_with() {
    let live = Live::new();
    let before = live.world();
    kill_while_helm_waits(&live, "pending-install");
    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(
        live.calls(),
        [
            "uninstall kiali-server --namespace",
            "upgrade --install kiali-server"
        ]
    );
    assert!(
        said.stderr
            .contains("release kiali-server is pending-install"),
        "{}",
        said.stderr
    );

    assert_done(&live.cluster(&["down", "--yes"]));
    let after = live.world();
    assert_eq!(
        after.symmetric_difference(&before).collect::<Vec<_>>(),
        [""; 0]
    );
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn a_killed_upgrade_is_rolled_back_and_made_anew() {
    let live = Live::new();
    assert_done(&live.up(&[]));
    kill_while_helm_waits(&live, "pending-upgrade");
    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(
        live.calls(),
        [
            "rollback kiali-server --namespace",
            "upgrade --install kiali-server"
        ]
    );
    assert_done(&live.cluster(&["down", "--yes"]));
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn a_failure_shows_what_helm_said_and_keeps_what_came_before() {
    let live = Live::new();
    let values = live.environment.write("broken.yaml", "broken: true\n");
    let values = format!("kiali={values}");
    let said = live.up(&["--values", &values]);
    assert_eq!(said.code, Some(1), "{}", said.failure());
    assert!(
        said.stderr.contains("failed to install kiali"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("the chart says no"), "{}", said.stderr);
    assert!(live.calls().len() > 1, "nothing came before");

    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(live.calls(), ["upgrade --install kiali-server"]);
    assert_done(&live.cluster(&["down", "--yes"]));
}
