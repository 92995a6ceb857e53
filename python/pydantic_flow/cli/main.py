"""The launcher: where the console script ``pydantic-flow`` begins.

Coming in: ``sys.argv``.
Going out: an exit code: 0, 2 for a wrong call or a missing extra, 130 after Ctrl-C.
Decided elsewhere: the commands, and how an interrupted one ends (``commands.py``: typer).
"""

import sys
from io import TextIOWrapper


def app() -> None:
    """Run the command line.

    Raises:
        SystemExit: always.
    """
    try:
        from .commands import run
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] not in ("typer", "rich"):
            raise
        print('The command line needs an extra: pip install "pydantic-flow[cli]"', file=sys.stderr)
        sys.exit(2)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a tick on an ASCII terminal is a "?", not the end
    run()
