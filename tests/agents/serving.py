"""A provider on this machine: answers with recorded bodies, as OpenAI and Anthropic write them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

Parts = Sequence[tuple[str, Sequence[str]]]
"""What an answer consists of: ``(kind, pieces)``, kind "text", "reasoning", or "tool:" and a name."""


def openai_body(parts: Parts) -> Iterable[str]:
    """An answer as OpenAI's chat completions stream it."""

    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> str:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
        return f"data: {json.dumps({**head, 'choices': choices, **more})}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    calls = 0
    for kind, pieces in parts:
        if kind.startswith("tool:"):
            function = {"name": kind.removeprefix("tool:"), "arguments": ""}
            call = {"index": calls, "id": f"call_{calls}", "type": "function", "function": function}
            yield chunk({"tool_calls": [call]})
            for piece in pieces:
                yield chunk({"tool_calls": [{"index": calls, "function": {"arguments": piece}}]})
            calls += 1
        else:
            name = "content" if kind == "text" else "reasoning_content"
            for piece in pieces:
                yield chunk({name: piece})
    yield chunk({}, "tool_calls" if calls else "stop")
    yield chunk(None, usage={"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18})
    yield "data: [DONE]\n\n"


def anthropic_body(parts: Parts) -> Iterable[str]:
    """An answer as Anthropic's messages stream it."""

    def event(name: str, **data: Any) -> str:
        return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"

    message = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 1},
    }
    yield event("message_start", message=message)
    for index, (kind, pieces) in enumerate(parts):
        if kind.startswith("tool:"):
            name = kind.removeprefix("tool:")
            block: dict[str, Any] = {"type": "tool_use", "id": f"call_{index}", "name": name, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        elif kind == "text":
            block = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
        else:
            block = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
        yield event("content_block_start", index=index, content_block=block)
        for delta in deltas:
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    stop = "tool_use" if any(kind.startswith("tool:") for kind, _ in parts) else "end_turn"
    yield event(
        "message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": 7}
    )
    yield event("message_stop")


BODIES = {"openai": openai_body, "anthropic": anthropic_body}


class Server:
    """Answers each request with the next of its bodies, the last one again when there are no more."""

    def __init__(self, wire: str, answers: Sequence[Parts]) -> None:
        self.wire = wire
        self.answers = answers
        self.requests: list[Any] = []
        self.open = 0
        self.cut_short = 0
        self.hold_after: int | None = None

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
            self.requests.append(json.loads(await reader.readexactly(length)))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
            for number, frame in enumerate(BODIES[self.wire](answer)):
                if number == self.hold_after:
                    await reader.read()  # until the client hangs up
                    self.cut_short += 1
                    return
                writer.write(frame.encode())
                await writer.drain()
        except ConnectionError:
            self.cut_short += 1
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def serving(wire: str, answers: Sequence[Parts]) -> AsyncIterator[tuple[Server, Model]]:
    """A server, and a model of pydantic-ai that asks it."""
    server = Server(wire, answers)
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening, httpx2.AsyncClient(trust_env=False, timeout=20) as client:
        if wire == "openai":
            model: Model = OpenAIChatModel(
                "gpt-4o", provider=OpenAIProvider(base_url=base, api_key="none", http_client=client)
            )
        else:
            model = AnthropicModel(
                "claude-sonnet-4-5",
                provider=AnthropicProvider(base_url=base, api_key="none", http_client=client),
            )
        yield server, model
