"""A large network beside the built-in one: how long it takes to start, until a change is seen, and how fast DNS is."""

import itertools
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

import dnslib

from benchmarks import dns
from benchmarks.report import Measurement, Samples
from vpce_emulator.process import EmulatorProcess
from vpce_emulator.testing import Vpce

VPCS = 50
ZONES = "ab"
SERVICES = ("sqs", "sns", "kms", "ssm", "logs", "monitoring", "events", "lambda", "secretsmanager", "sts")
ENDPOINTS = VPCS * len(SERVICES)
HOSTS = 60
"""The records of the private hosted zone of every VPC."""
NAMES = ENDPOINTS * (1 + len(ZONES) + 1) + VPCS * HOSTS
"""The names of the endpoints, regional, zonal and private, and of the hosts."""
CHANGES = 5
TURNS = 9
"""How often DNS is asked, the one network after the other."""
QUERY_SECONDS = 0.5
"""For how long in one turn."""

BUILT_IN = "the built-in network"
LARGE = f"{VPCS} VPCs, {ENDPOINTS} endpoints, {NAMES:,} names"


@dataclass(frozen=True, slots=True)
class Scale:
    """What was measured, by network.

    Attributes:
        starts: seconds until it is ready.
        rules: seconds from the call that takes a security group's rule away until the path of a client knows it.
        endpoints: seconds from the call that makes an interface endpoint until its private name leads to it.
        records: seconds from the call that puts a record in a private hosted zone until the VPC's resolver answers it.
        queries: DNS queries per second to a VPC's resolver, about every name of the network that it knows.
    """

    starts: Samples = field(default_factory=dict)
    rules: Samples = field(default_factory=dict)
    endpoints: Samples = field(default_factory=dict)
    records: Samples = field(default_factory=dict)
    queries: Samples = field(default_factory=dict)


def large_network() -> dict[str, Any]:
    """Return the content of a topology file with many VPCs, each with an endpoint for every service."""
    return {
        "vpcs": {f"vpc-{number}": _vpc(number) for number in range(VPCS)},
        "clients": {f"client-{number}": {"subnet": f"subnet-{number}-a"} for number in range(VPCS)},
    }


def _vpc(number: int) -> dict[str, Any]:
    subnets = {
        f"subnet-{number}-{zone}": {"cidr": f"10.{number}.{index}.0/24", "availability_zone": f"us-east-1{zone}"}
        for index, zone in enumerate(ZONES)
    }
    common = {"type": "Interface", "subnets": list(subnets), "security_groups": ["endpoints"], "private_dns": True}
    return {
        "cidr": f"10.{number}.0.0/16",
        "subnets": subnets,
        "security_groups": {"endpoints": {"ingress": [{"port": 443, "cidr": "10.0.0.0/8"}]}},
        "endpoints": {f"{service}-{number}": {**common, "service": service} for service in SERVICES},
    }


class _Network:
    """A running network, with a private hosted zone for every VPC, seen from one of its clients."""

    def __init__(self, process: EmulatorProcess, client: str) -> None:
        self._process = process
        self._client = client
        vpce = Vpce(process)
        self._ec2 = vpce.client("ec2")
        self._route53 = vpce.client("route53")
        self._numbers = itertools.count(HOSTS)
        described = self._ec2.describe_vpc_endpoints(VpcEndpointIds=[self._path()["endpoint"]])["VpcEndpoints"]
        self._endpoint = described[0]
        vpcs = {each["VpcId"]: each for each in self._ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]}
        zones = {vpc_id: self._hosted_zone(vpc_id) for vpc_id in vpcs}
        home = self._endpoint["VpcId"]
        self._zone = zones[home]
        listing = vpce.listing
        self._resolver = int(listing["dns"][vpcs[home]["Tags"][0]["Value"]].rpartition(":")[2])
        known = {name for each in listing["endpoints"].values() for name in each["dns_names"] if "*" not in name}
        self._names = (*sorted(known), *(_host(number, home) for number in range(HOSTS)))

    def _hosted_zone(self, vpc_id: str) -> str:
        zone = self._route53.create_hosted_zone(
            Name=f"{vpc_id}.internal", CallerReference=vpc_id, VPC={"VPCId": vpc_id, "VPCRegion": "us-east-1"}
        )
        zone_id = str(zone["HostedZone"]["Id"])
        self._put_records(zone_id, [_host(number, vpc_id) for number in range(HOSTS)])
        return zone_id

    def _put_records(self, zone_id: str, names: Iterable[str]) -> None:
        record = {"Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.9"}]}
        changes = [{"Action": "UPSERT", "ResourceRecordSet": {"Name": name, **record}} for name in names]
        self._route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})

    def _path(self) -> Mapping[str, Any]:
        path: Mapping[str, Any] = self._process.admin(f"path?{urlencode({'service': 'sqs', 'at': self._client})}")
        return path

    def _leads_into_the_vpc(self, name: str) -> bool:
        return any(str(record.rdata).startswith("10.") for record in self._answer(name, "A").rr)

    def _answer(self, name: str, record_type: str) -> dnslib.DNSRecord:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(dns.START_SECONDS)
            asking.connect(("127.0.0.1", self._resolver))
            asking.send(dnslib.DNSRecord.question(name, record_type).pack())
            return dnslib.DNSRecord.parse(asking.recv(4096))

    def seconds_to_rule(self) -> float:
        """Let nobody into an endpoint, and return how long it takes until its client is told so; then undo it."""
        group_ids = [group["GroupId"] for group in self._endpoint["Groups"][:1]]
        (group,) = self._ec2.describe_security_groups(GroupIds=group_ids)["SecurityGroups"]
        rules = {"GroupId": group["GroupId"], "IpPermissions": group["IpPermissions"]}
        revoke = partial(self._ec2.revoke_security_group_ingress, **rules)
        taken = _seconds(revoke, lambda: self._path()["path"] == "blocked")
        self._ec2.authorize_security_group_ingress(**rules)
        return taken

    def seconds_to_endpoint(self) -> float:
        """Make an endpoint, and return how long it takes until its name leads to it; then delete it."""
        create = partial(
            self._ec2.create_vpc_endpoint,
            VpcId=self._endpoint["VpcId"],
            VpcEndpointType="Interface",
            ServiceName="com.amazonaws.us-east-1.ec2",
            SubnetIds=self._endpoint["SubnetIds"],
        )
        taken = _seconds(create, lambda: self._leads_into_the_vpc("ec2.us-east-1.amazonaws.com"))
        filters = [{"Name": "service-name", "Values": ["com.amazonaws.us-east-1.ec2"]}]
        made = self._ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
        self._ec2.delete_vpc_endpoints(VpcEndpointIds=[each["VpcEndpointId"] for each in made])
        return taken

    def seconds_to_record(self) -> float:
        """Put a record in the VPC's private hosted zone, and return how long it takes until it is answered."""
        name = _host(next(self._numbers), self._endpoint["VpcId"])
        return _seconds(partial(self._put_records, self._zone, [name]), lambda: self._leads_into_the_vpc(name))

    def queries_per_second(self) -> float:
        """Return how fast the VPC's resolver answers about every name of the network that it knows."""
        return dns.rate(self._resolver, self._names, QUERY_SECONDS)

    def check_names(self) -> None:
        """Ask every question once, and see that the answer is right."""
        for name in self._names:
            if not self._leads_into_the_vpc(name) or self._answer(name, "AAAA").rr:
                raise RuntimeError(f"the resolver does not answer {name} with a private address alone")


def _host(number: int, vpc_id: str) -> str:
    return f"host-{number}.{vpc_id}.internal"


def _seconds(change: Callable[[], object], is_seen: Callable[[], bool]) -> float:
    """Return how long it takes from the start of a call until what it changes is seen."""
    began = time.perf_counter()
    change()
    while not is_seen():
        pass
    return time.perf_counter() - began


def one_round(results: Scale) -> Iterator[Measurement]:
    """Yield the measurements of one round: a start of both networks, changes of them, and questions to them."""
    yield "a large network beside the built-in one", partial(_measure, results)


def _measure(results: Scale) -> None:
    with _started(BUILT_IN, None, results) as small, _started(LARGE, large_network(), results) as large:
        networks = {BUILT_IN: _Network(small, "private-a"), LARGE: _Network(large, "client-7")}
        for name, network in networks.items():
            for samples, measure in (
                (results.rules, network.seconds_to_rule),
                (results.endpoints, network.seconds_to_endpoint),
                (results.records, network.seconds_to_record),
            ):
                samples.setdefault(name, []).extend(measure() for _ in range(CHANGES))
            network.check_names()
        for _ in range(TURNS):
            for name, network in networks.items():
                results.queries.setdefault(name, []).append(network.queries_per_second())


@contextmanager
def _started(name: str, topology: Mapping[str, Any] | None, results: Scale) -> Iterator[EmulatorProcess]:
    began = time.perf_counter()
    with EmulatorProcess(topology) as process:
        results.starts.setdefault(name, []).append(time.perf_counter() - began)
        yield process
