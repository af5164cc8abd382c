use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use telemetry_core::error::NotRegistered;
use telemetry_core::testing::Capture;
use telemetry_core::{Classify, ErrorClass, Status, span};

/// An error with a source.
#[derive(Debug)]
struct Wrapped<E>(E);

impl<E> fmt::Display for Wrapped<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("wrapped")
    }
}

impl<E: Error + 'static> Error for Wrapped<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

macro_rules! error_type {
    ($($name:ident),*) => {$(
        #[derive(Debug)]
        struct $name;
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(stringify!($name))
            }
        }
        impl Error for $name {}
    )*};
}
error_type!(Unknown, OutOfStock, Undecided, Unsteady);

fn class(error: &(dyn Error + 'static)) -> (String, bool) {
    let class = ErrorClass::of(error);
    (class.error_type.into_owned(), class.transient)
}

fn named(name: &str, transient: bool) -> (String, bool) {
    (name.to_owned(), transient)
}

#[test]
fn io_errors_are_classed_by_their_kind_wherever_they_stand_in_a_chain() {
    use io::ErrorKind::{
        AlreadyExists, ConnectionReset, InvalidData, NotFound, Other, PermissionDenied,
        StorageFull, TimedOut, Unsupported, WouldBlock,
    };
    for (kind, name, transient) in [
        (TimedOut, "timeout", true),
        (ConnectionReset, "network_error", true),
        (WouldBlock, "interrupted", true),
        (StorageFull, "resource_exhausted", true),
        (NotFound, "not_found", false),
        (AlreadyExists, "already_exists", false),
        (PermissionDenied, "permission_denied", false),
        (InvalidData, "invalid_data", false),
        (Unsupported, "unsupported", false),
        (Other, "io_error", false),
    ] {
        let expected = named(name, transient);
        assert_eq!(class(&io::Error::from(kind)), expected);
        assert_eq!(class(&Wrapped(Wrapped(io::Error::from(kind)))), expected);
        assert_eq!(class(&Arc::new(io::Error::from(kind))), expected);
        assert_eq!(class(&Box::new(io::Error::from(kind))), expected);
        let shared: Arc<dyn Error + Send + Sync> = Arc::new(Wrapped(io::Error::from(kind)));
        assert_eq!(class(&shared), expected);
    }
}

#[test]
fn what_an_io_error_of_no_telling_kind_holds_is_looked_at() {
    assert_eq!(
        class(&io::Error::other(io::Error::from(io::ErrorKind::TimedOut))),
        named("timeout", true)
    );
    assert_eq!(
        class(&io::Error::other("17".parse::<bool>().unwrap_err())),
        named("invalid_data", false)
    );
    assert_eq!(class(&io::Error::other(Unknown)), named("io_error", false));
}

#[test]
fn the_standard_librarys_timeouts_and_parse_errors_are_known_and_others_are_not() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    assert_eq!(class(&receiver.recv_timeout(Duration::ZERO).unwrap_err()), named("timeout", true));
    drop(sender);
    // What no waiting helps.
    assert_eq!(class(&receiver.recv_timeout(Duration::ZERO).unwrap_err()), named("_OTHER", false));
    assert_eq!(class(&"x".parse::<u8>().unwrap_err()), named("invalid_data", false));
    assert_eq!(class(&Wrapped(Unknown)), named("_OTHER", false));
}

#[test]
fn a_chain_that_never_ends_is_not_followed_for_ever() {
    #[derive(Debug)]
    struct Loop;
    impl fmt::Display for Loop {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("loop")
        }
    }
    impl Error for Loop {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }
    assert_eq!(class(&Loop), named("_OTHER", false));
}

#[test]
fn http_statuses_have_the_classes_that_are_documented() {
    for (status, expected) in [
        (200, None),
        (399, None),
        (400, Some(("400", false))),
        (404, Some(("404", false))),
        (408, Some(("timeout", true))),
        (425, Some(("425", true))),
        (429, Some(("rate_limit", true))),
        (500, Some(("server_error", true))),
        (501, Some(("server_error", false))),
        (503, Some(("server_error", true))),
        (529, Some(("server_error", true))),
    ] {
        let class = ErrorClass::of_http_status(status);
        let class = class.map(|class| (class.error_type.into_owned(), class.transient));
        assert_eq!(class, expected.map(|(name, transient)| named(name, transient)), "{status}");
    }
}

#[test]
fn a_message_never_becomes_a_class() {
    for text in ["", "no more of article 17", "line\nbreak", "bell\u{7}", &"x".repeat(129)] {
        assert_eq!(ErrorClass::new(text.to_owned(), true).error_type, "_OTHER", "{text}");
    }
    assert_eq!(ErrorClass::new("shop::OutOfStock", false).error_type, "shop::OutOfStock");
}

#[test]
fn registered_types_are_known_at_the_head_within_a_chain_shared_and_boxed() {
    let first =
        ErrorClass::register::<OutOfStock>(|_| Some(ErrorClass::new("out_of_stock", false)));
    assert_eq!(first, Ok(()));
    let again = ErrorClass::register::<OutOfStock>(|_| None);
    assert_eq!(again, Err(NotRegistered::Taken));
    let expected = named("out_of_stock", false);
    assert_eq!(class(&OutOfStock), expected);
    assert_eq!(class(&Wrapped(OutOfStock)), expected);
    assert_eq!(class(&Wrapped(Arc::new(OutOfStock))), expected);
    assert_eq!(class(&Box::new(OutOfStock)), expected);
    assert_eq!(class(&io::Error::other(OutOfStock)), expected);
}

#[test]
fn a_registered_closure_may_leave_it_open_and_may_panic() {
    ErrorClass::register::<Wrapped<Undecided>>(|_| None).unwrap();
    ErrorClass::register::<Undecided>(|_| Some(ErrorClass::TIMEOUT)).unwrap();
    assert_eq!(class(&Wrapped(Undecided)), named("timeout", true));
    ErrorClass::register::<Unsteady>(|_| panic!("in a classifier")).unwrap();
    assert_eq!(class(&Wrapped(Unsteady)), named("_OTHER", false));
}

#[test]
fn tokios_timeout_is_known_once_it_is_registered() {
    let registered =
        ErrorClass::register::<tokio::time::error::Elapsed>(|_| Some(ErrorClass::TIMEOUT));
    assert_eq!(registered, Ok(()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let elapsed = runtime.block_on(async {
        tokio::time::timeout(Duration::ZERO, std::future::pending::<()>()).await.unwrap_err()
    });
    assert_eq!(class(&Wrapped(elapsed)), named("timeout", true));
}

#[tokio::test]
async fn try_run_takes_errors_of_every_kind() {
    fn timed_out() -> io::Error {
        io::ErrorKind::TimedOut.into()
    }
    enum Failure {
        Busy,
    }
    struct ByFailure;
    impl Classify<ByFailure> for Failure {
        fn class(&self) -> ErrorClass {
            match self {
                Self::Busy => ErrorClass::new("busy", true),
            }
        }
    }
    async fn generic<E: Error + 'static>(error: E) {
        let _ = span!("generic").try_run(async { Err::<(), E>(error) }).await;
    }
    type Boxed = Box<dyn Error + Send + Sync>;

    let capture = Capture::start();
    capture
        .run_async(async {
            let _ = span!("plain").try_run(async { Err::<(), _>(timed_out()) }).await;
            let _ = span!("boxed").try_run(async { Err::<(), Boxed>(timed_out().into()) }).await;
            let local = async { Err::<(), Box<dyn Error>>(timed_out().into()) };
            let _ = span!("local").try_run(local).await;
            let shared = async { Err::<(), _>(Arc::new(timed_out())) };
            let _ = span!("shared").try_run(shared).await;
            let _ = span!("own").try_run(async { Err::<(), _>(Failure::Busy) }).await;
            let anyhow = async { Err::<(), _>(anyhow::Error::new(timed_out()).context("reading")) };
            let _ = span!("anyhow").try_run(anyhow).await;
            let eyre = async { Err::<(), _>(eyre::Report::new(timed_out()).wrap_err("reading")) };
            let _ = span!("eyre").try_run(eyre).await;
            let by_status = |status: &u16| ErrorClass::of_http_status(*status).unwrap();
            let _ = span!("closure").try_run_with(async { Err::<(), u16>(429) }, by_status).await;
            generic(timed_out()).await;
            let _ = span!("fine").try_run(async { Ok::<_, io::Error>(()) }).await;
        })
        .await;
    for (name, expected) in [
        ("plain", "timeout"),
        ("boxed", "timeout"),
        ("local", "timeout"),
        ("shared", "timeout"),
        ("own", "busy"),
        ("anyhow", "timeout"),
        ("eyre", "timeout"),
        ("closure", "rate_limit"),
        ("generic", "timeout"),
    ] {
        let span = &capture.spans_named(name)[0];
        assert_eq!(span.status, Status::ERROR, "{name}");
        assert_eq!(span.attribute("error.type").unwrap(), &expected, "{name}");
    }
    assert_eq!(capture.spans_named("fine")[0].status, Status::Unset);
}

#[test]
fn try_in_scope_takes_them_too() {
    let capture = Capture::start();
    capture.run(|| {
        let result: anyhow::Result<()> =
            span!("anyhow").try_in_scope(|| Ok(Err(io::Error::from(io::ErrorKind::NotFound))?));
        assert!(result.is_err());
        let result = span!("text").try_in_scope_with(
            || Err::<(), _>("so it goes"),
            |_| ErrorClass::new("so_it_goes", false),
        );
        assert!(result.is_err());
    });
    assert_eq!(capture.spans_named("anyhow")[0].attribute("error.type").unwrap(), &"not_found");
    assert_eq!(capture.spans_named("text")[0].attribute("error.type").unwrap(), &"so_it_goes");
}

#[test]
fn a_future_of_try_run_is_send_when_its_work_is() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&span!("work").try_run(async { Err::<(), _>(anyhow::anyhow!("no")) }));
    is_send(&span!("work").try_run(async { Err::<(), _>(io::Error::other("no")) }));
}
