"""The command line: a launcher, the commands, and what they show.

Coming in: arguments, a text from a file or a pipe, and a terminal or a pipe to write to.
Going out: JSON and events for programs (stdout), lines and frames for people (stderr), exit codes.
Decided elsewhere: everything that is read (``pydantic_flow.streaming``). Needs the extra ``[cli]``.
"""
