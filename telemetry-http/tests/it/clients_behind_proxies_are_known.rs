use axum::Router;
use axum::routing::get;
use telemetry_core::testing::Capture;
use telemetry_http::Layer;
use telemetry_http::server::{ForwardedHeader, TrustedProxies};

use crate::support::{Server, attributes, durations, head, one};

use ForwardedHeader::{Forwarded, XForwardedFor, XRealIp};

/// The address that is recorded of a client, where the loopback and 10.0.0.0/8 are proxies.
async fn client(header: ForwardedHeader, lines: &str) -> String {
    let proxies = TrustedProxies::new(["127.0.0.0/8", "10.0.0.0/8"]).unwrap().header(header);
    recorded(Layer::new().trusted_proxies(proxies), lines).await.0
}

/// What is recorded of address, scheme and host of a client; the peer is what it is.
async fn recorded(layer: Layer, lines: &str) -> (String, String, String) {
    let capture = Capture::start();
    let app = Router::new().route("/", get(|| async {})).layer(layer);
    let server = Server::captured(&capture, app).await;
    server.raw(&format!("{}{lines}", head("GET", "/"))).await;
    let span = one(&capture).await;
    let attributes = attributes(&span);
    assert_eq!(attributes["network.peer.address"], "127.0.0.1");
    assert_eq!(durations(&capture)[0].0["url.scheme"], attributes["url.scheme"]);
    let attribute = |key| attributes[key].clone();
    (attribute("client.address"), attribute("url.scheme"), attribute("server.address"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_far_as_proxies_vouch_for_them() {
    for (header, lines, expected) in [
        (XForwardedFor, "", "127.0.0.1"),
        (XForwardedFor, "\r\nx-forwarded-for: 192.0.2.7", "192.0.2.7"),
        (XForwardedFor, "\r\nx-forwarded-for: 6.6.6.6, 192.0.2.7, 10.1.1.1", "192.0.2.7"),
        (XForwardedFor, "\r\nx-forwarded-for: 6.6.6.6\r\nx-forwarded-for: 192.0.2.7", "192.0.2.7"),
        (XForwardedFor, "\r\nx-forwarded-for: 10.2.2.2, 10.1.1.1", "10.2.2.2"),
        (XForwardedFor, "\r\nx-forwarded-for: [2001:db8::7]:4711", "2001:db8::7"),
        (XForwardedFor, "\r\nx-forwarded-for: ::ffff:192.0.2.7", "192.0.2.7"),
        // Hidden or broken: nobody knows who that was.
        (XForwardedFor, "\r\nx-forwarded-for: 6.6.6.6, unknown, 10.1.1.1", "127.0.0.1"),
        (XForwardedFor, "\r\nx-forwarded-for: hunter2", "127.0.0.1"),
        // Another header than the proxies' is the client's.
        (XForwardedFor, "\r\nforwarded: for=6.6.6.6\r\nx-real-ip: 6.6.6.6", "127.0.0.1"),
        (Forwarded, "\r\nx-forwarded-for: 6.6.6.6\r\nforwarded: for=192.0.2.7", "192.0.2.7"),
        (
            Forwarded,
            "\r\nforwarded: for=6.6.6.6, for=\"[2001:db8::7]:1\";by=10.1.1.1",
            "2001:db8::7",
        ),
        (Forwarded, "\r\nforwarded: for=6.6.6.6, for=_hidden", "127.0.0.1"),
        (XRealIp, "\r\nx-real-ip: 192.0.2.7", "192.0.2.7"),
        (XRealIp, "\r\nx-real-ip: 6.6.6.6\r\nx-real-ip: 192.0.2.7", "127.0.0.1"),
    ] {
        assert_eq!(client(header, lines).await, expected, "{header:?}{lines}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_so_are_the_scheme_and_the_host_that_they_used() {
    let layer = |header| {
        let proxies = TrustedProxies::new(["127.0.0.1"]).unwrap().header(header);
        Layer::new().trusted_proxies(proxies)
    };
    let by_x = "\r\nx-forwarded-proto: https\r\nx-forwarded-host: shop.example:8443, inner";
    let by_rfc = "\r\nforwarded: for=192.0.2.7;proto=https;host=\"shop.example:8443\"";
    let gopher = "\r\nx-forwarded-proto: gopher";
    let https = |client: &str| (client.to_owned(), "https".to_owned(), "shop.example".to_owned());
    let untouched = || ("127.0.0.1".to_owned(), "http".to_owned(), "localhost".to_owned());
    assert_eq!(recorded(layer(XForwardedFor), by_x).await, https("127.0.0.1"));
    assert_eq!(recorded(layer(Forwarded), by_rfc).await, https("192.0.2.7"));
    assert_eq!(recorded(layer(XForwardedFor), gopher).await, untouched());
    assert_eq!(recorded(layer(Forwarded), by_x).await, untouched());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_nobody_else_is_believed() {
    let lies = "\r\nx-forwarded-for: 6.6.6.6\r\nforwarded: for=6.6.6.6;proto=https;host=evil\r\n\
                x-real-ip: 6.6.6.6\r\nx-forwarded-proto: https\r\nx-forwarded-host: evil";
    let untouched = || ("127.0.0.1".to_owned(), "http".to_owned(), "localhost".to_owned());
    assert_eq!(recorded(Layer::new(), lies).await, untouched());
    for header in [XForwardedFor, Forwarded, XRealIp] {
        let elsewhere = TrustedProxies::new(["192.0.2.0/24"]).unwrap().header(header);
        assert_eq!(recorded(Layer::new().trusted_proxies(elsewhere), lies).await, untouched());
    }
}
