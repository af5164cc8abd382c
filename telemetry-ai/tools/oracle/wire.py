"""Answers as providers write them, and what they say in the terms of `telemetry_ai::Usage`."""


def chat(model, prompt, completion, cached=None, written=None, reasoning=None, apart=False, audio=None, image=None, audio_out=None, tier=None):
    """A chat completion of OpenAI's format. `apart`: the reasoning is no part of the completion (xAI)."""
    total = prompt + completion + (reasoning or 0 if apart else 0)
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    details = {"cached_tokens": cached, "cache_write_tokens": written, "audio_tokens": audio, "image_tokens": image}
    details = {key: value for key, value in details.items() if value is not None}
    if details:
        usage["prompt_tokens_details"] = details
    details = {"reasoning_tokens": reasoning, "audio_tokens": audio_out}
    details = {key: value for key, value in details.items() if value is not None}
    if details:
        usage["completion_tokens_details"] = details
    raw = {"id": "chatcmpl-1", "object": "chat.completion", "model": model, "usage": usage}
    if tier:
        raw["service_tier"] = tier
    said = {
        "input_tokens": prompt,
        "output_tokens": completion + (reasoning or 0 if apart else 0),
        "cache_read_input_tokens": cached,
        "cache_write_input_tokens": written,
        "reasoning_output_tokens": reasoning,
        "input.audio": audio,
        "input.image": image,
        "output.audio": audio_out,
        "terms.service_tier": tier,
    }
    return raw, said


def embedding(model, tokens):
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": [], "model": model, "usage": usage}, {"input_tokens": tokens}


def anthropic(model, fresh, output, read=0, five_minutes=0, hour=0, unsplit=0, searches=0, geography=None, speed=None):
    written = five_minutes + hour + unsplit
    usage = {
        "input_tokens": fresh,
        "output_tokens": output,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
    }
    if five_minutes or hour:
        usage["cache_creation"] = {"ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": hour}
    if searches:
        usage["server_tool_use"] = {"web_search_requests": searches, "web_fetch_requests": 0}
    if geography:
        usage["inference_geo"] = geography
    if speed:
        usage["speed"] = speed
    said = {
        "input_tokens": fresh + read + written,
        "output_tokens": output,
        "cache_read_input_tokens": read,
        "cache_write_input_tokens": written,
        "cache_writes.five_minutes": five_minutes or None,
        "cache_writes.one_hour": hour or None,
        "tools.web_searches": searches or None,
        "terms.geography": geography,
        "terms.speed": speed,
    }
    return {"id": "msg_1", "type": "message", "model": model, "usage": usage}, said


def gemini(model, prompt, candidates, cached=0, thoughts=0, audio=0, image_out=0):
    usage = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": candidates,
        "totalTokenCount": prompt + candidates + thoughts,
    }
    if cached:
        usage["cachedContentTokenCount"] = cached
    if thoughts:
        usage["thoughtsTokenCount"] = thoughts
    if audio:
        usage["promptTokensDetails"] = [
            {"modality": "TEXT", "tokenCount": prompt - audio},
            {"modality": "AUDIO", "tokenCount": audio},
        ]
    if image_out:
        usage["candidatesTokensDetails"] = [
            {"modality": "TEXT", "tokenCount": candidates - image_out},
            {"modality": "IMAGE", "tokenCount": image_out},
        ]
    said = {
        "input_tokens": prompt,
        "output_tokens": candidates + thoughts,
        "cache_read_input_tokens": cached or None,
        "reasoning_output_tokens": thoughts or None,
        "input.audio": audio or None,
        "output.image": image_out or None,
    }
    return {"modelVersion": model, "usageMetadata": usage, "candidates": []}, said


def converse(fresh, output, read=0, written=0):
    usage = {"inputTokens": fresh, "outputTokens": output, "totalTokens": fresh + output + read + written}
    if read or written:
        usage |= {"cacheReadInputTokens": read, "cacheWriteInputTokens": written}
    said = {
        "input_tokens": fresh + read + written,
        "output_tokens": output,
        "cache_read_input_tokens": read or None,
        "cache_write_input_tokens": written or None,
    }
    return {"usage": usage}, said


def cohere(billed_in, billed_out, seen_in=None):
    billed = {"input_tokens": billed_in, "output_tokens": billed_out}
    seen = {"input_tokens": seen_in or billed_in, "output_tokens": billed_out}
    said = {"input_tokens": billed_in, "output_tokens": billed_out}
    return {"id": "c", "usage": {"billed_units": billed, "tokens": seen}}, said


def responses(model, prompt, output, cached=0, reasoning=0, searches=0):
    raw = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": model,
        "output": [{"type": "web_search_call", "id": f"ws{n}", "status": "completed"} for n in range(searches)],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "temperature": 1,
        "top_p": 1,
        "status": "completed",
        "usage": {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": reasoning},
            "total_tokens": prompt + output,
        },
    }
    said = {
        "input_tokens": prompt,
        "output_tokens": output,
        "cache_read_input_tokens": cached,
        "reasoning_output_tokens": reasoning,
        "tools.web_searches": searches or None,
    }
    return raw, said
