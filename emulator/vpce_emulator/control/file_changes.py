"""Following a topology file that was edited: each change becomes the EC2 calls that a user would make for it.

What was made through the API by others stays: nothing is deleted that their things are in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from vpce_emulator.config import ConfigurationError
from vpce_emulator.control.apply import (
    change_routes,
    give_public_address,
    make_client,
    make_endpoint,
    make_internet_gateway,
    make_route_table,
    make_subnet,
    make_vpc,
)
from vpce_emulator.control.file_calls import Built, Ec2, Made, call
from vpce_emulator.control.file_connections import hosts_outside
from vpce_emulator.control.file_guards import (
    change_acl_entries,
    change_rules,
    make_acl,
    make_security_group,
    put_under_acl,
)
from vpce_emulator.topology_difference import Change, Difference, Verb, section_at, with_section
from vpce_emulator.topology_file import (
    INTERNET_GATEWAY,
    ClientSection,
    EndpointSection,
    NetworkAclSection,
    RouteTableSection,
    Section,
    SecurityGroupSection,
    SubnetSection,
    TopologyFile,
    VpcSection,
)

_Section = TypeVar("_Section", bound=Section)


@dataclass(frozen=True, slots=True)
class Tools:
    """What calls are made with.

    Attributes:
        ec2: a boto3 client of EC2.
        endpoint_call: an operation of the endpoint API by its name, with parameters and result as in boto3.
        prefix_list_id: the id of a service's prefix list, or None where it has none.
        undisturbed: a block in which nothing but endpoints is made, so that the network need not be read again.
    """

    ec2: Ec2
    endpoint_call: Callable[[str, dict[str, Any]], Mapping[str, Any]]
    prefix_list_id: Callable[[str], str | None]
    undisturbed: Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the network follows a file.

    Attributes:
        file: the file as the network is now.
        refused: what could not be done, each with EC2's reason.
    """

    file: TopologyFile
    refused: tuple[tuple[Change, str], ...]


@dataclass(frozen=True, slots=True)
class _Work:
    """One change at work: what the file said, what it says, and what is there."""

    change: Change
    old: TopologyFile
    new: TopologyFile
    built: Built
    tools: Tools

    @property
    def where(self) -> str:
        return ".".join(self.change.path)

    @property
    def name(self) -> str:
        return self.change.path[-1]

    @property
    def made(self) -> Made:
        return self.built.vpcs[self.change.path[1]]

    def before(self, kind: type[_Section]) -> _Section:
        """Return what the file said of the thing; what an empty section says where it said nothing."""
        return cast("_Section", section_at(self.old, self.change.path)) or kind()

    def after(self, kind: type[_Section]) -> _Section:
        return cast("_Section", section_at(self.new, self.change.path)) or kind()


def follow(old: TopologyFile, difference: Difference, built: Built, tools: Tools) -> Followed:
    """Make changes, and say how far the network follows.

    Args:
        old: the file as the network is now.
        difference: what leads from it to the file as it was read last.
        built: what was made so far; kept up to date.
        tools: what calls are made with.
    """
    refused: dict[Change, str] = {}
    file = difference.target
    for verbs, kind, do in _STEPS:
        for change in difference.changes:
            if change.verb in verbs and change.kind == kind and change not in refused:
                work = _Work(change, old, difference.target, built, tools)
                try:
                    do(work)
                except ConfigurationError as error:
                    refused[change] = str(error)
                    file = with_section(file, change.path, _left(work, verbs, do))
    built.clients |= hosts_outside(file, built.vpcs, built.attachments)
    return Followed(file, tuple(refused.items()))


def _left(work: _Work, verbs: frozenset[Verb], make: Callable[[_Work], None]) -> Section | None:
    """Return what is there of a thing whose change was refused: what was there before.

    Of a replacement that was refused, the thing before is gone already and is made again.
    """
    if work.change.verb is Verb.REPLACE and verbs is _NEW:
        try:
            make(replace(work, new=work.old))
        except ConfigurationError:
            return None
    return None if work.change.verb is Verb.CREATE else section_at(work.old, work.change.path)


def _keep_what_is_used(where: str, what: str, filters: Mapping[str, str], ec2: Ec2) -> None:
    """Refuse to delete what network interfaces are in.

    Raises:
        ConfigurationError: there are some.
    """
    wanted = [{"Name": name, "Values": [value]} for name, value in filters.items()]
    interfaces = call(where, ec2.describe_network_interfaces, Filters=wanted)["NetworkInterfaces"]
    if interfaces:
        ids = ", ".join(each["NetworkInterfaceId"] for each in interfaces)
        raise ConfigurationError(f"{where}: {what} is not deleted, because {ids} is in it")


def _delete_client(work: _Work) -> None:
    client = work.built.clients.get(work.name)
    if client is not None and client.interface_id:
        call(work.where, work.tools.ec2.delete_network_interface, NetworkInterfaceId=client.interface_id)
    work.built.clients.pop(work.name, None)


def _delete_endpoint(work: _Work) -> None:
    _delete_endpoints(work.where, [work.made.endpoints[work.name]], work.tools)
    del work.made.endpoints[work.name]


def _delete_endpoints(where: str, endpoint_ids: list[str], tools: Tools) -> None:
    if endpoint_ids:
        # One that somebody deleted through the API is gone as well.
        call(where, lambda **values: tools.endpoint_call("DeleteVpcEndpoints", values), VpcEndpointIds=endpoint_ids)


def _delete_subnet(work: _Work) -> None:
    subnet_id, ec2 = work.made.subnets[work.name], work.tools.ec2
    _keep_what_is_used(work.where, subnet_id, {"subnet-id": subnet_id}, ec2)
    _free_of_table(work.where, subnet_id, ec2)
    call(work.where, ec2.delete_subnet, SubnetId=subnet_id)
    del work.made.subnets[work.name]


def _create_vpc(work: _Work) -> None:
    tools = work.tools
    make_vpc(work.new, work.name, work.built, tools.ec2, _creating(tools), tools.prefix_list_id)


def _creating(tools: Tools) -> Callable[[dict[str, Any]], object]:
    return lambda values: tools.endpoint_call("CreateVpcEndpoint", values)


def _create_subnet(work: _Work) -> None:
    section = work.after(SubnetSection)
    make_subnet(work.where, work.name, section, work.made, work.tools.ec2)
    if section.network_acl is not None:
        _guard_subnet(work, section)


def _guard_subnet(work: _Work, section: SubnetSection) -> None:
    acl = work.made.network_acls[section.network_acl] if section.network_acl is not None else None
    put_under_acl(work.where, work.made.subnets[work.name], acl, work.tools.ec2)


def _change_vpc(work: _Work) -> None:
    vpc = work.after(VpcSection)
    for attribute, value in (
        ("EnableDnsSupport", vpc.enable_dns_support),
        ("EnableDnsHostnames", vpc.enable_dns_hostnames),
    ):
        change = {attribute: {"Value": value}}
        call(work.where, work.tools.ec2.modify_vpc_attribute, VpcId=work.made.vpc_id, **change)


def _change_subnet(work: _Work) -> None:
    section, ec2, subnet_id = work.after(SubnetSection), work.tools.ec2, work.made.subnets[work.name]
    if "network_acl" in work.change.fields:
        _guard_subnet(work, section)
    if "route_table" in work.change.fields:
        _change_table_of(work, section.route_table)
    if "map_public_ip_on_launch" in work.change.fields:
        value = {"Value": section.map_public_ip_on_launch}
        call(work.where, ec2.modify_subnet_attribute, SubnetId=subnet_id, MapPublicIpOnLaunch=value)


def _free_of_table(where: str, subnet_id: str, ec2: Ec2) -> None:
    """Put a subnet under its VPC's main route table."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    tables = call(where, ec2.describe_route_tables, Filters=filters)["RouteTables"]
    for each in (one for it in tables for one in it["Associations"] if one.get("SubnetId") == subnet_id):
        call(where, ec2.disassociate_route_table, AssociationId=each["RouteTableAssociationId"])


def _change_table_of(work: _Work, table: str | None) -> None:
    ec2, subnet_id = work.tools.ec2, work.made.subnets[work.name]
    _free_of_table(work.where, subnet_id, ec2)
    if table is not None:
        table_id = work.made.route_tables[table]
        call(work.where, ec2.associate_route_table, SubnetId=subnet_id, RouteTableId=table_id)


def _create_table(work: _Work) -> None:
    make_route_table(work.where, work.name, work.made, work.tools.ec2)


def _change_table(work: _Work) -> None:
    made, ec2 = work.made, work.tools.ec2
    old, new = work.before(RouteTableSection), work.after(RouteTableSection)
    if INTERNET_GATEWAY not in made.gateways and any(route.target == INTERNET_GATEWAY for route in new.routes):
        make_internet_gateway(work.where, made, ec2)
    targets = {**work.built.connections, **made.gateways}
    change_routes(work.where, made.route_tables[work.name], old, new, targets, ec2)


def _create_acl(work: _Work) -> None:
    section = work.after(NetworkAclSection)
    work.made.network_acls[work.name] = make_acl(work.where, work.name, section, work.made, work.tools.ec2)


def _change_acl(work: _Work) -> None:
    old, new = work.before(NetworkAclSection), work.after(NetworkAclSection)
    change_acl_entries(work.where, work.made.network_acls[work.name], old, new, work.tools.ec2)


def _create_group(work: _Work) -> None:
    make_security_group(work.where, work.name, work.made, work.tools.ec2)


def _change_group(work: _Work) -> None:
    found = section_at(work.old, work.change.path)
    old = cast("SecurityGroupSection", found) if found is not None else SecurityGroupSection(egress=())
    new, group_id = work.after(SecurityGroupSection), work.made.security_groups[work.name]
    change_rules(work.where, group_id, old, new, work.made, work.tools.ec2, work.tools.prefix_list_id)


def _create_client(work: _Work) -> None:
    if work.after(ClientSection).network is None:
        work.built.clients[work.name] = make_client(work.new, work.name, work.built.vpcs, work.tools.ec2)


def _change_client(work: _Work) -> None:
    section, ec2, client = work.after(ClientSection), work.tools.ec2, work.built.clients[work.name]
    if section.subnet is None:
        return
    vpc = next(name for name, vpc in work.new.vpcs.items() if section.subnet in vpc.subnets)
    if "security_groups" in work.change.fields:
        made = work.built.vpcs[vpc]
        groups = [made.security_groups[group] for group in section.security_groups] or _default_group(work, made)
        change = {"NetworkInterfaceId": client.interface_id, "Groups": groups}
        call(work.where, ec2.modify_network_interface_attribute, **change)
    if "public_ip" in work.change.fields:
        subnet = work.new.vpcs[vpc].subnets[section.subnet]
        public = subnet.map_public_ip_on_launch if section.public_ip is None else section.public_ip
        _change_public_address(work, client.interface_id, public=public)


def _default_group(work: _Work, made: Made) -> list[str]:
    filters = [{"Name": "vpc-id", "Values": [made.vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    found = call(work.where, work.tools.ec2.describe_security_groups, Filters=filters)["SecurityGroups"]
    return [group["GroupId"] for group in found]


def _change_public_address(work: _Work, interface_id: str, *, public: bool) -> None:
    ec2 = work.tools.ec2
    filters = [{"Name": "network-interface-id", "Values": [interface_id]}]
    addresses = call(work.where, ec2.describe_addresses, Filters=filters)["Addresses"]
    if public and not addresses:
        give_public_address(work.where, interface_id, ec2)
    for each in addresses if not public else ():
        call(work.where, ec2.disassociate_address, AssociationId=each["AssociationId"])
        call(work.where, ec2.release_address, AllocationId=each["AllocationId"])


def _create_endpoint(work: _Work) -> None:
    make_endpoint(work.new, work.change.path[1], work.name, work.made, _creating(work.tools))


def _change_endpoint(work: _Work) -> None:
    """Modify an endpoint: what is added, what is removed, and its policy."""
    old, new, made = work.before(EndpointSection), work.after(EndpointSection), work.made
    parameters: dict[str, Any] = {"VpcEndpointId": made.endpoints[work.name]}
    for field, noun, ids in (
        ("route_tables", "RouteTableIds", made.route_tables),
        ("subnets", "SubnetIds", made.subnets),
        ("security_groups", "SecurityGroupIds", made.security_groups),
    ):
        before, after = getattr(old, field), getattr(new, field)
        parameters[f"Add{noun}"] = [ids[name] for name in after if name not in before]
        parameters[f"Remove{noun}"] = [ids[name] for name in before if name not in after and name in ids]
    if "private_dns" in work.change.fields:
        parameters["PrivateDnsEnabled"] = new.private_dns
    if new.policy is not None and new.policy != old.policy:
        parameters["PolicyDocument"] = json.dumps(new.policy)
    if new.policy is None and old.policy is not None:
        parameters["ResetPolicy"] = True
    given = {name: value for name, value in parameters.items() if value != []}
    call(work.where, lambda **values: work.tools.endpoint_call("ModifyVpcEndpoint", values), **given)


def _delete_acl(work: _Work) -> None:
    call(work.where, work.tools.ec2.delete_network_acl, NetworkAclId=work.made.network_acls.pop(work.name))


def _delete_group(work: _Work) -> None:
    group_id = work.made.security_groups[work.name]
    _keep_what_is_used(work.where, group_id, {"group-id": group_id}, work.tools.ec2)
    call(work.where, work.tools.ec2.delete_security_group, GroupId=group_id)
    del work.made.security_groups[work.name]


def _delete_table(work: _Work) -> None:
    table_id = work.made.route_tables[work.name]
    _keep_what_endpoints_route(work, [table_id])
    call(work.where, work.tools.ec2.delete_route_table, RouteTableId=table_id)
    del work.made.route_tables[work.name]


def _keep_what_endpoints_route(work: _Work, table_ids: Iterable[str]) -> None:
    described = work.tools.endpoint_call("DescribeVpcEndpoints", {})["VpcEndpoints"]
    routing = [each["VpcEndpointId"] for each in described if {*table_ids} & {*each.get("RouteTableIds", ())}]
    if routing:
        raise ConfigurationError(f"{work.where}: is not deleted, because {', '.join(routing)} has its route in it")


def _delete_vpc(work: _Work) -> None:
    made, ec2, where = work.built.vpcs[work.name], work.tools.ec2, work.where
    _delete_endpoints(where, list(made.endpoints.values()), work.tools)
    made.endpoints.clear()
    _keep_what_is_used(where, made.vpc_id, {"vpc-id": made.vpc_id}, ec2)
    _keep_what_endpoints_route(work, made.route_tables.values())
    for subnet_id in made.subnets.values():
        _free_of_table(where, subnet_id, ec2)
    for parameter, operation, ids in (
        ("SubnetId", ec2.delete_subnet, made.subnets),
        ("NetworkAclId", ec2.delete_network_acl, made.network_acls),
        ("GroupId", ec2.delete_security_group, made.security_groups),
        ("RouteTableId", ec2.delete_route_table, made.route_tables),
    ):
        for name, identity in tuple(ids.items()):
            call(where, operation, **{parameter: identity})
            del ids[name]
    gateway = made.gateways.pop(INTERNET_GATEWAY, None)
    if gateway is not None:
        call(where, ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=made.vpc_id)
        call(where, ec2.delete_internet_gateway, InternetGatewayId=gateway)
    call(where, ec2.delete_vpc, VpcId=made.vpc_id)
    del work.built.vpcs[work.name]


_GONE = frozenset({Verb.DELETE, Verb.REPLACE})
_NEW = frozenset({Verb.CREATE, Verb.REPLACE})
_CREATED = frozenset({Verb.CREATE})
_CHANGED = frozenset({Verb.CHANGE})
_FILLED = frozenset({Verb.CREATE, Verb.CHANGE})
_DELETED = frozenset({Verb.DELETE})

# In this order nothing is needed before it is there, or deleted while it is needed.
_STEPS: tuple[tuple[frozenset[Verb], str, Callable[[_Work], None]], ...] = (
    (_GONE, "client", _delete_client),
    (_GONE, "endpoint", _delete_endpoint),
    (_GONE, "subnet", _delete_subnet),
    (_CREATED, "VPC", _create_vpc),
    (_CREATED, "route table", _create_table),
    (_CREATED, "network ACL", _create_acl),
    (_NEW, "subnet", _create_subnet),
    (_CREATED, "security group", _create_group),
    (_CHANGED, "VPC", _change_vpc),
    (_FILLED, "route table", _change_table),
    (_CHANGED, "network ACL", _change_acl),
    (_FILLED, "security group", _change_group),
    (_CHANGED, "subnet", _change_subnet),
    (_NEW, "endpoint", _create_endpoint),
    (_CHANGED, "endpoint", _change_endpoint),
    (_NEW, "client", _create_client),
    (_CHANGED, "client", _change_client),
    (_DELETED, "network ACL", _delete_acl),
    (_DELETED, "security group", _delete_group),
    (_DELETED, "route table", _delete_table),
    (_DELETED, "VPC", _delete_vpc),
)
