use std::sync::OnceLock;

use redis::{Cmd, Pipeline, RedisError, Value};
use telemetry_core::semconv::db;

use super::command::{self, OTHER};
use super::error::Failure;
use super::lookup::{self, Read};
use super::metrics::Lookups;
use super::prefix::Prefixes;
use super::table::Table;
use crate::connection_health::{Health, Seen};
use crate::instruments::Instruments;
use crate::names;
use crate::{Operation, Statement, Target};

/// What all handles of a connection share.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) target: Target,
    pub(super) prefixes: Prefixes,
    pool: Box<str>,
    commands: Table<Known>,
    health: Health,
    /// Of the first pipeline; mostly there are no others.
    lookups: OnceLock<Lookups>,
}

/// What is known of a command, or of a kind of batches.
#[derive(Debug)]
pub(super) struct Known {
    statement: Statement,
    read: Option<Read>,
    runs_procedure: bool,
}

/// How many commands and kinds of batches are kept, at most.
const COMMANDS: usize = 256;

impl Observed {
    pub(super) fn new(target: Target, prefixes: Prefixes) -> Self {
        Observed {
            pool: target.pool_name().into(),
            target,
            prefixes,
            commands: Table::of_size(COMMANDS),
            health: Health::default(),
            lookups: OnceLock::new(),
        }
    }

    /// How the connection stands when an operation begins.
    #[inline]
    pub(super) fn seen(&self) -> Seen {
        self.health.seen()
    }

    /// Notes that no connection can be made, which no command finds.
    #[cfg(feature = "deadpool-redis")]
    #[cold]
    pub(super) fn not_connected(&self, seen: Seen, error: &RedisError) {
        if let Some(pipeline) = telemetry_core::Pipeline::current() {
            self.failed(seen, &Instruments::of(&pipeline), Failure::of(error));
        }
    }

    /// What is known of a command.
    #[inline]
    pub(super) fn known(&self, command: &Cmd) -> Option<&Known> {
        let name = command::argument(command, 0).unwrap_or_default();
        self.commands.known(name).or_else(|| self.find(command::name(command)))
    }

    /// Starts the operation of a command.
    #[inline]
    pub(super) fn start(&self, command: &Cmd, known: Option<&Known>) -> Operation {
        let mut operation = self.start_known(known);
        if known.is_some_and(|known| known.runs_procedure)
            && let Some(procedure) = command::procedure(command)
        {
            operation.set(names::STORED_PROCEDURE_NAME, procedure);
        }
        operation
    }

    pub(super) fn start_batch(&self, pipeline: &Pipeline) -> Operation {
        let (kind, common) = command::batch_name(pipeline);
        let mut operation = match common {
            Some(common) => self.start_known(self.find(&format!("{kind} {common}"))),
            None => self.start_known(self.find(kind)),
        };
        // One command alone is no batch, by the conventions.
        if pipeline.len() != 1 {
            operation.set(db::OPERATION_BATCH_SIZE, pipeline.len() as u64);
        }
        operation
    }

    #[inline]
    fn start_known(&self, known: Option<&Known>) -> Operation {
        match known {
            Some(known) => Operation::start(&self.target, &known.statement),
            None => Operation::start(&self.target, &Statement::command(OTHER)),
        }
    }

    /// What is known of a command of this name, as long as there is room for
    /// others.
    #[cold]
    fn find(&self, name: &str) -> Option<&Known> {
        self.commands.find(name.as_bytes(), || Known {
            statement: Statement::command(name),
            read: lookup::read(name),
            runs_procedure: command::runs_procedure(name),
        })
    }

    /// Notes what came of a command, and ends its operation.
    pub(super) fn end(
        &self,
        operation: &mut Operation,
        seen: Seen,
        (command, known): (&Cmd, Option<&Known>),
        result: &Result<Value, RedisError>,
    ) {
        match result {
            Ok(Value::ServerError(error)) => {
                self.fail(operation, seen, Failure::of_answer(error));
            }
            Ok(value) => {
                let mut found = Found::default();
                let by_name = || lookup::read(command::name(command));
                let read = known.map_or_else(by_name, |known| known.read);
                self.look_up(operation, read, command, value, &mut found);
                self.answered(operation, seen, found);
            }
            Err(error) => self.fail(operation, seen, Failure::of(error)),
        }
        operation.finish();
    }

    /// The same of a batch.
    pub(super) fn end_batch(
        &self,
        mut operation: Operation,
        seen: Seen,
        pipeline: &Pipeline,
        result: &Result<Vec<Value>, RedisError>,
    ) {
        match result {
            Ok(values) => {
                let answers = match values.as_slice() {
                    // The answer to EXEC.
                    [Value::Array(answers)] if pipeline.is_transaction() => answers,
                    answers => answers,
                };
                let mut found = Found::default();
                let mut failure = None;
                for (command, answer) in pipeline.cmd_iter().zip(answers) {
                    if let Value::ServerError(error) = answer {
                        failure.get_or_insert(Failure::of_answer(error));
                    } else {
                        let read = lookup::read(command::name(command));
                        self.look_up(&operation, read, command, answer, &mut found);
                    }
                }
                self.answered(&mut operation, seen, found);
                if let Some(failure) = failure {
                    self.fail(&mut operation, seen, failure);
                }
            }
            Err(error) => self.fail(&mut operation, seen, Failure::of(error)),
        }
        operation.end();
    }

    #[inline]
    fn look_up(
        &self,
        operation: &Operation,
        read: Option<Read>,
        command: &Cmd,
        answer: &Value,
        found: &mut Found,
    ) {
        let Some(instruments) = operation.instruments() else { return };
        lookup::each(read, command, answer, |hit, key| {
            found.any = true;
            found.hits += u64::from(hit);
            found.misses += u64::from(!hit);
            let prefix = key.and_then(|key| self.prefixes.part(key));
            let lookups = self.lookups.get_or_init(|| Lookups::new(instruments));
            if lookups.belongs_to(instruments) {
                lookups.count(&self.target, prefix, hit);
            } else {
                Lookups::new(instruments).count(&self.target, prefix, hit);
            }
        });
    }

    fn answered(&self, operation: &mut Operation, seen: Seen, found: Found) {
        if let Some(instruments) = operation.instruments() {
            self.health.answered(seen, &instruments.health, &self.pool);
        }
        if found.any {
            operation.found_counted(found.hits, found.misses);
        }
    }

    fn fail(&self, operation: &mut Operation, seen: Seen, failure: Failure) {
        if let Some(instruments) = operation.instruments() {
            self.failed(seen, instruments, failure);
        }
        operation.fail(failure.name, failure.is_code.then_some(failure.name));
    }

    #[cold]
    fn failed(&self, seen: Seen, instruments: &Instruments, failure: Failure) {
        instruments.health.count_error(&self.pool, failure.name);
        if failure.lost {
            self.health.lost(seen, &instruments.health, &self.pool);
        } else if failure.answered {
            self.health.answered(seen, &instruments.health, &self.pool);
        }
    }
}

/// What of that which was asked for was there.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    any: bool,
    hits: u64,
    misses: u64,
}
