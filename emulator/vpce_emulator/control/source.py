"""The one current `Topology`: the backend's network, the emulator's endpoints and the clients as one picture. IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from ipaddress import IPv4Address
from threading import RLock
from typing import Any, Protocol

from vpce_emulator.control.assembly import Network, assemble
from vpce_emulator.control.network_reading import read_network
from vpce_emulator.topology.models import Client, Endpoint, PrivateZone, Topology

# boto3's clients have no types.
Ec2 = Any


class Ec2Backend(Protocol):
    """What is asked of the backend: a boto3 client that reaches its EC2."""

    def client(self, service: str, *, region: str, account_id: str) -> Ec2:
        """Return a boto3 client that calls the backend, without authorization."""

    def ec2_descriptions(self, *, region: str, account_id: str) -> AbstractContextManager[Ec2]:
        """Have EC2 stand still in a block, and yield what has a boto3 client's operations that describe it."""

    def private_zones(self, account_id: str) -> Iterable[PrivateZone]:
        """Return an account's private hosted zones."""


class TopologySource:
    """Holds what the topology is made of, and makes it anew when something changed.

    May be used from several threads.

    Args:
        backend: holds the network.
        region: the Region that is emulated.
        account_id: the account that owns the network; those that `touch` names are read too.
    """

    def __init__(self, backend: Ec2Backend, *, region: str, account_id: str) -> None:
        self.region = region
        self.account_id = account_id
        self._backend = backend
        self._lock = RLock()
        self._ec2: dict[str, Ec2] = {}
        self._networks: dict[str, Network | None] = {account_id: None}
        self._endpoints: Mapping[str, Endpoint] = {}
        self._clients: Mapping[str, Client] = {}
        self._impaired_zones: frozenset[str] = frozenset()
        self._undisturbed = False
        self._version = 0
        self._topology: Topology | None = None

    def client(self, account_id: str) -> Ec2:
        """Return the boto3 client that reaches an account's EC2 in the backend."""
        with self._lock:
            if account_id not in self._ec2:
                self._ec2[account_id] = self._backend.client("ec2", region=self.region, account_id=account_id)
            return self._ec2[account_id]

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Have the network read once for all that is done in the block, which makes endpoints and nothing else.

        Reading takes long where there is much, and nobody else changes anything before the emulator is ready.
        """
        self.touch()
        with self._lock:
            self._undisturbed = True
            try:
                yield
            finally:
                self._undisturbed = False
                self.touch()

    def touch(self, account_id: str | None = None) -> None:
        """Note that the network of an account, or, where it is None, of every account known, may have changed."""
        with self._lock:
            self._topology = None
            if not self._undisturbed:
                self._networks |= dict.fromkeys([account_id] if account_id else self._networks)

    def set_endpoints(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Replace the endpoints; their network interfaces are the backend's, whose network is read anew."""
        with self._lock:
            self._endpoints = endpoints
            self.touch()

    def set_clients(self, clients: Mapping[str, Client]) -> None:
        """Replace the clients that have a name of their own; other network interfaces are clients by their ids."""
        with self._lock:
            self._clients = dict(clients)
            self._topology = None

    @property
    def impaired_zones(self) -> frozenset[str]:
        """The Availability Zones that are made to fail."""
        return self._impaired_zones

    def set_impaired_zones(self, zones: Iterable[str]) -> None:
        """Replace the Availability Zones that are made to fail."""
        with self._lock:
            self._impaired_zones = frozenset(zones)
            self._topology = None

    def current(self, account_id: str | None = None) -> Topology:
        """Return the topology as it is now, the same object until something changes.

        Args:
            account_id: an account whose network is to be in it.
        """
        with self._lock:
            if account_id is not None and account_id not in self._networks:
                self.touch(account_id)
            if self._topology is None:
                networks = self._read()
                self._version += 1
                self._topology = assemble(
                    networks,
                    self._endpoints,
                    self._clients,
                    version=self._version,
                    region=self.region,
                    account_id=self.account_id,
                    impaired_zones=self._impaired_zones,
                    private_zones=[zone for account in self._networks for zone in self._backend.private_zones(account)],
                )
            return self._topology

    def used_addresses(self, vpc_id: str) -> frozenset[IPv4Address]:
        """Return the private addresses that are taken in a VPC."""
        with self._lock:
            homes = (endpoint for endpoint in self._endpoints.values() if endpoint.vpc_id == vpc_id)
            taken = frozenset(interface.address for endpoint in homes for interface in endpoint.interfaces)
            return taken.union(*(network.addresses.get(vpc_id, ()) for network in self._read()))

    def _read(self) -> tuple[Network, ...]:
        self._networks = {
            account_id: known or self._read_one(account_id) for account_id, known in self._networks.items()
        }
        return tuple(network for network in self._networks.values() if network is not None)

    def _read_one(self, account_id: str) -> Network:
        interfaces = {interface.id for endpoint in self._endpoints.values() for interface in endpoint.interfaces}
        with self._backend.ec2_descriptions(region=self.region, account_id=account_id) as ec2:
            return read_network(ec2, region=self.region, account_id=account_id, endpoints_interfaces=interfaces)
