//! CPU, memory and throttling of the components, from cAdvisor through Prometheus.
//!
//! cAdvisor's samples have its own times, 10 to 15 s apart, so a value is never read at the edge of the window: only samples from 15 s after
//! its start to its end are kept, and what is done with them divides by their own distance in time (`docs/statistics.md`).

use std::collections::BTreeMap;

use meshdelta_run::TimestampMs;
use meshdelta_run::manifest::{Unsampled, Window};

use crate::environment::{ResourceSample, Throttling};
use crate::error::CollectorError;
use crate::prometheus::{PrometheusClient, RawSeries};

const CPU: &str = "container_cpu_usage_seconds_total";
const MEMORY: &str = "container_memory_working_set_bytes";
const PERIODS: &str = "container_cpu_cfs_periods_total";
const THROTTLED: &str = "container_cpu_cfs_throttled_periods_total";
/// The longest time between two looks of cAdvisor at a container (kubelet, `pkg/kubelet/cadvisor`).
const HOUSEKEEPING_MS: i64 = 15_000;

/// Containers whose use is counted as one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Component {
    /// The role that the report shows.
    pub(super) role: String,
    /// Whether its use belongs to the cost of the phase. ztunnel serves all pods of its node, so it belongs to every phase, the baseline
    /// too: the difference from the baseline is then what the load made it use, its idle use subtracted.
    pub(super) on_path: bool,
    /// The matchers of its containers among cAdvisor's series.
    pub(super) matchers: String,
    /// The pods that must be among them, where they are known.
    pub(super) pods: Vec<String>,
}

/// What the components used.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) samples: Vec<ResourceSample>,
    /// Pods on the path of which there is nothing to reckon with: on a node whose kubelet is not scraped, say.
    pub(super) unsampled: Vec<Unsampled>,
}

impl Component {
    /// Makes a component of one container in some pods of a namespace.
    pub(super) fn of_pods(
        role: &str,
        on_path: bool,
        namespace: &str,
        pods: &[String],
        container: &str,
    ) -> Self {
        Self {
            role: role.to_owned(),
            on_path,
            matchers: format!(
                r#"namespace="{namespace}",pod=~"{}",container="{container}""#,
                pods.join("|")
            ),
            pods: pods.to_vec(),
        }
    }
}

/// Reads what the components used within the window.
pub(super) async fn used(
    prometheus: &PrometheusClient,
    components: &[Component],
    window: Window,
) -> Result<Used, CollectorError> {
    let (from, to) = (window.start.plus_ms(HOUSEKEEPING_MS), window.end);
    let mut used = Used::default();
    if to.ms_since(from) <= 0 {
        return Ok(used);
    }
    for component in components {
        let read = async |metric: &str| {
            let selector = format!(r#"{{__name__="{metric}",{}}}"#, component.matchers);
            prometheus.sparse_samples(&selector, from, to).await
        };
        let series = Series {
            cpu: read(CPU).await?,
            memory: read(MEMORY).await?,
            periods: read(PERIODS).await?,
            throttled: read(THROTTLED).await?,
        };
        let samples = joined(component, &series);
        used.unsampled.extend(unsampled(component, &samples));
        used.samples.extend(samples);
    }
    Ok(used)
}

/// Returns the pods of a component on the path that have not two samples: CPU is what grew between two.
fn unsampled(component: &Component, samples: &[ResourceSample]) -> Vec<Unsampled> {
    let is_sampled = |pod: &String| {
        let of_pod = samples.iter().filter(|sample| {
            let instance = sample.instance.strip_prefix(pod.as_str());
            instance.is_some_and(|rest| rest.starts_with('/'))
        });
        of_pod.count() >= 2
    };
    let lacking = component.pods.iter().filter(|pod| !is_sampled(pod));
    lacking
        .filter(|_| component.on_path)
        .map(|pod| Unsampled {
            role: component.role.clone(),
            instance: pod.clone(),
        })
        .collect()
}

/// What Prometheus stores of one component.
struct Series {
    cpu: Vec<RawSeries>,
    memory: Vec<RawSeries>,
    periods: Vec<RawSeries>,
    throttled: Vec<RawSeries>,
}

/// The values of one container by time.
type ByTime = BTreeMap<TimestampMs, f64>;

/// Joins the metrics of each container at the times of its CPU counter. A container that was restarted has another id, and is another one.
fn joined(component: &Component, series: &Series) -> Vec<ResourceSample> {
    let memory = by_container(&series.memory);
    let (periods, throttled) = (
        by_container(&series.periods),
        by_container(&series.throttled),
    );
    let mut samples = Vec::new();
    for (container, cpu) in by_container(&series.cpu) {
        let at = |values: &BTreeMap<String, ByTime>, time: TimestampMs| {
            values.get(&container)?.get(&time).copied()
        };
        for (time, cpu_seconds) in cpu {
            let Some(bytes) = at(&memory, time) else {
                continue;
            };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "bytes are whole and positive"
            )]
            let resident_bytes = bytes.max(0.0) as u64;
            let throttling = at(&periods, time).map(|periods| Throttling {
                periods,
                throttled_periods: at(&throttled, time).unwrap_or(0.0),
            });
            samples.push(ResourceSample {
                role: component.role.clone(),
                instance: container.clone(),
                on_path: component.on_path,
                timestamp: time,
                cpu_seconds,
                resident_bytes,
                throttling,
            });
        }
    }
    samples
}

/// Groups series by container. `/metrics/resource` has the same names without an id; where cAdvisor's are there, those are left out.
fn by_container(series: &[RawSeries]) -> BTreeMap<String, ByTime> {
    let has_id = |one: &&RawSeries| one.labels.contains_key("id");
    let with_id = series.iter().any(|one| has_id(&one));
    let mut containers: BTreeMap<String, ByTime> = BTreeMap::new();
    for one in series.iter().filter(|one| !with_id || has_id(one)) {
        let label = |name: &str| one.labels.get(name).map_or("", String::as_str);
        let id = label("id").rsplit('/').next().unwrap_or_default();
        let name = format!("{}/{}/{id}", label("pod"), label("container"));
        containers
            .entry(name)
            .or_default()
            .extend(one.values.iter().copied());
    }
    containers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(metric: &str, pod: &str, id: Option<&str>, values: &[(i64, f64)]) -> RawSeries {
        let mut labels = BTreeMap::from([
            ("pod".to_owned(), pod.to_owned()),
            ("container".to_owned(), "istio-proxy".to_owned()),
        ]);
        if let Some(id) = id {
            labels.insert("id".to_owned(), id.to_owned());
        }
        RawSeries {
            labels,
            metric: metric.to_owned(),
            values: values
                .iter()
                .map(|(time, value)| (TimestampMs(*time), *value))
                .collect(),
            histograms: Vec::new(),
        }
    }

    fn component() -> Component {
        Component::of_pods(
            "server-sidecar",
            true,
            "meshdelta",
            &["a".to_owned(), "b".to_owned()],
            "istio-proxy",
        )
    }

    #[test]
    fn containers_are_told_apart_and_metrics_joined_by_time() {
        let series = Series {
            cpu: vec![
                series(CPU, "a", Some("/kubepods/x1"), &[(1, 1.0), (2, 1.5)]),
                series(CPU, "b", Some("/kubepods/x2"), &[(1, 9.0)]),
                // Of /metrics/resource: the same container once more.
                series(CPU, "a", None, &[(1, 1.0)]),
            ],
            memory: vec![
                series(MEMORY, "a", Some("/kubepods/x1"), &[(1, 100.0), (2, 200.0)]),
                series(MEMORY, "b", Some("/kubepods/x2"), &[(3, 100.0)]),
            ],
            periods: vec![series(PERIODS, "a", Some("/kubepods/x1"), &[(2, 10.0)])],
            throttled: vec![series(THROTTLED, "a", Some("/kubepods/x1"), &[(2, 4.0)])],
        };
        let samples = joined(&component(), &series);
        let seen: Vec<_> = samples
            .iter()
            .map(|sample| {
                (
                    sample.instance.as_str(),
                    sample.cpu_seconds,
                    sample.resident_bytes,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("a/istio-proxy/x1", 1.0, 100),
                ("a/istio-proxy/x1", 1.5, 200)
            ]
        );
        assert_eq!(samples[0].throttling, None);
        let throttling = samples[1].throttling.unwrap();
        assert!((throttling.throttled_periods / throttling.periods - 0.4).abs() < 1e-12);
    }

    #[test]
    fn the_container_is_never_named_without_its_namespace_and_pods() {
        assert_eq!(
            component().matchers,
            r#"namespace="meshdelta",pod=~"a|b",container="istio-proxy""#
        );
    }

    #[test]
    fn a_pod_on_the_path_that_was_not_seen_twice_is_named() {
        let series = Series {
            cpu: vec![
                series(CPU, "a", Some("/kubepods/x1"), &[(1, 1.0), (2, 1.5)]),
                series(CPU, "b", Some("/kubepods/x2"), &[(1, 9.0)]),
            ],
            memory: vec![
                series(MEMORY, "a", Some("/kubepods/x1"), &[(1, 100.0), (2, 200.0)]),
                series(MEMORY, "b", Some("/kubepods/x2"), &[(1, 100.0)]),
            ],
            periods: Vec::new(),
            throttled: Vec::new(),
        };
        let on_path = component();
        let samples = joined(&on_path, &series);
        let lacking = Unsampled {
            role: "server-sidecar".to_owned(),
            instance: "b".to_owned(),
        };
        assert_eq!(unsampled(&on_path, &samples), [lacking]);
        let beside = Component {
            on_path: false,
            ..on_path
        };
        assert_eq!(unsampled(&beside, &samples), []);
    }
}
