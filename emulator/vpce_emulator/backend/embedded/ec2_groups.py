"""Which security groups guard what in moto's EC2: those that exist, in the VPC where they are, and no others.

moto makes a group of any id that it does not know, and goes on guarding an instance's interfaces by groups that were
taken from them. Imported with the first call to EC2, whose import takes long.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from moto.ec2.exceptions import EC2ClientError, InvalidSecurityGroupNotFoundError
from moto.ec2.models.elastic_network_interfaces import NetworkInterface, NetworkInterfaceBackend
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.security_groups import SecurityGroupBackend

from vpce_emulator.backend.embedded.replacing import add, replace

_create_interface = NetworkInterfaceBackend.create_network_interface
_modify_interface = NetworkInterfaceBackend.modify_network_interface_attribute
_modify_instance = InstanceBackend.modify_instance_attribute
_let_in = SecurityGroupBackend.authorize_security_group_ingress
_let_out = SecurityGroupBackend.authorize_security_group_egress


def _checked(ec2: Any, group_ids: Iterable[str], vpc_id: str) -> list[Any]:
    """Return groups of a VPC by their ids.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html
    """
    groups = []
    for group_id in dict.fromkeys(group_ids):
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise InvalidSecurityGroupNotFoundError(group_id)
        if group.vpc_id != vpc_id:
            raise _of_different_networks()
        groups.append(group)
    return groups


def _of_different_networks() -> EC2ClientError:
    return EC2ClientError(
        "InvalidGroup.NotFound", "You have specified two resources that belong to different networks."
    )


def _create_with_known_groups(
    ec2: Any, subnet: Any, private_ip_address: Any, private_ip_addresses: Any = None, *more: Any, **options: Any
) -> Any:
    group_ids = (more[0] if more else options.get("group_ids")) or ()
    _checked(ec2, group_ids, (ec2.get_subnet(subnet) if isinstance(subnet, str) else subnet).vpc_id)
    return _create_interface(ec2, subnet, private_ip_address, private_ip_addresses, *more, **options)


def _modify_with_known_groups(
    ec2: Any, eni_id: str, group_ids: Any, source_dest_check: Any = None, description: Any = None
) -> None:
    """Change a network interface; its instance has the same check, if it is the primary one."""
    interface = ec2.get_network_interface(eni_id)
    if not group_ids and source_dest_check is None and description is None:
        raise EC2ClientError("InvalidParameterCombination", "No attributes specified.")
    _checked(ec2, group_ids, interface.vpc_id)
    _modify_interface(ec2, eni_id, group_ids, source_dest_check, description)
    if interface.instance is not None and interface.device_index == 0:
        interface.instance.source_dest_check = interface.source_dest_check


def _modify_instance_with_its_interface(ec2: Any, instance_id: str, key: str, value: Any) -> Any:
    instance = _modify_instance(ec2, instance_id, key, value)
    if key == "source_dest_check" and 0 in instance.nics:
        instance.source_dest_check = instance.nics[0].source_dest_check = str(value).lower() == "true"
    return instance


def _regroup_instance(ec2: Any, instance_id: str, new_group_id_list: list[str]) -> Any:
    """Guard an instance's primary network interface by other groups.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html, GroupId
    """
    instance = ec2.get_instance(instance_id)
    if not new_group_id_list:
        raise EC2ClientError("InvalidParameterCombination", "No attributes specified.")
    instance.security_groups = _checked(ec2, new_group_id_list, instance.vpc_id)
    return instance


def _groups_of_instance(instance: Any) -> Any:
    """Return the groups of an instance, which are those of its primary network interface."""
    interface = instance.__dict__.get("nics", {}).get(0)
    return interface.group_set if interface is not None else instance.__dict__.get("_groups_without_interface", [])


def _set_groups_of_instance(instance: Any, groups: Any) -> None:
    interface = instance.__dict__.get("nics", {}).get(0)
    if interface is None:
        instance.__dict__["_groups_without_interface"] = groups
    else:
        interface._group_set = list(groups)  # noqa: SLF001 - moto's own


_GROUPS_OF_INSTANCE: Final = property(_groups_of_instance, _set_groups_of_instance)


def _groups_of_interface(interface: Any) -> Any:
    return interface._group_set  # noqa: SLF001 - moto's own


def _let_in_from_within_reach(ec2: Any, group_name_or_id: str, *given: Any, **named: Any) -> Any:
    _refuse_out_of_reach(ec2, group_name_or_id, named.get("source_groups"))
    return _let_in(ec2, group_name_or_id, *given, **named)


def _let_out_to_within_reach(ec2: Any, group_name_or_id: str, *given: Any, **named: Any) -> Any:
    _refuse_out_of_reach(ec2, group_name_or_id, named.get("source_groups"))
    return _let_out(ec2, group_name_or_id, *given, **named)


def _refuse_out_of_reach(ec2: Any, group_id: str, source_groups: Any) -> None:
    """Refuse rules that name groups of VPCs that are neither the group's own nor peered with it.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
    """
    own = ec2.get_security_group_from_id(group_id)
    for each in source_groups or ():
        other = ec2.get_security_group_from_id(each.get("GroupId"))
        if own and other and other.vpc_id != own.vpc_id and not _are_peered(ec2, {own.vpc_id, other.vpc_id}):
            raise _of_different_networks()


def _are_peered(ec2: Any, vpc_ids: set[str]) -> bool:
    connections = (each for each in ec2.vpc_pcxs.values() if each.status["Code"] == "active")
    return any({each.vpc.id, each.peer_vpc.id} == vpc_ids for each in connections)


replace(NetworkInterfaceBackend, "create_network_interface", _create_with_known_groups)
replace(NetworkInterfaceBackend, "modify_network_interface_attribute", _modify_with_known_groups)
replace(NetworkInterface, "group_set", property(_groups_of_interface))
add(Instance, "security_groups", _GROUPS_OF_INSTANCE)
replace(InstanceBackend, "modify_instance_attribute", _modify_instance_with_its_interface)
replace(InstanceBackend, "modify_instance_security_groups", _regroup_instance)
replace(SecurityGroupBackend, "authorize_security_group_ingress", _let_in_from_within_reach)
replace(SecurityGroupBackend, "authorize_security_group_egress", _let_out_to_within_reach)
