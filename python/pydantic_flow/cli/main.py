"""The launcher: where the console script ``pydantic-flow`` begins.

Coming in: ``sys.argv``.
Going out: an exit code; 2 for a wrong call or a missing extra.
Decided elsewhere: the commands (``commands.py``), and how they end (``ending.py``).
"""

import os
import sys
from io import TextIOWrapper

from .ending import EXTRA, Code


def app() -> None:
    """Run the command line.

    Raises:
        SystemExit: always.
    """
    _streams()
    try:
        from .commands import main
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] not in ("typer", "rich"):
            raise
        print(EXTRA, file=sys.stderr)
        sys.exit(Code.CALL)
    except KeyboardInterrupt:
        sys.exit(Code.INTERRUPTED)
    main()


def _streams() -> None:
    """Make the streams fit for whatever is written to them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever called us: what is meant for stdout must not get lost unseen
            mode = os.O_RDONLY if name == "stdout" else os.O_WRONLY
            setattr(sys, name, open(os.open(os.devnull, mode), "w", encoding="utf-8"))  # noqa: SIM115 (to the end)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a tick on an ASCII terminal is a "?", not the end
