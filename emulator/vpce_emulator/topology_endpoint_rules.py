"""What EC2 would refuse of the endpoints in a topology file, and of policies anywhere in it, found by reading it. Pure.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import get_close_matches

from vpce_emulator.topology.prefix_lists import aws_prefix_lists
from vpce_emulator.topology.services import EndpointService, endpoint_services
from vpce_emulator.topology_file import (
    ControlPoliciesSection,
    EndpointSection,
    OrganizationSection,
    PolicyDocument,
    TopologyFile,
    VpcSection,
)
from vpce_emulator.topology_rules import Mistake
from vpce_policies import MalformedPolicy, PolicyKind, parse_policy

_Where = tuple[str | int, ...]
_KINDS = {"Gateway": PolicyKind.GATEWAY_ENDPOINT, "Interface": PolicyKind.VPC_ENDPOINT}


def endpoint_mistakes(topology: TopologyFile) -> Iterator[Mistake]:
    """Yield what EC2 would refuse of the endpoints, and IAM and Organizations of policies."""
    ids: dict[str, str] = {}
    for vpc_name, vpc in topology.vpcs.items():
        for name, endpoint in vpc.endpoints.items():
            path = ("vpcs", vpc_name, "endpoints", name)
            yield from _of_endpoint(path, endpoint, vpc, topology.region)
            if endpoint.id is not None and endpoint.id in ids:
                yield Mistake((*path, "id"), repr(endpoint.id), f"another id than that of endpoint {ids[endpoint.id]}")
            ids.setdefault(endpoint.id or "", name)
        yield from _together(("vpcs", vpc_name, "endpoints"), vpc, topology.region)
        yield from _prefix_lists(("vpcs", vpc_name, "security_groups"), vpc, topology.region)
    yield from _of_control_policies(topology.organization)
    for index, section in enumerate(topology.credentials):
        for number, policy in enumerate(section.policies or ()):
            if not isinstance(policy, str):
                yield from _of_policy(("credentials", index, "policies", number), policy, PolicyKind.IDENTITY)
        if section.permissions_boundary is not None:
            where = ("credentials", index, "permissions_boundary")
            yield from _of_policy(where, section.permissions_boundary, PolicyKind.PERMISSIONS_BOUNDARY)


def full_service_name(service: str, region: str) -> str:
    """Return the full name of what the file calls a service: `s3` is `com.amazonaws.us-east-1.s3`."""
    return service if service.startswith(("com.amazonaws.", "aws.")) else f"com.amazonaws.{region}.{service}"


def _of_endpoint(path: _Where, endpoint: EndpointSection, vpc: VpcSection, region: str) -> Iterator[Mistake]:
    services = endpoint_services(region)
    service = services.get(full_service_name(endpoint.service, region))
    if service is None:
        known = [each.segment for each in services.values()]
        asked = endpoint.service.removeprefix(f"com.amazonaws.{region}.")
        near = get_close_matches(asked, [*known, *services], n=4)
        allowed = f"a service that has endpoints in {region}" + (f", like {', '.join(near)}" if near else "")
        yield Mistake((*path, "service"), repr(endpoint.service), allowed)
        return
    if endpoint.type not in [each.value for each in service.types]:
        allowed = " or ".join(each.value for each in service.types)
        yield Mistake((*path, "type"), repr(endpoint.type), f"{allowed}, which {service.segment} is offered for")
    zones: dict[str, str] = {}
    for index, name in enumerate(endpoint.subnets):
        zone = vpc.subnets[name].availability_zone
        if zone in zones:
            allowed = f"one subnet of a zone; {zones[zone]} is in {zone} too"
            yield Mistake((*path, "subnets", index), repr(name), allowed)
        zones.setdefault(zone, name)
    if endpoint.private_dns:
        yield from _of_private_dns((*path, "private_dns"), service, vpc)
    if endpoint.policy is not None and not service.policy_supported:
        yield Mistake((*path, "policy"), "a policy", f"none: {service.segment} does not support endpoint policies")
    elif endpoint.policy is not None:
        yield from _of_policy((*path, "policy"), endpoint.policy, _KINDS[endpoint.type])


def _of_private_dns(path: _Where, service: EndpointService, vpc: VpcSection) -> Iterator[Mistake]:
    if not service.private_dns_names:
        yield Mistake(path, "true", f"false: {service.segment} has no private DNS name")
    elif not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        allowed = "false, or a VPC with enable_dns_support and enable_dns_hostnames"
        yield Mistake(path, "true", allowed)


def _of_policy(path: _Where, policy: PolicyDocument, kind: PolicyKind) -> Iterator[Mistake]:
    try:
        parse_policy(json.dumps(policy), kind)
    except MalformedPolicy as error:
        yield Mistake(path, f"a policy that is none ({error.message})", "a policy; `vpce policy check` tells more")
    except (TypeError, ValueError) as error:
        yield Mistake(path, f"what JSON cannot hold ({error})", "a policy")


def _of_control_policies(organization: OrganizationSection | None) -> Iterator[Mistake]:
    if organization is None:
        return
    places: dict[_Where, ControlPoliciesSection] = {("organization",): organization}
    places |= {("organization", "units", name): unit for name, unit in organization.units.items()}
    for path, place in places.items():
        for field, policies, kind in (("scps", place.scps, PolicyKind.SCP), ("rcps", place.rcps, PolicyKind.RCP)):
            for number, policy in enumerate(policies):
                yield from _of_policy((*path, field, number), policy, kind)


def _together(path: _Where, vpc: VpcSection, region: str) -> Iterator[Mistake]:
    """Yield the endpoints that cannot be beside each other: two private names, or two routes to one service."""
    named: dict[str, str] = {}
    routed: dict[tuple[str, str], str] = {}
    for name, endpoint in vpc.endpoints.items():
        service = full_service_name(endpoint.service, region)
        if endpoint.private_dns:
            if service in named:
                allowed = f"false: endpoint {named[service]} has the service's private DNS name in this VPC"
                yield Mistake((*path, name, "private_dns"), "true", allowed)
            named.setdefault(service, name)
        for index, table in enumerate(endpoint.route_tables):
            if routed.get((service, table), name) != name:
                allowed = f"a table in which endpoint {routed[service, table]} has no route to the same service"
                yield Mistake((*path, name, "route_tables", index), repr(table), allowed)
            routed.setdefault((service, table), name)


def _prefix_lists(path: _Where, vpc: VpcSection, region: str) -> Iterator[Mistake]:
    known = {each.name.rpartition(".")[2] for each in aws_prefix_lists(region)}
    for name, group in vpc.security_groups.items():
        for way, rules in (("ingress", group.ingress), ("egress", group.egress)):
            for index, rule in enumerate(rules):
                wanted = rule.prefix_list
                # A list's id may be that of one that was made through the API.
                if wanted is not None and wanted not in known and not wanted.startswith("pl-"):
                    allowed = f"{', '.join(sorted(known))}, or a prefix list's id"
                    yield Mistake((*path, name, way, index, "prefix_list"), repr(wanted), allowed)
