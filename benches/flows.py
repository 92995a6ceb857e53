"""What flows add to the agents in them, under load, and whether memory stays flat in a long run.

Comes in: nothing (``--quick`` for smaller sizes). Goes out: tables. The model sleeps 20 ms after every 10
tokens, so 10 tokens of each run come in one turn of the event loop. 100 runs at once are more than a core can
do: time is CPU time then, and what a flow costs shows in full. With few runs the core waits for the models,
and what shows is whether a flow makes anybody wait longer.

Latency is from the moment in which the model has a token to the moment in which the reader has its event. All
contenders take turns. "above" is against the agents alone: the median of the rounds, each of which compares
neighbours in time, since machines are busy with other things as well; seconds are those of the best round.
Flows are compiled once, as for a server.
Results are compared first. Needs the extra ``agents``.

    python benches/flows.py
"""

import asyncio
import gc
import resource
import sys
import time
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable
from statistics import median
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

from pydantic_flow import AgentNode, BaseNode, Flow, MergeToolNode, TokenChunk
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


class Reader:
    """Reads one run in each of the ways that are compared, and notes when each token came."""

    def __init__(self, tokens: int) -> None:
        self.sent: Sent = {}
        self.came: Sent = {}
        self.agent = agent_of(tokens, self.sent)
        one: Flow[str, str] = Flow(input_type=str, output_type=str)
        one.add_nodes(AgentNode[str, str](agent=self.agent, name="say"))
        self.one = one.compile()
        left, right = (AgentNode[str, str](self.agent, side + "{input}", name=side) for side in "ab")
        both = MergeToolNode[str, str, str](lambda *said: "".join(said), inputs=(left.output, right.output))
        two: Flow[str, str] = Flow(input_type=str, output_type=str)
        two.add_nodes(left, right, both)
        self.two = two.compile()

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
        return await self._read(self.one.astream(prompt))

    async def two_alone(self, prompt: str) -> str:
        return "".join(
            await asyncio.gather(*(self._read(run_stream(self.agent, side + prompt)) for side in "ab"))
        )

    async def two_in_a_flow(self, prompt: str) -> str:
        return await self._read(self.two.astream(prompt))

    async def _read(self, stream: Any) -> str:
        said: dict[str, list[str]] = {}
        async for event in stream:
            if isinstance(event, TokenChunk):
                self.came[event.text] = time.perf_counter()
                said.setdefault(event.node_id, []).append(event.text)
        return "".join(text for _, texts in sorted(said.items()) for text in texts)

    def latencies(self) -> list[float]:
        """Milliseconds, sorted."""
        return sorted((came - self.sent[token]) * 1e3 for token, came in self.came.items())


async def at_once(run: Callable[[str], Awaitable[str]], flows: int) -> tuple[float, float, list[str]]:
    """(seconds, seconds of CPU, what came) of so many runs at once."""
    began, cpu = time.perf_counter(), time.process_time()
    done = await asyncio.gather(*(run(f"r{number}") for number in range(flows)))
    return time.perf_counter() - began, time.process_time() - cpu, sorted(done)


async def load(ways: tuple[str, ...], runs: int, tokens: int, rounds: int) -> None:
    [base] = [way for way in ways if way.endswith("alone")]
    times: dict[str, list[float]] = {way: [] for way in ways}
    spent: dict[str, list[float]] = {way: [] for way in ways}
    late: dict[str, list[float]] = {way: [] for way in ways}
    answers = []
    tasks = len(asyncio.all_tasks())
    for number in range(rounds):
        for way in ways if number % 2 else ways[::-1]:
            reader = Reader(tokens)
            gc.collect()
            seconds, cpu, said = await at_once(getattr(reader, way), runs)
            times[way].append(seconds)
            spent[way].append(cpu)
            late[way] = sorted(late[way] + reader.latencies())
            answers.append(said)
    assert all(said == answers[0] for said in answers) and len(answers[0]) == runs
    await asyncio.sleep(0)
    left = len(asyncio.all_tasks()) - tasks
    ideal = tokens // 10 * 0.02
    print(f"{runs} runs at once, {tokens} tokens each; each model sleeps {ideal:.2f} s; tasks left: {left}")
    print(f"{'':16}{'seconds':>9}{'above':>8}{'CPU':>7}{'above':>8}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}")
    for way in ways:
        above = [
            (median(mine / other for mine, other in zip(took[way], took[base], strict=True)) - 1) * 100
            for took in (times, spent)
        ]
        delays = late[way]
        middle, most = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
        print(
            f"{way:16}{min(times[way]):9.2f}{above[0]:7.1f}%{min(spent[way]):7.2f}{above[1]:7.1f}%"
            f"{middle:8.1f}{most:8.1f}{delays[-1]:8.1f}"
        )
    print()


async def calls(ways: tuple[str, ...]) -> None:
    """Calls of functions for each token, Python's and those in C: the same on every machine."""
    made: dict[str, float] = {}
    for way in ways:
        counts: dict[int, int] = {}
        for tokens in (200, 400):
            run = getattr(Reader(tokens), way)
            await run("warm")
            counts[tokens] = await counted(run)
        made[way] = (counts[400] - counts[200]) / 200
    print("calls for each token (of two agents: for one token of each)")
    for way in ways:
        alone = made["two_alone" if way.startswith("two") else "agent_alone"]
        print(f"{way:16}{made[way]:9.1f}{(made[way] / alone - 1) * 100:7.1f}%")
    print()


async def counted(run: Callable[[str], Awaitable[str]]) -> int:
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        await run("r")
    finally:
        sys.setprofile(None)
    return count


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
    print(f"held above idle by {flows} flows: {most / 1e6:.1f} MB (their texts are {texts / 1e6:.1f} MB)")


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
    one, two = ("agent_alone", "in_a_flow"), ("two_alone", "two_in_a_flow")
    runs, tokens, rounds = (20, 200, 3) if quick else (100, 500, 5)
    await load(("pydantic_ai", *one), runs, tokens, rounds)
    await load(two, runs // 2, tokens, rounds)
    await load(one, 4, tokens, rounds)
    await calls((*one, *two))
    await held(runs, tokens)
    await long_run(20_000 if quick else 1_000_000)


if __name__ == "__main__":
    asyncio.run(main("--quick" in sys.argv))
