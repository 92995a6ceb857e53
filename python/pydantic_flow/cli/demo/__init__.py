"""The demo: a model's answer, defects and all, played at a model's pace.

Coming in: the options of ``pydantic-flow demo``. Going out: frames on a terminal, lines anywhere else.
Decided elsewhere: how text is read (``streaming``) and drawn (``lines.py``, ``screen.py``).
"""
