use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::work::PATIENCE;

/// An OTLP receiver on the loopback that speaks HTTP/1.1 and keeps what it gets. It answers as it was
/// told to, and 200 when it was told nothing.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<Received>>,
    /// Where it never answers.
    hangs_at: Mutex<Option<&'static str>>,
}

/// An answer to one request.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) after: Duration,
}

/// A request, its body unpacked.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    pub(crate) status: u16,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: "", body: Vec::new(), after: Duration::ZERO }
    }
}

impl Receiver {
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").unwrap(), replies)
    }

    /// One that answers everywhere but at `path`.
    pub(crate) fn that_hangs_at(path: &'static str) -> Self {
        let receiver = Self::start([]);
        *receiver.shared.hangs_at.lock().unwrap() = Some(path);
        receiver
    }

    pub(super) fn listen(listener: TcpListener, replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::serve(listener, replies, |shared, stream| shared.serve(stream))
    }

    /// One behind TLS.
    pub(crate) fn start_tls(config: rustls::ServerConfig) -> Self {
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::serve(listener, [], move |shared, stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            shared.serve(rustls::StreamOwned::new(connection, stream));
        })
    }

    fn serve(
        listener: TcpListener,
        replies: impl IntoIterator<Item = Reply>,
        serve: impl Fn(&Shared, TcpStream) + Clone + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        shared.replies.lock().unwrap().extend(replies);
        let receiver =
            Self { address: listener.local_addr().unwrap(), shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (shared, serve) = (Arc::clone(&shared), serve.clone());
                thread::spawn(move || serve(&shared, stream.unwrap()));
            }
        });
        receiver
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// All requests, once there are at least so many.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait_until(|requests| requests.len() >= count)
    }

    /// All requests, once they are what is waited for.
    pub(crate) fn wait_until(&self, done: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let began = Instant::now();
        loop {
            let requests = self.requests();
            if done(&requests) {
                return requests;
            }
            assert!(began.elapsed() < PATIENCE, "{} requests", requests.len());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What was taken at `path`, decoded.
    fn taken<M: Message + Default>(&self, path: &str) -> Vec<M> {
        let requests = self.requests().into_iter();
        requests
            .filter(|request| request.path == path && request.status == 200)
            .map(|request| M::decode(&*request.body).expect("a message of OTLP"))
            .collect()
    }

    pub(crate) fn traces(&self) -> Vec<ExportTraceServiceRequest> {
        self.taken("/v1/traces")
    }

    pub(crate) fn logs(&self) -> Vec<ExportLogsServiceRequest> {
        self.taken("/v1/logs")
    }

    pub(crate) fn metrics(&self) -> Vec<ExportMetricsServiceRequest> {
        self.taken("/v1/metrics")
    }

    /// Spans that were taken, in number.
    pub(crate) fn span_count(&self) -> u64 {
        let requests = self.traces();
        let resources = requests.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.map(|scope| scope.spans.len() as u64).sum()
    }
}

impl Shared {
    /// Serves one connection until it is closed.
    fn serve(&self, stream: impl Read + Write) {
        let mut reader = BufReader::new(stream);
        while let Some(mut request) = read_request(&mut reader) {
            let reply = self.replies.lock().unwrap().pop_front();
            let reply = reply.unwrap_or_else(|| Reply::status(200));
            request.status = reply.status;
            let hangs = *self.hangs_at.lock().unwrap() == Some(&*request.path);
            self.requests.lock().unwrap().push(request);
            if hangs {
                thread::sleep(PATIENCE);
                return;
            }
            thread::sleep(reply.after);
            let head = format!(
                "HTTP/1.1 {} Whatever\r\n{}content-length: {}\r\n\r\n",
                reply.status,
                reply.headers,
                reply.body.len()
            );
            let answer = [head.as_bytes(), &reply.body].concat();
            if reader.get_mut().write_all(&answer).is_err() {
                return;
            }
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some("POST"));
    let path = words.next().unwrap().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        let mut plain = Vec::new();
        GzDecoder::new(&*body).read_to_end(&mut plain).expect("a gzip stream");
        body = plain;
    }
    Some(Received { at: Instant::now(), status: 0, path, headers, body })
}
