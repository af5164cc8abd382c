#!/usr/bin/env python3
"""An OTLP/HTTP receiver that decodes with OpenTelemetry's own Python classes.

The system tests start it as the independent judge of what the programs export. It
prints `listening PORT` as its first line, accepts POST /v1/traces, /v1/logs and
/v1/metrics as protobuf (gzip too), and appends one JSON object per span, log record or
metric point to the file given by --out before it answers: what was acknowledged is in
the file. Every line has a `type` (`span`, `log` or `point`), the `resource` and the
`scope`; the functions in `otlp_lines.py` show the other fields.

A body that cannot be decoded in full, unknown fields included, is answered by 400 and
leaves no line. GET /health answers 200 and GET /counts a JSON object of counts. On
SIGTERM, SIGINT or after --max-seconds it lets requests in progress end, then exits.

Exit codes: 0 asked to stop, 2 misused, 3 stopped by --max-seconds.
"""

import argparse
import gzip
import json
import signal
import socket
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

# The checkout is no place for compiled Python.
sys.dont_write_bytecode = True

import otlp_lines  # noqa: E402

# path: the key of its counts, request class, response class, how to make lines of it
SERVICES = {
    "/v1/traces": (
        "spans",
        trace_service_pb2.ExportTraceServiceRequest,
        trace_service_pb2.ExportTraceServiceResponse,
        otlp_lines.spans,
    ),
    "/v1/logs": (
        "logs",
        logs_service_pb2.ExportLogsServiceRequest,
        logs_service_pb2.ExportLogsServiceResponse,
        otlp_lines.logs,
    ),
    "/v1/metrics": (
        "points",
        metrics_service_pb2.ExportMetricsServiceRequest,
        metrics_service_pb2.ExportMetricsServiceResponse,
        otlp_lines.points,
    ),
}

LONGEST_DRAIN_SECONDS = 5.0


class Refusal(Exception):
    """A request that is answered by an error status."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Store:
    """The output file and the counts, shared by all threads."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8") if path else None
        self._changed = threading.Condition()
        self._in_progress = 0
        self._closed = False
        self.counts = {
            "requests": 0,
            "failed_on_purpose": 0,
            "refused": 0,
            "spans": 0,
            "logs": 0,
            "points": 0,
        }

    def begin(self, fail_first):
        """Counts a request in; says whether it is one of those to fail."""
        with self._changed:
            self._in_progress += 1
            self.counts["requests"] += 1
            if self.counts["failed_on_purpose"] < fail_first:
                self.counts["failed_on_purpose"] += 1
                return True
            return False

    def end(self):
        """Counts a request out."""
        with self._changed:
            self._in_progress -= 1
            self._changed.notify_all()

    def count(self, key, number=1):
        """Adds to one count."""
        with self._changed:
            self.counts[key] += number

    def append(self, key, lines):
        """Writes the lines of one request together and counts them."""
        text = "".join(
            json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines
        )
        with self._changed:
            if self._closed:
                # A connection that outlives the drain must not be told that it was heard.
                raise Refusal(503, "stopping")
            if self._file:
                self._file.write(text)
                self._file.flush()
            self.counts[key] += len(lines)

    def snapshot(self):
        """The counts at one moment."""
        with self._changed:
            return dict(self.counts)

    def close(self):
        """Waits for requests in progress, within reason, and closes the file."""
        with self._changed:
            self._changed.wait_for(lambda: self._in_progress == 0, LONGEST_DRAIN_SECONDS)
            self._closed = True
            if self._file:
                self._file.close()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in one write, so that no answer waits for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/health":
            self.answer(200, "text/plain", b"ok\n")
        elif self.path == "/counts":
            body = json.dumps(self.server.store.snapshot()).encode()
            self.answer(200, "application/json", body)
        else:
            self.answer(404, "text/plain", b"no such page\n")

    def do_POST(self):
        store, options = self.server.store, self.server.options
        fails = store.begin(options.fail_first)
        try:
            body = self.body()
            if options.delay_ms:
                time.sleep(options.delay_ms / 1000)
            if fails:
                raise Refusal(options.status, "failed on purpose")
            response = self.accept(body)
            self.answer(200, "application/x-protobuf", response.SerializeToString())
        except Refusal as refusal:
            if not fails:
                store.count("refused")
                print(f"refused: {self.path}: {refusal.reason}", file=sys.stderr, flush=True)
            self.answer(refusal.status, "application/x-protobuf", status_message(refusal.reason))
        finally:
            store.end()

    def accept(self, body):
        """Decodes and stores one export; gives the answer that the specification asks for."""
        service = SERVICES.get(self.path)
        if service is None:
            raise Refusal(404, "no such signal")
        key, request_class, response_class, lines_of = service
        if self.headers.get_content_type() != "application/x-protobuf":
            raise Refusal(415, f"content type {self.headers.get('Content-Type')}")
        request = decode(request_class, uncompressed(body, self.headers))
        try:
            lines = list(lines_of(request))
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        self.server.store.append(key, lines)
        return response_class()

    def body(self):
        """Reads the request's body, whichever way its end is told."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self.chunks()
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError as error:
            self.close_connection = True
            raise Refusal(411, "no length") from error
        body = self.rfile.read(length)
        if len(body) != length:
            self.close_connection = True
            raise Refusal(400, "the body ends too early")
        return body

    def chunks(self):
        """Reads a chunked body."""
        body = bytearray()
        while True:
            size = self.rfile.readline(64).split(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError as error:
                self.close_connection = True
                raise Refusal(400, "a chunk has no length") from error
            body += self.rfile.read(length)
            self.rfile.readline(1024)
            if length == 0:
                return bytes(body)

    def answer(self, status, content_type, body):
        """Sends one answer."""
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            if status in (429, 503) and self.server.options.retry_after is not None:
                self.send_header("Retry-After", str(self.server.options.retry_after))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_):
        """Says nothing about requests that are in order."""


class Server(ThreadingHTTPServer):
    """A server whose threads do not outlive the main one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, options):
        self.options = options
        self.store = Store(options.out)
        super().__init__(("127.0.0.1", options.port), Handler)


def uncompressed(body, headers):
    """Undoes the content encoding."""
    encoding = headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise Refusal(415, f"content encoding {encoding}")
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise Refusal(400, f"no gzip: {error}") from error


def decode(request_class, body) -> Message:
    """Decodes a request; a field that its class does not know is an error of the sender."""
    request = request_class()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise Refusal(400, f"no protobuf: {error}") from error
    whole = request.ByteSize()
    request.DiscardUnknownFields()
    unknown = whole - request.ByteSize()
    if unknown:
        raise Refusal(400, f"{unknown} bytes of unknown fields")
    return request


def status_message(reason):
    """The google.rpc.Status that OTLP answers errors by, with its `message` (2) alone."""
    text = reason.encode("ascii", "replace")[:127]
    return bytes([2 << 3 | 2, len(text)]) + text


def parse(arguments):
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", metavar="FILE", help="append one JSON object per record here")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument(
        "--fail-first", type=int, default=0, metavar="N", help="answer the first N exports by --status"
    )
    parser.add_argument("--status", type=int, default=503, help="of --fail-first, default 503")
    parser.add_argument("--retry-after", type=int, metavar="SECONDS", help="sent with 429 and 503")
    parser.add_argument("--delay-ms", type=int, default=0, help="wait before each answer to an export")
    parser.add_argument(
        "--refuse", action="store_true", help="hold the port but refuse every connection"
    )
    parser.add_argument("--max-seconds", type=float, default=300.0, help="live no longer, default 300")
    return parser.parse_args(arguments)


class Stop:
    """The wish of whoever started this process that it ends, told by a signal."""

    def __init__(self):
        # The interpreter writes a byte for each signal. A handler that sets an event
        # could interrupt the very thread that holds the event's lock.
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def wait(self, seconds):
        """Waits for the wish; says whether it came in time."""
        self._reader.settimeout(seconds)
        try:
            return bool(self._reader.recv(1))
        except TimeoutError:
            return False


def refuse(options, stop):
    """Holds a port that nobody listens at, so that no other program can take it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", options.port))
        print(f"listening {held.getsockname()[1]}", flush=True)
        return stop.wait(options.max_seconds)


def serve(options, stop):
    """Serves until asked to stop; says whether it was."""
    server = Server(options)
    print(f"listening {server.server_address[1]}", flush=True)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    asked = stop.wait(options.max_seconds)
    server.shutdown()
    serving.join()
    server.server_close()
    server.store.close()
    return asked


def main():
    """Runs the receiver; gives its exit code."""
    options = parse(sys.argv[1:])
    stop = Stop()
    asked = (refuse if options.refuse else serve)(options, stop)
    if not asked:
        print(f"stopped after {options.max_seconds} s", file=sys.stderr)
    return 0 if asked else 3


if __name__ == "__main__":
    sys.exit(main())
