"""What flows add to the agents in them, under load, and whether memory stays flat in a long run.

Comes in: nothing (``--quick`` for smaller sizes). Goes out: three tables. The model sleeps 20 ms after every
10 tokens; 100 runs go on at once on one event loop. Latency is from the moment in which the model has a token
to the moment in which the reader has its event. All contenders take turns; the best of the rounds counts for
time, all rounds for latency. Results are compared first. Needs the extra ``agents``.

    python benches/flows.py
"""

import asyncio
import gc
import resource
import sys
import time
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

from pydantic_flow import AgentNode, BaseNode, Flow, TokenChunk
from pydantic_flow.agents import run_stream
from pydantic_flow.nodes import NodeRun
from pydantic_flow.streaming import ProgressItem

Sent = dict[str, float]


def agent_of(tokens: int, sent: Sent) -> Agent[None, str]:
    """An agent whose model sleeps 20 ms after every 10 tokens; it notes when it had each."""

    async def say(messages: Any, info: Any) -> AsyncGenerator[str, None]:
        run = messages[-1].parts[-1].content
        for number in range(tokens):
            token = f"{run}.{number} "
            sent[token] = time.perf_counter()
            yield token
            if number % 10 == 9:
                await asyncio.sleep(0.02)

    return Agent(FunctionModel(stream_function=say))


def flow_of(agent: Agent[None, str]) -> Flow[str, str]:
    flow: Flow[str, str] = Flow(input_type=str, output_type=str)
    flow.add_nodes(AgentNode[str, str](agent=agent, name="say"))
    return flow


class Reader:
    """Reads one run in each of the ways that are compared, and notes when each token came."""

    def __init__(self, tokens: int) -> None:
        self.sent: Sent = {}
        self.came: Sent = {}
        self.agent = agent_of(tokens, self.sent)
        self.flow = flow_of(self.agent)

    async def pydantic_ai(self, prompt: str) -> str:
        said: list[str] = []
        async with self.agent.run_stream(prompt) as run:
            async for text in run.stream_text(delta=True, debounce_by=None):
                self.came[text] = time.perf_counter()
                said.append(text)
        return "".join(said)

    async def agent_alone(self, prompt: str) -> str:
        return await self._read(run_stream(self.agent, prompt))

    async def in_a_flow(self, prompt: str) -> str:
        return await self._read(self.flow.astream(prompt))

    async def _read(self, stream: Any) -> str:
        said: list[str] = []
        async for event in stream:
            if isinstance(event, TokenChunk):
                self.came[event.text] = time.perf_counter()
                said.append(event.text)
        return "".join(said)

    def latencies(self) -> list[float]:
        """Milliseconds, sorted."""
        return sorted((came - self.sent[token]) * 1e3 for token, came in self.came.items())


async def at_once(run: Callable[[str], Awaitable[str]], flows: int) -> tuple[float, float, list[str]]:
    """(seconds, seconds of CPU, what came) of so many runs at once."""
    began, cpu = time.perf_counter(), time.process_time()
    done = await asyncio.gather(*(run(f"r{number}") for number in range(flows)))
    return time.perf_counter() - began, time.process_time() - cpu, sorted(done)


async def load(flows: int, tokens: int, rounds: int) -> None:
    ways = ("pydantic_ai", "agent_alone", "in_a_flow")
    best = dict.fromkeys(ways, float("inf"))
    spent = dict.fromkeys(ways, float("inf"))
    latencies: dict[str, list[float]] = {way: [] for way in ways}
    answers = []
    tasks = len(asyncio.all_tasks())
    for _ in range(rounds):
        for way in ways:
            reader = Reader(tokens)
            seconds, cpu, said = await at_once(getattr(reader, way), flows)
            best[way], spent[way] = min(best[way], seconds), min(spent[way], cpu)
            latencies[way] = sorted(latencies[way] + reader.latencies())
            answers.append(said)
    assert all(said == answers[0] for said in answers) and len(answers[0]) == flows
    await asyncio.sleep(0)
    left = len(asyncio.all_tasks()) - tasks
    ideal = tokens // 10 * 0.02
    print(f"{flows} runs at once, {tokens} tokens each; each model sleeps {ideal:.2f} s; tasks left: {left}")
    print(f"{'':16}{'seconds':>9}{'CPU':>7}{'above agent':>13}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}")
    for way in ways:
        above = (best[way] / best["agent_alone"] - 1) * 100
        late = latencies[way]
        middle, most = late[len(late) // 2], late[len(late) * 99 // 100]
        print(
            f"{way:16}{best[way]:9.2f}{spent[way]:7.2f}{above:12.1f}%{middle:8.1f}{most:8.1f}{late[-1]:8.1f}"
        )


async def held(flows: int, tokens: int) -> None:
    """What runs hold while they run."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    reader = Reader(tokens)
    runs = [asyncio.create_task(reader.in_a_flow(f"r{number}")) for number in range(flows)]
    most = 0
    while not all(run.done() for run in runs):
        await asyncio.sleep(0.05)
        most = max(most, tracemalloc.get_traced_memory()[0] - before)
    texts = sum(len(run.result()) for run in runs)
    tracemalloc.stop()
    print(f"\nheld above idle by {flows} flows: {most / 1e6:.1f} MB (their texts are {texts / 1e6:.1f} MB)")


class Flood(BaseNode[int, int]):
    """So many tokens."""

    async def events(self, input_data: int, run: NodeRun[int]) -> AsyncGenerator[ProgressItem, None]:
        for number in range(input_data):
            yield TokenChunk(text="token ", token_index=number)
        run.result = input_data


async def long_run(count: int) -> None:
    flow: Flow[int, int] = Flow(input_type=int, output_type=int)
    flow.add_nodes(Flood(name="flood"))
    print(f"\n{count:,} events through one flow")
    read, began, cpu = 0, time.perf_counter(), time.process_time()
    async for _ in flow.astream(count):
        read += 1
        if read % (count // 4) == 0:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"  {read:>9,} events, peak of the process {peak:7.1f} MB")
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    print(f"  {seconds:.1f} s, {spent / read * 1e6:.1f} us of CPU for each")


async def main(quick: bool) -> None:
    await load(20 if quick else 100, 200 if quick else 500, 1 if quick else 3)
    await held(20 if quick else 100, 200 if quick else 500)
    await long_run(20_000 if quick else 1_000_000)


if __name__ == "__main__":
    asyncio.run(main("--quick" in sys.argv))
