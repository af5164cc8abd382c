"""A client and a server in one program, traced by OpenTelemetry's own SDK.

It calls the address that it is given within a span, and tells there where its own server is; whoever
answers is to call that. Prints the ids of its spans and what its server was sent, as one line of JSON.
"""

import json
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry import baggage, context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider())
tracer = trace.get_tracer("traced_client")
served = {}


class Handler(BaseHTTPRequestHandler):
    """Continues the trace of whoever calls."""

    def do_GET(self):
        parent = propagate.extract(dict(self.headers.items()))
        with tracer.start_as_current_span("served", context=parent) as span:
            served["trace_id"] = format(span.get_span_context().trace_id, "032x")
            served["parent_span_id"] = format(span.parent.span_id, "016x")
            served["tenant"] = baggage.get_baggage("tenant.id", parent)
        self.send_response(200)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, *_):
        pass


def main():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    onward = f"http://127.0.0.1:{server.server_port}/end"
    with tracer.start_as_current_span("calling") as span:
        token = context.attach(baggage.set_baggage("tenant.id", "acme"))
        headers = {"x-onward": onward}
        propagate.inject(headers)
        request = urllib.request.Request(sys.argv[1], headers=headers)
        # The environment's proxies have no part in this.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as response:
            answer = response.read().decode()
        context.detach(token)
        ids = span.get_span_context()
    server.shutdown()
    calling = {"trace_id": format(ids.trace_id, "032x"), "span_id": format(ids.span_id, "016x")}
    print(json.dumps({"calling": calling, "served": served, "answer": answer}), flush=True)


main()
