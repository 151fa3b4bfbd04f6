"""A large network beside the built-in one: how long it takes to start, and until a change of it is seen."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.report import Measurement
from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce

VPCS = 50
SERVICES = ("sqs", "sns", "kms", "ssm", "logs", "monitoring", "events", "lambda", "secretsmanager", "sts")
CHANGES = 5

BUILT_IN = "the built-in network"
LARGE = f"{VPCS} VPCs, {VPCS * len(SERVICES)} endpoints"


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds by network: until it is ready, and from a change of a security group until paths know it."""

    starts: dict[str, list[float]] = field(default_factory=dict)
    changes: dict[str, list[float]] = field(default_factory=dict)


def large_network() -> dict[str, Any]:
    """Return the content of a topology file with many VPCs, each with an endpoint for every service."""
    return {
        "vpcs": {f"vpc-{number}": _vpc(number) for number in range(VPCS)},
        "clients": {f"client-{number}": {"subnet": f"subnet-{number}-a"} for number in range(VPCS)},
    }


def _vpc(number: int) -> dict[str, Any]:
    subnets = {
        f"subnet-{number}-{zone}": {"cidr": f"10.{number}.{index}.0/24", "availability_zone": f"us-east-1{zone}"}
        for index, zone in enumerate("ab")
    }
    common = {"type": "Interface", "subnets": list(subnets), "security_groups": ["endpoints"], "private_dns": True}
    return {
        "cidr": f"10.{number}.0.0/16",
        "subnets": subnets,
        "security_groups": {"endpoints": {"ingress": [{"port": 443, "cidr": "10.0.0.0/8"}]}},
        "endpoints": {f"{service}-{number}": {**common, "service": service} for service in SERVICES},
    }


def one_round(results: Scale) -> Iterator[Measurement]:
    """Yield the measurements of one round: a start of each network, and changes of it."""
    places: tuple[tuple[str, Callable[[], dict[str, Any] | None], str], ...] = (
        (BUILT_IN, lambda: None, "private-a"),
        (LARGE, large_network, "client-7"),
    )
    for name, topology, client in places:
        yield f"a start and changes: {name}", partial(_measure, name, topology, client, results)


def _measure(name: str, topology: Callable[[], dict[str, Any] | None], client: str, results: Scale) -> None:
    began = time.perf_counter()
    with EmulatorProcess(topology()) as process:
        results.starts.setdefault(name, []).append(time.perf_counter() - began)
        changes = results.changes.setdefault(name, [])
        changes += [_seconds_until_seen(Vpce(process), client) for _ in range(CHANGES)]


def _seconds_until_seen(vpce: Vpce, client: str) -> float:
    """Let nobody into an endpoint, and return how long it takes until its client is told so; then let it in again."""
    ec2, endpoint = vpce.client("ec2"), vpce.path("sqs", at=client).endpoint
    (described,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    (group,) = ec2.describe_security_groups(GroupIds=[described["Groups"][0]["GroupId"]])["SecurityGroups"]
    rules = {"GroupId": group["GroupId"], "IpPermissions": group["IpPermissions"]}
    began = time.perf_counter()
    ec2.revoke_security_group_ingress(**rules)
    while vpce.path("sqs", at=client).kind != "blocked":
        pass
    taken = time.perf_counter() - began
    ec2.authorize_security_group_ingress(**rules)
    return taken
