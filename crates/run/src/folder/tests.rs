use proptest::prelude::*;

use super::*;
use crate::journal::{Header, Journal};
use crate::manifest::{Completion, EnvironmentFacts, LoadSummary, SlotRecord, Window};
use crate::order::run_order;
use crate::table::{HistogramSample, MetricKind, ScalarSample, Series};
use crate::{Plan, RunId, TimestampMs};

fn manifest() -> Manifest {
    let plan = Plan::default();
    Manifest {
        format_version: FORMAT_VERSION,
        run_id: RunId::try_new("test-1").unwrap(),
        meshdelta_version: "0.1.0".to_owned(),
        started_at: TimestampMs(1_795_414_694_280),
        finished_at: TimestampMs(1_795_414_894_280),
        completion: Completion::Incomplete {
            reason: "a test".to_owned(),
        },
        order: run_order(&plan),
        plan,
        environment: EnvironmentFacts::default(),
        slots: Vec::new(),
        warnings: Vec::new(),
        files: BTreeMap::new(),
    }
}

fn header() -> Header {
    let Manifest {
        run_id,
        started_at,
        plan,
        order,
        environment,
        warnings,
        ..
    } = manifest();
    Header {
        run_id,
        started_at,
        plan,
        order,
        environment,
        warnings,
    }
}

fn slot_record(number: usize) -> SlotRecord {
    let planned = &manifest().order[number];
    let start = TimestampMs(1000);
    SlotRecord {
        id: planned.id,
        phase: planned.phase.clone(),
        entered_at: start,
        window: Window {
            start,
            end: TimestampMs(2000),
        },
        load: LoadSummary::default(),
        proofs: Vec::new(),
        failures: Vec::new(),
        unsampled: Vec::new(),
    }
}

fn tables(timestamps: &[i64], counts: &[u64], sum: f64, label: &str) -> Tables {
    let planned = &manifest().order[0];
    let series = |id, kind| Series {
        id,
        metric: "k6_http_req_duration_seconds".to_owned(),
        unit: "seconds".to_owned(),
        kind,
        phase: planned.phase.clone(),
        slot: planned.id,
        runner: Some("1".to_owned()),
        scenario: None,
        status: Some("200".to_owned()),
        expected_response: Some(true),
        labels: BTreeMap::from([("name".to_owned(), label.to_owned())]),
    };
    let histogram = |&time| HistogramSample {
        series_id: 0,
        timestamp: TimestampMs(time),
        schema: Some(3),
        zero_threshold: None,
        zero_count: 0,
        count: counts
            .iter()
            .fold(0, |total: u64, count| total.wrapping_add(*count)),
        sum,
        bucket_indices: (-72..).take(counts.len()).collect(),
        bucket_counts: counts.to_vec(),
    };
    let scalar = |&time| ScalarSample {
        series_id: 1,
        timestamp: TimestampMs(time),
        value: sum,
    };
    Tables {
        series: vec![
            series(0, MetricKind::Histogram),
            series(1, MetricKind::Counter),
        ],
        histograms: timestamps.iter().map(histogram).collect(),
        scalars: timestamps.iter().map(scalar).collect(),
    }
}

fn saved() -> (tempfile::TempDir, Tables) {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(&[1000, 2000], &[3, 4], 0.25, "target");
    save(folder.path(), manifest(), &tables).unwrap();
    (folder, tables)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_is_written_is_read_back_to_the_bit(
        timestamps in prop::collection::vec(0_i64..4_000_000_000_000, 0..5),
        counts in prop::collection::vec(any::<u64>(), 0..6),
        sum in any::<f64>().prop_filter("NaN differs from itself", |sum| !sum.is_nan()),
        label in ".{0,12}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let tables = tables(&timestamps, &counts, sum, &label);
        save(folder.path(), manifest(), &tables).unwrap();
        prop_assert_eq!(read(folder.path()).unwrap().tables, tables);
    }
}

#[test]
fn a_truncated_table_is_named_with_both_digests() {
    let (folder, _) = saved();
    let path = folder.path().join(HISTOGRAMS_FILE);
    let content = fs::read(&path).unwrap();
    fs::write(&path, &content[..content.len() / 2]).unwrap();
    let error = read(folder.path()).unwrap_err();
    assert!(
        matches!(&error, RunError::ChecksumMismatch { path: named, .. } if *named == path),
        "{error}"
    );
}

#[test]
fn a_truncated_table_with_a_matching_digest_is_still_an_error() {
    let (folder, _) = saved();
    let path = folder.path().join(HISTOGRAMS_FILE);
    let content = fs::read(&path).unwrap();
    for length in (0..content.len()).step_by(41) {
        fs::write(&path, &content[..length]).unwrap();
        let error = parquet::read_histograms(&path, 2).unwrap_err();
        assert!(
            matches!(
                error,
                RunError::Parquet { .. } | RunError::TableInvalid { .. }
            ),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_table_of_other_columns_is_refused() {
    let (folder, _) = saved();
    let error = parquet::read_histograms(&folder.path().join(SCALARS_FILE), 2).unwrap_err();
    assert!(error.to_string().contains("no column `"), "{error}");
}

#[test]
fn a_sample_of_no_series_is_refused() {
    let (folder, _) = saved();
    let error = parquet::read_scalars(&folder.path().join(SCALARS_FILE), 1).unwrap_err();
    assert!(error.to_string().contains("no series 1"), "{error}");
}

#[test]
fn a_folder_that_is_no_run_is_told_apart_from_an_unfinished_one() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        read(folder.path()).unwrap_err(),
        RunError::NotARun { .. }
    ));
    let run = folder.path().join("run");
    let journal = Journal::begin(&run, &header()).unwrap();
    journal
        .record(0, &slot_record(0), &Tables::default())
        .unwrap();
    assert!(matches!(
        read(&run).unwrap_err(),
        RunError::Unfinished {
            complete_slots: 1,
            ..
        }
    ));
}

#[test]
fn another_major_or_a_newer_minor_format_is_refused_and_named() {
    for (major, minor) in [
        (FORMAT_VERSION.major + 1, 0),
        (FORMAT_VERSION.major, FORMAT_VERSION.minor + 1),
    ] {
        let (folder, _) = saved();
        let text =
            format!(r#"{{"format_version": {{"major": {major}, "minor": {minor}}}, "other": 1}}"#);
        fs::write(folder.path().join(MANIFEST_FILE), text).unwrap();
        let error = read(folder.path()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("format {major}.{minor}")),
            "{error}"
        );
    }
}

#[test]
fn the_journal_keeps_complete_slots_and_refuses_an_existing_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let journal = Journal::begin(&run, &header()).unwrap();
    let first = tables(&[1000], &[1], 1.0, "first");
    let second = tables(&[2000], &[2], 2.0, "second");
    journal.record(1, &slot_record(1), &second).unwrap();
    journal.record(0, &slot_record(0), &first).unwrap();
    assert!(matches!(
        Journal::begin(&run, &header()).unwrap_err(),
        RunError::OutputExists { .. }
    ));

    drop(journal);
    let (journal, read_header) = Journal::resume(&run).unwrap();
    assert_eq!(read_header, header());
    let (records, all) = journal.read_all(6).unwrap();
    assert_eq!(records, [slot_record(0), slot_record(1)]);
    let ids: Vec<u32> = all.series.iter().map(|series| series.id).collect();
    assert_eq!(ids, [0, 1, 2, 3]);
    assert_eq!(all.histograms[1].series_id, 2);

    save(&run, manifest(), &all).unwrap();
    journal.finish().unwrap();
    assert_eq!(read(&run).unwrap().tables, all);
    assert!(matches!(
        Journal::resume(&run).unwrap_err(),
        RunError::NothingToResume {
            reason: "the run is complete",
            ..
        }
    ));
}

#[test]
fn two_processes_cannot_measure_into_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let journal = Journal::begin(&run, &header()).unwrap();
    let error = Journal::resume(&run).unwrap_err();
    assert!(matches!(error, RunError::InUse { .. }), "{error}");
    drop(journal);
    Journal::resume(&run).unwrap();
}

#[test]
fn a_run_that_calls_itself_complete_must_have_the_slots_of_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = manifest();
    manifest.completion = Completion::Complete;
    manifest.slots = vec![slot_record(0)];
    save(folder.path(), manifest.clone(), &Tables::default()).unwrap();
    let error = read(folder.path()).unwrap_err();
    assert!(matches!(error, RunError::NotTheOrder { .. }), "{error}");
    manifest.slots = (0..manifest.order.len()).map(slot_record).collect();
    save(folder.path(), manifest, &Tables::default()).unwrap();
    read(folder.path()).unwrap();
}

#[test]
fn a_manifest_cannot_name_files_outside_the_run() {
    let (folder, _) = saved();
    for name in ["/etc/hostname", "../other", "k6/../../other"] {
        let mut manifest = read_manifest(folder.path()).unwrap();
        let entry = manifest.files[SERIES_FILE].clone();
        manifest.files.insert(name.to_owned(), entry);
        let error = verify(folder.path(), &manifest).unwrap_err();
        assert!(matches!(error, RunError::FileOutside { .. }), "{error}");
    }
}

#[test]
fn folders_among_the_logs_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("logs/old")).unwrap();
    fs::write(folder.path().join("logs/k6.log"), "said").unwrap();
    let saved = save(folder.path(), manifest(), &Tables::default()).unwrap();
    assert!(saved.files.contains_key("logs/k6.log"));
    read(folder.path()).unwrap();
}
