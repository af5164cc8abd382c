use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;

use telemetry_core::macros::span;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{SpanKind, Status};

fn one(capture: &Capture, name: &str) -> CapturedSpan {
    let mut spans = capture.spans_named(name);
    assert_eq!(spans.len(), 1, "spans named {name}");
    spans.remove(0)
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(future)
}

#[derive(Clone, Copy)]
struct OrderId(u64);

/// An error that nobody has taught telemetry.
#[derive(Debug, PartialEq)]
struct Unknown;

type Answer<T> = Result<T, io::Error>;

#[span]
fn adds(one: i32, other: i32) -> i32 {
    one + other
}

#[span(name = "order.place", kind = "server", fields("order.id" = id.0, "order.note" = note))]
fn place(id: OrderId, note: &str, card: &str) -> Answer<usize> {
    if card.is_empty() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let digits = card.chars().filter(char::is_ascii_digit).count();
    Ok(digits)
}

#[span]
fn fails_strangely() -> Result<(), Unknown> {
    Err(Unknown)
}

#[span(skip_err)]
fn may_fail() -> Answer<()> {
    Err(io::ErrorKind::NotFound.into())
}

#[span]
async fn fetches(id: OrderId) -> Answer<u64> {
    tokio::task::yield_now().await;
    let doubled = halves(id.0 * 4).await?;
    if doubled == 0 {
        Err(io::Error::from(io::ErrorKind::ConnectionRefused))?;
    }
    Ok(doubled)
}

#[span]
async fn halves(number: u64) -> Answer<u64> {
    tokio::task::yield_now().await;
    Ok(number / 2)
}

#[span]
async fn shows<T>(values: &[T], mut first: impl FnMut(&T) -> bool) -> Option<&T>
where
    T: fmt::Display + Sync,
{
    tokio::task::yield_now().await;
    values.iter().find(|value| first(value))
}

#[span]
fn lazily<'a>(text: &'a str) -> impl Future<Output = Answer<&'a str>> + Send + 'a {
    let trimmed = text.trim();
    async move {
        if trimmed.is_empty() {
            Err(io::ErrorKind::TimedOut)?;
        }
        Ok(trimmed)
    }
}

#[span]
fn boxed(number: u8) -> Pin<Box<dyn Future<Output = Result<u8, Unknown>> + Send>> {
    let doubled = number * 2;
    Box::pin(async move { if doubled > 10 { Err(Unknown) } else { Ok(doubled) } })
}

#[span]
fn boxed_early(number: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    if number == 0 {
        return Box::pin(std::future::ready(0));
    }
    Box::pin(async move { number })
}

#[span]
fn displays(number: u8) -> Result<impl fmt::Display, Unknown> {
    if number == 0 { Err(Unknown) } else { Ok(number) }
}

struct Shop {
    tenant: String,
    orders: Vec<u64>,
}

impl Shop {
    #[span(fields("tenant.id" = &self.tenant, "order.number" = number))]
    fn order_mut<'a>(&'a mut self, number: usize) -> Option<&'a mut u64> {
        self.orders.get_mut(number)
    }

    #[span]
    async fn adds(&mut self, order: u64) -> usize {
        self.orders.push(order);
        tokio::task::yield_now().await;
        self.orders.len()
    }

    #[span(name = Self::NAME)]
    fn consumes<const N: usize, F: Fn(u64) -> u64>(self, change: F) -> [u64; N] {
        let mut changed = [0; N];
        for (to, from) in changed.iter_mut().zip(self.orders) {
            *to = change(from);
        }
        changed
    }

    const NAME: &'static str = "shop.consume";
}

#[async_trait::async_trait]
trait Stock: Sync {
    async fn count(&self, article: &str) -> Answer<u32>;

    #[span(name = "stock.any")]
    async fn any(&self, article: &str) -> bool {
        self.count(article).await.is_ok_and(|count| count > 0)
    }
}

struct Shelf(u32);

#[async_trait::async_trait]
impl Stock for Shelf {
    #[span(name = "stock.count", kind = "client", fields("shelf" = self.0))]
    async fn count(&self, article: &str) -> Answer<u32> {
        tokio::task::yield_now().await;
        if article.is_empty() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(self.0)
    }
}

#[test]
fn a_functions_span_is_called_what_it_is_called_and_records_no_argument() {
    let capture = Capture::start();
    assert_eq!(capture.run(|| adds(1, 2)), 3);
    let span = one(&capture, "adds");
    assert_eq!((span.kind, span.status.clone()), (SpanKind::Internal, Status::Unset));
    assert!(span.attributes.is_empty(), "{:?}", span.attributes);
    assert_eq!(span.scope, "telemetry-core");
}

#[test]
fn of_the_arguments_only_what_is_listed_is_recorded() {
    let capture = Capture::start();
    let secret = "4111 1111 1111 1111";
    assert_eq!(capture.run(|| place(OrderId(17), "gift", secret)).unwrap(), 16);
    let span = one(&capture, "order.place");
    assert_eq!(span.kind, SpanKind::Server);
    assert_eq!(span.attribute("order.id").unwrap(), &17);
    assert_eq!(span.attribute("order.note").unwrap(), &"gift");
    assert!(!format!("{span:?}").contains(secret), "{span:?}");
}

#[test]
fn an_error_sets_status_and_type_whatever_the_result_is_called() {
    let capture = Capture::start();
    capture.run(|| {
        assert!(place(OrderId(1), "", "").is_err());
        assert_eq!(fails_strangely(), Err(Unknown));
        assert!(may_fail().is_err());
        assert!(displays(0).is_err());
        assert_eq!(displays(1).map(|it| it.to_string()), Ok("1".to_owned()));
    });
    let placed = one(&capture, "order.place");
    assert!(placed.status.is_error());
    assert_eq!(placed.attribute("error.type").unwrap(), &"timeout");
    let strange = one(&capture, "fails_strangely");
    assert!(strange.status.is_error());
    assert_eq!(strange.attribute("error.type").unwrap(), &"_OTHER");
    let expected = one(&capture, "may_fail");
    assert_eq!((expected.status.clone(), expected.attribute("error.type")), (Status::Unset, None));
    let shown: Vec<bool> =
        capture.spans_named("displays").iter().map(|span| span.status.is_error()).collect();
    assert_eq!(shown, [true, false]);
}

#[test]
fn an_async_functions_span_lasts_until_its_future_is_done() {
    let capture = Capture::start();
    block_on(capture.run_async(async {
        assert_eq!(fetches(OrderId(3)).await.unwrap(), 6);
        assert!(fetches(OrderId(0)).await.is_err());
        assert_eq!(shows(&[1, 2, 3], |number| *number > 1).await, Some(&2));
    }));
    let fetches = capture.spans_named("fetches");
    let halves = capture.spans_named("halves");
    let parents: Vec<_> = halves.iter().map(|span| span.parent_span_id.unwrap()).collect();
    assert_eq!(parents, fetches.iter().map(|span| span.span_id).collect::<Vec<_>>());
    assert_eq!(fetches[0].status, Status::Unset);
    assert_eq!(fetches[1].attribute("error.type").unwrap(), &"network_error");
    assert_eq!(one(&capture, "shows").parent_span_id, None);
}

#[test]
fn functions_that_return_a_future_are_as_good_as_async_ones() {
    let capture = Capture::start();
    block_on(capture.run_async(async {
        assert_eq!(lazily(" a ").await.unwrap(), "a");
        assert!(lazily("").await.is_err());
        assert_eq!(boxed(2).await, Ok(4));
        assert_eq!(boxed(7).await, Err(Unknown));
        assert_eq!((boxed_early(0).await, boxed_early(1).await), (0, 1));
        let shelf: &dyn Stock = &Shelf(4);
        assert!(shelf.any("lamp").await);
        assert!(!shelf.any("").await);
    }));
    let failed = |name| -> Vec<bool> {
        capture.spans_named(name).iter().map(|span| span.status.is_error()).collect()
    };
    assert_eq!(failed("lazily"), [false, true]);
    assert_eq!(failed("boxed"), [false, true]);
    assert_eq!(failed("boxed_early"), [false, false]);
    assert_eq!(failed("stock.any"), [false, false]);
    assert_eq!(failed("stock.count"), [false, true]);
    let (any, count) = (capture.spans_named("stock.any"), capture.spans_named("stock.count"));
    assert_eq!(count[0].parent_span_id, Some(any[0].span_id));
    assert_eq!(count[0].kind, SpanKind::Client);
    assert_eq!(count[0].attribute("shelf").unwrap(), &4);
}

#[test]
fn methods_borrow_and_consume_as_without_the_span() {
    let capture = Capture::start();
    let mut shop = Shop { tenant: "acme".to_owned(), orders: vec![5] };
    block_on(capture.run_async(async {
        *shop.order_mut(0).unwrap() += 1;
        assert_eq!(shop.adds(8).await, 2);
        assert_eq!(shop.consumes(|order| order * 10), [60, 80]);
    }));
    let span = one(&capture, "order_mut");
    assert_eq!(span.attribute("tenant.id").unwrap(), &"acme");
    assert_eq!(span.attribute("order.number").unwrap(), &0);
    one(&capture, "adds");
    one(&capture, "shop.consume");
}

#[test]
fn a_function_that_panics_or_whose_future_is_dropped_says_so() {
    #[span]
    fn explodes() {
        panic!("boom");
    }
    #[span]
    async fn waits() -> Answer<()> {
        std::future::pending().await
    }
    let capture = Capture::start();
    capture.run(|| std::panic::catch_unwind(explodes)).unwrap_err();
    block_on(capture.run_async(async {
        tokio::select! {
            biased;
            _ = waits() => {}
            () = tokio::task::yield_now() => {}
        }
    }));
    assert_eq!(one(&capture, "explodes").attribute("error.type").unwrap(), &"panic");
    let span = one(&capture, "waits");
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"cancelled");
}
