"""How much a single request may ask for, where the answer would be made all at once and in memory.

AWS refuses what is above an account's quota; without one, a request of a few bytes could take all memory of a machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.fault_codes import Code, FaultKind
from vpce_emulator.aws.faults import Fault


class Quota(NamedTuple):
    """The largest value of a parameter, and what is answered above it; `{}` is the value, then the quota."""

    parameter: str
    largest: int
    code: str
    message: str


# The quotas of an account that has asked for no other ones:
# https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html and
# https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-errors.html (InstanceLimitExceeded; AWS has another number for
# each account and instance type).
_SHARDS = "This request would exceed the shard limit for the account {1}: {0} requested."
QUOTAS: Mapping[tuple[str, str], Quota] = MappingProxyType(
    {
        ("kinesis", "CreateStream"): Quota("ShardCount", 20_000, "LimitExceededException", _SHARDS),
        ("kinesis", "UpdateShardCount"): Quota("TargetShardCount", 20_000, "LimitExceededException", _SHARDS),
        ("ec2", "RunInstances"): Quota(
            "MaxCount",
            1_000,
            "InstanceLimitExceeded",
            "You have requested more instances ({0}) than your current instance limit of {1} allows for the specified "
            "instance type.",
        ),
    }
)


def above_quota(service: Service, operation: str, raw_query: str, body: bytes) -> Fault | None:
    """Return the refusal of a request that asks for more than an account may have, or None.

    Args:
        service: the service called.
        operation: its operation.
        raw_query: the query as sent.
        body: decoded, and valid for the operation.
    """
    quota = QUOTAS.get((service.name, operation))
    if quota is None:
        return None
    form = service.protocol in {Protocol.QUERY, Protocol.EC2}
    parameters = dict(parse_qsl(body.decode("utf-8", "replace") or raw_query)) if form else json.loads(body or b"{}")
    given = int(parameters.get(quota.parameter) or 0)
    if given <= quota.largest:
        return None
    return Fault(FaultKind.INVALID_REQUEST, quota.message.format(given, quota.largest), code=Code(quota.code, 400))
