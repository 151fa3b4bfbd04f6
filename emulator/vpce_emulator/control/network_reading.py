"""The network as the backend's EC2 API describes it, read into frozen values. IO."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from vpce_emulator.control.assembly import Network
from vpce_emulator.control.connection_reading import read_connections
from vpce_emulator.control.name_tags import name_of
from vpce_emulator.control.route_states import target_of, targets_of, targets_up, with_states
from vpce_emulator.topology.models import (
    Client,
    NatGateway,
    NetworkAcl,
    NetworkAclEntry,
    PrefixList,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
)
from vpce_emulator.topology.prefix_lists import aws_prefix_lists


def read_network(
    client: Any,  # noqa: ANN401 - as boto3's clients, without types
    *,
    region: str,
    account_id: str,
    endpoints_interfaces: Collection[str] = (),
) -> Network:
    """Return an account's network in a Region, read by EC2's operations that describe.

    Args:
        client: has them as a boto3 client does.
        region: the Region.
        account_id: the account.
        endpoints_interfaces: the ids of the network interfaces of interface endpoints, which call nothing. There may be
            very many, and the emulator knows what is on them.
    """
    vpcs = {each["VpcId"]: _vpc(client, each, account_id) for each in client.describe_vpcs()["Vpcs"]}
    nat_gateways = [each for each in client.describe_nat_gateways()["NatGateways"] if each["State"] == "available"]
    described_tables = client.describe_route_tables()["RouteTables"]
    connections = {each.id: each for each in read_connections(client, targets_of(described_tables))}
    described_tables = with_states(described_tables, targets_up(client, described_tables, connections))
    acls = client.describe_network_acls()["NetworkAcls"]
    subnets = client.describe_subnets()["Subnets"]
    groups = client.describe_security_groups()["SecurityGroups"]
    clients, addresses = _interfaces(client, nat_gateways, endpoints_interfaces)
    lists = (*aws_prefix_lists(region), *_customer_prefix_lists(client))
    return Network(
        vpcs=vpcs,
        subnets=dict(_subnets(subnets, described_tables, acls)),
        route_tables={each["RouteTableId"]: _route_table(each) for each in described_tables},
        security_groups={each["GroupId"]: _security_group(each) for each in groups},
        prefix_lists={each.id: each for each in lists},
        network_acls={each["NetworkAclId"]: _network_acl(each) for each in acls},
        connections=connections,
        nat_gateways={each["NatGatewayId"]: _nat_gateway(each) for each in nat_gateways},
        interfaces=clients,
        addresses=addresses,
    )


def _interfaces(
    client: Any,  # noqa: ANN401
    nat_gateways: Iterable[Mapping[str, Any]],
    left_out: Collection[str],
) -> tuple[Mapping[str, Client], Mapping[str, frozenset[IPv4Address]]]:
    """Return the network interfaces that can call, and the addresses that all of them have, by VPC."""
    every = client.describe_network_interfaces()["NetworkInterfaces"]
    described = [each for each in every if each["NetworkInterfaceId"] not in left_out]
    addresses: dict[str, set[IPv4Address]] = {}
    for each in described:
        private = (IPv4Address(one["PrivateIpAddress"]) for one in each.get("PrivateIpAddresses", ()))
        addresses.setdefault(each["VpcId"], set()).update(private)
    clients = _clients(described, _interfaces_of(nat_gateways), _running_instances(client, described))
    return clients, {vpc_id: frozenset(taken) for vpc_id, taken in addresses.items()}


def _vpc(client: Any, described: Mapping[str, Any], account_id: str) -> Vpc:  # noqa: ANN401
    vpc_id = described["VpcId"]
    associations = described.get("CidrBlockAssociationSet") or [described]

    def attribute(name: str) -> bool:
        answer = client.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])

    return Vpc(
        id=vpc_id,
        name=name_of(described) or vpc_id,
        account_id=account_id,
        cidrs=tuple(IPv4Network(each["CidrBlock"]) for each in associations if _is_associated(each)),
        enable_dns_support=attribute("enableDnsSupport"),
        enable_dns_hostnames=attribute("enableDnsHostnames"),
    )


def _is_associated(described: Mapping[str, Any]) -> bool:
    return described.get("CidrBlockState", {}).get("State", "associated") in ("associating", "associated")


def _subnets(
    described: Iterable[Mapping[str, Any]], tables: Iterable[Mapping[str, Any]], acls: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str, Subnet]]:
    associations = [(table, each) for table in tables for each in table.get("Associations", ())]
    explicit = {each["SubnetId"]: table["RouteTableId"] for table, each in associations if "SubnetId" in each}
    main = {table["VpcId"]: table["RouteTableId"] for table, each in associations if each.get("Main")}
    guards = {each["SubnetId"]: acl["NetworkAclId"] for acl in acls for each in acl.get("Associations", ())}
    for each in described:
        subnet_id, vpc_id = each["SubnetId"], each["VpcId"]
        yield (
            subnet_id,
            Subnet(
                id=subnet_id,
                name=name_of(each) or subnet_id,
                vpc_id=vpc_id,
                availability_zone=each["AvailabilityZone"],
                cidr=IPv4Network(each["CidrBlock"]),
                route_table_id=explicit.get(subnet_id) or main[vpc_id],
                availability_zone_id=each.get("AvailabilityZoneId", ""),
                network_acl_id=guards.get(subnet_id, ""),
            ),
        )


def _route_table(described: Mapping[str, Any]) -> RouteTable:
    table_id = described["RouteTableId"]
    return RouteTable(
        id=table_id,
        name=name_of(described) or table_id,
        vpc_id=described["VpcId"],
        main=any(each.get("Main") for each in described.get("Associations", ())),
        routes=tuple(_routes(described.get("Routes", ()))),
    )


def _routes(described: Iterable[Mapping[str, Any]]) -> Iterator[Route]:
    for each in described:
        cidr = each.get("DestinationCidrBlock")
        destination = IPv4Network(cidr) if cidr else each.get("DestinationPrefixListId")
        if destination:  # the others are for IPv6
            yield Route(destination, target_of(each), active=each["State"] == "active")


def _nat_gateway(described: Mapping[str, Any]) -> NatGateway:
    addresses = (address.get("PublicIp") for address in described.get("NatGatewayAddresses", ()))
    public = described.get("ConnectivityType", "public") == "public"
    address = _address(next(addresses, None)) if public else None
    return NatGateway(described["NatGatewayId"], described["SubnetId"], address, name_of(described))


def _network_acl(described: Mapping[str, Any]) -> NetworkAcl:
    # The others are for IPv6.
    entries = [_acl_entry(each) for each in described.get("Entries", ()) if each.get("CidrBlock")]
    in_order = tuple(sorted(entries, key=lambda entry: entry.number))
    return NetworkAcl(described["NetworkAclId"], described["VpcId"], in_order, name_of(described))


def _acl_entry(described: Mapping[str, Any]) -> NetworkAclEntry:
    ports = described.get("PortRange", {})
    return NetworkAclEntry(
        number=described["RuleNumber"],
        egress=described["Egress"],
        allow=described["RuleAction"] == "allow",
        protocol=described["Protocol"],
        cidr=IPv4Network(described["CidrBlock"], strict=False),
        from_port=ports.get("From"),
        to_port=ports.get("To"),
    )


def _security_group(described: Mapping[str, Any]) -> SecurityGroup:
    return SecurityGroup(
        id=described["GroupId"],
        name=described["GroupName"],
        vpc_id=described.get("VpcId", ""),
        ingress=tuple(map(_rule, described.get("IpPermissions", ()))),
        egress=tuple(map(_rule, described.get("IpPermissionsEgress", ()))),
    )


def _rule(described: Mapping[str, Any]) -> SecurityGroupRule:
    return SecurityGroupRule(
        protocol=described["IpProtocol"],
        from_port=_port(described.get("FromPort")),
        to_port=_port(described.get("ToPort")),
        cidrs=tuple(IPv4Network(each["CidrIp"], strict=False) for each in described.get("IpRanges", ())),
        group_ids=tuple(each["GroupId"] for each in described.get("UserIdGroupPairs", ()) if "GroupId" in each),
        prefix_list_ids=tuple(each["PrefixListId"] for each in described.get("PrefixListIds", ())),
        ipv6_cidrs=tuple(each["CidrIpv6"] for each in described.get("Ipv6Ranges", ())),
    )


def _port(number: int | None) -> int | None:
    return None if number == -1 else number


def _customer_prefix_lists(client: Any) -> Iterator[PrefixList]:  # noqa: ANN401
    for each in client.describe_managed_prefix_lists()["PrefixLists"]:
        if each.get("OwnerId") != "AWS" and each.get("AddressFamily") == "IPv4":
            list_id = each["PrefixListId"]
            entries = client.get_managed_prefix_list_entries(PrefixListId=list_id)["Entries"]
            cidrs = tuple(IPv4Network(entry["Cidr"], strict=False) for entry in entries)
            yield PrefixList(list_id, each["PrefixListName"], cidrs)


def _interfaces_of(nat_gateways: Iterable[Mapping[str, Any]]) -> set[str]:
    addresses = (address for gateway in nat_gateways for address in gateway.get("NatGatewayAddresses", ()))
    return {address["NetworkInterfaceId"] for address in addresses if address.get("NetworkInterfaceId")}


def _instance_of(interface: Mapping[str, Any]) -> str:
    return str(interface.get("Attachment", {}).get("InstanceId") or "")


def _running_instances(client: Any, interfaces: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:  # noqa: ANN401
    """Return the ids of instances that run, each with the ARN of its profile, empty where it has none."""
    if not any(map(_instance_of, interfaces)):
        return {}
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    reservations = client.describe_instances(Filters=running)["Reservations"]
    instances = (instance for reservation in reservations for instance in reservation["Instances"])
    return {each["InstanceId"]: each.get("IamInstanceProfile", {}).get("Arn", "") for each in instances}


def _clients(
    interfaces: Iterable[Mapping[str, Any]], not_clients: set[str], running: Mapping[str, str]
) -> dict[str, Client]:
    """Return the network interfaces that can call: an instance's first one by the instance's name.

    Those of instances that do not run call nothing.
    """
    clients: dict[str, Client] = {}
    for each in interfaces:
        interface_id, instance_id = each["NetworkInterfaceId"], _instance_of(each)
        name = instance_id if instance_id and instance_id not in clients else interface_id
        absent = interface_id in not_clients or (instance_id and instance_id not in running)
        if not absent and each.get("PrivateIpAddress"):
            clients[name] = Client(
                name=name,
                vpc_id=each["VpcId"],
                subnet_id=each["SubnetId"],
                address=IPv4Address(each["PrivateIpAddress"]),
                group_ids=tuple(group["GroupId"] for group in each.get("Groups", ())),
                public_address=_address(each.get("Association", {}).get("PublicIp")),
                interface_id=interface_id,
                instance_id=instance_id,
                instance_profile_arn=running.get(instance_id, ""),
                source_dest_check=each.get("SourceDestCheck", True),
            )
    return clients


def _address(text: str | None) -> IPv4Address | None:
    return IPv4Address(text) if text else None
