"""Reads the dated prices of a published genai-prices wheel.

Its data is a Python module made of calls and literals. It is parsed, never run.
"""

import ast
import datetime
import hashlib
import re
import zipfile
from decimal import Decimal

from rows import Card

DATA = "genai_prices/data.py"
PROVIDERS = {
    "openai": ["openai"],
    "anthropic": ["anthropic"],
    "google": ["gcp.gemini", "gcp.vertex_ai"],
    "azure": ["azure.ai.openai"],
    "aws": ["aws.bedrock"],
    "deepseek": ["deepseek"],
    "x-ai": ["x_ai"],
    "mistral": ["mistral_ai"],
    "groq": ["groq"],
    "cohere": ["cohere"],
    "perplexity": ["perplexity"],
    "together": ["together_ai"],
    "fireworks": ["fireworks_ai"],
    "moonshotai": ["moonshot_ai"],
    "cerebras": ["cerebras"],
}
RATES = {
    "input_mtok": "i",
    "cache_read_mtok": "c",
    "cache_write_mtok": "w",
    "cache_write_1h_mtok": "w1",
    "output_mtok": "o",
    "input_audio_mtok": "ia",
    "cache_audio_read_mtok": "ca",
    "output_audio_mtok": "oa",
}


def read(wheel):
    """`(providers of ours, model, segments)` for each model, and the hash of the data.

    Segments are `(first day, cards)` in their order; the first begins at no day.
    """
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(DATA)
    assigned = (node for node in ast.parse(raw).body if isinstance(node, ast.AnnAssign))
    providers = value_of(next(assigned).value)
    models = []
    for provider in providers:
        ours = PROVIDERS.get(provider["id"])
        for model in provider["models"] if ours else ():
            segments = segments_of(model["prices"])
            if segments:
                models.append((ours, model, segments))
    return models, hashlib.sha256(raw).hexdigest()


def segments_of(prices):
    if isinstance(prices, dict):
        return [("", cards_of(prices))] if cards_of(prices) else []
    segments = []
    for one in prices:
        constraint = one.get("constraint")
        if constraint and constraint["_"] != "StartDateConstraint":
            # A price by the hour of the day; the other table has those.
            return []
        cards = cards_of(one["prices"])
        if not cards:
            return []
        segments.append((constraint["start_date"].isoformat() if constraint else "", cards))
    return sorted(segments, key=lambda segment: segment[0])


def cards_of(prices):
    thresholds, plain = {0}, {}
    for name, value in prices.items():
        if isinstance(value, dict):
            thresholds |= {int(tier["start"]) for tier in value["tiers"]}
    cards = []
    for above in sorted(thresholds):
        rates = {}
        for name, code in RATES.items():
            value = prices.get(name)
            if isinstance(value, dict):
                tiers = [tier["price"] for tier in value["tiers"] if tier["start"] <= above]
                value = tiers[-1] if above and tiers else value["base"]
            if value is not None:
                rates[code] = Decimal(value)
        if "i" in rates or "o" in rates:
            cards.append(Card(rates=rates, above=above))
    return cards


def matches(clause, text):
    kind, text = clause["_"], text.lower()
    match kind:
        case "ClauseOr":
            return any(matches(part, text) for part in clause["or_"])
        case "ClauseAnd":
            return all(matches(part, text) for part in clause["and_"])
        case "ClauseEquals":
            return text == clause["equals"].lower()
        case "ClauseStartsWith":
            return text.startswith(clause["starts_with"].lower())
        case "ClauseEndsWith":
            return text.endswith(clause["ends_with"].lower())
        case "ClauseContains":
            return clause["contains"].lower() in text
        case "ClauseRegex":
            return bool(re.search(clause["regex"], text))
    raise ValueError(kind)


def value_of(node):
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [value_of(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return dict(zip(map(value_of, keys), map(value_of, values)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value_of(operand)
        case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Constant(value=value)]):
            return Decimal(str(value))
        case ast.Call(func=ast.Attribute(attr="date"), args=arguments):
            return datetime.date(*(value_of(argument) for argument in arguments))
        case ast.Call(func=ast.Attribute(attr="time")):
            return None
        case ast.Call(func=ast.Name(id=kind), args=[], keywords=keywords):
            return {"_": kind, **{keyword.arg: value_of(keyword.value) for keyword in keywords}}
    raise ValueError(ast.dump(node)[:120])
