//! How much counters grew between two moments.

use std::collections::BTreeMap;

use crate::prometheus::LastValue;

/// The growth of a counter over all its series.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Growth {
    /// How much; `None` when there is no series at either moment.
    pub(in super::super) total: Option<f64>,
    /// Series that fell or ended: whoever counted started anew, so what was counted before is lost.
    pub(in super::super) broken: Vec<String>,
}

/// Adds up how much each series grew. One that is only there after began at zero: proxies make a series at its first event.
pub(in super::super) fn growth(before: &[LastValue], after: &[LastValue]) -> Growth {
    let by_labels = |values: &[LastValue]| -> BTreeMap<BTreeMap<String, String>, f64> {
        let values = values.iter();
        values.map(|one| (one.labels.clone(), one.value)).collect()
    };
    let (before, after) = (by_labels(before), by_labels(after));
    if before.is_empty() && after.is_empty() {
        return Growth::default();
    }
    let mut total = 0.0;
    let mut broken = Vec::new();
    for (labels, value) in &after {
        let earlier = before.get(labels).copied().unwrap_or(0.0);
        if *value < earlier {
            broken.push(format!("{} fell from {earlier} to {value}", whose(labels)));
        }
        total += value - earlier;
    }
    let ended = before
        .iter()
        .filter(|(labels, _)| !after.contains_key(*labels));
    broken.extend(ended.map(|(labels, _)| format!("{} ended", whose(labels))));
    Growth {
        total: Some(total),
        broken,
    }
}

/// Names a series by whatever tells where it comes from.
fn whose(labels: &BTreeMap<String, String>) -> String {
    let known = ["pod", "pod_name", "instance"];
    let label = known.iter().find_map(|name| labels.get(*name));
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
}
