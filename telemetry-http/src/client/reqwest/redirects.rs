use ::reqwest::{Request, Response, Url};
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderName, LOCATION,
    PROXY_AUTHORIZATION, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{Extensions, HeaderMap, Method, StatusCode};
use reqwest_middleware::{Error, Next, Result};

/// Follows redirects as a middleware, so that each is an attempt of its own to the
/// [`Middleware`](super::Middleware) inside. reqwest's own way of following them is to be switched off,
/// or there is nothing left to follow; see [there](super::Middleware#retries-and-redirects).
///
/// It does what [Fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch) has clients do: after a 303,
/// and after a 301 or 302 to a `POST`, a `GET` without a body; after a 307 or 308 the same request again,
/// where its body can be sent again, else the redirect is the answer. Headers with credentials don't go
/// to another host, port or scheme. What isn't `http` or `https` isn't followed, and none is from
/// `https` to `http` when [`https_only`](Self::https_only) is asked for.
///
/// Beyond 10 redirects ([`Redirects::most`]) the call fails as `redirect`.
#[derive(Clone, Copy, Debug)]
pub struct Redirects {
    most: usize,
    https_only: bool,
}

/// There were more redirects than are followed.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct TooManyRedirects(usize);

impl Redirects {
    /// Follows up to 10 redirects.
    #[must_use]
    pub fn new() -> Self {
        Self { most: 10, https_only: false }
    }

    /// Follows up to so many.
    #[must_use]
    pub fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Follows none that leaves `https`; it is the answer then.
    #[must_use]
    pub fn https_only(mut self) -> Self {
        self.https_only = true;
        self
    }

    /// Where a response leads to; nowhere when it isn't a redirect that is followed.
    fn next_url(self, response: &Response) -> Option<Url> {
        let is_redirect = matches!(
            response.status(),
            StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT
        );
        if !is_redirect {
            return None;
        }
        let location = response.headers().get(LOCATION)?.to_str().ok()?;
        let next = response.url().join(location).ok()?;
        let leaves_https = response.url().scheme() == "https" && next.scheme() != "https";
        let is_http = matches!(next.scheme(), "http" | "https");
        (is_http && !(self.https_only && leaves_https)).then_some(next)
    }
}

impl Default for Redirects {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Redirects {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let mut followed = 0;
        loop {
            let mut again = Copy::of(&request);
            let response = next.clone().run(request, extensions).await?;
            let Some(url) = self.next_url(&response) else {
                return Ok(response);
            };
            let Some(redirected) = again.redirected(response.status(), url) else {
                return Ok(response);
            };
            if followed == self.most {
                return Err(Error::middleware(TooManyRedirects(self.most)));
            }
            followed += 1;
            // The rest of the body is of no interest, and the connection may be used again.
            drain(response).await;
            request = redirected;
        }
    }
}

/// What of a request is needed to send it again.
struct Copy {
    /// With its body.
    whole: Option<Request>,
    url: Url,
    method: Method,
    headers: HeaderMap,
    timeout: Option<std::time::Duration>,
}

impl Copy {
    fn of(request: &Request) -> Self {
        Self {
            whole: request.try_clone(),
            url: request.url().clone(),
            method: request.method().clone(),
            headers: request.headers().clone(),
            timeout: request.timeout().copied(),
        }
    }

    /// The request that follows an answer of `status`; none when its body can't be sent again.
    fn redirected(&mut self, status: StatusCode, url: Url) -> Option<Request> {
        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        let same_origin = self.url.origin() == url.origin();
        let mut request = if becomes_get {
            let mut request = Request::new(Method::GET, url);
            *request.headers_mut() = std::mem::take(&mut self.headers);
            *request.timeout_mut() = self.timeout;
            for header in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING] {
                request.headers_mut().remove(header);
            }
            request
        } else {
            let mut request = self.whole.take()?;
            *request.url_mut() = url;
            request
        };
        if !same_origin {
            let cookie2 = HeaderName::from_static("cookie2");
            for header in [AUTHORIZATION, COOKIE, cookie2, PROXY_AUTHORIZATION, WWW_AUTHENTICATE] {
                request.headers_mut().remove(header);
            }
        }
        Some(request)
    }
}

/// Reads what little there may be of a redirect's body.
async fn drain(mut response: Response) {
    const ENOUGH: usize = 16 * 1024;
    let mut bytes = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes += chunk.len();
        if bytes > ENOUGH {
            break;
        }
    }
}

impl std::fmt::Display for TooManyRedirects {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "more than {} redirects", self.0)
    }
}

impl std::error::Error for TooManyRedirects {}
