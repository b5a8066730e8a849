//! The JSON of stored samples.
//!
//! Format: `docs/querying/api.md` of Prometheus; a bucket is `[boundary_rule, "lower", "upper", "count"]`, counts are per bucket, empty buckets
//! are left out, and neither the schema nor the width of an empty zero bucket is told.

use std::borrow::Cow;
use std::collections::BTreeMap;

use meshdelta_run::TimestampMs;
use serde::Deserialize;

use super::bucket::position;
use super::time::from_seconds;

/// A stored series with its raw samples.
#[derive(Debug, Clone, PartialEq)]
pub struct RawSeries {
    /// All labels but the name.
    pub labels: BTreeMap<String, String>,
    /// Name of the metric.
    pub metric: String,
    /// Float samples, ascending in time.
    pub values: Vec<(TimestampMs, f64)>,
    /// Histogram samples, ascending in time.
    pub histograms: Vec<(TimestampMs, RawHistogram)>,
}

/// A stored native histogram: cumulative over time, not over buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct RawHistogram {
    /// Schema, unless no regular bucket is populated.
    pub schema: Option<i8>,
    /// Width of the zero bucket, when it is populated.
    pub zero_threshold: Option<f64>,
    /// Observations in the zero bucket.
    pub zero_count: u64,
    /// All observations.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Populated positive buckets by ascending index.
    pub buckets: Vec<(i32, u64)>,
}

impl RawHistogram {
    /// Tells whether two histograms are equal to the bit, so that a sum of NaN equals itself.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let comparable = |histogram: &Self| Self {
            sum: 0.0,
            ..histogram.clone()
        };
        self.sum.to_bits() == other.sum.to_bits() && comparable(self) == comparable(other)
    }
}

/// An answer of the API, before its content is looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer<Data> {
    pub(super) status: String,
    pub(super) data: Option<Data>,
    pub(super) error_type: Option<String>,
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryData<'a> {
    pub(super) result_type: String,
    #[serde(borrow)]
    pub(super) result: Vec<SeriesJson<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SeriesJson<'a> {
    metric: BTreeMap<String, String>,
    #[serde(default, borrow)]
    values: Vec<(f64, Cow<'a, str>)>,
    #[serde(default, borrow)]
    histograms: Vec<(f64, HistogramJson<'a>)>,
}

#[derive(Debug, Deserialize)]
struct HistogramJson<'a> {
    #[serde(borrow)]
    count: Cow<'a, str>,
    #[serde(borrow)]
    sum: Cow<'a, str>,
    #[serde(default, borrow)]
    buckets: Vec<BucketJson<'a>>,
}

/// Boundary rule, lower bound, upper bound, count.
#[derive(Debug, Deserialize)]
struct BucketJson<'a>(
    u8,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
);

/// Turns the JSON of a series into samples; an error says what cannot be used.
pub(super) fn series(json: SeriesJson<'_>) -> Result<RawSeries, String> {
    let mut labels = json.metric;
    let metric = labels.remove("__name__").unwrap_or_default();
    let values = json
        .values
        .iter()
        .map(|(time, value)| Ok((from_seconds(*time), number(value)?)));
    let values = values.collect::<Result<_, String>>()?;
    let histograms = json.histograms.iter().map(|(time, json)| {
        let time = from_seconds(*time);
        Ok((
            time,
            histogram(json).map_err(|reason| format!("{metric} at {time}: {reason}"))?,
        ))
    });
    let histograms = histograms.collect::<Result<_, String>>()?;
    Ok(RawSeries {
        labels,
        metric,
        values,
        histograms,
    })
}

fn histogram(json: &HistogramJson<'_>) -> Result<RawHistogram, String> {
    let mut decoded = RawHistogram {
        schema: None,
        zero_threshold: None,
        zero_count: 0,
        count: whole(&json.count)?,
        sum: number(&json.sum)?,
        buckets: Vec::with_capacity(json.buckets.len()),
    };
    for BucketJson(rule, lower, upper, count) in &json.buckets {
        let (lower, upper, count) = (number(lower)?, number(upper)?, whole(count)?);
        let bounds = || format!("bucket from {lower} to {upper}");
        match rule {
            0 => {
                let found = position(lower, upper, decoded.schema)
                    .or_else(|| cut_by_zero_bucket(&decoded, lower, upper))
                    .ok_or_else(|| format!("{} fits no schema", bounds()))?;
                if decoded.schema.is_some_and(|schema| schema != found.schema) {
                    return Err(format!(
                        "{} has schema {}, its neighbours have another",
                        bounds(),
                        found.schema
                    ));
                }
                decoded.schema = Some(found.schema);
                decoded.buckets.push((found.index, count));
            }
            3 if lower.is_infinite() => {
                return Err("custom bucket bounds are not supported here".to_owned());
            }
            3 => {
                decoded.zero_threshold = Some(upper);
                decoded.zero_count = count;
            }
            1 => {
                return Err(format!(
                    "{} is negative, which no duration can be",
                    bounds()
                ));
            }
            _ => return Err(format!("{} has the unknown boundary rule {rule}", bounds())),
        }
    }
    if !decoded.buckets.is_sorted_by(|left, right| left.0 < right.0) {
        return Err("its buckets are not ascending".to_owned());
    }
    Ok(decoded)
}

/// A bucket that the zero bucket reaches into begins at the zero threshold, so only its upper bound is on the grid. The schema of such a
/// bucket cannot be told from it alone; schema 3, which k6 always writes, is tried.
fn cut_by_zero_bucket(
    decoded: &RawHistogram,
    lower: f64,
    upper: f64,
) -> Option<super::bucket::BucketPosition> {
    const K6_SCHEMA: i8 = 3;
    if decoded.zero_threshold != Some(lower) || !decoded.buckets.is_empty() {
        return None;
    }
    position(upper * (-f64::from(-K6_SCHEMA).exp2()).exp2(), upper, None)
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

/// Parses a count. Prometheus prints whole floats without a point, so anything else did not come from counting.
fn whole(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no whole count"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(json: &str) -> Result<Vec<RawSeries>, String> {
        let answer: Answer<QueryData<'_>> =
            serde_json::from_str(json).map_err(|error| error.to_string())?;
        answer
            .data
            .ok_or("no data")?
            .result
            .into_iter()
            .map(series)
            .collect()
    }

    fn with_buckets(buckets: &str) -> Result<RawHistogram, String> {
        let json = format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"__name__":"m"}},
            "histograms":[[1795414694.354,{{"count":"7","sum":"1.5"{buckets}}}]]}}]}}}}"#
        );
        Ok(decode(&json)?.remove(0).histograms.remove(0).1)
    }

    /// Recorded from Prometheus 2.42.0 with k6 1.1.0: the measured scenario of six seconds at 200 requests per second.
    const RECORDED: &str = include_str!("golden/prometheus-2.42.0-k6-1.1.0.json");

    #[test]
    fn a_recorded_answer_is_read() {
        let decoded = decode(RECORDED).unwrap();
        let [duration, requests] = decoded.as_slice() else {
            panic!("two series")
        };
        assert_eq!(duration.metric, "k6_http_req_duration_seconds");
        assert_eq!(duration.labels["scenario"], "measure");
        let counts: Vec<u64> = duration
            .histograms
            .iter()
            .map(|(_, histogram)| histogram.count)
            .collect();
        assert_eq!(counts, [88, 298, 498, 688, 888, 1098, 1201]);
        let (time, last) = &duration.histograms[6];
        assert_eq!(*time, TimestampMs(1_795_446_964_308));
        assert_eq!(last.schema, Some(3));
        let in_buckets: u64 = last.buckets.iter().map(|(_, count)| count).sum();
        assert_eq!(in_buckets + last.zero_count, last.count);
        let values: Vec<f64> = requests.values.iter().map(|(_, value)| *value).collect();
        assert_eq!(values, [88.0, 298.0, 498.0, 688.0, 888.0, 1098.0, 1201.0]);
    }

    #[test]
    fn a_sum_of_nan_equals_itself() {
        let zero = with_buckets("").unwrap();
        let nan = RawHistogram {
            sum: f64::NAN,
            ..zero.clone()
        };
        assert!(nan.is_same(&nan) && zero.is_same(&zero) && !nan.is_same(&zero));
    }

    #[test]
    fn degenerate_histograms_are_read() {
        assert_eq!(with_buckets("").unwrap().schema, None);
        let zero = with_buckets(
            r#","buckets":[[3,"-2.938735877055719e-39","2.938735877055719e-39","7"]]"#,
        )
        .unwrap();
        assert_eq!(
            (zero.schema, zero.zero_count, zero.zero_threshold),
            (None, 7, Some(2.938_735_877_055_719e-39))
        );
        let overflow = with_buckets(
            r#","buckets":[[0,"1","2","3"],[0,"1.7976931348623157e+308","+Inf","4"]]"#,
        )
        .unwrap();
        assert_eq!(overflow.buckets, [(1, 3), (1025, 4)]);
        let cut =
            with_buckets(r#","buckets":[[3,"-0.95","0.95","3"],[0,"0.95","1","4"]]"#).unwrap();
        assert_eq!((cut.schema, cut.buckets), (Some(3), vec![(0, 4)]));
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_says_why() {
        let wrong = [
            (r#","buckets":[[1,"-2","-1","7"]]"#, "negative"),
            (r#","buckets":[[3,"-Inf","0.1","7"]]"#, "custom"),
            (r#","buckets":[[0,"1","1.5","7"]]"#, "fits no schema"),
            (
                r#","buckets":[[0,"1","2","3"],[0,"2","2.8284271247461903","4"]]"#,
                "its neighbours",
            ),
            (
                r#","buckets":[[0,"2","4","3"],[0,"1","2","4"]]"#,
                "not ascending",
            ),
            (r#","buckets":[[0,"1","2","3.5"]]"#, "no whole count"),
            (r#","buckets":[[7,"1","2","3"]]"#, "boundary rule 7"),
        ];
        for (buckets, expected) in wrong {
            let error = with_buckets(buckets).unwrap_err();
            assert!(error.contains(expected), "{buckets}: {error}");
        }
    }

    proptest! {
        /// Whatever a server answers, there is a result or an error that says why; never a panic.
        #[test]
        fn any_answer_is_read_or_refused(
            count in "[0-9]{1,20}|NaN|-1|1e3|[+]Inf",
            sum in "-?[0-9.]{1,12}|NaN|[+-]Inf|x",
            buckets in prop::collection::vec(
                (0_u8..5, any::<f64>(), any::<f64>(), "[0-9]{1,20}|-1|0.5"), 0..6,
            ),
        ) {
            let buckets: Vec<BucketJson<'_>> = buckets
                .iter()
                .map(|(rule, lower, upper, count)| {
                    BucketJson(*rule, lower.to_string().into(), upper.to_string().into(), count.as_str().into())
                })
                .collect();
            let json = HistogramJson { count: count.as_str().into(), sum: sum.as_str().into(), buckets };
            if let Ok(decoded) = histogram(&json) {
                prop_assert!(decoded.buckets.is_sorted_by(|left, right| left.0 < right.0));
                prop_assert!(decoded.buckets.len() <= json.buckets.len());
            }
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>()) {
            let _refused = decode(&text);
            let inside = serde_json::json!({"status": text, "data": {"resultType": text, "result": [{
                "metric": {"__name__": text}, "values": [[1.5, text]], "histograms": [[1.5, {"count": text, "sum": text}]],
            }]}});
            let _refused = decode(&inside.to_string());
        }

        /// What a server prints of any histogram of any schema is read back to the count.
        #[test]
        fn every_histogram_is_read_back(
            schema in 0_i8..=8,
            populated in prop::collection::btree_map(-400_i32..400, 1_u64..u64::MAX / 1000, 1..20),
        ) {
            let bound = |index: i32| (f64::from(index) * f64::from(-schema).exp2()).exp2().to_string();
            let buckets = populated
                .iter()
                .map(|(index, count)| {
                    BucketJson(0, bound(index - 1).into(), bound(*index).into(), count.to_string().into())
                })
                .collect();
            let count: u64 = populated.values().sum();
            let json = HistogramJson { count: count.to_string().into(), sum: "1".into(), buckets };
            let decoded = histogram(&json).map_err(TestCaseError::fail)?;
            prop_assert_eq!(decoded.schema, Some(schema));
            prop_assert_eq!(decoded.count, count);
            prop_assert_eq!(decoded.buckets, populated.into_iter().collect::<Vec<_>>());
        }
    }
}
