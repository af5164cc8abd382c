use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    AccessMode, DbErr, IsolationLevel, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::connection::Connection;
use super::observed::{BEGIN, COMMIT, Command, Observed, ROLLBACK};
use super::rollback::Rollback;
use crate::Operation;

impl<C> Connection<C> {
    /// Within how many transactions a transaction on this would run.
    fn depth(&self) -> usize {
        self.rollback.as_ref().map_or(0, |rollback| rollback.depth + 1)
    }

    async fn open<T>(
        &self,
        begin: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<Connection<T>, DbErr> {
        let depth = self.depth();
        let operation = Operation::start(&self.observed.target, BEGIN.at(depth));
        let inner = Observed::run(operation, begin, |_, _| {}).await?;
        Ok(Connection {
            inner,
            observed: Arc::clone(&self.observed),
            rollback: Some(Rollback::new(&self.observed, depth)),
        })
    }

    /// Takes the transaction apart to end it by `command`.
    fn closing(mut self, command: &Command) -> (C, Operation) {
        let depth = self.rollback.as_ref().map_or(0, |rollback| rollback.depth);
        if let Some(rollback) = &mut self.rollback {
            rollback.disarm();
        }
        let operation = Operation::start(&self.observed.target, command.at(depth));
        (self.inner, operation)
    }
}

impl<C: TransactionTrait> Connection<C> {
    /// Runs `callback` in `transaction`, which it commits if that succeeds.
    async fn run<F, T, E>(
        transaction: Connection<C::Transaction>,
        callback: F,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
            &'c Connection<C::Transaction>,
        ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>,
        E: std::fmt::Display + std::fmt::Debug,
    {
        match callback(&transaction).await {
            Ok(value) => {
                transaction.commit().await.map_err(TransactionError::Connection)?;
                Ok(value)
            }
            Err(error) => {
                transaction.rollback().await.map_err(TransactionError::Connection)?;
                Err(TransactionError::Transaction(error))
            }
        }
    }
}

#[async_trait]
impl<C> TransactionTrait for Connection<C>
where
    C: TransactionTrait + Send,
    C::Transaction: Sync,
{
    type Transaction = Connection<C::Transaction>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.open(self.inner.begin()).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        self.open(self.inner.begin_with_config(isolation_level, access_mode)).await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        self.open(self.inner.begin_with_options(options)).await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        let transaction = self.begin().await.map_err(TransactionError::Connection)?;
        Self::run(transaction, callback).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        let transaction = self
            .begin_with_config(isolation_level, access_mode)
            .await
            .map_err(TransactionError::Connection)?;
        Self::run(transaction, callback).await
    }
}

#[async_trait]
impl<C: TransactionSession + Send> TransactionSession for Connection<C> {
    async fn commit(self) -> Result<(), DbErr> {
        let (inner, operation) = self.closing(&COMMIT);
        Observed::run(operation, inner.commit(), |_, ()| {}).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        let (inner, operation) = self.closing(&ROLLBACK);
        Observed::run(operation, inner.rollback(), |_, ()| {}).await
    }
}
