//! What a server stores and answers, and whether the rules of this project say the same.

use meshdelta_stats::histogram::{BucketKind, BucketList, BucketRange};
use meshdelta_stats::quantile::{CompatRule, compat_fraction, compat_quantile};
use serde::{Deserialize, Serialize};

/// The largest relative difference that is no disagreement.
const TOLERANCE: f64 = 1e-12;

/// As `PromQL` spells them. The last two are outside of the range that makes sense.
pub(crate) const QUANTILES: [&str; 17] = [
    "0", "0.001", "0.01", "0.1", "0.25", "0.4999", "0.5", "0.5001", "0.75", "0.9", "0.95", "0.99",
    "0.999", "0.9999", "1", "-0.5", "1.5",
];

/// The edges of the fractions that are asked for.
pub(crate) const RANGES: [(&str, &str); 9] = [
    ("-Inf", "0.0031"),
    ("0", "1"),
    ("0.002", "0.004"),
    ("-2", "0.5"),
    ("0.001", "+Inf"),
    ("0.97", "31"),
    ("-1e-39", "2e-39"),
    ("-0.0021", "0.0021"),
    ("1", "0"),
];

/// The answers of one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recording {
    /// Version that the server reports.
    pub(crate) version: String,
    pub(crate) cases: Vec<RecordedCase>,
}

/// A histogram of a server with the server's answers about it. Numbers stay the text that the server printed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecordedCase {
    pub(crate) name: String,
    pub(crate) histogram: HistogramJson,
    /// `q` and `histogram_quantile(q, h)`.
    pub(crate) quantiles: Vec<(String, String)>,
    /// Lower and upper edge and `histogram_fraction(lower, upper, h)`.
    pub(crate) fractions: Vec<(String, String, String)>,
}

/// A histogram in the JSON of the HTTP API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct HistogramJson {
    pub(crate) count: String,
    pub(crate) sum: String,
    /// Boundary rule, lower bound, upper bound, count.
    #[serde(default)]
    pub(crate) buckets: Vec<(u8, String, String, String)>,
}

/// What a comparison found.
#[derive(Debug, Default)]
pub(crate) struct Agreement {
    pub(crate) compared: usize,
    pub(crate) largest_error: f64,
    pub(crate) disagreements: Vec<String>,
}

impl Recording {
    /// Returns the rule that the version follows.
    pub(crate) fn rule(&self) -> CompatRule {
        let mut numbers = self.version.split('.').map(|part| part.parse().unwrap());
        let version: (u32, u32) = (numbers.next().unwrap(), numbers.next().unwrap());
        match version {
            (..=1, _) | (2, ..=39) => panic!("{} has no native histograms", self.version),
            (2, ..=45) => CompatRule::Prom242,
            (2, _) => CompatRule::Prom2,
            _ => CompatRule::Prom3,
        }
    }

    pub(crate) fn case(&self, name: &str) -> Option<&RecordedCase> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// Compares every answer with what a rule gives for the same buckets.
    pub(crate) fn compare(&self, rule: CompatRule) -> Agreement {
        let mut agreement = Agreement::default();
        for case in &self.cases {
            let list = case.histogram.bucket_list();
            for (q, answer) in &case.quantiles {
                let what = format!("{}: quantile {q} of {}", self.version, case.name);
                agreement.add(&what, compat_quantile(rule, number(q), &list), answer);
            }
            for (lower, upper, answer) in &case.fractions {
                let what = format!(
                    "{}: fraction {lower}..{upper} of {}",
                    self.version, case.name
                );
                let actual = compat_fraction(rule, number(lower), number(upper), &list);
                agreement.add(&what, actual, answer);
            }
        }
        agreement
    }
}

impl Agreement {
    /// Adds one comparison; `None` stands for `PromQL`'s NaN.
    pub(crate) fn add(&mut self, what: &str, actual: Option<f64>, answer: &str) {
        let expected = number(answer);
        let actual = actual.unwrap_or(f64::NAN);
        self.compared += 1;
        // Covers zero, infinities and, unlike ==, NaN.
        if actual.total_cmp(&expected).is_eq() || actual.is_nan() && expected.is_nan() {
            return;
        }
        let error = ((actual - expected) / expected).abs();
        if error <= TOLERANCE {
            self.largest_error = self.largest_error.max(error);
        } else {
            let line = format!("{what}: {actual:e} instead of {answer} (off by {error:e})");
            self.disagreements.push(line);
        }
    }

    #[track_caller]
    pub(crate) fn assert_holds(&self) {
        let disagreements = self.disagreements.join("\n");
        assert!(disagreements.is_empty(), "{disagreements}");
        assert!(self.compared > 0, "nothing was compared");
    }
}

impl HistogramJson {
    pub(crate) fn bucket_list(&self) -> BucketList {
        let buckets = self
            .buckets
            .iter()
            .map(|(_, lower, upper, count)| BucketRange {
                lower: number(lower),
                upper: number(upper),
                count: count.parse().unwrap(),
            });
        BucketList::try_new(
            BucketKind::Exponential,
            buckets.collect(),
            self.count.parse().unwrap(),
            number(&self.sum),
        )
        .unwrap()
    }

    /// Tells whether a bucket lies below zero.
    pub(crate) fn has_negative_buckets(&self) -> bool {
        self.buckets.iter().any(|(rule, ..)| *rule == 1)
    }
}

pub(crate) fn number(text: &str) -> f64 {
    text.parse().unwrap()
}
