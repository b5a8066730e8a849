//! Everything is installed once, and removed without a rest.

use super::{Live, assert_done};

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn what_is_missing_is_installed_once_and_removed_without_a_rest() {
    let live = Live::new();
    let before = live.world();
    let status_before = live.status();

    let planned = live.up(&["--dry-run"]);
    assert_done(&planned);
    assert_eq!(live.calls(), [""; 0]);
    assert_eq!(live.world(), before, "a dry run changed something");

    let said = live.up(&[]);
    assert_done(&said);
    let installed = live.calls();
    assert!(
        installed
            .iter()
            .all(|call| call.starts_with("upgrade --install")),
        "{installed:?}"
    );
    for call in &installed {
        assert!(
            planned.stdout.contains(call.as_str()),
            "{call} was not planned:\n{}",
            planned.stdout
        );
    }
    let status = live.status();
    for (component, origin) in &status {
        let expected = match status_before[component].as_str() {
            // What was there is kept, and what cannot work here is left out.
            "foreign" => &["foreign"][..],
            _ => &["meshdelta", "missing"][..],
        };
        assert!(
            expected.contains(&origin.as_str()),
            "{component}: {status_before:?} -> {status:?}"
        );
    }
    assert!(
        status.values().any(|origin| origin == "meshdelta"),
        "{status:?}"
    );

    // Once more: there is nothing to do.
    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(live.calls(), [""; 0]);
    assert!(
        said.stderr.contains("is installed already"),
        "{}",
        said.stderr
    );

    let said = live.cluster(&["down"]);
    assert_eq!(said.code, Some(2), "{}", said.failure());
    let listed = live.cluster(&["down", "--dry-run"]);
    assert!(
        listed
            .stdout
            .contains("release kiali-server in namespace istio-system"),
        "{}",
        listed.stdout
    );
    assert_eq!(live.status(), status, "a dry run changed something");

    let said = live.cluster(&["down", "--yes"]);
    assert_done(&said);
    let after = live.world();
    let left: Vec<_> = after.symmetric_difference(&before).collect();
    assert!(left.is_empty(), "{left:?}\n{}", said.stderr);

    let said = live.cluster(&["down", "--yes"]);
    assert_done(&said);
    assert!(
        said.stderr.contains("there is nothing that meshdelta made"),
        "{}",
        said.stderr
    );
}
