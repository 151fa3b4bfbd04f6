"""Endpoint policies as texts: AWS's defaults, and what is accepted.

https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from __future__ import annotations

from typing import Final

from vpce_emulator.control import ec2_errors
from vpce_emulator.topology.models import EndpointType
from vpce_policies import MalformedPolicy, PolicyKind, parse_policy

# As recorded: the two types differ in version, order and white space.
_DEFAULTS: Final = {
    EndpointType.GATEWAY: (
        '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
    ),
    EndpointType.INTERFACE: (
        '{\n  "Statement": [\n    {\n      "Action": "*", \n      "Effect": "Allow", \n      "Principal": "*", \n'
        '      "Resource": "*"\n    }\n  ]\n}'
    ),
}

_KINDS: Final = {
    EndpointType.GATEWAY: PolicyKind.GATEWAY_ENDPOINT,
    EndpointType.INTERFACE: PolicyKind.VPC_ENDPOINT,
}


def default_policy(endpoint_type: EndpointType) -> str:
    """Return the policy of an endpoint that was given none: full access."""
    return _DEFAULTS[endpoint_type]


def accepted_policy(text: str, endpoint_type: EndpointType) -> str:
    """Return a policy's text unchanged, if an endpoint of that type can have it.

    Raises:
        Ec2Error: if it is too long, no JSON, or no policy.
    """
    try:
        parse_policy(text, _KINDS[endpoint_type])
    except MalformedPolicy as error:
        raise ec2_errors.malformed_policy(error.message) from None
    return text
