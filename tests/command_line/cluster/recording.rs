//! The calls of kind, helm and docker, recorded by scripts that take their places. Whether a cluster then really comes up is not tested here.

use super::super::support::{Said, TestEnvironment, wait_until};

/// Scripts that write down how they are called.
pub(super) struct Recording {
    environment: TestEnvironment,
    kind: String,
    helm: String,
    path: String,
}

/// Knows the clusters that were made, as kind does; `stop-create` makes it stop there, `fail-create` makes it fail.
const KIND: &str = r#"
echo "kind $*" >> "$RECORDED"
case "$1 $2" in
  "version ") echo "kind v0.33.0 go1.26.8 linux/amd64" ;;
  "get clusters") cat "$CLUSTERS" 2>/dev/null || echo "No kind clusters found." >&2 ;;
  "create cluster")
    cat > "$RECORDED.config"
    echo "$4" > "$CLUSTERS"
    echo " ✓ Ensuring node image" >&2
    if [ -e "$CLUSTERS.stop-create" ]; then exec sleep 600; fi
    if [ -e "$CLUSTERS.fail-create" ]; then
      rm "$CLUSTERS"
      echo "ERROR: failed to create cluster: no space left on device" >&2
      exit 1
    fi
    ;;
  "export kubeconfig") if [ -e "$CLUSTERS.kubeconfig" ]; then cp "$CLUSTERS.kubeconfig" "$6"; fi ;;
  "delete cluster") rm -f "$CLUSTERS" ;;
esac
"#;

const HELM: &str = r#"
echo "helm $*" >> "$RECORDED"
case "$1" in
  version) echo 'version.BuildInfo{Version:"v4.3.1", GoVersion:"go1.27.2"}' ;;
  list) echo "[]" ;;
esac
"#;

impl Recording {
    fn new() -> Self {
        let environment = TestEnvironment::new();
        let kind = environment.program("kind", KIND);
        let helm = environment.program("helm", HELM);
        environment.program("path/docker", r#"echo "8 33554432000""#);
        let path = format!(
            "{}:{}",
            environment.text("path"),
            std::env::var("PATH").unwrap_or_default()
        );
        Self {
            environment,
            kind,
            helm,
            path,
        }
    }

    fn with_variables<Output>(&self, work: impl FnOnce(&[(&str, &str)]) -> Output) -> Output {
        let (state, recorded, clusters) = (
            self.environment.text("state"),
            self.environment.text("recorded"),
            self.environment.text("clusters"),
        );
        work(&[
            ("PATH", &self.path),
            ("MESHDELTA_KIND", &self.kind),
            ("MESHDELTA_HELM", &self.helm),
            ("MESHDELTA_STATE", &state),
            ("RECORDED", &recorded),
            ("CLUSTERS", &clusters),
        ])
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.with_variables(|variables| self.environment.run_with(arguments, variables))
    }

    /// Makes kind tell this kubeconfig of the cluster.
    fn knows(&self, kubeconfig: &str) {
        self.environment.write("clusters.kubeconfig", kubeconfig);
    }

    /// Returns what was called since the last time, but for questions about versions and kubeconfigs.
    fn calls(&self) -> Vec<String> {
        let file = self.environment.path("recorded");
        let text = fs_err::read_to_string(&file).unwrap_or_default();
        fs_err::write(&file, "").unwrap();
        let folder = self.environment.text("");
        text.replace(folder.trim_end_matches('/'), "FOLDER")
            .lines()
            .filter(|line| !line.ends_with(" version") && !line.starts_with("kind export "))
            .map(str::to_owned)
            .collect()
    }
}

/// Whatever the machine that tests has.
const UP: [&str; 5] = ["cluster", "up", "--ignore-limits", "--name", "demo"];
const CREATE: &str = "kind create cluster --name demo --kubeconfig FOLDER/state/kind/demo/kubeconfig --config - --wait 180s";
const DELETE: &str =
    "kind delete cluster --name demo --kubeconfig FOLDER/state/kind/demo/kubeconfig";
/// Nobody answers there.
const KUBECONFIG: &str = r#"
clusters: [{name: kind-demo, cluster: {server: "http://127.0.0.1:9", certificate-authority-data: b3Vycw==}}]
contexts: [{name: kind-demo, context: {cluster: kind-demo, user: kind-demo}}]
users: [{name: kind-demo, user: {token: nothing}}]
"#;
const LIST: &str = "kind get clusters";

#[test]
fn a_dry_run_prints_every_call_and_object_and_makes_none() {
    let recording = Recording::new();
    let said = recording.run(&[&UP[..], &["--dry-run"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.failure());
    assert_eq!(recording.calls(), [LIST]);
    assert!(!recording.environment.path("state").exists());
    // The values and manifests are files of the project; here only the calls and headings are looked at.
    let shown: Vec<_> = said
        .stdout
        .lines()
        .filter(|line| line.starts_with("# ---") || line.starts_with("FOLDER/"))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn everything_that_is_missing_is_listed_at_once() {
    let environment = TestEnvironment::new();
    let said = environment.run_without_programs(&["cluster", "up"]);
    assert_eq!(said.code, Some(6), "{}", said.failure());
    for missing in [
        "docker or podman: neither is on PATH",
        "kind: `kind` was not found",
        "helm: `helm` was not found",
    ] {
        assert!(said.stderr.contains(missing), "{}", said.stderr);
    }
}

#[test]
fn a_program_that_is_missing_is_told_with_how_to_get_it() {
    let environment = TestEnvironment::new();
    let said = environment.run_without_programs(&["cluster", "down", "--yes"]);
    assert_eq!(said.code, Some(6), "{}", said.failure());
    assert!(
        said.stderr
            .contains("hint: get kind from https://kind.sigs.k8s.io"),
        "{}",
        said.stderr
    );
    let said = environment.run_without_programs(&["cluster", "up"]);
    assert!(
        said.stderr.contains("get helm from https://helm.sh"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_machine_that_is_too_small_is_refused_unless_the_user_wants_to_try() {
    let recording = Recording::new();
    recording
        .environment
        .program("path/docker", r#"echo "2 4000000000""#);
    let said = recording.run(&["cluster", "up", "--name", "demo"]);
    assert_eq!(said.code, Some(6), "{}", said.failure());
    assert!(
        said.stderr.contains("cores: 2") && said.stderr.contains("memory: 3 GiB"),
        "{}",
        said.stderr
    );
    assert_eq!(recording.calls(), [""; 0]);

    recording.environment.write("clusters.fail-create", "");
    let said = recording.run(&UP);
    assert!(said.stderr.contains("warning: cores: 2"), "{}", said.stderr);
    assert_eq!(recording.calls(), [LIST, CREATE]);
}

#[test]
fn an_engine_that_does_not_answer_is_named_with_what_it_said() {
    let recording = Recording::new();
    recording.environment.program(
        "path/docker",
        "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1",
    );
    let said = recording.run(&UP);
    assert_eq!(said.code, Some(6), "{}", said.failure());
    assert!(
        said.stderr
            .contains("docker: Cannot connect to the Docker daemon"),
        "{}",
        said.stderr
    );
    assert_eq!(recording.calls(), [""; 0]);
}

#[test]
fn an_old_helm_is_refused_before_anything_is_made() {
    let recording = Recording::new();
    recording
        .environment
        .program("helm", "echo v3.13.2+g2a2fb3b");
    let said = recording.run(&UP);
    assert_eq!(said.code, Some(6), "{}", said.failure());
    assert!(
        said.stderr
            .contains("helm: `helm` is version 3.13.2, but 3.14.0 or newer is needed"),
        "{}",
        said.stderr
    );
    assert_eq!(recording.calls(), [""; 0]);
}

#[test]
fn a_failure_of_kind_is_shown_and_the_next_call_makes_the_cluster() {
    let recording = Recording::new();
    recording.environment.write("clusters.fail-create", "");
    let said = recording.run(&UP);
    assert_eq!(said.code, Some(1), "{}", said.failure());
    assert!(
        said.stderr.contains("no space left on device"),
        "{}",
        said.stderr
    );
    assert_eq!(recording.calls(), [LIST, CREATE]);
    let config = fs_err::read_to_string(recording.environment.path("recorded.config")).unwrap();
    assert!(config.contains("meshdelta.io/role: load"), "{config}");
}

#[test]
fn a_cluster_whose_making_was_killed_is_made_again() {
    let recording = Recording::new();
    recording.environment.write("clusters.stop-create", "");
    let mut child =
        recording.with_variables(|variables| recording.environment.start_with(&UP, variables));
    let clusters = recording.environment.path("clusters");
    wait_until(|| {
        clusters
            .exists()
            .then_some(())
            .ok_or("kind was not called".to_owned())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    recording.calls();

    fs_err::remove_file(recording.environment.path("clusters.stop-create")).unwrap();
    recording.environment.write("clusters.fail-create", "");
    recording.run(&UP);
    assert_eq!(recording.calls(), [LIST, DELETE, CREATE]);
}

#[test]
fn a_second_process_on_the_same_cluster_is_refused() {
    let recording = Recording::new();
    recording.environment.write("clusters.stop-create", "");
    let mut child =
        recording.with_variables(|variables| recording.environment.start_with(&UP, variables));
    let clusters = recording.environment.path("clusters");
    wait_until(|| {
        clusters
            .exists()
            .then_some(())
            .ok_or("kind was not called".to_owned())
    });
    let said = recording.run(&UP);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(said.code, Some(2), "{}", said.failure());
    assert!(
        said.stderr
            .contains("another meshdelta is at work on the kind cluster `demo`"),
        "{}",
        said.stderr
    );
}

#[test]
fn down_deletes_only_a_kind_cluster_that_was_made_here_and_only_when_told_to() {
    let recording = Recording::new();
    recording.environment.write("clusters", "demo\n");
    fs_err::create_dir_all(recording.environment.path("state/kind/demo")).unwrap();
    recording.environment.write("state/kind/demo/making", "");
    recording
        .environment
        .write("state/kind/demo/made", "b3Vycw==");
    recording.knows(KUBECONFIG);
    let down = ["cluster", "down", "--name", "demo"];
    let said = recording.run(&down);
    assert_eq!(said.code, Some(2), "{}", said.failure());
    assert!(said.stderr.contains("--yes"), "{}", said.stderr);
    assert_eq!(recording.calls(), [LIST]);

    let said = recording.run(&["cluster", "down", "--name", "demo", "--dry-run"]);
    assert_eq!(
        said.stdout,
        "the kind cluster `demo` with everything in it\n"
    );
    assert_eq!(recording.calls(), [LIST]);

    let with_yes = ["cluster", "down", "--name", "demo", "--yes"];
    let said = recording.run(&with_yes);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    assert_eq!(recording.calls(), [LIST, LIST, DELETE]);
    assert!(!recording.environment.path("state/kind/demo").exists());

    // Once more: there is nothing to do.
    let said = recording.run(&with_yes);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    assert!(
        said.stderr.contains("there is nothing that meshdelta made"),
        "{}",
        said.stderr
    );
    assert!(!recording.calls().contains(&DELETE.to_owned()));
}

#[test]
fn a_cluster_of_the_same_name_that_was_made_by_hand_is_not_deleted() {
    let recording = Recording::new();
    recording.environment.write("clusters", "demo\n");
    fs_err::create_dir_all(recording.environment.path("state/kind/demo")).unwrap();
    recording.environment.write("state/kind/demo/making", "");
    recording
        .environment
        .write("state/kind/demo/made", "b3Vycw==");
    recording.knows(&KUBECONFIG.replace("b3Vycw==", "dGhlaXJz"));
    let said = recording.run(&["cluster", "down", "--name", "demo", "--yes"]);
    // Whose it is, only the cluster itself could tell, and nobody answers there.
    assert_eq!(said.code, Some(1), "{}", said.failure());
    // That is told once, not once a try.
    assert!(!said.stderr.contains("ERROR"), "{}", said.stderr);
    assert_eq!(recording.calls(), [LIST]);
}

#[test]
fn a_cluster_that_is_not_there_has_no_status() {
    let recording = Recording::new();
    let said = recording.run(&["cluster", "status", "--name", "demo"]);
    insta::assert_snapshot!(said.failure(), @r"
    exit code Some(6)
    error: there is no kind cluster `demo`
    hint: `meshdelta cluster up` makes it; `--context` names another cluster
    ");
}

#[test]
fn what_the_command_line_gets_wrong_is_said() {
    let recording = Recording::new();
    for (arguments, words) in [
        (
            &["cluster", "up", "--name", "Demo"][..],
            "is no name of a kind cluster",
        ),
        (
            &["cluster", "up", "--values", "istio=x.yaml"],
            "no component is called `istio`",
        ),
        (
            &["cluster", "up", "--values", "istiod"],
            "expected COMPONENT=FILE",
        ),
        (
            &["cluster", "up", "--name", "a", "--context", "b"],
            "cannot be used with",
        ),
        (
            &["cluster", "up", "--context", "b", "--node-image", "i"],
            "cannot be used with",
        ),
        (&["cluster", "open", "jaeger"], "invalid value 'jaeger'"),
    ] {
        let said = recording.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.failure());
        assert!(
            said.stderr.contains(words),
            "{arguments:?}: {}",
            said.stderr
        );
    }
    assert_eq!(recording.calls(), [""; 0]);
}

#[test]
fn values_that_cannot_be_read_are_an_error_before_anything_is_done() {
    let recording = Recording::new();
    let said = recording.run(&["cluster", "up", "--values", "istiod=/nonexistent.yaml"]);
    assert_eq!(said.code, Some(1), "{}", said.failure());
    assert!(said.stderr.contains("/nonexistent.yaml"), "{}", said.stderr);
    assert_eq!(recording.calls(), [""; 0]);
}
