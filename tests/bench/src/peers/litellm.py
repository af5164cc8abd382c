"""Calculates costs with litellm: as many as each line of the input says; answers with the nanoseconds that took."""

import logging
import sys
import time

import litellm
from litellm import ModelResponse, Usage
from litellm.types.utils import Choices, Message

logging.disable(logging.CRITICAL)
usage = Usage(
    prompt_tokens=2006,
    completion_tokens=300,
    total_tokens=2306,
    prompt_tokens_details={"cached_tokens": 1920},
)
models = sys.argv[1:]
answers = [
    (model, ModelResponse(model=model, choices=[Choices(message=Message(content="x"))], usage=usage)) for model in models
]
turn = 0
for line in sys.stdin:
    begun = time.process_time_ns()
    for _ in range(int(line)):
        model, answer = answers[turn % len(answers)]
        cost = litellm.completion_cost(completion_response=answer, model=model, custom_llm_provider="openai")
        assert cost > 0
        turn += 1
    print(time.process_time_ns() - begun, flush=True)
