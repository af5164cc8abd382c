//! The end of the service: answers that are under way are given, but not waited for without end.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;

use crate::demo::process::Stop;

/// How long answers that are under way are waited for at the end.
const LONGEST_DRAIN: Duration = Duration::from_secs(5);

/// Serves until it is asked to stop, and then until all answers are given, for a while.
pub(super) async fn serve_until<L>(listener: L, app: Router, stop: &Stop) -> io::Result<()>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let graceful = {
        let stop = stop.clone();
        async move { stop.asked().await }
    };
    let patience = async {
        stop.asked().await;
        tokio::time::sleep(LONGEST_DRAIN).await;
    };
    let serving = axum::serve(listener, app).with_graceful_shutdown(graceful);
    tokio::select! {
        served = serving => served,
        () = patience => Ok(()),
    }
}

/// By a clock that stands still while anybody has something to do, and a network within the process.
#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Body;
    use axum::routing::get;
    use bytes::Bytes;
    use futures_util::stream::{self, StreamExt};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::{mpsc, oneshot};
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// Takes the connections that the test makes.
    struct Connections(mpsc::UnboundedReceiver<DuplexStream>);

    impl Listener for Connections {
        type Io = DuplexStream;
        type Addr = ();

        async fn accept(&mut self) -> (DuplexStream, ()) {
            match self.0.recv().await {
                Some(connection) => (connection, ()),
                None => std::future::pending().await,
            }
        }

        fn local_addr(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A beginning, and after `pause` the rest; without a pause the rest never comes.
    fn answer(pause: Option<Duration>) -> Body {
        let rest = stream::once(async move {
            match pause {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
            Bytes::from_static(b"the end")
        });
        let beginning = stream::once(async { Bytes::from_static(b"begun") });
        Body::from_stream(beginning.chain(rest).map(Ok::<_, Infallible>))
    }

    /// A service with a client that has read the beginning of the answer to `path`.
    struct Served {
        serving: JoinHandle<io::Result<()>>,
        stop: oneshot::Sender<()>,
        client: DuplexStream,
    }

    impl Served {
        async fn asked_for(path: &str) -> Self {
            let (connect, connections) = mpsc::unbounded_channel();
            let (stop, stopped) = oneshot::channel();
            let asked = Stop::from(async { drop(stopped.await) }).unwrap();
            let app = Router::new()
                .route("/plain", get(|| async { "begun" }))
                .route("/slow", get(|| async { answer(Some(Duration::from_secs(3))) }))
                .route("/endless", get(|| async { answer(None) }));
            let serving =
                tokio::spawn(
                    async move { serve_until(Connections(connections), app, &asked).await },
                );
            let (mut client, server) = duplex(64 * 1024);
            connect.send(server).unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: desk\r\n\r\n");
            client.write_all(request.as_bytes()).await.unwrap();
            read_until("begun", &mut client).await;
            Self { serving, stop, client }
        }
    }

    async fn read_until(end: &str, client: &mut DuplexStream) {
        let mut text = Vec::new();
        while !String::from_utf8_lossy(&text).contains(end) {
            assert!(client.read_buf(&mut text).await.unwrap() > 0, "{end} doesn't come");
        }
    }

    /// Whole seconds since then, of the clock that the test has.
    fn seconds_since(asked: Instant) -> u64 {
        asked.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_an_end_is_waited_for_five_seconds_and_no_longer() {
        let served = Served::asked_for("/endless").await;
        let asked = Instant::now();
        served.stop.send(()).unwrap();
        served.serving.await.unwrap().unwrap();
        assert_eq!(seconds_since(asked), 5);
        drop(served.client);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_ends_sooner_is_given_whole_and_nothing_more_is_waited_for() {
        let mut served = Served::asked_for("/slow").await;
        let asked = Instant::now();
        served.stop.send(()).unwrap();
        read_until("the end", &mut served.client).await;
        assert_eq!(seconds_since(asked), 3);
        served.serving.await.unwrap().unwrap();
        assert_eq!(seconds_since(asked), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn with_no_answer_under_way_it_ends_at_once() {
        let served = Served::asked_for("/plain").await;
        let asked = Instant::now();
        served.stop.send(()).unwrap();
        served.serving.await.unwrap().unwrap();
        assert_eq!(seconds_since(asked), 0);
        drop(served.client);
    }
}
