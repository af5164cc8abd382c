use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use fred::error::{Error, ErrorKind};
use fred::interfaces::EventInterface;

use super::failure::Failure;
use crate::connection_health::Health;
use crate::instruments::Instruments;

/// What is told of the connections of one client.
struct Told {
    health: Health,
    instruments: Arc<Instruments>,
    pool: Box<str>,
}

/// What the client said.
enum Said<E, R> {
    Failed(E),
    Connected(R),
}

/// Tells of the connections what the client says from now on, for as long as it
/// is polled and the client is there.
pub(super) fn watch<C: EventInterface>(
    client: &C,
    instruments: Option<Arc<Instruments>>,
    pool: &str,
) -> impl Future<Output = ()> + Send + 'static + use<C> {
    let (mut errors, mut connections) = (client.error_rx(), client.reconnect_rx());
    let told = instruments.map(|instruments| Told {
        health: Health::default(),
        instruments,
        pool: pool.into(),
    });
    async move {
        let Some(told) = told else { return };
        loop {
            let said = {
                let (mut error, mut connection) = (pin!(errors.recv()), pin!(connections.recv()));
                let said = poll_fn(|task| {
                    if let Poll::Ready(error) = error.as_mut().poll(task) {
                        return Poll::Ready(Said::Failed(error));
                    }
                    connection.as_mut().poll(task).map(Said::Connected)
                });
                said.await
            };
            match said {
                Said::Failed(Ok((error, _))) => told.failed(&error),
                Said::Connected(Ok(_)) => {
                    // Whatever failed before this connection is older than it.
                    while let Ok((error, _)) = errors.try_recv() {
                        told.failed(&error);
                    }
                    told.connected();
                }
                // Some were missed, unless the client is gone.
                Said::Failed(Err(_)) if !errors.is_closed() => {}
                Said::Connected(Err(_)) if !connections.is_closed() => {}
                Said::Failed(Err(_)) | Said::Connected(Err(_)) => return,
            }
        }
    }
}

impl Told {
    fn connected(&self) {
        self.health.answered(self.health.seen(), &self.instruments.health, &self.pool);
    }

    fn failed(&self, error: &Error) {
        let Told { health, instruments, pool } = self;
        instruments.health.count_error(pool, Failure::of(error).name());
        if matches!(error.kind(), ErrorKind::IO | ErrorKind::Timeout) {
            health.lost(health.seen(), &instruments.health, pool);
        }
    }
}
