use std::future::Future;
use std::time::Duration;

use super::observation::Observation;
use super::{Once, Operation, Retry};
use crate::context::ContextExt;
use crate::error::{Classify, ErrorClass};

impl Operation<Once> {
    /// Carries `work` out. What it starts lies beneath the operation's span; a dropped future ends it
    /// as `cancelled`.
    ///
    /// # Errors
    ///
    /// That of `work`.
    pub async fn run<W, F, T, E, By>(self, work: W) -> Result<T, E>
    where
        W: FnOnce() -> F,
        F: Future<Output = Result<T, E>>,
        E: Classify<By>,
    {
        let (mut observed, Once(())) = Observation::start(self);
        let result = once(&mut observed, work).await;
        finish(observed, result)
    }

    /// Carries `work` out and, when it fails, `fallback` in its place. The outcome is `fallback` then,
    /// and the error is seen as an exception and a span event; `error` only when that fails too.
    ///
    /// # Errors
    ///
    /// That of `fallback`.
    ///
    /// ```
    /// use telemetry_core::operation;
    ///
    /// # async fn fetch() -> std::io::Result<u32> { Ok(7) }
    /// # async fn handler() -> std::io::Result<()> {
    /// let rate = operation!("rates.fetch").run_or_else(fetch, async |_error| Ok(1)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_or_else<W, F, B, G, T, E, By>(self, work: W, fallback: B) -> Result<T, E>
    where
        W: FnOnce() -> F,
        F: Future<Output = Result<T, E>>,
        B: FnOnce(E) -> G,
        G: Future<Output = Result<T, E>>,
        E: Classify<By>,
    {
        let (mut observed, Once(())) = Observation::start(self);
        let result = once(&mut observed, work).await;
        finish_or_else(observed, result, fallback).await
    }

    /// Carries `work` out on the calling thread.
    ///
    /// # Errors
    ///
    /// That of `work`.
    pub fn in_scope<T, E, By>(self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        E: Classify<By>,
    {
        let (mut observed, Once(())) = Observation::start(self);
        let result = observed.attempt(work);
        finish(observed, result)
    }

    /// Carries `work` out on the calling thread and, when it fails, `fallback` in its place.
    ///
    /// # Errors
    ///
    /// That of `fallback`.
    pub fn in_scope_or_else<T, E, By>(
        self,
        work: impl FnOnce() -> Result<T, E>,
        fallback: impl FnOnce(E) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: Classify<By>,
    {
        let (mut observed, Once(())) = Observation::start(self);
        let result = observed.attempt(work);
        finish_or_else_here(observed, result, fallback)
    }
}

impl<S> Operation<Retry<S>> {
    /// Carries `work` out, again and again as the policy says. What it starts lies beneath the
    /// operation's span; a dropped future ends it as `cancelled`, also between two tries.
    ///
    /// # Errors
    ///
    /// That of the last try.
    pub async fn run<W, F, P, T, E, By>(self, work: W) -> Result<T, E>
    where
        W: FnMut() -> F,
        F: Future<Output = Result<T, E>>,
        S: Fn(Duration) -> P,
        P: Future<Output = ()>,
        E: Classify<By>,
    {
        let (mut observed, retry) = Observation::start(self);
        let result = retry.run(&mut observed, work).await;
        finish(observed, result)
    }

    /// Carries `work` out, again and again as the policy says, and, when all tries fail, `fallback` in
    /// its place.
    ///
    /// # Errors
    ///
    /// That of `fallback`.
    pub async fn run_or_else<W, F, B, G, P, T, E, By>(self, work: W, fallback: B) -> Result<T, E>
    where
        W: FnMut() -> F,
        F: Future<Output = Result<T, E>>,
        B: FnOnce(E) -> G,
        G: Future<Output = Result<T, E>>,
        S: Fn(Duration) -> P,
        P: Future<Output = ()>,
        E: Classify<By>,
    {
        let (mut observed, retry) = Observation::start(self);
        let result = retry.run(&mut observed, work).await;
        finish_or_else(observed, result, fallback).await
    }

    /// Carries `work` out on the calling thread, again and again as the policy says.
    ///
    /// # Errors
    ///
    /// That of the last try.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_core::{RetryPolicy, operation};
    ///
    /// # fn read() -> std::io::Result<u32> { Ok(7) }
    /// let policy = RetryPolicy::fixed(Duration::from_millis(10)).attempts(5);
    /// let value = operation!("sensor.read").retry(policy, std::thread::sleep).in_scope(read)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn in_scope<T, E, By>(self, work: impl FnMut() -> Result<T, E>) -> Result<T, E>
    where
        S: Fn(Duration),
        E: Classify<By>,
    {
        let (mut observed, retry) = Observation::start(self);
        let result = retry.run_here(&mut observed, work);
        finish(observed, result)
    }

    /// Carries `work` out on the calling thread, again and again as the policy says, and, when all
    /// tries fail, `fallback` in its place.
    ///
    /// # Errors
    ///
    /// That of `fallback`.
    pub fn in_scope_or_else<T, E, By>(
        self,
        work: impl FnMut() -> Result<T, E>,
        fallback: impl FnOnce(E) -> Result<T, E>,
    ) -> Result<T, E>
    where
        S: Fn(Duration),
        E: Classify<By>,
    {
        let (mut observed, retry) = Observation::start(self);
        let result = retry.run_here(&mut observed, work);
        finish_or_else_here(observed, result, fallback)
    }
}

impl<S> Retry<S> {
    async fn run<W, F, P, T, E, By>(&self, observed: &mut Observation, mut work: W) -> Result<T, E>
    where
        W: FnMut() -> F,
        F: Future<Output = Result<T, E>>,
        S: Fn(Duration) -> P,
        P: Future<Output = ()>,
        E: Classify<By>,
    {
        loop {
            let result = once(observed, &mut work).await;
            match self.delay_after(observed, &result) {
                Some(delay) => (self.sleep)(delay).await,
                None => return result,
            }
        }
    }

    fn run_here<T, E, By>(
        &self,
        observed: &mut Observation,
        mut work: impl FnMut() -> Result<T, E>,
    ) -> Result<T, E>
    where
        S: Fn(Duration),
        E: Classify<By>,
    {
        loop {
            let result = observed.attempt(&mut work);
            match self.delay_after(observed, &result) {
                Some(delay) => (self.sleep)(delay),
                None => return result,
            }
        }
    }

    /// None when the result is the last one.
    fn delay_after<T, E: Classify<By>, By>(
        &self,
        observed: &Observation,
        result: &Result<T, E>,
    ) -> Option<Duration> {
        let error = result.as_ref().err()?;
        observed.next_delay(&self.policy, &error.class())
    }
}

/// One try.
async fn once<F: Future>(observed: &mut Observation, work: impl FnOnce() -> F) -> F::Output {
    let work = observed.attempt(work);
    work.in_context(observed.context()).await
}

fn finish<T, E: Classify<By>, By>(mut observed: Observation, result: Result<T, E>) -> Result<T, E> {
    match &result {
        Ok(_) => observed.succeed(),
        Err(error) => {
            let class = error.class();
            observed.note(error, &class);
            observed.fail(&class);
        }
    }
    result
}

async fn finish_or_else<T, E, G, By>(
    mut observed: Observation,
    result: Result<T, E>,
    fallback: impl FnOnce(E) -> G,
) -> Result<T, E>
where
    E: Classify<By>,
    G: Future<Output = Result<T, E>>,
{
    let error = match result {
        Err(error) => error,
        done => return finish(observed, done),
    };
    let class = error.class();
    observed.note(&error, &class);
    let fallback = observed.within(|| fallback(error));
    let result = fallback.in_context(observed.context()).await;
    finish_fallback(observed, &class, result)
}

fn finish_or_else_here<T, E: Classify<By>, By>(
    mut observed: Observation,
    result: Result<T, E>,
    fallback: impl FnOnce(E) -> Result<T, E>,
) -> Result<T, E> {
    let error = match result {
        Err(error) => error,
        done => return finish(observed, done),
    };
    let class = error.class();
    observed.note(&error, &class);
    let result = observed.within(|| fallback(error));
    finish_fallback(observed, &class, result)
}

fn finish_fallback<T, E: Classify<By>, By>(
    mut observed: Observation,
    class: &ErrorClass,
    result: Result<T, E>,
) -> Result<T, E> {
    if result.is_ok() {
        observed.fall_back(class);
        return result;
    }
    finish(observed, result)
}
