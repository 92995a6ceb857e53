"""Settings that hold for every test."""

from hypothesis import settings

# Programs that a make target runs; their imports are found where they stand.
collect_ignore = ["builds.py", "coverage.py", "sanitized.py"]

# A slow machine is not a failing property: time is measured in benches/, not here.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
