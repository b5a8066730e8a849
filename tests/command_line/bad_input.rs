//! Bad input: a clear error that says what to do, the documented exit code, and nothing overwritten.

use std::net::TcpListener;

use crate::support::TestEnvironment;

#[test]
fn a_missing_program_is_named_with_how_to_get_it() {
    let environment = TestEnvironment::new();
    let said = environment.run_without_programs(&["run", "--output", &environment.text("run")]);
    insta::assert_snapshot!(said.failure(), @r"
    exit code Some(6)
    error: `k6` was not found
    hint: `tools/get-programs` (or `make programs`) puts k6, envoy and prometheus into .tools/; `meshdelta doctor` tells what is missing
    ");
    assert!(!environment.path("run").exists());
}

#[test]
fn doctor_tells_what_is_lacking() {
    let environment = TestEnvironment::new();
    let said = environment.run_without_programs(&["doctor"]);
    assert_eq!(said.code, Some(6));
    let (local, kind) = said.stdout.split_once("\n\n").unwrap();
    // What the kernel of the machine allows follows, which is not the same everywhere.
    for lacking in [
        "docker or podman: neither is on PATH",
        "kind: `kind` was not found",
        "helm: `helm` was not found",
    ] {
        assert!(kind.contains(&format!("  lacking {lacking}")), "{kind}");
    }
    insta::assert_snapshot!(local, @r"
    Environment local: real k6, Envoy and Prometheus as processes on loopback
      lacking k6 1.0.0 or newer: `k6` was not found
              it is for the load, with native histograms by remote write
      lacking envoy 1.37.0 or newer: `envoy` was not found
              it is for the data paths, with a formatted direct response for the proofs
      lacking prometheus 2.40.0 or newer: `prometheus` was not found
              it is for the store, with native histograms
      not ready
      to get what is missing: `tools/get-programs` (or `make programs`) puts k6, envoy and prometheus into .tools/; `meshdelta doctor` tells what is missing
    ");
}

#[test]
fn a_port_in_use_is_named() {
    let environment = TestEnvironment::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let plan = environment.write("plan.toml", &format!("[local]\nprometheus_port = {port}\n"));
    let said = environment.run(&["run", &plan, "--output", &environment.text("run")]);
    assert_eq!(said.code, Some(6), "{}", said.stderr);
    assert!(
        said.stderr
            .contains(&format!("port {port} of 127.0.0.1 is in use")),
        "{}",
        said.stderr
    );
    assert_eq!(environment.processes_left(), Vec::<String>::new());
    assert_eq!(
        environment.temporary_files_left(),
        Vec::<std::path::PathBuf>::new()
    );
}

#[test]
fn an_output_folder_that_exists_is_left_alone() {
    let environment = TestEnvironment::new();
    let file = environment.path("run/notes.txt");
    fs_err::create_dir_all(environment.path("run")).unwrap();
    fs_err::write(&file, "mine").unwrap();
    let said = environment.run(&["run", "--output", &environment.text("run")]);
    insta::assert_snapshot!(said.failure(), @r"
    exit code Some(2)
    error: `FOLDER/run` exists already, and nothing is overwritten
    hint: name another folder with --output, or go on with an unfinished run by --resume
    ");
    assert_eq!(fs_err::read_to_string(file).unwrap(), "mine");
}

#[test]
fn a_folder_that_is_no_run_is_told_so() {
    let environment = TestEnvironment::new();
    let folder = environment.text("");
    for command in ["report", "verify"] {
        let said = environment.run(&[command, &folder]);
        assert_eq!(said.code, Some(2), "{command}");
        assert!(
            said.stderr
                .contains("is not a saved run: it has no `run.json`"),
            "{}",
            said.stderr
        );
    }
    let said = environment.run(&["run", "--resume", &folder]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("has nothing to resume: it is no run"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_wrong_plan_names_the_key_and_the_nearest() {
    let environment = TestEnvironment::new();
    let plan = environment.write("plan.toml", "rounds = 3\nrate_per_secnd = 100\n");
    let said = environment.run(&["run", &plan, "--dry-run"]);
    insta::assert_snapshot!(said.failure(), @r"
    exit code Some(2)
    error: `FOLDER/plan.toml` has an unknown key `rate_per_secnd`; did you mean `rate_per_second`?
    hint: `meshdelta run --help` lists the settings, `--dry-run` shows the resolved plan
    ");
    let said = environment.run(&["run", "--rate", "0", "--dry-run"]);
    insta::assert_snapshot!(said.failure(), @r"
    exit code Some(2)
    error: `rate_per_second` is 0, but must be from 1 to 100000
    hint: `meshdelta run --help` lists the settings, `--dry-run` shows the resolved plan
    ");
    let said = environment.run(&["run", &environment.text("absent.toml"), "--dry-run"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("FOLDER/absent.toml"),
        "{}",
        said.stderr
    );
}

#[test]
fn flags_win_over_the_plan_file_and_the_order_is_that_of_the_seed() {
    let environment = TestEnvironment::new();
    let plan = environment.write("plan.toml", "rounds = 4\nrate_per_second = 70\nseed = 1\n");
    let arguments = ["run", &plan, "--dry-run", "--rounds", "2", "--seed", "7"];
    let first = environment.run(&arguments);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    for line in ["rounds = 2", "rate_per_second = 70", "seed = 7"] {
        assert!(
            first.stdout.lines().any(|found| found == line),
            "{line} is not in\n{}",
            first.stdout
        );
    }
    let order = first.stdout.split_once("# Order").unwrap().1;
    insta::assert_snapshot!(order.trim(), @r"
    # round 1: baseline sidecar ambient ambient-l7 sidecar-l7 baseline
    # round 2: baseline sidecar-l7 ambient-l7 ambient sidecar baseline

    # About 31 minutes
    ");
    assert_eq!(environment.run(&arguments).stdout, first.stdout);
}
