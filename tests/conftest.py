"""Settings that hold for every test."""

from signal import SIG_IGN, SIGINT, default_int_handler, getsignal, signal

from hypothesis import settings

# Who is started in the background ignores Ctrl-C, and the programs that the tests interrupt would inherit it.
if getsignal(SIGINT) is SIG_IGN:
    signal(SIGINT, default_int_handler)

# Programs that a make target runs; their imports are found where they stand.
collect_ignore = ["builds.py", "coverage.py", "sanitized.py"]

# A slow machine is not a failing property: time is measured in benches/, not here.
settings.register_profile("house", deadline=None, print_blob=True)
settings.register_profile("deep", deadline=None, print_blob=True, max_examples=2_000)
settings.load_profile("house")
