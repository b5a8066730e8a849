//! `meshdelta cluster`: with recording stand-ins for kind, helm and docker, and, where there is a cluster, with the real helm on a real API server.

mod charts;
mod live;
mod real_charts;
mod recording;
