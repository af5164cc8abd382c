#!/usr/bin/env python3
"""Writes tests/it/data/openai_chat_costs.csv: what litellm itself charges for a grid of usages.

A maintainer's tool, beside openai_prices.py: it needs the same version of litellm installed in a virtual
environment of its own, runs offline, and is no part of the build or the tests.

    LITELLM_LOCAL_MODEL_COST_MAP=True python telemetry-ai/tools/litellm_costs.py > telemetry-ai/tests/it/data/openai_chat_costs.csv
"""

import os
import re

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("LITELLM_LOG", "ERROR")

from importlib.metadata import version
from pathlib import Path

from litellm import Usage
from litellm.litellm_core_utils.llm_cost_calc.utils import generic_cost_per_token

TABLE = Path(__file__).parent.parent / "src/price/table.rs"
ROW = re.compile(r'ListedRates::new\("([^"]+)", (\w+), ([\d_]+),')
# input, cached, written, audio in, output, reasoning, audio out
SHAPES = [
    (1117, 0, 0, 0, 46, 0, 0),
    (2006, 1920, 0, 0, 300, 0, 0),
    (75, 0, 0, 0, 1186, 1024, 0),
    (300_000, 100_000, 0, 0, 2000, 0, 0),
    (272_000, 0, 0, 0, 1, 0, 0),
    (5000, 1000, 2000, 0, 100, 0, 0),
    (1200, 0, 0, 1000, 800, 0, 700),
    (1, 0, 0, 0, 0, 0, 0),
]


def usage(shape):
    input_, cached, written, audio_in, output, reasoning, audio_out = shape
    return Usage(
        prompt_tokens=input_,
        completion_tokens=output,
        total_tokens=input_ + output,
        prompt_tokens_details={"cached_tokens": cached, "cache_write_tokens": written, "audio_tokens": audio_in},
        completion_tokens_details={"reasoning_tokens": reasoning, "audio_tokens": audio_out},
    )


def main():
    found = {(model, tier.lower()) for model, tier, _ in ROW.findall(TABLE.read_text())}
    print(f"# litellm {version('litellm')}, generic_cost_per_token; US dollars")
    print("model,tier,regional,input,cached,written,audio_in,output,reasoning,audio_out,usd")
    for model, tier in sorted(found):
        for regional in (False, True):
            for shape in SHAPES[: 2 if regional else None]:
                prompt, completion = generic_cost_per_token(
                    model=model,
                    usage=usage(shape),
                    custom_llm_provider="openai",
                    service_tier=None if tier == "standard" else tier,
                    data_residency="eu" if regional else None,
                )
                print(",".join(map(str, (model, tier, int(regional), *shape, f"{prompt + completion:.12f}"))))


if __name__ == "__main__":
    main()
