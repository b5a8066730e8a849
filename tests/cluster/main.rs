//! `meshdelta run --environment kubernetes` on a real cluster of one node, as `tools/test-cluster/up` makes it.
//!
//! `MESHDELTA_TEST_CLUSTER` names its folder (with `kubeconfig`); `tools/test-cluster/test` runs these by
//! `cargo test --test cluster -- --ignored --test-threads=1`. One at a time: a run takes the cluster for itself, which is tested too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "shown when a test fails")]

mod continued;
mod failures;
mod grafana;
mod istio;
mod restart;
mod rights;
mod support;
mod whole;
