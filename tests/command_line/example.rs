//! The recorded example run: what the commands say about it, without any of the programs that measured it.

use std::path::Path;

use crate::support::TestEnvironment;

fn example() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/local-run");
    folder.to_str().unwrap().to_owned()
}

#[test]
fn the_example_is_whole_and_does_not_differ_from_itself() {
    let environment = TestEnvironment::new();
    let said = environment.run_without_programs(&["verify", &example(), "--against", &example()]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    assert!(
        said.stdout.contains("complete, format 1.0"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("0 facts differ"), "{}", said.stdout);
}

#[test]
fn the_example_gives_the_same_report_to_the_byte_in_every_format() {
    let environment = TestEnvironment::new();
    for format in ["terminal", "markdown", "json", "csv", "html"] {
        let arguments = ["report", &example(), "--format", format];
        let first = environment.run_without_programs(&arguments);
        assert_eq!(first.code, Some(0), "{format}: {}", first.failure());
        assert_eq!(
            first.stdout,
            environment.run_without_programs(&arguments).stdout,
            "{format}"
        );
    }
    // Asked for on stdout only, nothing is written into the run.
    assert!(!Path::new(&example()).join("report/report.json").exists());
}

#[test]
fn gates_end_with_their_documented_exit_codes() {
    let environment = TestEnvironment::new();
    let gate = |text: &str| {
        let file = environment.write("gates.toml", text);
        let arguments = ["report", &example(), "--format", "csv", "--gate", &file];
        environment.run_without_programs(&arguments)
    };
    let kept = gate(
        "[[gate]]\nmetric = 'p50'\nphase = 'ambient'\nlimit = '10s'\npolicy = 'pass-if-proven'\n",
    );
    assert_eq!(kept.code, Some(0), "{}", kept.failure());
    assert!(
        kept.stderr
            .contains("p50 of ambient is proven to keep its limit of 10s"),
        "{}",
        kept.stderr
    );

    let exceeded = gate("[[gate]]\nmetric = 'memory'\nphase = 'sidecar'\nlimit = '1MiB'\n");
    assert_eq!(exceeded.code, Some(3), "{}", exceeded.failure());
    assert!(
        exceeded
            .stderr
            .contains("memory of sidecar is proven to exceed"),
        "{}",
        exceeded.stderr
    );

    for (text, hint) in [
        (
            "[[gate]]\nmetric = 'p98'\nphase = 'ambient'\nlimit = '1%'\n",
            "no metric `p98`",
        ),
        (
            "[[gate]]\nmetric = 'p50'\nphase = 'other'\nlimit = '1%'\n",
            "no phase `other`",
        ),
        (
            "[[gate]]\nmetric = 'p50'\nphase = 'ambient'\nlimit = '1 MiB'\n",
            "is no limit for p50",
        ),
        ("[[gate]]\nmetrik = 'p50'\n", "metrik"),
    ] {
        let wrong = gate(text);
        assert_eq!(wrong.code, Some(2), "{}", wrong.failure());
        assert!(wrong.stderr.contains(hint), "{}", wrong.stderr);
    }
}
