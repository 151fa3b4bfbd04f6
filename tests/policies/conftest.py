"""Hypothesis without time limits: how fast a machine is says nothing about a policy."""

from hypothesis import HealthCheck, settings

settings.register_profile("policies", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("policies")
