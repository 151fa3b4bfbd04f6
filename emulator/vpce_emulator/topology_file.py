"""The topology file (`vpce.yaml`), as it is written: the network to build and the callers in it.

It is applied through the same API calls that a user would make, so nothing here knows the ids of subnets or route
tables: things refer to each other by the names they have in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="a Region, like us-east-1")]
AccountId = Annotated[str, Field(pattern=r"^\d{12}$", description="an account id: twelve digits, in quotes")]
Name = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$", description="a name: letters, digits, '-' and '_'"),
]
Network = Annotated[IPv4Network, Field(description="an IPv4 network, like 10.0.1.0/24, with no host bits set")]
PolicyDocument = dict[str, Any]

_PRINCIPAL = r"^arn:aws[a-z-]*:(iam::\d{12}:(root|user/.+)|sts::\d{12}:(assumed-role/[^/]+/[^/]+|federated-user/.+))$"
INTERNET_GATEWAY = "internet_gateway"


class Section(BaseModel):
    """A part of the topology file: no unknown fields, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleSection(Section):
    """One security-group rule: a protocol, the ports, and one peer."""

    protocol: Literal["tcp", "udp", "icmp", "all"] = "tcp"
    port: Annotated[
        int | str | None,
        Field(description="a port, like 443, or a range, like '1024-65535'; left out: every port"),
    ] = None
    cidr: Network | None = None
    security_group: Name | None = None
    prefix_list: Annotated[
        str | None, Field(description="the service of a prefix list, s3 or dynamodb, or its id, like pl-63a5400a")
    ] = None

    @model_validator(mode="after")
    def _one_peer(self) -> Self:
        given = [peer for peer in (self.cidr, self.security_group, self.prefix_list) if peer is not None]
        if len(given) != 1:
            message = "exactly one of cidr, security_group and prefix_list"
            raise ValueError(message)
        self.ports()
        return self

    def ports(self) -> tuple[int, int] | None:
        """Return the first and the last port, or None for every port."""
        if self.port is None:
            return None
        first, _, last = str(self.port).partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            message = "a port from 0 to 65535, like 443, or a range, like '1024-65535'"
            raise ValueError(message)
        low, high = int(first), int(last or first)
        if not 0 <= low <= high <= 65535:
            message = "a port from 0 to 65535, like 443, or a range, like '1024-65535'"
            raise ValueError(message)
        return low, high


class SecurityGroupSection(Section):
    """A security group. Without `egress` it lets everything out, as AWS does; without `ingress`, nothing in."""

    ingress: tuple[RuleSection, ...] = ()
    egress: tuple[RuleSection, ...] = (RuleSection(protocol="all", cidr=IPv4Network("0.0.0.0/0")),)


class RouteSection(Section):
    """A route beside the local one: to the VPC's internet gateway, or to a NAT gateway by name."""

    destination: Network
    target: Annotated[str, Field(description="internet_gateway, or the name of one of nat_gateways")]


class RouteTableSection(Section):
    """A route table. The routes of gateway endpoints are added by the endpoints."""

    routes: tuple[RouteSection, ...] = ()


class NatGatewaySection(Section):
    """A NAT gateway, in a subnet whose route table leads to the internet gateway."""

    subnet: Name


class SubnetSection(Section):
    """A subnet. Without a route table it uses the VPC's main one, which has the local route alone."""

    cidr: Network
    availability_zone: Annotated[
        str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$", description="an Availability Zone, like us-east-1a")
    ]
    route_table: Name | None = None


class EndpointSection(Section):
    """A VPC endpoint, of either type."""

    service: Annotated[
        str, Field(min_length=1, description="a service, like s3 or sqs, or its full name, com.amazonaws.us-east-1.s3")
    ]
    type: Literal["Gateway", "Interface"]
    id: Annotated[str | None, Field(pattern=r"^vpce-[0-9a-f]{8}([0-9a-f]{9})?$", description="like vpce-1a2b3c4d")] = (
        None
    )
    route_tables: tuple[Name, ...] = ()
    subnets: tuple[Name, ...] = ()
    security_groups: tuple[Name, ...] = ()
    private_dns: bool = False
    policy: PolicyDocument | None = None
    policy_file: Path | None = None

    @model_validator(mode="after")
    def _fields_of_its_type(self) -> Self:
        given = {
            field for field in ("route_tables", "subnets", "security_groups", "private_dns") if getattr(self, field)
        }
        foreign = given - (
            {"route_tables"} if self.type == "Gateway" else {"subnets", "security_groups", "private_dns"}
        )
        if foreign:
            message = f"no {' and no '.join(sorted(foreign))} on a {self.type} endpoint"
            raise ValueError(message)
        if self.policy is not None and self.policy_file is not None:
            message = "policy or policy_file, not both"
            raise ValueError(message)
        return self


class VpcSection(Section):
    """A VPC with everything in it."""

    cidr: Network
    enable_dns_support: bool = True
    enable_dns_hostnames: bool = True
    subnets: dict[Name, SubnetSection] = Field(default_factory=dict)
    route_tables: dict[Name, RouteTableSection] = Field(default_factory=dict)
    nat_gateways: dict[Name, NatGatewaySection] = Field(default_factory=dict)
    security_groups: dict[Name, SecurityGroupSection] = Field(default_factory=dict)
    endpoints: dict[Name, EndpointSection] = Field(default_factory=dict)


class ClientSection(Section):
    """Where a caller stands. Without groups it is in the default one; without an address, it gets the next free."""

    subnet: Name
    security_groups: tuple[Name, ...] = ()
    address: IPv4Address | None = None


class CredentialSection(Section):
    """A static access key: whom it belongs to, and what its identity policies say."""

    access_key_id: Annotated[str, Field(pattern=r"^\w{16,128}$", description="16 to 128 letters and digits")]
    secret_access_key: Annotated[str, Field(min_length=1)] | None = None
    session_token: str | None = None
    principal: Annotated[
        str,
        Field(
            pattern=_PRINCIPAL,
            description="the ARN of root, a user, or a session, arn:aws:sts::<account>:assumed-role/<role>/<session>",
        ),
    ]
    policies: tuple[PolicyDocument | Literal["AdministratorAccess"], ...] | None = None
    policy_files: tuple[Path, ...] = ()
    permissions_boundary: PolicyDocument | None = None
    tags: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _policies_are_said(self) -> Self:
        if self.policies is None and not self.policy_files and not self.principal.endswith(":root"):
            message = "with `policies`: a list of policy documents or AdministratorAccess; [] allows nothing by itself"
            raise ValueError(message)
        return self


def _unique(names: Iterator[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            message = f"{what} names that are unique in the whole file; {name!r} is there twice"
            raise ValueError(message)
        seen.add(name)


class TopologyFile(Section):
    """The topology file as it was written."""

    region: Region = "us-east-1"
    account: AccountId = "123456789012"
    vpcs: dict[Name, VpcSection] = Field(default_factory=dict)
    clients: dict[Name, ClientSection] = Field(default_factory=dict)
    credentials: tuple[CredentialSection, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        vpcs = self.vpcs.values()
        _unique((name for vpc in vpcs for name in vpc.subnets), "subnet")
        _unique((name for vpc in vpcs for name in vpc.endpoints), "endpoint")
        return self


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in the file that must be the name of something else in it.

    Attributes:
        path: where it stands.
        name: what stands there.
        known: the names that could.
        what: what they are names of.
    """

    path: tuple[str | int, ...]
    name: str
    known: frozenset[str]
    what: str


def references(topology: TopologyFile) -> Iterator[Reference]:
    """Yield every reference by name in the file: where it is, the name, the known names, and what they are."""
    home = {name: vpc for vpc in topology.vpcs.values() for name in vpc.subnets}
    for vpc_name, vpc in topology.vpcs.items():
        yield from _references_in(vpc, ("vpcs", vpc_name))
    for name, client in topology.clients.items():
        yield Reference(("clients", name, "subnet"), client.subnet, frozenset(home), "a subnet")
        if client.subnet in home:
            groups = frozenset(home[client.subnet].security_groups)
            for index, group in enumerate(client.security_groups):
                here = ("clients", name, "security_groups", index)
                yield Reference(here, group, groups, "a security group of its VPC")


def _references_in(vpc: VpcSection, path: tuple[str | int, ...]) -> Iterator[Reference]:
    tables, subnets, groups = frozenset(vpc.route_tables), frozenset(vpc.subnets), frozenset(vpc.security_groups)
    targets = frozenset(vpc.nat_gateways) | {INTERNET_GATEWAY}
    for name, subnet in vpc.subnets.items():
        if subnet.route_table is not None:
            here = (*path, "subnets", name, "route_table")
            yield Reference(here, subnet.route_table, tables, "a route table of this VPC")
    for name, nat in vpc.nat_gateways.items():
        yield Reference((*path, "nat_gateways", name, "subnet"), nat.subnet, subnets, "a subnet of this VPC")
    for name, table in vpc.route_tables.items():
        for index, route in enumerate(table.routes):
            here = (*path, "route_tables", name, "routes", index, "target")
            yield Reference(here, route.target, targets, "a gateway of this VPC")
    for name, group in vpc.security_groups.items():
        here = (*path, "security_groups", name)
        yield from _group_peers((*here, "ingress"), group.ingress, groups)
        yield from _group_peers((*here, "egress"), group.egress, groups)
    for name, endpoint in vpc.endpoints.items():
        yield from _each((*path, "endpoints", name, "route_tables"), endpoint.route_tables, tables, "a route table")
        yield from _each((*path, "endpoints", name, "subnets"), endpoint.subnets, subnets, "a subnet")
        yield from _each((*path, "endpoints", name, "security_groups"), endpoint.security_groups, groups, "a group")


def _each(path: tuple[str | int, ...], names: tuple[str, ...], known: frozenset[str], what: str) -> Iterator[Reference]:
    return (Reference((*path, index), name, known, f"{what} of this VPC") for index, name in enumerate(names))


def _group_peers(
    path: tuple[str | int, ...], rules: tuple[RuleSection, ...], known: frozenset[str]
) -> Iterator[Reference]:
    for index, rule in enumerate(rules):
        if rule.security_group is not None:
            yield Reference((*path, index, "security_group"), rule.security_group, known, "a group of this VPC")
