"""What requests to EC2 mean by a name, a default, or the id of an association: the resource that AWS authorizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from vpce_emulator.backend.embedded.arns import Arn, backend_of

_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "elastic-ip": "eipalloc-",
        "instance": "i-",
        "launch-template": "lt-",
        "network-interface": "eni-",
        "route-table": "rtb-",
        "security-group": "sg-",
        "subnet": "subnet-",
        "vpc": "vpc-",
    }
)


def network_arn(backend: Any, asked: Arn) -> str | None:  # noqa: ANN401 - moto's backend, here and below
    """Return the ARN of what `<type>/<name>` means where the name is not an id of the type; None where it is one.

    A default that there is none of is any of its type.
    """
    kind, _, name = asked.resource.partition("/")
    own = _PREFIXES.get(kind)
    if own is None or name == "*" or name.startswith(own):
        return None
    found = _FINDERS[kind](backend, name)
    start = asked.whole.removesuffix(asked.resource)
    return f"{start}{kind}/{found}" if found else f"{start}{kind}/*" if name in _DEFAULTS else None


_DEFAULTS = frozenset({"default"})


def _first(values: Iterable[str | None]) -> str | None:
    return next(filter(None, values), None)


def _address(backend: Any, name: str) -> str | None:  # noqa: ANN401
    known = list(backend.addresses)
    return _first(each.allocation_id for each in known if name in {each.association_id, each.public_ip})


def _instance(backend: Any, name: str) -> str | None:  # noqa: ANN401
    attached = (
        each.instance.id for each in list(backend.enis.values()) if each.attachment_id == name and each.instance
    )
    profiles = list(backend.iam_instance_profile_associations.values())
    return _first((*attached, *(each.instance_id for each in profiles if each.association_id == name)))


def _launch_template(backend: Any, name: str) -> str | None:  # noqa: ANN401
    found: str | None = backend.launch_template_name_to_ids.get(name)
    return found


def _interface(backend: Any, name: str) -> str | None:  # noqa: ANN401
    return _first(each.id for each in list(backend.enis.values()) if each.attachment_id == name)


def _route_table(backend: Any, name: str) -> str | None:  # noqa: ANN401
    return _first(each.id for each in list(backend.route_tables.values()) if name in each.all_associations_ids)


def _group(backend: Any, name: str) -> str | None:  # noqa: ANN401
    """A name is that of a group in the default VPC; a subnet means the default group of its VPC."""
    interface = backend.enis.get(name)
    if interface is not None:
        return _first(group.id for group in interface.group_set)
    default = backend.get_default_vpc()
    subnet = next((each for each in _subnets(backend) if each.id == name), None)
    vpc_id = subnet.vpc_id if subnet is not None else default.id if default is not None else ""
    wanted = "default" if subnet is not None else name
    groups = list(backend.groups.get(vpc_id, {}).values())
    return _first(group.id for group in groups if group.name == wanted)


def _subnets(backend: Any) -> list[Any]:  # noqa: ANN401
    return [subnet for in_zone in list(backend.subnets.values()) for subnet in list(in_zone.values())]


def _subnet(backend: Any, name: str) -> str | None:  # noqa: ANN401
    """A zone means its default subnet, and no zone that of the first one, where instances go here."""
    if name in backend.enis:
        return str(backend.enis[name].subnet.id)
    associated = (table._associations.get(name) for table in list(backend.route_tables.values()))  # noqa: SLF001 - moto has no other way to them
    of_zone = f"{backend.region_name}a" if name in _DEFAULTS else name
    subnets = _subnets(backend)
    by_zone = (each.id for each in subnets if each.default_for_az and each.availability_zone == of_zone)
    by_block = (each.id for each in subnets if name in each.ipv6_cidr_block_associations)
    return _first((*associated, *by_zone, *by_block))


def _vpc(backend: Any, name: str) -> str | None:  # noqa: ANN401
    """A peering connection means the VPC that accepts it."""
    peering = backend.vpc_pcxs.get(name)
    if peering is not None:
        return str(peering.peer_vpc.id)
    vpcs = list(backend.vpcs.values())
    return _first(each.id for each in vpcs if name in each._cidr_block_association_set)  # noqa: SLF001 - as above


_FINDERS: Mapping[str, Callable[[Any, str], str | None]] = MappingProxyType(
    {
        "elastic-ip": _address,
        "instance": _instance,
        "launch-template": _launch_template,
        "network-interface": _interface,
        "route-table": _route_table,
        "security-group": _group,
        "subnet": _subnet,
        "vpc": _vpc,
    }
)


def launch_template(account_id: str, region: str, named: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Return the data of a version of a launch template; None where there is none such.

    Args:
        account_id: whose it is.
        region: where it is.
        named: its `LaunchTemplateId` or `LaunchTemplateName`, and the `Version`, the default one where it is left out.
    """
    backend = backend_of("ec2", account_id, region)
    if backend is None:
        return None
    by_name = backend.launch_template_name_to_ids.get(named.get("LaunchTemplateName", ""), "")
    template = backend.launch_templates.get(named.get("LaunchTemplateId") or by_name)
    if template is None:
        return None
    numbers = {"$default": template.default_version_number, "$latest": len(template.versions)}
    version = named.get("Version", "$Default").lower()
    number = str(numbers.get(version, version))
    found = next((each for each in template.versions if str(each.number) == number), None)
    return None if found is None else {name: value for name, value in found.data.items() if name != "UserData"}
