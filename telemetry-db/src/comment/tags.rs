use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task;

use pin_project_lite::pin_project;

use super::{encode, known};

/// What the comments on queries say of the request that makes them
/// ([`QueryComments`](crate::QueryComments)).
///
/// ```
/// use telemetry_db::QueryTags;
///
/// # async fn place() {}
/// # async fn handler() {
/// QueryTags::new().route("/orders/{id}").action("place").run(place()).await;
/// # }
/// ```
///
/// A handler of axum has them by a middleware, which knows the route:
///
/// ```text
/// async fn tag(route: MatchedPath, request: Request, next: Next) -> Response {
///     QueryTags::new().route(route.as_str()).run(next.run(request)).await
/// }
/// ```
///
/// Give it templates and names of functions, never the path or a value of a
/// request: with each new one every query is prepared anew. 256 pairs of a
/// route and an action are told in the life of a process, later ones are not.
/// A task that is spawned has none.
#[derive(Clone, Default)]
#[must_use = "tags do nothing unless something runs with them"]
pub struct QueryTags(Option<Arc<Tags>>);

/// Both bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tags {
    action: Option<Box<str>>,
    route: Option<Box<str>>,
}

impl Tags {
    #[cfg(test)]
    pub(super) fn of_route(route: &str) -> Self {
        Tags { route: Some(route.into()), action: None }
    }

    pub(super) fn action(&self) -> Option<&str> {
        self.action.as_deref()
    }

    pub(super) fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }
}

impl QueryTags {
    /// Those that are current.
    pub fn new() -> Self {
        // While a thread's own storage is taken down there are none.
        CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default()
    }

    /// Names the template of the request's path: `route`.
    pub fn route(mut self, route: &str) -> Self {
        self.change().route = Some(encode::bounded(route).into());
        self
    }

    /// Names what the request has done: `action`.
    pub fn action(mut self, action: &str) -> Self {
        self.change().action = Some(encode::bounded(action).into());
        self
    }

    /// `future` with these tags on its queries.
    pub fn run<F: Future>(self, future: F) -> Tagged<F> {
        Tagged { future, tags: self.known() }
    }

    /// Runs `work` with these tags on its queries.
    pub fn in_scope<R>(self, work: impl FnOnce() -> R) -> R {
        let mut tags = self.known();
        let _entered = Entered::enter(&mut tags);
        work()
    }

    fn change(&mut self) -> &mut Tags {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    fn known(self) -> Self {
        QueryTags(self.0.as_ref().and_then(known::known))
    }
}

impl fmt::Debug for QueryTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = self.0.as_deref();
        f.debug_struct("QueryTags")
            .field("route", &tags.and_then(Tags::route))
            .field("action", &tags.and_then(Tags::action))
            .finish()
    }
}

pin_project! {
    /// A future whose queries have tags; made by [`QueryTags::run`].
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Tagged<F> {
        #[pin]
        future: F,
        tags: QueryTags,
    }
}

impl<F: Future> Future for Tagged<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> task::Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::enter(this.tags);
        this.future.poll(task)
    }
}

thread_local! {
    static CURRENT: RefCell<QueryTags> = RefCell::default();
}

/// Looks at the tags that are current.
pub(super) fn with_current<R>(look: impl FnOnce(&Tags) -> R) -> R {
    let QueryTags(current) = QueryTags::new();
    look(current.as_deref().unwrap_or(&Tags::default()))
}

/// The tags are current until this is dropped, and those are again that were.
struct Entered<'t>(&'t mut QueryTags);

impl<'t> Entered<'t> {
    fn enter(tags: &'t mut QueryTags) -> Self {
        let mut entered = Entered(tags);
        entered.swap();
        entered
    }

    fn swap(&mut self) {
        let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), self.0));
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.swap();
    }
}
