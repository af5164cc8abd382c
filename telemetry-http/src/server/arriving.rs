//! How the observation of a request starts.

use http::Request;
use telemetry_core::{Context, Pipeline, Span, SpanBuilder, SpanKind, Stopwatch, semconv};

use super::attributes::Known;
use super::details::Details;
use super::endpoint::{Endpoint, RequestKind};
use super::instruments::INSTRUMENTS;
use super::method::Method;
use super::observed::Observed;
use super::peer::PeerAddress;
use super::request_bytes::Length;
use super::request_head::RequestHead;
use super::request_headers::RequestHeaders;
use super::request_id::{RequestId, TraceDigits};
use super::route::Route;
use super::settings::{Scheme, Settings};
use super::tracked::Tracked;
use crate::{SCOPE, names};

/// What of a request's head matters once more before the service gets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) length: Length,
    /// Whether it asks for another protocol.
    pub(super) upgrades: bool,
}

impl Observed {
    /// Observes a request from now on; none without a pipeline, and for one that is left out.
    #[inline]
    pub(super) fn started<B>(settings: &Settings, request: &Request<B>) -> Option<(Self, Arrival)> {
        Self::start(Pipeline::current_id()?, settings, RequestHead::of(request))
    }

    #[inline]
    fn start(pipeline: u64, settings: &Settings, head: RequestHead<'_>) -> Option<(Self, Arrival)> {
        let extras = settings.extras.as_deref();
        if extras.is_some_and(|extras| extras.excludes(&head)) {
            count_excluded();
            return None;
        }
        let origin = extras.and_then(|extras| {
            let peer = PeerAddress::of(head.extensions)?;
            Some(extras.proxies.as_ref()?.origin(peer.ip(), head.headers))
        });
        let said = origin.as_ref().and_then(|origin| origin.scheme);
        let kind = RequestKind {
            pipeline,
            method: Method::of(head.method),
            scheme: said.unwrap_or_else(|| Scheme::of(head.local_uri, settings.scheme)),
            version: head.version,
        };
        let hooked = extras.and_then(|extras| extras.hooks.route(&head));
        let route = match &hooked {
            Some(route) => route.as_ref().map(Route::as_str),
            None => Route::of(head.extensions),
        };
        let endpoint = Endpoint::of(kind, route)?;
        let headers = RequestHeaders::of(head.headers);
        let has_context = headers.have_context(endpoint.context_headers());
        let (brought, correlated) = match settings.request_id {
            true => RequestId::of_headers(&headers).unzip(),
            false => (None, None),
        };
        let identity = extras.and_then(|extras| extras.identity(&head));
        let carried = extras.filter(|extras| extras.carries_tenant);
        let tenant = carried.and_then(|_| identity.as_ref()?.tenant_id());
        let forced = extras.is_some_and(|extras| extras.force_sampling(&head));
        let parent = (has_context || brought.is_some() || forced || tenant.is_some()).then(|| {
            let extracted = has_context.then(|| headers.context(endpoint.context_headers()));
            let parent = parent(extracted, brought.as_ref(), tenant);
            if forced { parent.with_forced_sampling() } else { parent }
        });

        let mut keeps_name = false;
        let tracked = if settings.spans {
            let named = extras.and_then(|extras| extras.hooks.name(&head, route));
            keeps_name = named.is_some();
            let name = named.unwrap_or_else(|| endpoint.name());
            let mut builder = SpanBuilder::new(&SCOPE, name).kind(SpanKind::Server);
            if let Some(parent) = &parent {
                builder = builder.parent(parent);
            }
            let (origin, query) = (origin.as_ref(), extras.map(|extras| &extras.query));
            let known = Known { head, headers: &headers, endpoint: &endpoint, origin, query };
            let mut span = builder.start_with(|span| {
                known.describe(span);
                if let Some(extras) = extras {
                    extras.describe(span, &head, identity.as_ref());
                }
            });
            if settings.request_id && span.is_recording() {
                set_request_id(&mut span, brought.as_ref());
            }
            if let Some(extras) = extras {
                extras.hooks.on_request(&head, &mut span);
            }
            Tracked::Span(span)
        } else {
            let clock = Stopwatch::start();
            let mut differs = parent.is_some();
            let mut context = parent.unwrap_or_else(Context::current);
            if settings.request_id && !has_an_id(&context) {
                let id = TraceDigits::random();
                context = with_baggage(&context, semconv::telemetry::REQUEST_ID, id.as_str());
                differs = true;
            }
            Tracked::Context { context, differs, clock }
        };
        endpoint.enter();
        let arrival = Arrival {
            length: Length::of(head.version, &headers),
            upgrades: headers.upgrade.is_some() || *head.method == http::Method::CONNECT,
        };
        let mut details = Details::new(brought, settings.extras.as_ref());
        if let Some(details) = &mut details {
            details.correlated = correlated.unwrap_or_default();
            details.keeps_name = keeps_name;
        }
        let observed = Self {
            tracked,
            endpoint,
            details,
            sent: 0,
            status: None,
            answers_id: settings.request_id,
            measures: settings.measures,
        };
        Some((observed, arrival))
    }
}

#[cold]
fn count_excluded() {
    if let Some(pipeline) = Pipeline::current() {
        INSTRUMENTS.with(&pipeline, |instruments| instruments.excluded.add(1, &[]));
    }
}

#[inline(never)]
fn set_request_id(span: &mut Span, brought: Option<&RequestId>) {
    if let Some(id) = brought {
        span.set(semconv::telemetry::REQUEST_ID, id.as_str());
    } else if let Some(id) = RequestId::of_baggage(span.context().baggage()) {
        span.set(semconv::telemetry::REQUEST_ID, id.as_str());
    } else if let Some(digits) = TraceDigits::of(span.context()) {
        span.set(semconv::telemetry::REQUEST_ID, digits.as_str());
    }
}

/// Whether a request within this context has an id already.
fn has_an_id(context: &Context) -> bool {
    context.trace_id().is_some() || RequestId::of_baggage(context.baggage()).is_some()
}

/// What the span starts beneath, where that isn't simply the current context: the remote parent, and
/// the baggage with the id that the request brings and the tenant that it is made for.
#[inline(never)]
fn parent(
    extracted: Option<Context>,
    brought: Option<&RequestId>,
    tenant: Option<&str>,
) -> Context {
    let mut context = Context::current();
    if let Some(extracted) = extracted {
        if extracted.trace_id().is_some() {
            // A span of the same trace in this process has continued the remote one already.
            if !is_within(&context, &extracted) {
                context = extracted;
            }
        } else if !extracted.baggage().is_empty() {
            context = context.with_baggage(extracted.baggage().clone());
        }
    }
    if let Some(id) = brought {
        context = with_baggage(&context, semconv::telemetry::REQUEST_ID, id.as_str());
    }
    if let Some(tenant) = tenant {
        context = with_baggage(&context, names::TENANT_ID, tenant);
    }
    context
}

fn with_baggage(context: &Context, key: &str, value: &str) -> Context {
    context.with_baggage(context.baggage().with(key, value))
}

fn is_within(current: &Context, remote: &Context) -> bool {
    let local = current.span_context().filter(|span| !span.is_remote());
    local.is_some_and(|span| Some(span.trace_id()) == remote.trace_id())
}
