//! How much counters grew between two moments.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use crate::prometheus::LastValue;

/// The growth of a counter over all its series.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Growth {
    /// How much; `None` when there is no series at either moment.
    pub(in super::super) total: Option<f64>,
    /// Series that fell or ended: whoever counted started anew, so what was counted before is lost.
    pub(in super::super) broken: Vec<String>,
}

type Labels = BTreeMap<String, String>;

/// By which scrape a series came. Two jobs that scrape one proxy store each of its counters twice.
type Scrape<'a> = Vec<&'a str>;

/// What one scrape saw of one pod.
#[derive(Debug, Default)]
struct Seen {
    /// Whether it had seen the pod before.
    is_old: bool,
    /// How much all counters of the pod grew.
    total: f64,
    /// Those that fell or ended.
    broken: Vec<String>,
}

/// Adds up how much each series grew. One that is only there after began at zero: proxies make a series at its first event. Of a pod that
/// several jobs scrape, one is counted.
pub(in super::super) fn growth(before: &[LastValue], after: &[LastValue]) -> Growth {
    let by_labels = |values: &[LastValue]| -> BTreeMap<Labels, f64> {
        let values = values.iter();
        values.map(|one| (one.labels.clone(), one.value)).collect()
    };
    let (before, after) = (by_labels(before), by_labels(after));
    if before.is_empty() && after.is_empty() {
        return Growth::default();
    }
    let mut pods: BTreeMap<&str, BTreeMap<Scrape<'_>, Seen>> = BTreeMap::new();
    for (labels, value) in &after {
        let (pod, scrape) = source(labels);
        let seen = pods.entry(pod).or_default().entry(scrape).or_default();
        let earlier = before.get(labels).copied();
        seen.is_old |= earlier.is_some();
        let earlier = earlier.unwrap_or(0.0);
        if *value < earlier {
            let fallen = format!("{} fell from {earlier} to {value}", whose(labels));
            seen.broken.push(fallen);
        }
        seen.total += value - earlier;
    }
    for labels in before.keys().filter(|labels| !after.contains_key(*labels)) {
        let (pod, scrape) = source(labels);
        let seen = pods.entry(pod).or_default().entry(scrape).or_default();
        seen.is_old = true;
        seen.broken.push(format!("{} ended", whose(labels)));
    }
    let mut grown = Growth {
        total: Some(0.0),
        broken: Vec::new(),
    };
    for seen in pods.into_values().filter_map(best_scrape) {
        grown.total = grown.total.map(|sum| sum + seen.total);
        grown.broken.extend(seen.broken);
    }
    grown
}

/// Leaves out what pods of a namespace counted that are gone, those of an earlier run.
pub(in super::super) fn of_living(
    values: Vec<LastValue>,
    namespace: &str,
    pods: &[Pod],
) -> Vec<LastValue> {
    let is_gone = |labels: &Labels| {
        let of_namespace = labels
            .get("namespace")
            .is_some_and(|name| name == namespace);
        let is = |name: &str| pods.iter().any(|pod| pod.name_any() == name);
        of_namespace && pod_of(labels).is_some_and(|name| !is(name))
    };
    let values = values.into_iter();
    values.filter(|value| !is_gone(&value.labels)).collect()
}

/// Returns what the best scrape saw: one that is whole, that was there before (the counters of a new one did not begin at zero), and of several the
/// one that saw most.
fn best_scrape(scrapes: BTreeMap<Scrape<'_>, Seen>) -> Option<Seen> {
    let rank = |seen: &Seen| (seen.broken.is_empty(), seen.is_old);
    scrapes.into_values().max_by(|one, other| {
        let by_rank = rank(one).cmp(&rank(other));
        by_rank.then(one.total.total_cmp(&other.total))
    })
}

/// Labels that a pod's name can be in.
const POD_LABELS: [&str; 3] = ["pod", "pod_name", "kubernetes_pod_name"];
/// Labels that differ between two scrapes of one pod, and between two servers that scrape.
const SCRAPE_LABELS: [&str; 5] = [
    "job",
    "instance",
    "endpoint",
    "prometheus",
    "prometheus_replica",
];

fn pod_of(labels: &Labels) -> Option<&str> {
    let pods = POD_LABELS.iter();
    pods.filter_map(|name| labels.get(*name))
        .map(String::as_str)
        .next()
}

/// Returns the pod that a series is of, and by which scrape it came. Without the name of a pod nobody can tell whether two series are of one.
fn source(labels: &Labels) -> (&str, Scrape<'_>) {
    match pod_of(labels) {
        None => ("", Vec::new()),
        Some(pod) => {
            let label = |name: &&str| labels.get(*name).map_or("", String::as_str);
            (pod, SCRAPE_LABELS.iter().map(label).collect())
        }
    }
}

/// Names a series by whatever tells where it comes from.
fn whose(labels: &Labels) -> String {
    let label = pod_of(labels).or_else(|| labels.get("instance").map(String::as_str));
    label.map_or_else(
        || format!("{labels:?}"),
        |pod| format!("the counter of {pod}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(pod: &str, value: f64) -> LastValue {
        LastValue {
            labels: BTreeMap::from([("pod".to_owned(), pod.to_owned())]),
            value,
        }
    }

    #[test]
    fn series_add_up_and_new_ones_begin_at_zero() {
        let grown = growth(&[value("a", 10.0)], &[value("a", 15.0), value("b", 7.0)]);
        assert_eq!(
            grown,
            Growth {
                total: Some(12.0),
                broken: Vec::new()
            }
        );
        assert_eq!(growth(&[], &[]).total, None);
        assert_eq!(
            growth(&[value("a", 1.0)], &[value("a", 1.0)]).total,
            Some(0.0)
        );
    }

    #[test]
    fn a_series_that_falls_or_ends_is_broken() {
        let fallen = growth(&[value("a", 10.0)], &[value("a", 4.0)]);
        assert_eq!(fallen.broken, ["the counter of a fell from 10 to 4"]);
        let ended = growth(&[value("a", 10.0), value("b", 1.0)], &[value("b", 1.0)]);
        assert_eq!(ended.broken, ["the counter of a ended"]);
    }

    fn scraped(pod: &str, job: &str, code: &str, value: f64) -> LastValue {
        let labels = [("pod", pod), ("job", job), ("response_code", code)];
        LastValue {
            labels: labels
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            value,
        }
    }

    #[test]
    fn a_pod_that_two_jobs_scrape_is_counted_once() {
        let after = [
            scraped("a", "ours", "200", 90.0),
            scraped("a", "ours", "404", 10.0),
            scraped("a", "theirs", "200", 88.0),
            scraped("a", "theirs", "404", 10.0),
            scraped("b", "ours", "200", 50.0),
        ];
        assert_eq!(growth(&[], &after).total, Some(150.0));
        // A job that went away in the middle breaks nothing as long as another one saw all.
        let before = [scraped("b", "theirs", "200", 7.0)];
        let grown = growth(&before, &after);
        assert_eq!((grown.total, grown.broken), (Some(150.0), Vec::new()));
        let alone = growth(&before, &after[..2]);
        assert_eq!(alone.broken, ["the counter of b ended"]);
    }

    #[test]
    fn a_job_that_comes_in_the_middle_counts_from_nowhere() {
        let before = [scraped("a", "ours", "200", 1000.0)];
        let after = [
            scraped("a", "ours", "200", 1100.0),
            scraped("a", "theirs", "200", 1100.0),
        ];
        assert_eq!(growth(&before, &after).total, Some(100.0));
    }

    #[test]
    fn what_an_earlier_run_counted_is_left_out() {
        let of = |namespace: &str, pod: &str| {
            let mut value = value(pod, 1.0);
            let namespace = ("namespace".to_owned(), namespace.to_owned());
            value.labels.extend([namespace]);
            value
        };
        let pods = serde_json::json!([{"metadata": {"name": "in-mesh-new"}}]);
        let pods: Vec<Pod> = serde_json::from_value(pods).unwrap();
        let values = vec![
            of("meshdelta", "in-mesh-old"),
            of("meshdelta", "in-mesh-new"),
            // It outlives every run.
            of("istio-system", "ztunnel-x"),
        ];
        let kept = of_living(values.clone(), "meshdelta", &pods);
        assert_eq!(kept, values[1..]);
    }
}
