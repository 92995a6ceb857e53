"""Nodes that ask an agent.

Coming in: an input, and the user's own pydantic-ai agent. Going out: the events of the agent's run
(``scope="agent"``) within those of the node, with the node's name; its output is the result.
Decided elsewhere: the run of an agent (``agents/run.py``, extra ``agents``), the prompt (``prompt.py``).
"""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Generic

from ..streaming.item import ProgressItem
from ..streaming.observers import observe_agent_stream
from ..streaming.stream import Stream
from .base import BaseNode, InputT, NodeOutput, NodeRun, OutputT, adopted
from .prompt import PromptTemplate, as_text

if TYPE_CHECKING:
    from ..agents.framework import AbstractAgent


class AgentNode(BaseNode[InputT, OutputT], Generic[InputT, OutputT]):
    """A node that asks an agent.

    In brackets stand the type of the input and that of the result. An agent that would give text is asked
    for the result's type instead, if that is another.

    Args:
        agent: used as it is. What is no agent of pydantic-ai but has its ``run_stream``, such as a stand-in
            in a test, gives text only (``streaming/observers.py``).
        prompt_template: see :class:`~pydantic_flow.nodes.PromptTemplate`; without one the input itself is
            the prompt, a model as JSON.
        input: the output of another node.
        name: by default the agent's name.
        run_id: see :class:`BaseNode`.
        deps: for the agent's tools.
        message_history: as for :func:`~pydantic_flow.agents.run_stream`.
        options: what ``run_stream`` takes besides, such as ``heartbeat``, ``model`` or ``usage_limits``.

    >>> import asyncio
    >>> from pydantic_ai import Agent
    >>> from pydantic_ai.models.test import TestModel
    >>> agent = Agent(TestModel(custom_output_text="Oslo"))
    >>> asyncio.run(AgentNode[str, str](agent, "The capital of {country}?").run("Norway"))
    'Oslo'
    """

    def __init__(
        self,
        agent: "AbstractAgent[Any, Any]",
        prompt_template: str | None = None,
        *,
        input: NodeOutput[Any] | None = None,
        name: str | None = None,
        run_id: str | None = None,
        deps: Any = None,
        message_history: Sequence[Any] | None = None,
        **options: Any,
    ) -> None:
        self.agent = agent
        self.prompt_template = prompt_template
        self.deps = deps
        self.message_history = message_history
        self._template = PromptTemplate(prompt_template) if prompt_template else None
        self._options = options
        super().__init__(input=input, name=name, run_id=run_id)

    @property
    def needs_task(self) -> bool:
        """Not for an agent of pydantic-ai, which runs in a task anyway."""
        return not (self._runs_as(AgentNode) and self._is_agent())

    def events(self, input_data: InputT, run: NodeRun[OutputT]) -> AsyncIterator[ProgressItem]:
        """The agent's run."""
        if not self._is_agent():
            return adopted(self._observed(input_data, run), self, run)
        from ..agents.run import run_stream

        return run_stream(
            self.agent,
            self._format_prompt(input_data),
            self.deps,
            self.message_history,
            emitter=run.emitter,
            **self._output_option(),
            **self._options,
        )

    def _is_agent(self) -> bool:
        """Whether this is no stand-in for an agent."""
        return hasattr(type(self.agent), "iter")

    def _observed(self, input_data: InputT, run: NodeRun[OutputT]) -> Stream[ProgressItem]:
        options = self._options if self.deps is None else {"deps": self.deps, **self._options}
        return observe_agent_stream(
            self.agent,
            self._format_prompt(input_data),
            message_history=self.message_history,
            run_id=run.emitter.run_id,
            node_id=self.name,
            **options,
        )

    def _format_prompt(self, input_data: Any) -> str:
        """The prompt for one input."""
        return as_text(input_data) if self._template is None else self._template.filled(input_data)

    def _output_option(self) -> dict[str, Any]:
        """The result's type for an agent that gives text, where it is another."""
        wanted = self.output_type
        asks = (
            self.agent.output_type is str and wanted not in (Any, str) and "output_type" not in self._options
        )
        return {"output_type": wanted} if asks else {}

    def _default_name(self) -> str:
        name = getattr(self.agent, "name", None)
        return name if isinstance(name, str) and name else super()._default_name()


class LLMNode(AgentNode[InputT, OutputT], Generic[InputT, OutputT]):
    """An :class:`AgentNode` for structured output: its stream has partial fields as well as tokens.

    >>> import asyncio
    >>> from pydantic import BaseModel
    >>> from pydantic_ai import Agent
    >>> from pydantic_flow.testing import Output, ScriptedModel
    >>> class Answer(BaseModel):
    ...     summary: str
    >>> agent = Agent(ScriptedModel([Output(['{"summary": "Bri', 'ef"}'])]))
    >>> asyncio.run(LLMNode[str, Answer](agent, "In short: {question}").run("What?"))
    Answer(summary='Brief')
    """
