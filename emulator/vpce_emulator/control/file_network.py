"""The network of a topology file: built at the start, and changed when the file is."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from vpce_emulator.control.apply import apply_network, make_endpoints
from vpce_emulator.control.file_calls import Built
from vpce_emulator.control.file_changes import follow
from vpce_emulator.control.file_work import Tools
from vpce_emulator.topology.models import Client
from vpce_emulator.topology_file import TopologyFile


@dataclass(slots=True)
class FileNetwork:
    """What was made for a topology file, and how far it follows it.

    Attributes:
        file: the file as the network is now.
        tools: what calls are made with.
    """

    file: TopologyFile
    tools: Tools
    _built: Built = field(default_factory=Built)

    @property
    def clients(self) -> dict[str, Client]:
        """The clients of the file, by name, in its order."""
        return {name: self._built.clients[name] for name in self.file.clients if name in self._built.clients}

    @property
    def endpoint_ids(self) -> dict[str, str]:
        """The ids of the file's endpoints that are there, by name."""
        return {name: id_ for made in self._built.vpcs.values() for name, id_ in made.endpoints.items()}

    @property
    def vpc_names(self) -> dict[str, str]:
        """The names of the file's VPCs that are there, by id."""
        return {made.vpc_id: name for name, made in self._built.vpcs.items()}

    @property
    def inbound(self) -> dict[str, str]:
        """The attached networks that ask a VPC's inbound endpoint, by name, and the VPCs' ids."""
        networks = self.file.attached_networks.items()
        homes = {name: network.inbound_resolver for name, network in networks if network.inbound_resolver}
        return {name: self._built.vpcs[vpc].vpc_id for name, vpc in homes.items() if vpc in self._built.vpcs}

    def build(self) -> None:
        """Make everything that the file describes.

        Raises:
            ConfigurationError: EC2 refused something; the message is EC2's, with the field that it is about.
        """
        tools = self.tools
        self._built = apply_network(self.file, tools.ec2, tools.prefix_list_id)
        with tools.undisturbed():
            make_endpoints(self.file, self._built, lambda values: tools.endpoint_call("CreateVpcEndpoint", values))

    def change_to(self, new: TopologyFile) -> tuple[str, ...]:
        """Change the network as the file was, and return what was done, kept and refused, a line each."""
        followed = follow(self.file, new, self._built, self.tools)
        self.file = followed.file
        return followed.lines

    def snapshot(self) -> tuple[TopologyFile, Built]:
        """Return what is known of the network, to be given to `restore` later."""
        return self.file, deepcopy(self._built)

    def restore(self, snapshot: tuple[TopologyFile, Built]) -> None:
        """Go back to what was known; the network itself is to be put back by whoever holds it."""
        self.file, self._built = snapshot[0], deepcopy(snapshot[1])
