"""The command line: a launcher, the commands, and the demo.

Coming in: arguments, and a terminal or a pipe.
Going out: text for people.
Decided elsewhere: everything that is read (``pydantic_flow.streaming``). Needs the extra ``[cli]``.
"""
