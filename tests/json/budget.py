"""How many examples a property gets. Comes in: a share. Goes out: hypothesis settings.

The shares are of the loaded profile's `max_examples`, so `--hypothesis-profile=deep` deepens all of them.
"""

from hypothesis import HealthCheck, settings


def examples(share: float = 1.0) -> settings:
    """Settings with that share of the profile's examples, at least five."""
    most = settings().max_examples
    return settings(
        max_examples=max(5, int(most * share)),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
