"""The commands. The one file that knows typer.

Coming in: ``sys.argv``.
Going out: a call of the function that does the work, and its exit code.
Decided elsewhere: how commands end (``ending.py``), what each does (``parse.py``, ``run.py``, ...).
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from .._core import __version__
from .ending import ends

_app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
_File = Annotated[
    str, typer.Argument(metavar="FILE|-", show_default=False, help="The text; without one, or as -, stdin.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"pydantic-flow {__version__}")
        raise typer.Exit


@_app.callback()
def pydantic_flow(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Read JSON from language models while it streams."""


@_app.command()
def parse(
    file: _File = "-",
    model: Annotated[
        str | None, typer.Option(metavar="MODULE:CLASS", help="Validate the value with pydantic.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="FILE", help="Check the final value with a JSON schema.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for more at the end of a file that grows.")
    ] = False,
    events: Annotated[bool, typer.Option("--json", help="Write events as NDJSON.")] = False,
) -> None:
    """Read a text as it comes, show it growing, print the final JSON.

    Exit codes: 0 whole and right, 1 cut short, 2 wrong call, 3 does not fit the model or schema,
    4 no JSON in it, 130 Ctrl-C.
    """
    from .parse import parse as work

    _end(partial(work, file, model=model, schema=schema, follow=follow, events=events))


@_app.command()
def repair(
    file: _File = "-",
    in_place: Annotated[bool, typer.Option("--in-place", help="Write into the file, if needed.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; 1 if it is not JSON.")] = False,
) -> None:
    """Print a broken text as JSON, and on stderr a line for each repair.

    Exit codes: 0 done, 1 --check found something to repair, 2 wrong call, 4 no JSON in it.
    """
    from .repair import repair as work

    _end(partial(work, file, in_place=in_place, check=check))


@_app.command()
def demo(
    fast: Annotated[bool, typer.Option("--fast", help="Do not wait between chunks.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Lines of text, as when piped.")] = False,
    seed: Annotated[int, typer.Option(help="Cuts the answer at other places. The result is the same.")] = 7,
) -> None:
    """Play a model's answer, defects and all, through StreamingParser."""
    from .demo.play import play

    _end(partial(play, fast=fast, plain=plain, seed=seed))


@_app.command()
def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", show_default=False, help="What was recorded.")],
    speed: Annotated[float, typer.Option(min=0.001, help="2 is twice as fast as it was.")] = 1.0,
    fast: Annotated[bool, typer.Option("--fast", help="Do not wait between events.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Lines of text, as when piped.")] = False,
    events: Annotated[bool, typer.Option("--json", help="Write the events as NDJSON.")] = False,
) -> None:
    """Show a recorded run as it was, and print its result.

    Exit codes: 0 a run that went well, 1 it failed, or the recording is cut or damaged, 2 wrong call,
    4 no recording, 130 Ctrl-C.
    """
    from .replay import replay as work

    _end(partial(work, file, pace=0.0 if fast else 1 / speed, plain=plain, events=events))


@_app.command()
def run(
    flow: Annotated[str, typer.Argument(metavar="MODULE:FLOW", show_default=False, help="A flow or a node.")],
    value: Annotated[
        str,
        typer.Option(
            "--input", metavar="JSON|@FILE|-", help="Its input, as JSON; a text may stand as it is."
        ),
    ] = "-",
    record: Annotated[str | None, typer.Option(metavar="FILE", help="Record the run, for replay.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --record replace a file that is no recording.")
    ] = False,
    timeout: Annotated[float | None, typer.Option(min=0.001, help="Seconds that a flow may take.")] = None,
    max_steps: Annotated[
        int | None, typer.Option(min=1, help="Iterations that a loop of a flow may take: 25 unless given.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Lines of text, as when piped.")] = False,
    events: Annotated[bool, typer.Option("--json", help="Write the events as NDJSON.")] = False,
) -> None:
    """Run a flow, show its nodes meanwhile, and print its result as JSON.

    Exit codes: 0 done, 1 the run failed, 2 wrong call, 3 the input does not fit, 130 Ctrl-C.
    """
    from .run import run as work

    asked = {"timeout_seconds": timeout, "max_steps": max_steps}
    limits = {name: limit for name, limit in asked.items() if limit is not None}
    _end(partial(work, flow, value, record=record, force=force, limits=limits, plain=plain, events=events))


@_app.command()
def graph(
    flow: Annotated[str, typer.Argument(metavar="MODULE:FLOW", show_default=False, help="A flow.")],
) -> None:
    """Print a flow as a Mermaid flowchart.

    Exit codes: 0 done, 2 wrong call, or the flow cannot run.
    """
    from .graph import graph as work

    _end(partial(work, flow))


def main() -> None:
    """Run the command that ``sys.argv`` names."""
    _app(prog_name="pydantic-flow")


def _end(work: Callable[[], int]) -> None:
    raise typer.Exit(ends(work))
