"""Reads the price map of a published litellm wheel: one row for each provider and model, every rate resolved.

The map states a rate of a service tier or of a long prompt only where it differs, and litellm's calculator falls
back from there. Here the same fallbacks are taken once, so that a reader of the table needs none.
"""

import hashlib
import json
import re
import zipfile
from decimal import Decimal

from rows import Card, Row, number

PRICE_MAP = "litellm/model_prices_and_context_window_backup.json"

# litellm's names of the providers, and ours (the values of `gen_ai.provider.name`).
PROVIDERS = {
    "openai": "openai",
    "text-completion-openai": "openai",
    "azure": "azure.ai.openai",
    "azure_text": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "anthropic": "anthropic",
    "gemini": "gcp.gemini",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "groq": "groq",
    "mistral": "mistral_ai",
    "codestral": "mistral_ai",
    "together_ai": "together_ai",
    "deepseek": "deepseek",
    "xai": "x_ai",
    "fireworks_ai": "fireworks_ai",
    "fireworks_ai-embedding-models": "fireworks_ai",
    "perplexity": "perplexity",
    "moonshot": "moonshot_ai",
    "cerebras": "cerebras",
    "watsonx": "ibm.watsonx.ai",
    "fal_ai": "fal_ai",
    "replicate": "replicate",
}
# Rates by the token: our code, their key.
TOKENS = {
    "i": "input_cost_per_token",
    "c": "cache_read_input_token_cost",
    "w": "cache_creation_input_token_cost",
    "w1": "cache_creation_input_token_cost_above_1hr",
    "w12": "cache_creation_input_token_cost_above_12hr",
    "o": "output_cost_per_token",
    "r": "output_cost_per_reasoning_token",
    "ia": "input_cost_per_audio_token",
    "ii": "input_cost_per_image_token",
    "iv": "input_cost_per_video_token",
    "ca": "cache_read_input_audio_token_cost",
    "ci": "cache_read_input_image_token_cost",
    "oa": "output_cost_per_audio_token",
    "oi": "output_cost_per_image_token",
    "ov": "output_cost_per_video_token",
}
# Rates that a long prompt changes.
LONG = ["i", "c", "w", "w1", "w12", "o"]
# Rates that have no tiers of service.
UNTIERED = ["oa", "oi", "ov"]
TIERS = {"f": "_flex", "n": "_balanced", "p": "_priority", "u": "_ultrafast", "b": "_batches"}
# Rates by other units; the third is the factor from theirs to ours.
UNITS = [
    ("q", "input_cost_per_request", 1),
    ("im", "output_cost_per_image", 1),
    ("in", "input_cost_per_image", 1),
    ("vi", "input_cost_per_video_per_second", 1),
    ("ai", "input_cost_per_audio_per_second", 1),
    ("ch", "input_cost_per_character", 1_000_000),
    ("co", "output_cost_per_character", 1_000_000),
    ("pg", "ocr_cost_per_page", 1),
    ("su", "input_cost_per_query", 1),
    ("cx", "code_interpreter_cost_per_session", 1),
    ("mq", "google_maps_grounding_cost_per_query", 1),
]
MEGAPIXEL = 1024 * 1024
SIZE = re.compile(r"(\d+)-x-(\d+)/")
THRESHOLD = re.compile(r"_above_(\d+)(k?)_tokens")
# What a cached token costs at Fireworks where the model lists no rate of its own.
FIREWORKS_CACHED = Decimal("0.5")
# Models billed by committed capacity, not by the call.
COMMITTED = re.compile(r"commitment|\*/|^sample_spec")


def read(wheel):
    """The rows, and the hash of the map that they are from."""
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(PRICE_MAP)
    rows = {}
    for key, entry in json.loads(raw).items():
        if not isinstance(entry, dict) or COMMITTED.search(key):
            continue
        their = entry.get("litellm_provider") or ""
        provider = "gcp.vertex_ai" if their.startswith("vertex_ai") else PROVIDERS.get(their)
        if provider is None:
            continue
        prefixes = (their + "/", "vertex_ai/", "azure/", "bedrock/", "cohere/")
        prefix = next((one for one in prefixes if key.startswith(one)), "")
        model = key[len(prefix) :].removeprefix("converse/")
        row = row_of(provider, model, entry)
        if row is None or not model or any(sign.isspace() for sign in model):
            continue
        # Where a model stands with and without its provider before it, the former is the provider's own.
        if (provider, model) not in rows or prefix:
            rows[provider, model] = row
    return rows, hashlib.sha256(raw).hexdigest()


def row_of(provider, model, entry):
    units = unit_rates(provider, model, entry)
    cards = [Card(rates=merged(tokens, units), **terms) for terms, tokens in token_cards(provider, entry)]
    if not cards and units:
        cards = [Card(rates=units)]
    if not cards or not any(card.rates for card in cards):
        return None
    return Row(provider, model, cards, multipliers(provider, entry))


def merged(tokens, units):
    return {**tokens, **units}


def token_cards(provider, entry):
    if entry.get("tiered_pricing"):
        yield from ranged_cards(entry)
        return
    if not any(entry.get(key) is not None for key in TOKENS.values()):
        return
    thresholds = sorted(set(thresholds_of(entry)))
    for tier in ["", *TIERS]:
        suffix = TIERS.get(tier, "")
        plain = {code: rate(entry, key, suffix, code) for code, key in TOKENS.items()}
        if tier and not any(key.endswith(suffix) for key in entry):
            continue
        if tier == "b":
            plain = batch_rates(entry, "")
        if plain is None:
            continue
        plain["r"] = reasoning(entry, suffix, plain)
        if provider == "fireworks_ai" and plain["c"] is None and plain["i"] is not None:
            plain["c"] = plain["i"] * FIREWORKS_CACHED
        yield {"tier": tier}, whole(plain)
        lower = plain
        for above, text in thresholds:
            if tier == "b":
                rates = batch_rates(entry, f"_above_{text}_tokens")
            else:
                rates = dict(lower)
                for code in LONG:
                    part = f"{TOKENS[code]}_above_{text}_tokens"
                    stated = first(entry, part + suffix, part)
                    if stated is not None:
                        rates[code] = stated
                if not any(key.endswith(f"_above_{text}_tokens{suffix}") for key in entry) and tier:
                    rates = None
            if rates is None or rates == lower:
                continue
            rates["r"] = reasoning(entry, suffix, rates)
            # The table's thresholds are exclusive; xAI's are inclusive.
            yield {"tier": tier, "above": above - 1 if provider == "x_ai" else above}, whole(rates)
            lower = rates
    off_peak = entry.get("off_peak_pricing")
    if off_peak and "weekday_timezone" not in off_peak:
        plain = {code: rate(entry, key, "", code) for code, key in TOKENS.items()}
        for code, key in TOKENS.items():
            if off_peak.get(key) is not None:
                plain[code] = per_million(off_peak[key])
        yield {"windows": windows(off_peak)}, whole(plain)


def thresholds_of(entry):
    for key, value in entry.items():
        found = THRESHOLD.search(key)
        if found and value is not None and key.startswith(("input_cost_per_token", "output_cost_per_token", "cache_")):
            yield int(found[1]) * (1000 if found[2] else 1), found[1] + found[2]



def rate(entry, key, suffix, code):
    keys = (key,) if code in UNTIERED or not suffix else (key + suffix, key)
    return first(entry, *keys)


def batch_rates(entry, part):
    """A batch has the rates that are listed for it; its output is half the price where only its input is listed."""
    if entry.get(TOKENS["i"] + "_batches") is None:
        return None
    if part and not any(key.endswith(part + "_batches") for key in entry):
        return None
    rates = {}
    for code, key in TOKENS.items():
        stated = first(entry, f"{key}{part}_batches", f"{key}_batches")
        if stated is None and code in ("o", "oi"):
            plain = first(entry, key)
            stated = None if plain is None else plain / 2
        rates[code] = stated
    return rates


def reasoning(entry, suffix, rates):
    if suffix and suffix != "_batches":
        stated = first(entry, TOKENS["r"] + suffix)
        if stated is not None:
            return stated
        if entry.get(TOKENS["o"] + suffix) is not None:
            return None
    return None if suffix == "_batches" else first(entry, TOKENS["r"])


def ranged_cards(entry):
    """`tiered_pricing`: whole tables by the length of the prompt."""
    for tier in sorted(entry["tiered_pricing"], key=lambda tier: tier["range"][0]):
        rates = {code: first(tier, key) for code, key in TOKENS.items()}
        if rates["o"] is None:
            rates["o"] = first(entry, TOKENS["o"])
        if rates["i"] is not None:
            yield {"above": int(float(tier["range"][0]))}, whole(rates)


def whole(rates):
    """The rates that are listed, without those that only repeat what would be taken anyway."""
    rates = {code: value for code, value in rates.items() if value is not None}
    if "o" not in rates and "oi" in rates:
        rates["o"] = rates["oi"]
    if "r" in rates and rates["r"] == rates.get("o"):
        del rates["r"]
    return rates


def first(entry, *keys):
    for key in keys:
        value = entry.get(key)
        if value is not None and not isinstance(value, dict):
            return per_million(value)
    return None


def per_million(value):
    return number(value) * 1_000_000


def unit_rates(provider, model, entry):
    rates = {}
    for code, key, factor in UNITS:
        value = entry.get(key)
        if value is not None and number(value) > 0:
            rates[code] = number(value) * factor
    for key, value in entry.items():
        # A price by the resolution stands beside the plain one.
        if key.startswith("output_cost_per_image_") and not key.endswith(("_token", "_batches")):
            rates["im." + key.removeprefix("output_cost_per_image_").lower()] = number(value)
    mode = entry.get("mode")
    video = first_number(entry, "output_cost_per_video_per_second")
    if mode == "video_generation":
        video = video if video is not None else first_number(entry, "output_cost_per_second")
        for key, value in entry.items():
            if key.startswith("output_cost_per_second_"):
                rates["vs." + key.removeprefix("output_cost_per_second_").lower()] = number(value)
    elif mode == "audio_transcription":
        output, input_ = (first_number(entry, f"{side}_cost_per_second") for side in ("output", "input"))
        seconds = output if output else input_
        if seconds:
            rates["ai"] = seconds
    if video is not None:
        rates["vs"] = video
    pixel = first_number(entry, "output_cost_per_pixel")
    if pixel:
        rates["mp"] = number(pixel * MEGAPIXEL)
    if mode in ("image_generation", "image_edit"):
        # A price of the "input" is one of what is made.
        by_size = SIZE.search(model)
        pixel = first_number(entry, "input_cost_per_pixel")
        if pixel and by_size:
            price = pixel * int(by_size[1]) * int(by_size[2])
            rates["im"] = number(round(price, 5))
        if "im" not in rates and "in" in rates:
            rates["im"] = rates.pop("in")
    rates.update(search_rates(provider, entry))
    if provider == "fal_ai":
        # The units that fal bills are those of the endpoint's one price.
        prices = [rates.get(code) for code in ("mp", "im", "vs") if rates.get(code) is not None]
        if prices and not any("." in code for code in rates):
            rates["bu"] = prices[0]
    return {code: value for code, value in rates.items() if value is not None}


def search_rates(provider, entry):
    listed = entry.get("search_context_cost_per_query") or {}
    size = "low" if provider == "perplexity" else "medium"
    price = listed.get(f"search_context_size_{size}")
    if not price:
        return {}
    by_prompt = provider in ("gcp.gemini", "gcp.vertex_ai") and entry.get("web_search_billing_unit") != "per_query"
    return {"wp" if by_prompt else "ws": number(price)}


def first_number(entry, key):
    value = entry.get(key)
    return None if value is None else number(value)


def multipliers(provider, entry):
    found = {}
    own = entry.get("provider_specific_entry") or {}
    if provider == "anthropic":
        found = {name: number(own[name]) for name in ("us", "fast") if name in own}
    for region in ("eu", "us"):
        value = entry.get(f"regional_processing_uplift_multiplier_{region}")
        if value is not None:
            found[region] = number(value)
    if entry.get("regional_endpoint_uplift_multiplier") is not None:
        found["regional"] = number(entry["regional_endpoint_uplift_multiplier"])
    return found


def windows(off_peak):
    """`12345:0000-0100,0400-0600;67:0000-0000`: the weekdays from Monday, and hours in UTC."""
    rules = list(off_peak.get("windows") or [])
    if off_peak.get("hours_utc"):
        rules.append({"hours_utc": off_peak["hours_utc"]})
    parts = []
    for rule in rules:
        hours = rule["hours_utc"]
        hours = [hours] if isinstance(hours, str) else hours
        days = "".join(str(day) for day in rule.get("weekdays") or range(1, 8))
        parts.append(days + ":" + ",".join(hour.replace(":", "") for hour in hours))
    return ";".join(parts)
