"""Agents as streams."""

from .run import AgentStream, run_stream
