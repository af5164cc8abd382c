#!/usr/bin/env python3
"""Writes src/price/table.rs, the built-in prices of OpenAI's chat models.

A maintainer's tool: neither the build nor the tests run it. Prices are facts; they are read from
the price map inside a published `litellm` wheel (MIT), which is opened as an archive and never
imported or run:

    pip download --no-deps litellm==VERSION
    python3 telemetry-ai/tools/openai_prices.py litellm-VERSION-*.whl YYYY-MM-DD > telemetry-ai/src/price/table.rs
"""

import hashlib
import json
import re
import sys
import zipfile
from decimal import Decimal

PRICE_MAP = "litellm/model_prices_and_context_window_backup.json"
CHAT_PATH = "/v1/chat/completions"
TIERS = [("Standard", ""), ("Flex", "_flex"), ("Priority", "_priority"), ("Ultrafast", "_ultrafast")]
COLUMNS = [
    "input_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_12hr",
    "output_cost_per_token",
    "input_cost_per_audio_token",
    "output_cost_per_audio_token",
]
THRESHOLD = re.compile(r"_above_(\d+)k_tokens")


def micro_dollars_per_million(value):
    """USD per token to millionths of a dollar per million tokens, which must come out whole."""
    exact = Decimal(repr(value)) * 10**12
    whole = exact.to_integral_value()
    # The map holds binary floats; their residue is far below this, a real price never is.
    assert abs(exact - whole) < Decimal("0.001"), value
    assert 0 <= whole < 2**32 - 1, value
    return int(whole)


def first(entry, *keys):
    for key in keys:
        if entry.get(key) is not None:
            return entry[key]
    return None


def rows_of(model, entry):
    thresholds = {int(found[1]) * 1000 for key in entry if (found := THRESHOLD.search(key))}
    assert len(thresholds) <= 1, model
    for tier, suffix in TIERS:
        if suffix and not any(key.endswith(suffix) for key in entry):
            continue
        for above in [0, *thresholds]:
            part = f"_above_{above // 1000}k_tokens" if above else ""
            if above and suffix and f"{COLUMNS[0]}{part}{suffix}" not in entry:
                continue
            rates = []
            for column in COLUMNS:
                # A rate that the tier or the long context does not name is the plain one.
                keys = [f"{column}{part}{suffix}", f"{column}{part}", f"{column}{suffix}", column]
                rates.append(first(entry, *keys))
            yield tier, above, rates


def digits(value):
    return f"{value:_}" if value >= 1000 else str(value)


def main():
    wheel, date = sys.argv[1], sys.argv[2]
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(PRICE_MAP)
    version = re.search(r"litellm-([^-]+)-", wheel)[1]
    models = {
        name: entry
        for name, entry in json.loads(raw).items()
        if isinstance(entry, dict)
        and entry.get("litellm_provider") == "openai"
        and entry.get("mode") == "chat"
        and entry.get("input_cost_per_token") is not None
        and CHAT_PATH in entry.get("supported_endpoints", [CHAT_PATH])
    }
    print("// Written by tools/openai_prices.py; edit that, not this.")
    print("//")
    print("// Facts: OpenAI's list prices for chat completions, as the price map of the published wheel")
    print(f"// litellm {version} (PyPI, MIT) states them, read {date}.")
    print(f"// sha256 of the map: {hashlib.sha256(raw).hexdigest()}")
    print("")
    print("use super::rates::{ListedRates, NONE as N, ServiceTier::{Flex, Priority, Standard, Ultrafast}};")
    print("")
    print("/// Where the rows come from: source, version and the day they were read.")
    print(f'pub(super) const VERSION: &str = "litellm@{version}+{date}";')
    print("")
    print("/// One row for each model, service tier and context length, ordered by model. A row holds for prompts")
    print("/// of more than `above` tokens. Rates are millionths of a US dollar per million tokens, `N` where none")
    print("/// is listed: input, cached input, cache write, cache write kept for 12 h, output, audio in, audio out.")
    print("#[rustfmt::skip]")
    print("pub(super) static ROWS: &[ListedRates] = &[")
    uplifts = []
    for model in sorted(models):
        entry = models[model]
        for tier, above, rates in rows_of(model, entry):
            cells = ", ".join("N" if rate is None else digits(micro_dollars_per_million(rate)) for rate in rates)
            print(f'    ListedRates::new("{model}", {tier}, {digits(above)}, [{cells}]),')
        regional = {entry.get(f"regional_processing_uplift_multiplier_{region}") for region in ("eu", "us")} - {None}
        assert len(regional) <= 1, model
        for multiplier in regional:
            percent = (Decimal(repr(multiplier)) - 1) * 100
            assert percent == percent.to_integral_value(), model
            uplifts.append((model, int(percent)))
    print("];")
    print("")
    print("/// Models whose tokens cost this many per cent more at a regional host (`eu.`, `us.`).")
    print("#[rustfmt::skip]")
    print("pub(super) static REGIONAL_UPLIFT_PERCENT: &[(&str, u8)] = &[")
    for model, percent in uplifts:
        print(f'    ("{model}", {percent}),')
    print("];")


if __name__ == "__main__":
    main()
