"""The composition root: what an emulator is made of, started and stopped in order."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vpce_emulator.admin import Admin
from vpce_emulator.aws.service_models import check_operation
from vpce_emulator.backend.embedded import EmbeddedBackend
from vpce_emulator.config import ConfigurationError, Settings
from vpce_emulator.control.control import Control
from vpce_emulator.control.deployment import deploy_template
from vpce_emulator.control.file_network import FileNetwork
from vpce_emulator.control.file_work import Tools
from vpce_emulator.control.source import TopologySource
from vpce_emulator.credentials import Credentials
from vpce_emulator.enforcement import enforcement
from vpce_emulator.fault_rules import Rules, RuleTable, parse_rule
from vpce_emulator.handler import Handler
from vpce_emulator.journal import Journal
from vpce_emulator.network.http_server import Answer as AnswerRequest
from vpce_emulator.network.ingress import INTERNET, Door
from vpce_emulator.network.questions import (
    answer_about_name,
    answer_about_path,
    client_named,
    destination_of,
    endpoint_named,
    topology_as_json,
)
from vpce_emulator.open_network import OpenNetwork
from vpce_emulator.topology.availability import zone_named, zones
from vpce_emulator.topology.prefix_lists import aws_prefix_lists
from vpce_emulator.topology_file import OrganizationSection, TopologyFile
from vpce_emulator.topology_organization import organization_of
from vpce_emulator.topology_reading import load_topology, parse_topology
from vpce_emulator.turnstile import Turnstile

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
        self._turnstile = Turnstile()
        self._network = OpenNetwork(self.settings, self._source, self._control, self._network_of_file, self._answers)
        self._handler = self._new_handler()
        self._backend.judge_deliveries_by(self._handler.may_deliver)
        if self.settings.enforcement == "on":
            self._backend.judge_stacks_by(self._handler.stack_leave)
        self._admin = Admin(self)
        # Whether the network may differ from the baseline.
        self._changed = False
        # Held by whoever changes the network as a whole.
        self._changing = asyncio.Lock()

    def _tools(self) -> Tools:
        account_id = self._file.account
        lists = {each.name.rpartition(".")[2]: each.id for each in aws_prefix_lists(self._file.region)}
        return Tools(
            self._source.client(account_id),
            lambda operation, parameters: self._control.answer_at_once(operation, parameters, account_id),
            lists.get,
            self._source.undisturbed,
            lambda vpc_id: [zone.name for zone in self._backend.private_zones(account_id) if vpc_id in zone.vpc_ids],
        )

    def _new_handler(self) -> Handler:
        return Handler(
            region=self._file.region,
            backend=self._backend,
            control=self._control,
            network=self._network.current,
            credentials=self._credentials,
            journal=self.journal,
            fault_rules=self._fault_rules,
            network_turnstile=self._turnstile,
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
        await self._backend.start()
        self._network.open_internet()
        await self._build_network()
        await self._network.open()
        self._turnstile.open()

    async def stop(self) -> None:
        """Close everything. Stopping twice is allowed."""
        await self._network.close()
        # Another emulator in this process may have the same organization.
        self._backend.found_organization(None)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, exception_type: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def _build_network(self) -> None:
        """Apply the topology file and deploy the templates, through the calls that a user would make."""
        await asyncio.to_thread(self._apply_file)
        self._take_baseline()
        await asyncio.to_thread(self._deploy_templates)

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

        Raises:
            ConfigurationError: a fault rule names an operation that is none; nothing was changed then.
        """
        if file == self._file:
            return ()
        _check_fault_rules(file)
        async with self._changing:
            self._changed = True
            done = await asyncio.to_thread(self._change_to, file)
            await self._network.follow()
        return done

    def _change_to(self, file: TopologyFile) -> tuple[str, ...]:
        organization, refused = self._follow_organization(file)
        done = self._network_of_file.change_to(file.model_copy(update={"organization": organization}))
        self._file = self._network_of_file.file
        self._follow_fault_rules()
        self._credentials.replace_sections(self._file.credentials)
        self._source.set_clients(self._network_of_file.clients)
        self._source.touch()
        return (*done, *refused)

    def _follow_organization(self, file: TopologyFile) -> tuple[OrganizationSection | None, tuple[str, ...]]:
        """Have the organization be the file's, and return the one that is there, and what was refused, a line each."""
        if file.organization == self._file.organization:
            return file.organization, ()
        try:
            self._backend.found_organization(organization_of(file.organization, self._file.account))
        except ConfigurationError as error:
            return self._file.organization, (f"! {error}",)
        return file.organization, ()

    def _follow_fault_rules(self) -> None:
        """Have the fault rules of the topology file be those that the network as it is now allows."""
        ids = {"": "", **self._network_of_file.endpoint_ids}
        faults = self._file.faults.items()
        self._fault_rules.follow_file(
            {name: (rule, ids[rule.endpoint]) for name, rule in faults if rule.endpoint in ids}
        )

    def _apply_file(self) -> None:
        _check_fault_rules(self._file)
        self._backend.found_organization(organization_of(self._file.organization, self._file.account))
        self._network_of_file.build()
        self._follow_fault_rules()
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
        await self._network.follow()

    async def reset(self) -> None:
        """Forget all data and every change to the network since the start; the templates are deployed anew."""
        async with self._changing:
            # INVARIANT: nobody calls EC2 meanwhile: a later reset goes back to what is there then.
            async with self._turnstile.closed():
                changed = await self._return_to_baseline()
            await self._follow_reset(network_too=changed)

    async def _return_to_baseline(self) -> bool:
        """Have everything be as the file makes it, and return whether the network may have changed with that."""
        network, endpoints, built = self._baseline
        changed = self._changed or bool(self.settings.template) or self._control.snapshot() is not endpoints
        self._changed = False
        self.journal.clear()
        self._fault_rules.table = RuleTable()
        self._backend.restore(network)
        if changed:
            self._control.restore(endpoints)
            self._network_of_file.restore(built)
            self._source.set_clients(self._network_of_file.clients)
        self._follow_fault_rules()
        if changed and self._file != self._network_of_file.file:
            await asyncio.to_thread(self._change_to, self._file)
            self._take_baseline()
        return changed

    async def _follow_reset(self, *, network_too: bool) -> None:
        if network_too:
            self._source.set_impaired_zones(())
            await asyncio.to_thread(self._deploy_templates)
            self._source.touch()
            await self._network.follow(as_at_the_start=True)

    def health(self) -> dict[str, Any]:
        """Return what is served and what is enforced."""
        off = self.settings.enforcement == "off"
        strict = self.settings.unknown_keys == "refused"
        return {
            "status": "ready" if self._turnstile.is_open else "starting",
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
        return self._network.listing(host)

    def certificate_authority(self) -> dict[str, Any]:
        """Return the certificate that clients of HTTPS have to trust, and the file that it is in.

        Raises:
            ConfigurationError: there is none, and none can be made.
        """
        file = self._network.authority.certificate()
        return {"file": str(file), "certificate": file.read_text(encoding="ascii")}

    def describe_topology(self) -> dict[str, Any]:
        """Return the network as it is now."""
        return topology_as_json(self._network.topology)

    def resolve(self, name: str, client: str | None) -> dict[str, Any]:
        """Return what DNS answers for a name.

        Args:
            name: a host name.
            client: who asks; the public internet where it is None.

        Raises:
            LookupError: there is no such client; the message lists those that there are.
        """
        caller = client_named(self._network.topology, client)
        return answer_about_name(self._network.topology, caller, self._network.current.view_of(caller), name)

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
        caller = client_named(self._network.topology, client)
        destination = destination_of(service, self._network.topology.region, port)
        return answer_about_path(self._network.topology, caller, destination, self._network.current.view_of(caller))

    def zones(self) -> list[dict[str, Any]]:
        """Return the Availability Zones that have subnets, and which of them are impaired."""
        return [asdict(zone) for zone in zones(self._network.topology)]

    async def impair(self, zone: str) -> dict[str, Any]:
        """Make an Availability Zone fail: network interfaces in it answer nobody, and leave the regional names.

        Args:
            zone: its name or id.

        Raises:
            LookupError: no subnet is in it; the message lists the zones that there are.
        """
        return await self._set_impaired(zone_named(self._network.topology, zone).name, impaired=True)

    async def recover(self, zone: str) -> dict[str, Any]:
        """End what `impair` did.

        Raises:
            LookupError: no subnet is in it; the message lists the zones that there are.
        """
        return await self._set_impaired(zone_named(self._network.topology, zone).name, impaired=False)

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
        endpoint = endpoint_named(self._network.topology, parsed.endpoint) if parsed.endpoint else None
        client_named(self._network.topology, parsed.client or None)
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
        await self._network.follow()
        return asdict(zone_named(self._network.topology, zone))


def _check_fault_rules(file: TopologyFile) -> None:
    """Check the operations that the fault rules of a file are about.

    Raises:
        ConfigurationError: there is none of that name.
    """
    for name, rule in file.faults.items():
        try:
            check_operation(rule.service, rule.operation)
        except LookupError as error:
            raise ConfigurationError(f"faults.{name}: {error.args[0]}") from error


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
