//! [`Workers`]: threads that work at the same time, each on a core of its own.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::failure::Failure;
use crate::measure::keep_to_core_number;

/// Threads that work at the same time, each on a core of its own.
#[derive(Debug)]
pub(crate) struct Workers(Vec<Worker>);

#[derive(Debug)]
struct Worker {
    /// How many operations to do.
    orders: Sender<u64>,
    /// That they are done.
    done: Receiver<Result<(), Failure>>,
}

impl Workers {
    /// A thread for each of these; each does so many operations when asked.
    pub(crate) fn new<W>(work: impl IntoIterator<Item = W>) -> Result<Self, Failure>
    where
        W: FnMut(u64) + Send + 'static,
    {
        let workers = work.into_iter().enumerate();
        let workers: Result<Vec<_>, Failure> =
            workers.map(|(number, work)| Worker::new(number, work)).collect();
        Ok(Self(workers?))
    }

    /// Has all of them at work at the same time, an equal part each, and waits for the last one.
    pub(crate) fn burst(&self, operations: u64) {
        let part = operations / self.0.len() as u64;
        for worker in &self.0 {
            let _ = worker.orders.send(part);
        }
        for worker in &self.0 {
            let _ = worker.done.recv();
        }
    }
}

impl Worker {
    fn new(number: usize, mut work: impl FnMut(u64) + Send + 'static) -> Result<Self, Failure> {
        let (orders, taken) = channel();
        let (said, done) = channel();
        thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
            let _ = said.send(keep_to_core_number(number));
            for operations in taken {
                work(operations);
                let _ = said.send(Ok(()));
            }
        })?;
        done.recv()??;
        Ok(Self { orders, done })
    }
}
