//! The Prometheus HTTP API: raw stored samples, by range selectors in instant queries, and nothing resampled.

mod bucket;
mod client;
mod decode;
mod page;
mod service;
mod time;
mod url;

pub use client::PrometheusClient;
pub(crate) use client::http_client;
pub use decode::{RawHistogram, RawSeries};
pub(crate) use page::LastValue;
pub use service::ServiceProxy;
pub use url::PrometheusUrl;
