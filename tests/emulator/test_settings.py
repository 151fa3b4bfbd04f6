"""Settings come from the command line, then the environment, then the defaults, and a wrong one is named."""

import pytest

from vpce_emulator.config import ConfigurationError, Settings, misspelt_variables, settings_from_environment


def test_what_is_given_goes_before_the_environment():
    settings = settings_from_environment({"port": 4000, "host": None}, {"VPCE_PORT": "5000", "VPCE_HOST": "0.0.0.0"})
    assert (settings.port, settings.host) == (4000, "0.0.0.0")


def test_without_anything_given_the_defaults_serve():
    assert settings_from_environment({}, {}) == Settings()


@pytest.mark.parametrize(
    ("given", "environment", "message"),
    [
        ({"port": "many"}, {}, "--port: found 'many'; allowed: a valid integer"),
        ({}, {"VPCE_PORT": "70000"}, "VPCE_PORT: found '70000'; allowed: less than or equal to 65535"),
        ({}, {"VPCE_BLOCKED": "maybe"}, "VPCE_BLOCKED: found 'maybe'; allowed: 'reset' or 'timeout'"),
        ({"dns_upstream": "dns.example"}, {}, "--dns-upstream: found 'dns.example'"),
    ],
)
def test_a_wrong_setting_is_named_as_it_was_written(given, environment, message):
    with pytest.raises(ConfigurationError) as refusal:
        settings_from_environment(given, environment)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"VPCE_TOPOLGY": "x"}, [("VPCE_TOPOLGY", "VPCE_TOPOLOGY")]),
        ({"VPCE_DNS_UPSTREM": "x", "VPCE_TOPOLOGY": "y"}, [("VPCE_DNS_UPSTREM", "VPCE_DNS_UPSTREAM")]),
        ({"VPCE_PORT_4566_TCP_ADDR": "what Kubernetes sets", "VPCE_SERVICE_HOST": "too", "TOPOLOGY": "x"}, []),
    ],
)
def test_a_variable_that_is_nearly_a_settings_is_found(environment, found):
    assert list(misspelt_variables(environment)) == found
