"""Clients of a topology file that was edited, as the EC2 calls for their network interfaces."""

from __future__ import annotations

from typing import Any

from vpce_emulator.control.apply import give_public_address, has_public_address, make_client
from vpce_emulator.control.file_calls import Made
from vpce_emulator.control.file_work import Work
from vpce_emulator.topology_file import ClientSection


def create_client(work: Work) -> None:
    """Make the network interface that a client in a subnet stands for; hosts outside have none."""
    if work.after(ClientSection).network is None:
        work.built.clients[work.name] = make_client(work.new, work.name, work.built.vpcs, work.tools.ec2)


def change_client(work: Work) -> None:
    """Change a client's groups, and whether it has a public address."""
    section = work.after(ClientSection)
    if section.subnet is None:
        return
    vpc = next(name for name, vpc in work.new.vpcs.items() if section.subnet in vpc.subnets)
    interface_id = work.built.clients[work.name].interface_id
    if "security_groups" in work.change.fields:
        made = work.built.vpcs[vpc]
        groups = [made.security_groups[group] for group in section.security_groups] or _default_group(work, made)
        work.call(work.tools.ec2.modify_network_interface_attribute, NetworkInterfaceId=interface_id, Groups=groups)
    if "public_ip" in work.change.fields:
        if has_public_address(section, work.new.vpcs[vpc]):
            _give_public_address(work, interface_id, work.built.vpcs[vpc])
        else:
            _take_public_address(work, interface_id)


def _default_group(work: Work, made: Made) -> list[str]:
    filters = [{"Name": "vpc-id", "Values": [made.vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    found = work.call(work.tools.ec2.describe_security_groups, Filters=filters)["SecurityGroups"]
    return [group["GroupId"] for group in found]


def _give_public_address(work: Work, interface_id: str, made: Made) -> None:
    if not _public_addresses(work, interface_id):
        give_public_address(work.where, interface_id, made, work.tools.ec2)


def _take_public_address(work: Work, interface_id: str) -> None:
    for each in _public_addresses(work, interface_id):
        work.call(work.tools.ec2.disassociate_address, AssociationId=each["AssociationId"])
        work.call(work.tools.ec2.release_address, AllocationId=each["AllocationId"])


def _public_addresses(work: Work, interface_id: str) -> list[Any]:
    filters = [{"Name": "network-interface-id", "Values": [interface_id]}]
    found: list[Any] = work.call(work.tools.ec2.describe_addresses, Filters=filters)["Addresses"]
    return found


def delete_client(work: Work) -> None:
    """Delete a client's network interface, and give its public address back."""
    client = work.built.clients.get(work.name)
    if client is not None and client.interface_id:
        _take_public_address(work, client.interface_id)
        work.call(work.tools.ec2.delete_network_interface, NetworkInterfaceId=client.interface_id)
    work.built.clients.pop(work.name, None)
