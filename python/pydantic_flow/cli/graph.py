"""``pydantic-flow graph``: a flow as a Mermaid flowchart.

Coming in: where the flow stands. Going out: the chart on stdout.
Decided elsewhere: what is in it (``flow.mermaid``).
"""

import sys
from contextlib import redirect_stdout

from ..errors import FlowError, NodeError
from ..streaming.preview import kind_of
from .ending import Code, Stop
from .excerpt import one_line
from .output import write_all
from .target import runnable


def graph(spec: str) -> int:
    """Print the chart.

    Raises:
        Stop: there is no flow, or it cannot run.
    """
    stdout = sys.stdout
    with redirect_stdout(sys.stderr):  # what a user's module prints is no part of the answer
        flow = runnable(spec)
        if not hasattr(flow, "to_mermaid"):
            raise Stop(f"{spec}: {kind_of(flow)} has no graph")
        try:
            chart = flow.to_mermaid()
        except (FlowError, NodeError) as error:
            raise Stop(f"{spec}: {one_line(error)}") from None
    write_all(stdout.buffer, chart.encode() + b"\n")
    return Code.FINE
