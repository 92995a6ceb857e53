"""The public flow tests of joshSzep/pydantic-flow, whose document this project implements, run against ours.

    python tests/flow/originals.py DIR

Comes in: a checkout of that repository (docs/seeds.md says which); nothing of it is kept here. Goes out: how
many of its tests hold; exit code 1 where that is not what `refused.json` says, either way.
Decided elsewhere: which tests are refused, and why (`refused.json`), how they are run
(`tests/nodes/originals.py`).

The tests are run as they are. The paths from which they import lead to ours, and their `PromptNode`, which
this project has not, is an `AgentNode` over pydantic-ai's test model: `paths()` has all of both.
"""

import json
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Generic

from pydantic_ai import Agent

import pydantic_flow
from pydantic_flow import errors, flow, nodes, streaming
from pydantic_flow.nodes.base import InputT, OutputT

HERE = Path(__file__).parent


@dataclass
class PromptConfig:
    """What their node is told besides its prompt."""

    model: str = "test"
    system_prompt: str | None = None
    result_type: Any = None


class PromptNode(nodes.AgentNode[InputT, OutputT], Generic[InputT, OutputT]):
    """Stands for their node of this name."""

    def __init__(self, prompt: str, config: PromptConfig | None = None, **options: Any) -> None:
        self._raw_prompt, self.config = prompt, config or PromptConfig()
        super().__init__(agent=Agent(self.config.model), prompt_template=prompt, **options)


class Missing:
    """Stands for what this project has not."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        raise NotImplementedError("this project has none")

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


def paths() -> dict[str, dict[str, Any]]:
    """Their modules, and what the tests import from them."""
    their_nodes = {"PromptNode": PromptNode, "PromptConfig": PromptConfig, "FlowNode": flow.FlowNode}
    return {
        "pydantic_flow": their_nodes | {"MergePromptNode": Missing},
        "pydantic_flow.nodes": their_nodes,
        "pydantic_flow.nodes.flow": {"FlowNode": flow.FlowNode},
        "pydantic_flow.core": {},
        "pydantic_flow.core.errors": vars(errors),
        "pydantic_flow.core.routing": {"Route": flow.Route, "T_Route": flow.Route | str},
        "pydantic_flow.core.run_config": {"RunConfig": flow.RunConfig},
        "pydantic_flow.flow.exceptions": vars(errors),
        "pydantic_flow.engine": {},
        "pydantic_flow.engine.stepper": {
            "ConditionalEdge": flow.ConditionalEdge,
            **dict.fromkeys(["EngineConfig", "StepperEngine", "IterationEvent"], Missing),
        },
        "pydantic_flow.streaming.events": {name: getattr(streaming, name) for name in streaming.__all__},
    }


def main(checkout: str) -> int:
    spec = spec_from_file_location("originals", HERE.parent / "nodes" / "originals.py")
    assert spec is not None and spec.loader is not None
    runner = module_from_spec(spec)
    spec.loader.exec_module(runner)
    expected = json.loads((HERE / "refused.json").read_text())
    runner.EXPECTED = expected  # the reasons
    vars(pydantic_flow).update({name: getattr(pydantic_flow, name) for name in pydantic_flow.__all__})
    for path, names in paths().items():
        module = sys.modules.setdefault(path, ModuleType(path))
        for name, value in names.items():
            if not name.startswith("__"):
                setattr(module, name, value)
    groups = expected["groups"].items()
    as_listed = [runner.report(group, listed, Path(checkout)) for group, listed in groups]
    return 0 if all(as_listed) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give a checkout of joshSzep/pydantic-flow (docs/seeds.md)")
    sys.exit(main(sys.argv[1]))
