//! A Grafana that records: an HTTP server of its own, because no Grafana is in any registry that tests can reach.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

pub(crate) struct RecordingGrafana {
    address: SocketAddr,
    annotations: Arc<Mutex<Vec<Value>>>,
}

impl RecordingGrafana {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let annotations = Arc::new(Mutex::new(Vec::new()));
        let recorded = annotations.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if let Some(annotation) = answer(connection) {
                    recorded.lock().unwrap().push(annotation);
                }
            }
        });
        Self {
            address,
            annotations,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn annotations(&self) -> Vec<Value> {
        self.annotations.lock().unwrap().clone()
    }
}

/// Reads one request and says that all is well; returns its body when it is an annotation.
fn answer(connection: TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let said = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    reader.get_mut().write_all(said.as_bytes()).ok()?;
    first
        .starts_with("POST /api/annotations ")
        .then(|| serde_json::from_slice(&body).ok())
        .flatten()
}
