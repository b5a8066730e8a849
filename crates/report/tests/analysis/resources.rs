//! CPU and memory, by hand.

use meshdelta_report::analysis::analyse_run;
use meshdelta_report::model::{PhaseId, ReportModel, ResourceMetric, RoleResources};

use meshdelta_run::manifest::Unsampled;

use crate::builder::Recipe;

fn model() -> ReportModel {
    analyse_run(&Recipe::default().build()).unwrap()
}

fn role<'a>(model: &'a ReportModel, phase: &str, role: &str) -> Option<&'a RoleResources> {
    let resources = model.resources(&PhaseId::new(phase)).unwrap();
    resources.roles.iter().find(|found| found.role == role)
}

fn assert_close(found: f64, expected: f64) {
    assert!(
        (found / expected - 1.0).abs() < 1e-9,
        "{found} instead of {expected}"
    );
}

#[test]
fn cpu_is_that_of_the_window_for_1000_requests() {
    let model = model();
    // 0.100, 0.101 and 0.102 cores in three rounds at 500 requests per second.
    let application = role(&model, "baseline", "application").unwrap();
    assert_close(application.used.cpu_cores.get(), 0.101);
    assert_close(
        application.used.cpu_seconds_per_thousand_requests.get(),
        0.202,
    );
    // 60 MB within the window and 550 MB outside of it.
    assert_close(application.used.memory_mean_bytes.get(), 60.0e6);
    assert_close(application.used.memory_max_bytes.get(), 60.0e6);
}

#[test]
fn only_roles_on_the_path_are_in_the_total() {
    let model = model();
    assert!(
        role(&model, "baseline", "client-sidecar").is_none(),
        "it idles in this phase"
    );
    let sidecar = role(&model, "sidecar", "client-sidecar").unwrap();
    assert!(sidecar.is_in_total);
    let k6 = role(&model, "sidecar", "k6").unwrap();
    assert!(!k6.is_in_total);
    let total = |phase: &str| {
        let resources = model.resources(&PhaseId::new(phase)).unwrap();
        *resources.total.value().unwrap()
    };
    assert_close(total("baseline").cpu_cores.get(), 0.101);
    assert_close(total("sidecar").cpu_cores.get(), 0.101 * 2.5);
    assert_close(total("sidecar").memory_max_bytes.get(), 120.0e6);
}

#[test]
fn the_difference_is_the_ratio_at_the_mean_baseline() {
    let model = model();
    let id = PhaseId::new("sidecar");
    let cpu = model
        .resource_difference(&id, ResourceMetric::CpuPerThousandRequests)
        .unwrap();
    // 2.5 times the baseline in every round, so 1.5 times its geometric mean more.
    let baseline = 0.2 * (1.01_f64 * 1.02).cbrt();
    assert_close(cpu.difference.value().unwrap().point(), 1.5 * baseline);
    let memory = model
        .resource_difference(&id, ResourceMetric::MemoryMean)
        .unwrap();
    assert_close(memory.difference.value().unwrap().point(), 60.0e6);
    let none = model
        .resource_difference(&PhaseId::new("ambient"), ResourceMetric::MemoryMean)
        .unwrap();
    assert!(none.difference.value().unwrap().point().abs() < 1.0);
}

#[test]
fn a_sum_that_lacks_a_part_is_unknown() {
    let mut run = Recipe::default().build();
    let sidecars = run.manifest.slots.iter_mut();
    for slot in sidecars.filter(|slot| slot.phase.as_str() == "sidecar") {
        slot.unsampled.push(Unsampled {
            role: "client-sidecar".to_owned(),
            instance: "another pod".to_owned(),
        });
    }
    let model = analyse_run(&run).unwrap();
    let id = PhaseId::new("sidecar");
    // What was seen of that role is not the role.
    assert!(role(&model, "sidecar", "client-sidecar").is_none());
    assert!(role(&model, "sidecar", "application").is_some());
    assert!(model.resources(&id).unwrap().total.value().is_none());
    let cpu = model.resource_difference(&id, ResourceMetric::CpuPerThousandRequests);
    assert!(cpu.is_none_or(|cpu| cpu.difference.value().is_none()));
    let baseline = model.resources(&PhaseId::new("baseline")).unwrap();
    assert!(baseline.total.value().is_some());
}
