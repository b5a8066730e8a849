//! The address of a Prometheus, shown without its credentials.

use std::fmt;

use reqwest::Url;

use crate::error::CollectorError;

/// The base address of a Prometheus HTTP API, for example `http://127.0.0.1:9090` or `https://host/prometheus`.
#[derive(Clone, PartialEq, Eq)]
pub struct PrometheusUrl(Url);

impl PrometheusUrl {
    /// Parses an address; it must be `http` or `https`.
    pub fn parse(text: &str) -> Result<Self, CollectorError> {
        // The text is not repeated: it may hold a password.
        let invalid = |reason: String| CollectorError::PrometheusQuery {
            url: "the given address".to_owned(),
            reason,
        };
        let mut url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(invalid("it must begin with http:// or https://".to_owned()));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    /// Returns the address of an API path such as `api/v1/query`.
    pub(super) fn join(&self, path: &str) -> Result<Url, CollectorError> {
        self.0
            .join(path)
            .map_err(|error| CollectorError::PrometheusQuery {
                url: self.to_string(),
                reason: error.to_string(),
            })
    }
}

impl fmt::Display for PrometheusUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        let has_credentials = !shown.username().is_empty() || shown.password().is_some();
        if has_credentials && (shown.set_username("").is_err() || shown.set_password(None).is_err())
        {
            return formatter.write_str("an address with credentials");
        }
        shown.set_query(None);
        write!(formatter, "{}", shown.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for PrometheusUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PrometheusUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_never_shown() {
        let url =
            PrometheusUrl::parse("https://user:secret@host:9090/prefix?token=secret").unwrap();
        assert_eq!(url.to_string(), "https://host:9090/prefix");
        assert!(!format!("{url:?}").contains("secret"));
        assert_eq!(
            url.join("api/v1/query").unwrap().path(),
            "/prefix/api/v1/query"
        );
        for wrong in ["host:9090", "ftp://secret@host", "", "http//x"] {
            let error = PrometheusUrl::parse(wrong).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
