//! Raw samples of a time range, page by page, without loss or duplicates.
//!
//! A range selector `[N]` at time `T` covers `[T-N, T]` in Prometheus 2 and `(T-N, T]` since 3.0. Pages share their edges and a sample on an
//! edge is kept once, so both give the same set; the second occurrence must be equal to the bit.

use std::collections::BTreeMap;

use meshdelta_run::TimestampMs;

use super::client::{Failure, PrometheusClient};
use super::decode::{RawHistogram, RawSeries};
use super::time::to_seconds;
use crate::error::CollectorError;

/// Length of a page to begin with.
const PAGE_MS: i64 = 5 * 60 * 1000;
/// The shortest page that is tried when an answer would be too large.
const SHORTEST_PAGE_MS: i64 = 1000;

/// The newest value of a counter and its labels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LastValue {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl PrometheusClient {
    /// Returns every stored sample of the selector's series in `(from, to]`.
    ///
    /// `selector` is a full one in braces. Pages are halved when the server says that an answer holds too many samples. Every series that the
    /// server lists for the range must be in the result.
    pub async fn raw_samples(
        &self,
        selector: &str,
        from: TimestampMs,
        to: TimestampMs,
    ) -> Result<Vec<RawSeries>, CollectorError> {
        self.raw_samples_by(selector, from, to, PAGE_MS).await
    }

    /// Like [`Self::raw_samples`], for series that may have no sample in the range: the API lists series by chunks, and a chunk of one that is
    /// scraped seldom spans a range in which it has no sample.
    pub(crate) async fn sparse_samples(
        &self,
        selector: &str,
        from: TimestampMs,
        to: TimestampMs,
    ) -> Result<Vec<RawSeries>, CollectorError> {
        let merged = self.pages(selector, from, to, PAGE_MS).await?;
        Ok(merged.into_values().collect())
    }

    async fn raw_samples_by(
        &self,
        selector: &str,
        from: TimestampMs,
        to: TimestampMs,
        first_page_ms: i64,
    ) -> Result<Vec<RawSeries>, CollectorError> {
        let merged = self.pages(selector, from, to, first_page_ms).await?;
        self.check_complete(selector, from, to, &merged).await?;
        Ok(merged.into_values().collect())
    }

    /// Returns what the pages of a range hold together, by labels.
    async fn pages(
        &self,
        selector: &str,
        from: TimestampMs,
        to: TimestampMs,
        first_page_ms: i64,
    ) -> Result<BTreeMap<BTreeMap<String, String>, RawSeries>, CollectorError> {
        let mut merged: BTreeMap<BTreeMap<String, String>, RawSeries> = BTreeMap::new();
        let mut page_ms = first_page_ms;
        let mut edge = from;
        while edge < to {
            let end = edge.plus_ms(page_ms).min(to);
            let query = format!("{selector}[{}ms]", end.ms_since(edge));
            match self.query(&query, &to_seconds(end)).await {
                Ok(page) => {
                    for series in page {
                        merge(&mut merged, series, from, &query)?;
                    }
                    edge = end;
                }
                Err(Failure::TooMuch(_)) if page_ms > SHORTEST_PAGE_MS => {
                    page_ms = (page_ms / 2).max(SHORTEST_PAGE_MS);
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(merged)
    }

    /// Returns the newest value of each series of a counter in `(from, to]`.
    pub(crate) async fn last_values(
        &self,
        selector: &str,
        from: TimestampMs,
        to: TimestampMs,
    ) -> Result<Vec<LastValue>, CollectorError> {
        let query = format!("{selector}[{}ms]", to.ms_since(from).max(1));
        let series = self.query(&query, &to_seconds(to)).await?;
        let last = series.into_iter().filter_map(|series| {
            series
                .values
                .last()
                .map(|(_, value)| (*value, series.labels))
        });
        Ok(last
            .map(|(value, labels)| LastValue { labels, value })
            .collect())
    }

    async fn check_complete(
        &self,
        selector: &str,
        from: TimestampMs,
        to: TimestampMs,
        merged: &BTreeMap<BTreeMap<String, String>, RawSeries>,
    ) -> Result<(), CollectorError> {
        let (start, end) = (to_seconds(from), to_seconds(to));
        let parameters = [
            ("match[]", selector),
            ("start", start.as_str()),
            ("end", end.as_str()),
        ];
        let listed: Vec<BTreeMap<String, String>> = self.get("api/v1/series", &parameters).await?;
        match listed.iter().find(|labels| !merged.contains_key(*labels)) {
            None => Ok(()),
            Some(labels) => Err(CollectorError::PrometheusAnswer {
                query: selector.to_owned(),
                reason: format!("the series {labels:?} is listed, but none of its samples came"),
            }),
        }
    }
}

/// Adds a page of a series to what came before it.
fn merge(
    merged: &mut BTreeMap<BTreeMap<String, String>, RawSeries>,
    mut page: RawSeries,
    from: TimestampMs,
    query: &str,
) -> Result<(), CollectorError> {
    page.values.retain(|(time, _)| *time > from);
    page.histograms.retain(|(time, _)| *time > from);
    if page.values.is_empty() && page.histograms.is_empty() {
        return Ok(());
    }
    let mut key = page.labels.clone();
    key.insert("__name__".to_owned(), page.metric.clone());
    let differs = |time: TimestampMs| CollectorError::PrometheusAnswer {
        query: query.to_owned(),
        reason: format!("two answers differ for the same sample at {time}"),
    };
    match merged.entry(key) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(page);
        }
        std::collections::btree_map::Entry::Occupied(mut entry) => {
            let known = entry.get_mut();
            let same_value = |left: &f64, right: &f64| left.to_bits() == right.to_bits();
            append(&mut known.values, page.values, same_value).map_err(differs)?;
            append(
                &mut known.histograms,
                page.histograms,
                RawHistogram::is_same,
            )
            .map_err(differs)?;
        }
    }
    Ok(())
}

/// Appends samples; the first may repeat the last one that is known. Returns the time of a repetition that differs.
fn append<Sample>(
    known: &mut Vec<(TimestampMs, Sample)>,
    page: Vec<(TimestampMs, Sample)>,
    same: impl Fn(&Sample, &Sample) -> bool,
) -> Result<(), TimestampMs> {
    for (time, sample) in page {
        match known.last() {
            Some((last, known_sample)) if *last == time => {
                if !same(known_sample, &sample) {
                    return Err(time);
                }
            }
            Some((last, _)) if *last > time => return Err(time),
            _ => known.push((time, sample)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
