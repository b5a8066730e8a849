//! Over the percentile plot, which is about ratios, and over the shift function, which is about added time.

use super::judged::{Judged, judged, valid_treatments};
use crate::model::{Interval, Ratio, ReportModel, Statistic};
use crate::numbers::Numbers;

/// A tail that pays at least this many times what the body pays, or the other way round, is a finding.
const PAYS_MORE: f64 = 1.5;

/// A phase at the median and at p99.
struct Pair<'a> {
    body: Judged<'a>,
    tail: Judged<'a>,
}

impl Pair<'_> {
    fn relative(judged: &Judged<'_>) -> Option<Interval<Ratio>> {
        judged.overhead.interval().map(|interval| interval.relative)
    }

    /// How many times as much p99 pays as the median, in relative terms: at least, and at most.
    fn ratio(&self) -> Option<(f64, f64)> {
        let (body, tail) = (Self::relative(&self.body)?, Self::relative(&self.tail)?);
        let is_positive = body.lower.get() > 0.0 && tail.lower.get() > 0.0;
        is_positive.then(|| {
            (
                tail.lower.get() / body.upper.get(),
                tail.upper.get() / body.lower.get(),
            )
        })
    }
}

fn pairs(model: &ReportModel) -> impl Iterator<Item = Pair<'_>> {
    valid_treatments(model).filter_map(|phase| {
        Some(Pair {
            body: judged(model, phase, Statistic::P50)?,
            tail: judged(model, phase, Statistic::P99)?,
        })
    })
}

/// The phase whose tail pays far more than its body, or far less, as a share of what there was.
pub(super) fn spectrum(model: &ReportModel) -> String {
    let tail_only = pairs(model).find(|pair| pair.body.is_equivalent() && pair.tail.adds());
    if let Some(pair) = tail_only {
        return format!("The tail, not the body, pays for {}", pair.body.phase.title);
    }
    let unequal = pairs(model)
        .filter(|pair| pair.body.adds() && pair.tail.adds())
        .filter_map(|pair| {
            let (least, most) = pair.ratio()?;
            let sureness = least.max(1.0 / most);
            (sureness > PAYS_MORE).then_some((pair, sureness))
        })
        .max_by(|one, other| one.1.total_cmp(&other.1));
    unequal
        .and_then(|(pair, _)| {
            let percent = |judged: &Judged<'_>| {
                let text = Numbers::relative(judged.overhead)?;
                Some(text.value_with_unit().trim_start_matches('+').to_owned())
            };
            Some(format!(
                "{} slows the median by {}, p99 by {}",
                pair.body.phase.title,
                percent(&pair.body)?,
                percent(&pair.tail)?
            ))
        })
        .unwrap_or_else(|| "Latency at each percentile".to_owned())
}

/// Whether more time is added to p99 than to the median.
pub(super) fn shift(model: &ReportModel) -> String {
    let grows =
        |pair: &Pair<'_>| pair.body.adds() && pair.tail.adds() && pair.body.is_below(&pair.tail);
    let growing: Vec<Pair<'_>> = pairs(model).filter(grows).collect();
    match growing.as_slice() {
        [] => "What is added at each percentile".to_owned(),
        [only] => format!(
            "{} adds more to p99 than to the median",
            only.body.phase.title
        ),
        all if all.len() == model.treatments().count() => {
            "Every phase adds more to p99 than to the median".to_owned()
        }
        [first @ .., last] => {
            let titles: Vec<&str> = first
                .iter()
                .map(|pair| pair.body.phase.title.as_str())
                .collect();
            format!(
                "{} and {} add more to p99 than to the median",
                titles.join(", "),
                last.body.phase.title
            )
        }
    }
}
