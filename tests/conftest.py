"""Hypothesis without time limits: how fast a machine is says nothing about what is tested."""

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
settings.register_profile("fuzz", parent=settings(), max_examples=10_000)
