"""The commands. The one file that knows typer.

Coming in: ``sys.argv``.
Going out: a call of the function that does the work.
Decided elsewhere: how processes end (``main.py``), what a command shows (``demo.py``).
"""

from typing import Annotated

import typer

from . import demo as demo_room

_app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@_app.callback()
def pydantic_flow() -> None:
    """Read JSON from language models while it streams."""


@_app.command()
def demo(
    fast: Annotated[bool, typer.Option("--fast", help="Do not wait between chunks.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Lines of text, as when piped.")] = False,
    seed: Annotated[int, typer.Option(help="Cuts the answer at other places. The result is the same.")] = 7,
) -> None:
    """Play a model's answer, defects and all, through StreamingParser."""
    demo_room.play(fast=fast, plain=plain, seed=seed)


def run() -> None:
    """Run the command that ``sys.argv`` names."""
    _app()
