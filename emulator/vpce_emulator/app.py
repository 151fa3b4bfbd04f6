"""The composition root: what an emulator is made of, started and stopped in order."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vpce_dns import Upstream
from vpce_emulator.admin import Admin
from vpce_emulator.aws.service_models import check_operation
from vpce_emulator.backend.embedded import EmbeddedBackend
from vpce_emulator.config import Settings, user_state_directory
from vpce_emulator.control.control import Control
from vpce_emulator.control.deployment import deploy_template
from vpce_emulator.control.file_network import FileNetwork
from vpce_emulator.control.file_work import Tools
from vpce_emulator.control.source import TopologySource
from vpce_emulator.credentials import Credentials
from vpce_emulator.directory import directory, reachable
from vpce_emulator.enforcement import enforcement
from vpce_emulator.fault_rules import Rules, RuleTable, parse_rule
from vpce_emulator.handler import Handler
from vpce_emulator.journal import Journal
from vpce_emulator.network.certificates import CertificateAuthority
from vpce_emulator.network.current import CurrentNetwork
from vpce_emulator.network.doors import Doors
from vpce_emulator.network.http_server import Answer as AnswerRequest
from vpce_emulator.network.ingress import INTERNET, Door, DoorKind
from vpce_emulator.network.questions import (
    answer_about_name,
    answer_about_path,
    client_named,
    destination_of,
    endpoint_named,
)
from vpce_emulator.network.resolvers import PUBLIC, Place, Resolvers
from vpce_emulator.topology.availability import zone_named, zones
from vpce_emulator.topology.models import Topology
from vpce_emulator.topology.prefix_lists import aws_prefix_lists
from vpce_emulator.topology_file import TopologyFile
from vpce_emulator.topology_reading import load_topology, parse_topology

logger = logging.getLogger(__name__)


class Emulator:
    """AWS VPC endpoints, in this process.

    >>> async with Emulator() as emulator:
    ...     url = emulator.listing()["clients"]["private-a"]
    """

    def __init__(
        self, topology: TopologyFile | Path | Mapping[str, Any] | None = None, settings: Settings | None = None
    ) -> None:
        """Make an emulator; nothing runs yet.

        Args:
            topology: the network: a topology file, its path, or its content; the built-in one where it is None.
            settings: how it runs; on free ports of this machine where it is None.

        Raises:
            ConfigurationError: the topology is wrong; the message says where.
        """
        self.settings = settings or Settings(port=0, dns_port=0)
        self._file, self._origin = _topology_file(topology, self.settings)
        self.journal = Journal()
        self._fault_rules = Rules()
        self._backend = EmbeddedBackend()
        self._source = TopologySource(self._backend, region=self._file.region, account_id=self._file.account)
        self._control = Control(
            self._source, clock=time.time, entropy=secrets.token_bytes, delay=self.settings.endpoint_delay
        )
        self._backend.reach_ec2_by(self._control.call)
        self._credentials = Credentials(
            self._file.credentials,
            self._backend.identity,
            self._backend.was_issued,
            self._file.account,
            self._backend.principal_exists,
            self._backend.instance_identity,
            refuses_unknown=self.settings.unknown_keys == "refused",
        )
        self._network_of_file = FileNetwork(self._file, self._tools())
        # INVARIANT: what doors and resolvers see; replaced as a whole, on the event loop, after every change.
        self._topology = Topology(version=0, region=self._file.region, account_id=self._file.account)
        self._network = CurrentNetwork(lambda: self._topology)
        self._network_ready = asyncio.Event()
        state = self.settings.state_directory or user_state_directory()
        self._doors = Doors(self.settings.host, self._answers, CertificateAuthority(state).serving)
        upstream = _upstream(self.settings.dns_upstream)
        packet_limit = self.settings.dns_packet_limit
        self._resolvers = Resolvers(self.settings.host, self._network, upstream, packet_limit)
        self._handler = self._new_handler()
        self._backend.judge_deliveries_by(self._handler.may_deliver)
        self._admin = Admin(self)
        self._running = AsyncExitStack()
        self._following = asyncio.Lock()
        # Whether the network may differ from the baseline.
        self._changed = False
        self._next_change: asyncio.Task[None] | None = None

    def _tools(self) -> Tools:
        account_id = self._file.account
        lists = {each.name.rpartition(".")[2]: each.id for each in aws_prefix_lists(self._file.region)}
        return Tools(
            self._source.client(account_id),
            lambda operation, parameters: self._control.answer_at_once(operation, parameters, account_id),
            lists.get,
            self._source.undisturbed,
        )

    def _new_handler(self) -> Handler:
        return Handler(
            region=self._file.region,
            backend=self._backend,
            control=self._control,
            network=self._network,
            credentials=self._credentials,
            journal=self.journal,
            fault_rules=self._fault_rules,
            network_ready=self._network_ready.wait,
            network_changed=self._take_up_change,
            clock=time.time,
            new_request_id=lambda: secrets.token_bytes(16),
            enforced=self.settings.enforcement == "on",
            hangs_when_blocked=self.settings.blocked == "timeout",
        )

    def _answers(self, door: Door) -> AnswerRequest:
        answers = self._handler.at(door)
        return self._admin.before(answers) if door == INTERNET else answers

    async def start(self) -> None:
        """Start, and return when every door is open.

        The internet door answers as soon as S3 is there; the network is built after that.

        Raises:
            ConfigurationError: a port is taken, or the network cannot be built; nothing runs then.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        self._running.push_async_callback(self._doors.close)
        self._running.push_async_callback(self._resolvers.stop)
        await self._backend.start()
        self._doors.open(INTERNET, self.settings.port)
        await self._build_network()
        for door, port in zip(self._wanted_doors(), self._ports(self._doors.ports[INTERNET]), strict=False):
            if door != INTERNET:
                self._doors.open(door, port)
        for place, port in zip(self._wanted_resolvers(), self._dns_ports(), strict=False):
            await self._resolvers.start(place, port)
        self._network_ready.set()

    async def stop(self) -> None:
        """Close everything. Stopping twice is allowed."""
        self._expect_change(None)
        await self._running.aclose()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    def _ports(self, first: int) -> Iterator[int]:
        """Yield the ports of the doors in order: those after the internet door's, or any free ones."""
        return (first + index if self.settings.port else 0 for index in range(65_536))

    def _dns_ports(self) -> Iterator[int]:
        first = self.settings.dns_port
        return (first + index if first else 0 for index in range(65_536))

    async def _build_network(self) -> None:
        """Apply the topology file and deploy the templates, through the calls that a user would make."""
        await asyncio.to_thread(self._apply_file)
        self._take_baseline()
        await asyncio.to_thread(self._deploy_templates)
        self._topology = await asyncio.to_thread(self._source.current)

    def _take_baseline(self) -> None:
        """Note what a reset goes back to: the network as the file has it."""
        self._baseline = (self._backend.snapshot(), self._control.snapshot(), self._network_of_file.snapshot())

    async def change_topology(self, file: TopologyFile) -> tuple[str, ...]:
        """Change the network as its topology file was changed. Data stays, and so does what was made through the API.

        Args:
            file: the file as it is now.

        Returns:
            what was done, a line each: `+ endpoint sqs`, `~ policy of endpoint s3`; those that begin with `!` tell
            what was not, and why.
        """
        self._changed = True
        done = await asyncio.to_thread(self._change_to, file)
        await self._follow()
        return done

    def _change_to(self, file: TopologyFile) -> tuple[str, ...]:
        done = self._network_of_file.change_to(file)
        self._file = self._network_of_file.file
        self._credentials.replace_sections(self._file.credentials)
        self._source.set_clients(self._network_of_file.clients)
        self._source.touch()
        return done

    def _apply_file(self) -> None:
        self._network_of_file.build()
        self._source.set_clients(self._network_of_file.clients)

    def _deploy_templates(self) -> None:
        for path in self.settings.template:
            cloudformation = self._backend.client(
                "cloudformation", region=self._file.region, account_id=self._file.account
            )
            deploy_template(path, cloudformation)
            self._source.touch()

    async def _take_up_change(self) -> None:
        """Let everything follow a change that an operation made, of EC2 or of what calls it."""
        self._changed = True
        self._source.touch()
        await self._follow()

    async def _follow(self) -> None:
        """Let doors and resolvers follow the topology."""
        # One change after the other: of two at once, the later topology must not be replaced by the earlier one.
        async with self._following:
            due = await asyncio.to_thread(self._control.settle)
            self._topology = await asyncio.to_thread(self._source.current)
            self._expect_change(due)
            await self._doors.keep(self._wanted_doors())
            await self._resolvers.keep(self._wanted_resolvers())

    def _expect_change(self, due: float | None) -> None:
        """Follow again when an endpoint becomes available or is gone by itself."""
        if self._next_change is not None:
            self._next_change.cancel()
        self._next_change = asyncio.create_task(self._follow_at(due)) if due is not None else None

    async def _follow_at(self, due: float) -> None:
        await asyncio.sleep(max(due - time.time(), 0))
        # The task that follows expects the next change itself, and must not be ended by it.
        self._next_change = None
        await self._follow()

    def _wanted_doors(self) -> list[Door]:
        return [
            INTERNET,
            *(Door(DoorKind.CLIENT, name) for name in self._topology.clients),
            *(Door(DoorKind.ENDPOINT, endpoint_id) for endpoint_id in self._topology.endpoints),
        ]

    def _wanted_resolvers(self) -> list[Place]:
        # Those of the file first, in its order: their ports are then known beforehand.
        order = {name: index for index, name in enumerate(self._file.vpcs)}
        vpcs = sorted(self._topology.vpcs.values(), key=lambda vpc: order.get(vpc.name, len(order)))
        inbound = self._network_of_file.inbound.items()
        outside = (Place(vpc_id, network) for network, vpc_id in inbound if vpc_id in self._topology.vpcs)
        return [PUBLIC, *(Place(vpc.id) for vpc in vpcs), *outside]

    async def reset(self) -> None:
        """Forget all data and every change to the network since the start; the templates are deployed anew."""
        network, endpoints, built = self._baseline
        self.journal.clear()
        self._fault_rules.table = RuleTable()
        self._backend.restore(network)
        if self._changed or self.settings.template:
            self._control.restore(endpoints)
            self._network_of_file.restore(built)
            if self._file != self._network_of_file.file:
                await asyncio.to_thread(self._change_to, self._file)
                self._take_baseline()
            self._source.set_impaired_zones(())
            await asyncio.to_thread(self._deploy_templates)
            self._changed = False
            self._source.touch()
            await self._follow()

    def health(self) -> dict[str, Any]:
        """Return what is served and what is enforced."""
        off = self.settings.enforcement == "off"
        strict = self.settings.unknown_keys == "refused"
        return {
            "status": "ready" if self._network_ready.is_set() else "starting",
            "region": self._file.region,
            "account": self._file.account,
            "topology": self._origin,
            "templates": [str(path) for path in self.settings.template],
            **enforcement(on=not off),
            "unknown_access_keys_act_as": None if strict else f"arn:aws:iam::{self._file.account}:root",
            "requests": self.journal.last_number,
        }

    def listing(self, host: str | None = None) -> dict[str, Any]:
        """Return the doors, endpoints and resolvers.

        Args:
            host: what URLs name; the address that is listened on, or this machine, where it is None.
        """
        return directory(
            self._topology, self._doors.ports, self._resolver_ports(), host or reachable(self.settings.host)
        )

    def _resolver_ports(self) -> dict[str, int]:
        """Return the resolvers' ports by the names of their VPCs and networks; by its id where another has the name."""
        names = {vpc.id: vpc.name for vpc in self._topology.vpcs.values()}
        listed: dict[str, int] = {}
        for place, (_, port) in self._resolvers.addresses.items():
            name = "public" if place == PUBLIC else place.network or names.get(place.vpc_id, place.vpc_id)
            listed[name if name not in listed else f"{place.vpc_id} {place.network}".strip()] = port
        return listed

    def describe_topology(self) -> dict[str, Any]:
        """Return the network as it is now."""
        shown = {field.name: getattr(self._topology, field.name) for field in fields(self._topology)}
        return {
            name: {each_id: asdict(each) for each_id, each in value.items()} if isinstance(value, Mapping) else value
            for name, value in shown.items()
        }

    def resolve(self, name: str, client: str | None) -> dict[str, Any]:
        """Return what DNS answers for a name.

        Args:
            name: a host name.
            client: who asks; the public internet where it is None.

        Raises:
            LookupError: there is no such client; the message lists those that there are.
        """
        caller = client_named(self._topology, client)
        return answer_about_name(self._topology, caller, self._network.view_of(caller), name)

    def path(self, service: str, client: str | None, port: int | None) -> dict[str, Any]:
        """Return how a connection would reach a service, hop by hop, or what stops it.

        Args:
            service: a service, a host name or a URL.
            client: who connects; a caller on the internet where it is None.
            port: the TCP port, where it is not that of `service`.

        Raises:
            LookupError: there is no such client; the message lists those that there are.
            ValueError: `service` is nothing that can be connected to.
        """
        caller = client_named(self._topology, client)
        destination = destination_of(service, self._topology.region, port)
        return answer_about_path(self._topology, caller, destination, self._network.view_of(caller))

    def zones(self) -> list[dict[str, Any]]:
        """Return the Availability Zones that have subnets, and which of them are impaired."""
        return [asdict(zone) for zone in zones(self._topology)]

    async def impair(self, zone: str) -> dict[str, Any]:
        """Make an Availability Zone fail: network interfaces in it answer nobody, and leave the regional names.

        Args:
            zone: its name or id.

        Raises:
            LookupError: no subnet is in it; the message lists the zones that there are.
        """
        return await self._set_impaired(zone_named(self._topology, zone).name, impaired=True)

    async def recover(self, zone: str) -> dict[str, Any]:
        """End what `impair` did.

        Raises:
            LookupError: no subnet is in it; the message lists the zones that there are.
        """
        return await self._set_impaired(zone_named(self._topology, zone).name, impaired=False)

    def faults(self) -> list[dict[str, Any]]:
        """Return the fault rules that are in force."""
        return self._fault_rules.listed()

    def add_fault(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Make calls fail by a rule.

        Args:
            rule: the fields of a `FaultRule`.

        Raises:
            LookupError: it names an endpoint, client, service or operation that is not there.
            ValueError: it is no rule.
        """
        parsed = parse_rule(rule)
        endpoint = endpoint_named(self._topology, parsed.endpoint) if parsed.endpoint else None
        client_named(self._topology, parsed.client or None)
        check_operation(parsed.service, parsed.operation)
        return self._fault_rules.add(parsed, endpoint.id if endpoint else "")

    def clear_faults(self, rule_id: str | None) -> list[dict[str, Any]]:
        """End a fault rule, or all of them, and return those that are left.

        Raises:
            LookupError: there is no such rule; the message lists those that there are.
        """
        self._fault_rules.clear(rule_id)
        return self.faults()

    async def _set_impaired(self, zone: str, *, impaired: bool) -> dict[str, Any]:
        self._changed = True
        others = self._source.impaired_zones - {zone}
        self._source.set_impaired_zones(others | {zone} if impaired else others)
        await self._follow()
        return asdict(zone_named(self._topology, zone))


def _topology_file(
    given: TopologyFile | Path | Mapping[str, Any] | None, settings: Settings
) -> tuple[TopologyFile, str]:
    """Return the topology and what messages call it."""
    if isinstance(given, TopologyFile):
        return given, str(settings.topology or "built-in")
    if isinstance(given, Mapping):
        return parse_topology(given), "given by the program"
    path = given or settings.topology
    return load_topology(path), str(path or "built-in")


def _upstream(address: str | None) -> Upstream | None:
    if address is None:
        return None
    host, _, port = address.partition(":")
    return Upstream(host, int(port or 53))
