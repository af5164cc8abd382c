#!/usr/bin/env python3
"""What litellm itself charges for a grid of answers: writes tests/it/data/oracle.jsonl, or checks it with `--check`.

`cargo xtask test` runs the check in an environment of its own, offline. Each record is an answer as the provider
writes it, read by litellm's own transformation and charged by its own calculator at a fixed hour.
"""

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOG"] = "ERROR"

import datetime
import hashlib
import json
import logging
import sys
import warnings
from importlib.metadata import version
from importlib.resources import files

warnings.filterwarnings("ignore")

import litellm
from litellm import EmbeddingResponse, ModelResponse, Usage
from litellm._internal_context import _billing_time
from litellm.cost_calculator import batch_cost_calculator
from litellm.types.utils import Choices, Message

import records

logging.disable(logging.CRITICAL)
# A Friday at two in the morning UTC, when DeepSeek is at its peak.
NOW = datetime.datetime(2026, 11, 20, 2, 0, tzinfo=datetime.timezone.utc)
PRICE_MAP = "model_prices_and_context_window_backup.json"


def answer(model, usage, tier=None):
    answered = ModelResponse(model=model, choices=[Choices(message=Message(content="x"))], usage=usage)
    if tier:
        answered.service_tier = tier
    return answered


def chat(raw, model):
    return {"completion_response": answer(model, Usage(**raw["usage"]), raw.get("service_tier"))}


def embedding(raw, model):
    answered = EmbeddingResponse(model=model, usage=Usage(**raw["usage"]), data=[])
    return {"completion_response": answered, "call_type": "embedding"}


def responses(raw, _):
    from litellm.types.llms.openai import ResponsesAPIResponse

    return {"completion_response": ResponsesAPIResponse(**raw), "call_type": "responses"}


def anthropic(raw, model):
    usage = litellm.AnthropicConfig().calculate_usage(usage_object=raw["usage"], reasoning_content=None)
    return {"completion_response": answer(model, usage)}


def gemini(raw, model):
    from litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini import VertexGeminiConfig

    return {"completion_response": answer(model, VertexGeminiConfig._calculate_usage(completion_response=raw))}


def bedrock(raw, model):
    from litellm.llms.bedrock.chat.converse_transformation import AmazonConverseConfig

    return {"completion_response": answer(model, AmazonConverseConfig().transform_usage(raw["usage"]))}


def cohere(raw, model):
    # As litellm's transformation of the second version of the interface does it: it reads `tokens`.
    seen = raw["usage"]["tokens"]
    prompt, completion = int(seen["input_tokens"]), int(seen["output_tokens"])
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)
    return {"completion_response": answer(model, usage)}


READERS = {reader.__name__: reader for reader in (chat, embedding, responses, anthropic, gemini, bedrock, cohere)}


def charged(reader, raw, key, provider, more):
    raw = json.loads(json.dumps(raw))
    if reader == "batch":
        return sum(batch_cost_calculator(usage=Usage(**raw["usage"]), model=key, custom_llm_provider=provider))
    arguments = READERS[reader](raw, key)
    return litellm.completion_cost(model=key, custom_llm_provider=provider, **arguments, **more)


def lines():
    _billing_time.set(NOW)
    raw_map = files("litellm").joinpath(PRICE_MAP).read_bytes()
    head = {
        "litellm": version("litellm"),
        "map": hashlib.sha256(raw_map).hexdigest(),
        "at": int(NOW.timestamp()),
    }
    yield json.dumps(head)
    for name, provider, model, key, theirs, reader, raw, said, more in records.grid(json.loads(raw_map)):
        theirs = "vertex_ai" if theirs.startswith("vertex_ai") else theirs
        try:
            usd = f"{charged(reader, raw, key, theirs, more):.12f}"
        except Exception as error:  # litellm raises bare exceptions where it knows no price
            usd = f"{type(error).__name__}"
        said = {field: value for field, value in said.items() if value is not None}
        record = {"name": name, "provider": provider, "model": model, "usage": said, "raw": raw, "usd": usd}
        yield json.dumps(record, separators=(",", ":"))


def main():
    path = sys.argv[1]
    written = "\n".join(lines()) + "\n"
    if "--check" not in sys.argv[2:]:
        with open(path, "w") as file:
            file.write(written)
        return
    with open(path) as file:
        known = file.read()
    if known != written:
        old, new = known.splitlines(), written.splitlines()
        differing = [(a, b) for a, b in zip(old, new) if a != b]
        print(f"{path} isn't what litellm charges: {len(differing)} of {len(new)} records differ, {len(old)} are written")
        for a, b in differing[:5]:
            print(f"  written {a}\n  charged {b}")
        sys.exit(1)
    print(f"litellm {version('litellm')} charges as written for {len(written.splitlines()) - 1} records")


if __name__ == "__main__":
    main()
