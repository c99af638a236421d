"""Settings of the whole suite: Hypothesis measures nothing, tests that are about time say so themselves."""

from hypothesis import HealthCheck, settings

settings.register_profile("bnsym", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("bnsym"), max_examples=1000)
settings.register_profile("mutants", settings.get_profile("bnsym"), max_examples=15, derandomize=True, database=None)
settings.load_profile("bnsym")
