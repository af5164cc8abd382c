"""Decoded OTLP requests as flat JSON objects, one per span, log record or metric point.

Ids are lower-case hex, empty where there is none. Times are strings of nanoseconds since
1970, because JSON readers may hold numbers as doubles. Attributes are objects; since an
object cannot show that a key came twice, `duplicate_keys` lists those. Bytes read as
`{"bytes": HEX}`, and numbers that JSON lacks as "NaN", "Infinity" or "-Infinity".

A ValueError says that the message is decodable but breaks the specification.
"""

import math

from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2


def spans(request):
    """One line per span."""
    for group in request.resource_spans:
        for scoped in group.scope_spans:
            shared = origin(group, scoped)
            for span in scoped.spans:
                yield {
                    "type": "span",
                    "trace_id": trace_id(span.trace_id, required=True),
                    "span_id": span_id(span.span_id, required=True),
                    "parent_span_id": span_id(span.parent_span_id),
                    "trace_state": span.trace_state,
                    "flags": span.flags,
                    "name": span.name,
                    "kind": enumeration(trace_pb2.Span.SpanKind, span.kind, "SPAN_KIND_"),
                    "start": str(span.start_time_unix_nano),
                    "end": str(span.end_time_unix_nano),
                    "status": {
                        "code": enumeration(
                            trace_pb2.Status.StatusCode, span.status.code, "STATUS_CODE_"
                        ),
                        "message": span.status.message,
                    },
                    **attributes(span.attributes),
                    "events": [
                        {
                            "time": str(event.time_unix_nano),
                            "name": event.name,
                            **attributes(event.attributes),
                        }
                        for event in span.events
                    ],
                    "links": [
                        {
                            "trace_id": trace_id(link.trace_id, required=True),
                            "span_id": span_id(link.span_id, required=True),
                            "trace_state": link.trace_state,
                            "flags": link.flags,
                            **attributes(link.attributes),
                        }
                        for link in span.links
                    ],
                    "dropped_attributes": span.dropped_attributes_count,
                    "dropped_events": span.dropped_events_count,
                    "dropped_links": span.dropped_links_count,
                    **shared,
                }


def logs(request):
    """One line per log record."""
    for group in request.resource_logs:
        for scoped in group.scope_logs:
            shared = origin(group, scoped)
            for record in scoped.log_records:
                yield {
                    "type": "log",
                    "time": str(record.time_unix_nano),
                    "observed_time": str(record.observed_time_unix_nano),
                    "severity": enumeration(
                        logs_pb2.SeverityNumber, record.severity_number, "SEVERITY_NUMBER_"
                    ),
                    "severity_number": record.severity_number,
                    "severity_text": record.severity_text,
                    "event_name": record.event_name,
                    "body": value(record.body),
                    "trace_id": trace_id(record.trace_id),
                    "span_id": span_id(record.span_id),
                    "flags": record.flags,
                    **attributes(record.attributes),
                    "dropped_attributes": record.dropped_attributes_count,
                    **shared,
                }


def points(request):
    """One line per point of a metric."""
    for group in request.resource_metrics:
        for scoped in group.scope_metrics:
            shared = origin(group, scoped)
            for metric in scoped.metrics:
                kind = metric.WhichOneof("data")
                if kind is None:
                    raise ValueError(f"the metric {metric.name} has no data")
                data = getattr(metric, kind)
                about = {
                    "type": "point",
                    "name": metric.name,
                    "unit": metric.unit,
                    "description": metric.description,
                    "kind": kind,
                    "temporality": temporality(data),
                    "monotonic": getattr(data, "is_monotonic", None),
                }
                for point in data.data_points:
                    yield {
                        **about,
                        "start": str(point.start_time_unix_nano),
                        "time": str(point.time_unix_nano),
                        "flags": point.flags,
                        **measured(kind, point),
                        **attributes(point.attributes),
                        "exemplars": [exemplar(one) for one in getattr(point, "exemplars", ())],
                        **shared,
                    }


def measured(kind, point):
    """What the point says, by the metric's kind."""
    if kind in ("sum", "gauge"):
        return {"value": number(point)}
    totals = {
        "count": point.count,
        "sum": decimal(point.sum) if kind == "summary" or point.HasField("sum") else None,
    }
    if kind == "summary":
        quantiles = {str(one.quantile): decimal(one.value) for one in point.quantile_values}
        return {**totals, "quantiles": quantiles}
    extremes = {
        "min": decimal(point.min) if point.HasField("min") else None,
        "max": decimal(point.max) if point.HasField("max") else None,
    }
    if kind == "exponential_histogram":
        return {
            **totals,
            **extremes,
            "scale": point.scale,
            "zero_count": point.zero_count,
            "zero_threshold": decimal(point.zero_threshold),
            "positive": side(point.positive),
            "negative": side(point.negative),
        }
    buckets, bounds = list(point.bucket_counts), list(point.explicit_bounds)
    if buckets and len(buckets) != len(bounds) + 1:
        raise ValueError(f"{len(buckets)} buckets for {len(bounds)} bounds")
    if buckets and sum(buckets) != point.count:
        raise ValueError(f"buckets hold {sum(buckets)}, the count is {point.count}")
    return {**totals, **extremes, "buckets": buckets, "bounds": [decimal(one) for one in bounds]}


def side(buckets):
    """One half of an exponential histogram."""
    return {"offset": buckets.offset, "buckets": list(buckets.bucket_counts)}


def exemplar(one):
    """One measurement that a point is made of, and the trace that it was made in."""
    return {
        "time": str(one.time_unix_nano),
        "value": number(one),
        "trace_id": trace_id(one.trace_id),
        "span_id": span_id(one.span_id),
        **attributes(one.filtered_attributes),
    }


def number(point):
    """An integer or a float, as it was sent; None where there is neither."""
    which = point.WhichOneof("value")
    if which == "as_int":
        return point.as_int
    return decimal(point.as_double) if which == "as_double" else None


def temporality(data):
    """`CUMULATIVE`, `DELTA`, or None for kinds that have none."""
    if not hasattr(data, "aggregation_temporality"):
        return None
    return enumeration(
        metrics_pb2.AggregationTemporality,
        data.aggregation_temporality,
        "AGGREGATION_TEMPORALITY_",
    )


def origin(group, scoped):
    """The resource and the scope, which all records below them share."""
    resource = attributes(group.resource.attributes)
    scope = attributes(scoped.scope.attributes)
    return {
        "resource": resource["attributes"],
        "resource_duplicate_keys": resource["duplicate_keys"],
        "resource_schema_url": group.schema_url,
        "scope": {
            "name": scoped.scope.name,
            "version": scoped.scope.version,
            "schema_url": scoped.schema_url,
            **scope,
        },
    }


def attributes(pairs):
    """Attributes as an object, with the keys that came more than once."""
    collected, duplicates = {}, []
    for pair in pairs:
        if not pair.key:
            raise ValueError("an attribute has no key")
        if pair.key in collected:
            duplicates.append(pair.key)
        collected[pair.key] = value(pair.value)
    return {"attributes": collected, "duplicate_keys": duplicates}


def value(any_value):
    """An AnyValue as JSON."""
    which = any_value.WhichOneof("value")
    if which is None:
        return None
    if which == "string_value_strindex":
        raise ValueError("a string is given by index, which only profiles may do")
    content = getattr(any_value, which)
    if which == "array_value":
        return [value(one) for one in content.values]
    if which == "kvlist_value":
        return {pair.key: value(pair.value) for pair in content.values}
    if which == "bytes_value":
        return {"bytes": content.hex()}
    return decimal(content) if which == "double_value" else content


def decimal(content):
    """A float that JSON can hold, or the name of one that it cannot."""
    if math.isfinite(content):
        return content
    if math.isnan(content):
        return "NaN"
    return "Infinity" if content > 0 else "-Infinity"


def trace_id(raw, required=False):
    """16 bytes as hex."""
    return identifier(raw, 16, required)


def span_id(raw, required=False):
    """8 bytes as hex."""
    return identifier(raw, 8, required)


def identifier(raw, length, required):
    """An id of that many bytes, which must not all be zero."""
    if not raw and not required:
        return ""
    if len(raw) != length:
        raise ValueError(f"an id has {len(raw)} bytes, not {length}")
    if not any(raw):
        raise ValueError("an id is all zeros")
    return raw.hex()


def enumeration(kind, content, prefix):
    """The name of an enumeration's value without its prefix."""
    try:
        return kind.Name(content).removeprefix(prefix)
    except ValueError:
        raise ValueError(f"{prefix}{content} does not exist") from None
