"""Every service of the SDK is there for a caller on the internet, by the name of a door alone."""

import botocore.session
import pytest


@pytest.mark.parametrize(
    "service",
    [
        "memorydb",
        "networkmanager",
        "pinpoint",
        "timestream-write",
        "timestream-query",
        "lexv2-models",
        "appstream",
        "meteringmarketplace",
        "ecr-public",
        "pricing",
        "mediatailor",
        "health",
        "sso-oidc",
    ],
)
def test_a_service_is_reached_by_its_signature(vpce, exchange, service):
    model = botocore.session.get_session().get_service_model(service)
    scope = f"AKIAIOSFODNN7EXAMPLE/20250101/us-east-1/{model.signing_name}/aws4_request"
    line = f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    sent = f"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n{line}\r\n\r\n"
    assert exchange(vpce.url(), sent.encode()) is not None
    assert vpce.decisions()[-1]["outcome"] != "blocked"
