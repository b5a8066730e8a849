//! The tables as Parquet files. Every polars call of the project is here: its API changes with each minor version.

use std::collections::BTreeMap;
use std::path::Path;

use fs_err::File;
use polars::prelude::{
    BooleanType, Float64Type, Int32Type, Int64Type, StringType, UInt32Type, UInt64Type,
};
use polars::prelude::{
    ChunkedArray, Column, DataFrame, DataType, IntoSeries, ListBuilderTrait,
    ListPrimitiveChunkedBuilder, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter,
    PolarsDataType, PolarsError, PolarsNumericType, PolarsPhysicalType, SerReader,
    Series as PolarsSeries, TimeUnit,
};

use crate::table::{HistogramSample, MetricKind, ScalarSample, Series};
use crate::{PhaseId, RunError, SlotId, TimestampMs};

/// Writes the series, and returns the number of rows.
pub(crate) fn write_series(path: &Path, rows: &[Series]) -> Result<u64, RunError> {
    let labels: Vec<String> = rows.iter().map(|row| json_of(&row.labels)).collect();
    let columns = vec![
        column(
            "series_id",
            rows.iter().map(|row| row.id).collect::<Vec<_>>(),
        ),
        column(
            "metric",
            rows.iter()
                .map(|row| row.metric.as_str())
                .collect::<Vec<_>>(),
        ),
        column(
            "unit",
            rows.iter().map(|row| row.unit.as_str()).collect::<Vec<_>>(),
        ),
        column(
            "kind",
            rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(),
        ),
        column(
            "phase",
            rows.iter()
                .map(|row| row.phase.as_str())
                .collect::<Vec<_>>(),
        ),
        column(
            "round",
            rows.iter().map(|row| row.slot.round).collect::<Vec<_>>(),
        ),
        column(
            "slot",
            rows.iter().map(|row| row.slot.slot).collect::<Vec<_>>(),
        ),
        column(
            "runner",
            rows.iter()
                .map(|row| row.runner.as_deref())
                .collect::<Vec<_>>(),
        ),
        column(
            "scenario",
            rows.iter()
                .map(|row| row.scenario.as_deref())
                .collect::<Vec<_>>(),
        ),
        column(
            "status",
            rows.iter()
                .map(|row| row.status.as_deref())
                .collect::<Vec<_>>(),
        ),
        column(
            "expected_response",
            rows.iter()
                .map(|row| row.expected_response)
                .collect::<Vec<_>>(),
        ),
        column("labels_json", labels),
    ];
    write(path, columns)
}

/// Writes the histogram samples, and returns the number of rows.
pub(crate) fn write_histograms(path: &Path, rows: &[HistogramSample]) -> Result<u64, RunError> {
    let indices = list_column::<Int32Type>(
        "bucket_indices",
        rows.iter().map(|row| row.bucket_indices.as_slice()),
    );
    let counts = list_column::<UInt64Type>(
        "bucket_counts",
        rows.iter().map(|row| row.bucket_counts.as_slice()),
    );
    let columns = vec![
        column(
            "series_id",
            rows.iter().map(|row| row.series_id).collect::<Vec<_>>(),
        ),
        time_column(path, rows.iter().map(|row| row.timestamp))?,
        column(
            "schema",
            rows.iter()
                .map(|row| row.schema.map(i32::from))
                .collect::<Vec<_>>(),
        ),
        column(
            "zero_threshold",
            rows.iter()
                .map(|row| row.zero_threshold)
                .collect::<Vec<_>>(),
        ),
        column(
            "zero_count",
            rows.iter().map(|row| row.zero_count).collect::<Vec<_>>(),
        ),
        column(
            "count",
            rows.iter().map(|row| row.count).collect::<Vec<_>>(),
        ),
        column("sum", rows.iter().map(|row| row.sum).collect::<Vec<_>>()),
        indices,
        counts,
    ];
    write(path, columns)
}

/// Writes the scalar samples, and returns the number of rows.
pub(crate) fn write_scalars(path: &Path, rows: &[ScalarSample]) -> Result<u64, RunError> {
    let columns = vec![
        column(
            "series_id",
            rows.iter().map(|row| row.series_id).collect::<Vec<_>>(),
        ),
        time_column(path, rows.iter().map(|row| row.timestamp))?,
        column(
            "value",
            rows.iter().map(|row| row.value).collect::<Vec<_>>(),
        ),
    ];
    write(path, columns)
}

/// Reads what [`write_series`] wrote.
pub(crate) fn read_series(path: &Path) -> Result<Vec<Series>, RunError> {
    let table = Table::read(path)?;
    let text = |name| table.texts(name);
    let (metrics, units, kinds, phases) = (
        text("metric")?,
        text("unit")?,
        text("kind")?,
        text("phase")?,
    );
    let (runners, scenarios, statuses) = (text("runner")?, text("scenario")?, text("status")?);
    let labels = text("labels_json")?;
    let ids = table.numbers::<UInt32Type>("series_id")?;
    let rounds = table.numbers::<UInt32Type>("round")?;
    let slots = table.numbers::<UInt32Type>("slot")?;
    let expected = table.booleans("expected_response")?;
    let mut rows = Vec::with_capacity(ids.len());
    for row in 0..ids.len() {
        let required =
            |name, values: &[Option<String>]| table.required(name, row, values[row].clone());
        let kind = required("kind", &kinds)?;
        let kind = MetricKind::find(&kind)
            .ok_or_else(|| table.invalid(format!("row {row}: no kind `{kind}`")))?;
        let phase = PhaseId::try_new(required("phase", &phases)?)
            .map_err(|error| table.invalid(format!("row {row}: {error}")))?;
        let labels: BTreeMap<String, String> =
            serde_json::from_str(&required("labels_json", &labels)?)
                .map_err(|error| table.invalid(format!("row {row}: labels: {error}")))?;
        let id = table.required("series_id", row, ids[row])?;
        if usize::try_from(id) != Ok(row) {
            return Err(table.invalid(format!("row {row} has series id {id}")));
        }
        rows.push(Series {
            id,
            metric: required("metric", &metrics)?,
            unit: required("unit", &units)?,
            kind,
            phase,
            slot: SlotId {
                round: table.required("round", row, rounds[row])?,
                slot: table.required("slot", row, slots[row])?,
            },
            runner: runners[row].clone(),
            scenario: scenarios[row].clone(),
            status: statuses[row].clone(),
            expected_response: expected[row],
            labels,
        });
    }
    Ok(rows)
}

/// Reads what [`write_histograms`] wrote. `series_count` bounds the series ids.
pub(crate) fn read_histograms(
    path: &Path,
    series_count: usize,
) -> Result<Vec<HistogramSample>, RunError> {
    let table = Table::read(path)?;
    let ids = table.series_ids(series_count)?;
    let times = table.times()?;
    let schemas = table.numbers::<Int32Type>("schema")?;
    let zero_thresholds = table.numbers::<Float64Type>("zero_threshold")?;
    let zero_counts = table.numbers::<UInt64Type>("zero_count")?;
    let counts = table.numbers::<UInt64Type>("count")?;
    let sums = table.numbers::<Float64Type>("sum")?;
    let bucket_indices = table.lists::<Int32Type>("bucket_indices")?;
    let bucket_counts = table.lists::<UInt64Type>("bucket_counts")?;
    let mut rows = Vec::with_capacity(ids.len());
    for (row, (indices, in_buckets)) in bucket_indices.into_iter().zip(bucket_counts).enumerate() {
        if indices.len() != in_buckets.len() || !indices.is_sorted_by(|left, right| left < right) {
            return Err(table.invalid(format!(
                "row {row}: bucket indices and counts do not belong together"
            )));
        }
        let schema = schemas[row]
            .map(|schema| {
                i8::try_from(schema)
                    .map_err(|_| table.invalid(format!("row {row}: schema {schema}")))
            })
            .transpose()?;
        rows.push(HistogramSample {
            series_id: ids[row],
            timestamp: times[row],
            schema,
            zero_threshold: zero_thresholds[row],
            zero_count: table.required("zero_count", row, zero_counts[row])?,
            count: table.required("count", row, counts[row])?,
            sum: table.required("sum", row, sums[row])?,
            bucket_indices: indices,
            bucket_counts: in_buckets,
        });
    }
    Ok(rows)
}

/// Reads what [`write_scalars`] wrote. `series_count` bounds the series ids.
pub(crate) fn read_scalars(
    path: &Path,
    series_count: usize,
) -> Result<Vec<ScalarSample>, RunError> {
    let table = Table::read(path)?;
    let ids = table.series_ids(series_count)?;
    let times = table.times()?;
    let values = table.numbers::<Float64Type>("value")?;
    (0..ids.len())
        .map(|row| {
            let value = table.required("value", row, values[row])?;
            Ok(ScalarSample {
                series_id: ids[row],
                timestamp: times[row],
                value,
            })
        })
        .collect()
}

fn json_of(labels: &BTreeMap<String, String>) -> String {
    let object: serde_json::Value = labels
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    object.to_string()
}

fn column<Values, Marker: ?Sized>(name: &str, values: Values) -> Column
where
    PolarsSeries: NamedFrom<Values, Marker>,
{
    PolarsSeries::new(name.into(), values).into()
}

fn list_column<'a, Type: PolarsNumericType>(
    name: &str,
    rows: impl Iterator<Item = &'a [Type::Native]>,
) -> Column {
    let mut builder =
        ListPrimitiveChunkedBuilder::<Type>::new(name.into(), 0, 0, Type::get_static_dtype());
    rows.for_each(|row| builder.append_slice(row));
    builder.finish().into_series().into()
}

fn time_column(path: &Path, times: impl Iterator<Item = TimestampMs>) -> Result<Column, RunError> {
    let milliseconds: Vec<i64> = times.map(|time| time.0).collect();
    PolarsSeries::new("timestamp_utc".into(), milliseconds)
        .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
        .map(Column::from)
        .map_err(|source| failed("write", path, source))
}

fn write(path: &Path, columns: Vec<Column>) -> Result<u64, RunError> {
    let mut frame =
        DataFrame::new_infer_height(columns).map_err(|source| failed("write", path, source))?;
    let rows = frame.height() as u64;
    let file = File::create(path)?;
    ParquetWriter::new(&file)
        .with_compression(ParquetCompression::Zstd(None))
        .finish(&mut frame)
        .map_err(|source| failed("write", path, source))?;
    file.sync_all()?;
    Ok(rows)
}

fn failed(action: &'static str, path: &Path, source: PolarsError) -> RunError {
    RunError::Parquet {
        action,
        path: path.to_owned(),
        source,
    }
}

/// A Parquet file read into memory, with its path for the messages.
struct Table<'a> {
    path: &'a Path,
    frame: DataFrame,
}

impl<'a> Table<'a> {
    fn read(path: &'a Path) -> Result<Self, RunError> {
        let file = File::open(path)?.into_file();
        let frame = ParquetReader::new(file)
            .finish()
            .map_err(|source| failed("read", path, source))?;
        Ok(Self { path, frame })
    }

    fn invalid(&self, problem: String) -> RunError {
        RunError::TableInvalid {
            path: self.path.to_owned(),
            problem,
        }
    }

    fn series(&self, name: &str) -> Result<&PolarsSeries, RunError> {
        let column = self
            .frame
            .column(name)
            .map_err(|_| self.invalid(format!("there is no column `{name}`")))?;
        Ok(column.as_materialized_series())
    }

    fn typed<Type: PolarsDataType + PolarsPhysicalType>(
        &self,
        name: &str,
    ) -> Result<&ChunkedArray<Type>, RunError> {
        let series = self.series(name)?;
        let expected = Type::get_static_dtype();
        if *series.dtype() != expected {
            return Err(self.invalid(format!(
                "column `{name}` is {}, not {expected}",
                series.dtype()
            )));
        }
        Ok(series.as_ref().as_ref())
    }

    fn numbers<Type: PolarsNumericType>(
        &self,
        name: &str,
    ) -> Result<Vec<Option<Type::Native>>, RunError> {
        Ok(self.typed::<Type>(name)?.iter().collect())
    }

    fn booleans(&self, name: &str) -> Result<Vec<Option<bool>>, RunError> {
        Ok(self.typed::<BooleanType>(name)?.iter().collect())
    }

    fn texts(&self, name: &str) -> Result<Vec<Option<String>>, RunError> {
        Ok(self
            .typed::<StringType>(name)?
            .iter()
            .map(|text| text.map(str::to_owned))
            .collect())
    }

    fn times(&self) -> Result<Vec<TimestampMs>, RunError> {
        let name = "timestamp_utc";
        let milliseconds = self
            .series(name)?
            .cast(&DataType::Int64)
            .map_err(|source| failed("read", self.path, source))?;
        let milliseconds: &ChunkedArray<Int64Type> = milliseconds.as_ref().as_ref();
        let rows = milliseconds.iter().enumerate();
        rows.map(|(row, time)| self.required(name, row, time).map(TimestampMs))
            .collect()
    }

    fn series_ids(&self, series_count: usize) -> Result<Vec<u32>, RunError> {
        let ids = self
            .numbers::<UInt32Type>("series_id")?
            .into_iter()
            .enumerate();
        ids.map(|(row, id)| {
            let id = self.required("series_id", row, id)?;
            if id as usize >= series_count {
                return Err(self.invalid(format!("row {row}: there is no series {id}")));
            }
            Ok(id)
        })
        .collect()
    }

    fn lists<Type: PolarsNumericType>(
        &self,
        name: &str,
    ) -> Result<Vec<Vec<Type::Native>>, RunError> {
        let lists = self
            .series(name)?
            .list()
            .map_err(|_| self.invalid(format!("column `{name}` is no list")))?;
        let rows = lists.series_iter().enumerate();
        rows.map(|(row, list)| {
            let list = self.required(name, row, list)?;
            if *list.dtype() != Type::get_static_dtype() {
                return Err(self.invalid(format!("column `{name}` holds {}", list.dtype())));
            }
            let values: &ChunkedArray<Type> = list.as_ref().as_ref();
            values
                .iter()
                .map(|value| self.required(name, row, value))
                .collect()
        })
        .collect()
    }

    fn required<Value>(
        &self,
        name: &str,
        row: usize,
        value: Option<Value>,
    ) -> Result<Value, RunError> {
        value.ok_or_else(|| self.invalid(format!("row {row}: `{name}` is empty")))
    }
}
