"""What a run has used, in one form.

Coming in: pydantic-ai's usage. Going out: plain numbers; what is not known is not there.
Decided elsewhere: how tokens are counted and priced (pydantic-ai).
"""

from typing import Any


def usage_of(usage: Any, iterations: int) -> dict[str, Any]:
    """The usage of a run: ``input_tokens``, ``output_tokens``, ``total_tokens``, ``requests``,
    ``tool_calls``, ``iterations``, and ``cost_usd`` where the model's price is known.
    """
    used: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "requests": usage.requests,
        "tool_calls": usage.tool_calls,
        "iterations": iterations,
    }
    if usage.cost is not None:
        used["cost_usd"] = float(usage.cost)
    return used
