"""Traces of runs, in OpenTelemetry's form.

Coming in: a run that begins and ends. Going out: a span for the run with what the stream knows of it, and
below it the spans of pydantic-ai's own instrumentation for the agent, each model call and each tool.
Needs the extra ``otel``.
Decided elsewhere: what pydantic-ai's spans say, and the standard that names them.
"""

import sys
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import IO, Any

from ..errors import MissingExtraError
from .framework import AbstractCapability, Instrumentation, InstrumentationSettings

try:
    from opentelemetry import context as otel_context
    from opentelemetry import trace
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        SimpleSpanProcessor,
        SpanExporter,
        SpanExportResult,
    )
except ImportError as error:
    raise MissingExtraError(
        "tracing needs opentelemetry: pip install 'pydantic-flow[otel]'", name=error.name
    ) from error


class ConsoleExporter(SpanExporter):
    """Writes a line for each span when it ends: how deep, what, how long, and what went wrong.

    Args:
        verbose: write its attributes, too, each on a line, cut to 200 characters.
        file: where to; by default the standard output of the moment.
    """

    def __init__(self, verbose: bool = False, file: IO[str] | None = None) -> None:
        self._verbose = verbose
        self._file = file

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans."""
        for span in spans:
            print("\n".join(self._lines(span)), file=self._file or sys.stdout)
        return SpanExportResult.SUCCESS

    def _lines(self, span: ReadableSpan) -> list[str]:
        milliseconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
        failed = "" if span.status.is_ok or span.status.is_unset else f" failed: {span.status.description}"
        lines = [f"[trace] {span.name} {milliseconds:.1f} ms{failed}"]
        if self._verbose:
            lines += [
                f"[trace]   {name}: {str(value)[:200]}" for name, value in (span.attributes or {}).items()
            ]
        return lines


class TraceContext:
    """Traces the runs whose deps have it as ``trace_context``, or that get it by that name.

    Args:
        exporters: where spans go: those of OpenTelemetry, or :class:`ConsoleExporter`. Without any,
            the tracer provider that the program has set up is used.
        include_content: let spans hold prompts, answers, arguments and results.

    >>> import asyncio
    >>> from pydantic_ai import Agent
    >>> from pydantic_ai.models.test import TestModel
    >>> from pydantic_flow.agents import stream_text
    >>> context = TraceContext(exporters=[ConsoleExporter()])
    >>> async def main():
    ...     async for text in stream_text(Agent(TestModel(), name="a"), "Hi", trace_context=context):
    ...         pass
    >>> asyncio.run(main())
    [trace] chat test ... ms
    [trace] invoke_agent a ... ms
    [trace] run a ... ms
    """

    def __init__(self, exporters: Sequence[SpanExporter] = (), *, include_content: bool = True) -> None:
        provider: trace.TracerProvider = trace.get_tracer_provider()
        if exporters:
            provider = own = TracerProvider()
            for exporter in exporters:
                # The console shows a span when it ends; what goes over a network goes in batches.
                at_once = isinstance(exporter, ConsoleExporter)
                own.add_span_processor((SimpleSpanProcessor if at_once else BatchSpanProcessor)(exporter))
        self._provider = provider
        self._tracer = provider.get_tracer("pydantic_flow")
        self._settings = InstrumentationSettings(tracer_provider=provider, include_content=include_content)

    def capability(self) -> AbstractCapability[Any]:
        """What makes pydantic-ai tell."""
        return Instrumentation(settings=self._settings)

    def begin(self, name: str, run_id: str) -> "TracedRun":
        """A run begins."""
        span = self._tracer.start_span(f"run {name}", attributes={"pydantic_flow.run_id": run_id})
        return TracedRun(span)

    def flush(self) -> None:
        """Send what waits to be sent."""
        flush: Callable[[], object] | None = getattr(self._provider, "force_flush", None)
        if flush is not None:
            flush()


class TracedRun:
    """The span of one run.

    Attributes:
        trace_id: of its trace, as W3C writes it.
        span_id: its own.
        context: where it is the current span, for the task of the run.
    """

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        ids = span.get_span_context()
        self.trace_id = trace.format_trace_id(ids.trace_id)
        self.span_id = trace.format_span_id(ids.span_id)
        self.context: Context = copy_context()
        self.context.run(otel_context.attach, trace.set_span_in_context(span))

    def end(self, error: BaseException | None, left: bool) -> None:
        """The run is over: well, with an exception, or because its reader left."""
        if error is not None:
            self._span.record_exception(error)
            self._span.set_status(trace.StatusCode.ERROR, str(error) or type(error).__name__)
        self._span.set_attribute("pydantic_flow.left", left)
        self._span.end()
