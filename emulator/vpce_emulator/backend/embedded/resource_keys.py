"""The condition keys that resources in moto set by what they are: a key's spec, a subnet's VPC, a role's boundary.

https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from vpce_emulator.backend.embedded.arns import Arn, backend_of, parse_arn

Keys = Mapping[str, str | tuple[str, ...]]


def resource_keys(arn: str) -> Keys:
    """Return the condition keys of a resource; none of one that is not there, or whose service is not in the table."""
    asked = parse_arn(arn)
    read = _READERS.get(asked.service) if asked else None
    package = "awslambda" if asked and asked.service == "lambda" else asked.service if asked else ""
    # IAM is in no Region: moto knows it by the partition.
    place = (asked.region or asked.whole.split(":", 2)[1]) if asked else ""
    backend = backend_of(package, asked.account_id, place) if asked and read else None
    return read(backend, asked) if asked and read and backend is not None else {}


def _key(backend: Any, arn: Arn) -> Keys:  # noqa: ANN401 - moto's backend, here and below
    key = backend.keys.get(arn.after("key"))
    if key is None:
        return {}
    told: dict[str, str | tuple[str, ...]] = {
        "kms:KeyOrigin": key.origin,
        "kms:KeySpec": key.key_spec,
        "kms:KeyUsage": key.key_usage,
        "kms:MultiRegion": "true" if key.multi_region else "false",
    }
    if key.multi_region:
        told["kms:MultiRegionKeyType"] = key.multi_region_configuration["MultiRegionKeyType"]
    return told | ({"kms:ResourceAliases": tuple(key.aliases)} if key.aliases else {})


def _mapping(backend: Any, arn: Arn) -> Keys:  # noqa: ANN401
    """The function that an event source mapping invokes."""
    mapping = backend.get_event_source_mapping(arn.after("event-source-mapping"))
    if mapping is None:
        return {}
    start, name = arn.whole.removesuffix(arn.resource), str(mapping.function_name)
    return {"lambda:FunctionArn": name if name.startswith("arn:") else f"{start}function:{name}"}


def _of_network(backend: Any, arn: Arn) -> Keys:  # noqa: ANN401
    kind, _, name = arn.resource.partition("/")
    find = _OF_NETWORK.get(kind)
    found = find(backend, name) if find is not None else None
    if found is None:
        return {}
    start = arn.whole.removesuffix(arn.resource)
    interface = kind == "network-interface"
    subnet = found.subnet if interface else found if kind == "subnet" else None
    told = {"ec2:Vpc": f"{start}vpc/{(subnet or found).vpc_id}"}
    if subnet is None:
        return told
    told["ec2:AvailabilityZone"] = str(subnet.availability_zone)
    return told | ({"ec2:Subnet": f"{start}subnet/{subnet.id}"} if interface else {})


def _subnet(backend: Any, name: str) -> Any:  # noqa: ANN401
    return next((in_zone[name] for in_zone in list(backend.subnets.values()) if name in in_zone), None)


def _group(backend: Any, name: str) -> Any:  # noqa: ANN401
    return next((of_vpc[name] for of_vpc in list(backend.groups.values()) if name in of_vpc), None)


_OF_NETWORK: Mapping[str, Callable[[Any, str], Any]] = MappingProxyType(
    {
        "network-acl": lambda backend, name: backend.network_acls.get(name),
        "network-interface": lambda backend, name: backend.enis.get(name),
        "route-table": lambda backend, name: backend.route_tables.get(name),
        "security-group": _group,
        "subnet": _subnet,
    }
)


def _of_iam(backend: Any, arn: Arn) -> Keys:  # noqa: ANN401
    """The boundary of a user or role."""
    holders = backend.users if arn.after("user") else backend.roles if arn.after("role") else {}
    holder = next((each for each in list(holders.values()) if each.arn == arn.whole), None)
    boundary: Mapping[str, str] = getattr(holder, "permissions_boundary", None) or {}
    return {"iam:PermissionsBoundary": boundary["PermissionsBoundaryArn"]} if boundary else {}


_READERS: Mapping[str, Callable[[Any, Arn], Keys]] = MappingProxyType(
    {"ec2": _of_network, "iam": _of_iam, "kms": _key, "lambda": _mapping}
)
"""The services, by what their ARNs say after the partition."""
