"""The grid: which models are charged for which answers. Every choice is a fixed one, so that a run can be repeated."""

import wire

# How many models of a provider are taken, evenly from the ordered list.
MODELS = {
    "openai": 40, "azure": 20, "anthropic": 22, "gemini": 24, "vertex": 16, "bedrock": 30, "mistral": 16, "xai": 16,
    "groq": 11, "deepseek": 8, "together_ai": 16, "fireworks_ai": 16, "moonshot": 8, "cerebras": 8, "cohere": 8,
    "perplexity": 6,
}
# litellm's providers that are one here, the first part of the key that names the model, and our name.
PROVIDERS = {
    "openai": (["openai"], "", "openai"),
    "azure": (["azure"], "azure/", "azure.ai.openai"),
    "anthropic": (["anthropic"], "", "anthropic"),
    "gemini": (["gemini"], "gemini/", "gcp.gemini"),
    "vertex": (["vertex_ai-language-models", "vertex_ai-anthropic_models"], "", "gcp.vertex_ai"),
    "bedrock": (["bedrock_converse"], "", "aws.bedrock"),
    "mistral": (["mistral"], "mistral/", "mistral_ai"),
    "xai": (["xai"], "xai/", "x_ai"),
    "groq": (["groq"], "groq/", "groq"),
    "deepseek": (["deepseek"], "deepseek/", "deepseek"),
    "together_ai": (["together_ai"], "together_ai/", "together_ai"),
    "fireworks_ai": (["fireworks_ai"], "fireworks_ai/", "fireworks_ai"),
    "moonshot": (["moonshot"], "moonshot/", "moonshot_ai"),
    "cerebras": (["cerebras"], "cerebras/", "cerebras"),
    "cohere": (["cohere_chat"], "", "cohere"),
    "perplexity": (["perplexity"], "perplexity/", "perplexity"),
}


def chosen(names, count):
    names = sorted(names)
    step = max(1, len(names) / count)
    return [names[int(index * step)] for index in range(min(count, len(names)))]


def models(costs, provider, mode="chat"):
    theirs, prefix, _ = PROVIDERS[provider]
    keys = [
        key
        for key, entry in costs.items()
        if isinstance(entry, dict)
        and entry.get("litellm_provider") in theirs
        and entry.get("mode") == mode
        and key.startswith(prefix)
        and (entry.get("input_cost_per_token") is not None or entry.get("tiered_pricing"))
        and "*" not in key
        # Regional copies of a model are chosen apart.
        and key.count("/") <= prefix.count("/") + (3 if provider in ("fireworks_ai", "together_ai", "groq") else 0)
        and "search" not in key
        and not key.startswith("ft:")
    ]
    return [(key, key.removeprefix(prefix), costs[key]) for key in chosen(keys, MODELS[provider])]


def has(entry, *keys):
    return all(entry.get(key) is not None for key in keys)


def grid(costs):
    """`(name, provider here, model here, litellm's key, how litellm reads it, raw, said, more for litellm)`."""
    for provider, (theirs, _, ours) in PROVIDERS.items():
        shapes = SHAPES.get(provider, openai_shapes)
        for key, name, entry in models(costs, provider):
            for shape, reader, (raw, said), more in shapes(provider, name, entry):
                yield f"{provider} {name} {shape}", ours, name, key, entry["litellm_provider"], reader, raw, said, more
    for provider in ("openai", "azure", "mistral", "gemini"):
        MODELS[provider] = 6
        for key, name, entry in models(costs, provider, "embedding"):
            yield (f"{provider} {name} embedding", PROVIDERS[provider][2], name, key, entry["litellm_provider"], "embedding",
                   *wire.embedding(name, 8191), {})
    raw, said = wire.chat("openai/gpt-4o", 1000, 100)
    raw["usage"]["cost"] = 0.00365
    yield "openrouter states the cost", "openrouter", "openai/gpt-4o", "openrouter/openai/gpt-4o", "openrouter", "chat", raw, said | {"cost": "0.00365"}, {}


def openai_shapes(provider, name, entry):
    apart = provider == "xai"
    yield "plain", "chat", wire.chat(name, 1117, 46), {}
    if has(entry, "cache_read_input_token_cost"):
        yield "cached", "chat", wire.chat(name, 2006, 300, cached=1920), {}
    if provider not in ("mistral", "cohere", "together_ai", "cerebras"):
        yield "reasoning", "chat", wire.chat(name, 75, 1186, cached=0, reasoning=1024, apart=apart), {}
    if any("_above_" in field for field in entry) or entry.get("tiered_pricing"):
        yield "long", "chat", wire.chat(name, 300_000, 2000, cached=100_000), {}
        yield "at the threshold", "chat", wire.chat(name, 200_000, 500, cached=1000), {}
    if has(entry, "cache_creation_input_token_cost"):
        yield "cache write", "chat", wire.chat(name, 5000, 100, cached=1000, written=2000), {}
    if has(entry, "input_cost_per_audio_token", "output_cost_per_audio_token"):
        yield "audio", "chat", wire.chat(name, 1200, 800, cached=0, audio=1000, audio_out=700), {}
    if provider in ("openai", "azure"):
        for tier in ("flex", "priority"):
            if has(entry, f"input_cost_per_token_{tier}"):
                yield tier, "chat", wire.chat(name, 10_000, 2000, cached=4096, tier=tier), {}
    if provider == "openai":
        if has(entry, "input_cost_per_token_batches", "output_cost_per_token_batches"):
            raw, said = wire.chat(name, 10_000, 2000)
            yield "batch", "batch", (raw, said | {"terms.batch": True}), {}
        if has(entry, "regional_processing_uplift_multiplier_eu"):
            raw, said = wire.chat(name, 10_000, 2000, cached=4096)
            yield "in Europe", "chat", (raw, said | {"terms.geography": "eu"}), {"data_residency": "eu"}
        if entry.get("search_context_cost_per_query"):
            yield "searched", "responses", wire.responses(name, 9000, 500, searches=2), {}
    if provider == "xai" and has(entry, "input_cost_per_image_token"):
        yield "cached images", "chat", wire.chat(name, 1500, 50, cached=1400, image=1000), {}


def anthropic_shapes(_, name, entry):
    yield "plain", "anthropic", wire.anthropic(name, 1117, 46), {}
    yield "read and written", "anthropic", wire.anthropic(name, 21, 393, read=188_086, five_minutes=1200), {}
    yield "written for an hour", "anthropic", wire.anthropic(name, 2048, 503, read=1800, five_minutes=1000, hour=4000), {}
    yield "split in part", "anthropic", wire.anthropic(name, 50, 100, five_minutes=31_490, unsplit=152_967), {}
    yield "long", "anthropic", wire.anthropic(name, 250_000, 1000), {}
    own = entry.get("provider_specific_entry") or {}
    if "us" in own:
        yield "in the US", "anthropic", wire.anthropic(name, 10_000, 1000, geography="us"), {}
    if "fast" in own:
        yield "fast", "anthropic", wire.anthropic(name, 6000, 900, speed="fast"), {}
    if entry.get("search_context_cost_per_query"):
        yield "searched", "anthropic", wire.anthropic(name, 6039, 931, searches=3), {}


def gemini_shapes(_, name, entry):
    if "claude" in name:
        yield "plain", "anthropic", wire.anthropic(name, 1117, 46), {}
        yield "read and written", "anthropic", wire.anthropic(name, 21, 393, read=188_086, five_minutes=1200), {}
        return
    yield "plain", "gemini", wire.gemini(name, 1117, 46), {}
    yield "thoughts", "gemini", wire.gemini(name, 50_000, 800, thoughts=2500), {}
    if has(entry, "cache_read_input_token_cost"):
        yield "cached", "gemini", wire.gemini(name, 50_000, 800, cached=40_000), {}
    yield "long", "gemini", wire.gemini(name, 250_000, 800, thoughts=500), {}
    if any("_above_200k" in field for field in entry):
        yield "at the threshold", "gemini", wire.gemini(name, 200_000, 800), {}
    if has(entry, "input_cost_per_audio_token"):
        yield "audio", "gemini", wire.gemini(name, 1600, 200, audio=1500), {}
    if has(entry, "output_cost_per_image_token"):
        yield "image", "gemini", wire.gemini(name, 20, 1300, image_out=1290), {}


def bedrock_shapes(_, name, entry):
    yield "plain", "bedrock", wire.converse(1000, 500), {}
    if has(entry, "cache_read_input_token_cost", "cache_creation_input_token_cost"):
        yield "read and written", "bedrock", wire.converse(1000, 500, read=2000, written=1000), {}
    if any("_above_" in field for field in entry):
        yield "long", "bedrock", wire.converse(300_000, 500), {}


def cohere_shapes(_, name, entry):
    yield "plain", "cohere", wire.cohere(1117, 46), {}
    yield "billed less than seen", "cohere", wire.cohere(5, 418, seen_in=71), {}


SHAPES = {
    "anthropic": anthropic_shapes,
    "gemini": gemini_shapes,
    "vertex": gemini_shapes,
    "bedrock": bedrock_shapes,
    "cohere": cohere_shapes,
}
