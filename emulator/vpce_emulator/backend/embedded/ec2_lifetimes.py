"""What goes along in moto's EC2, and what may not go: interfaces with their owners, no security group in use.

moto leaves the network interface of an instance that is terminated, and of a NAT gateway that is deleted, with their
addresses, and deletes any group, by name in whichever VPC. Imported with the first call to EC2, whose import takes
long.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models.instances import Instance
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses.security_groups import SecurityGroups

from vpce_emulator.backend.embedded.replacing import replace

_prepare_interfaces = Instance.prep_nics
_terminate = Instance.terminate
_delete_nat_gateway = NatGatewayBackend.delete_nat_gateway
_answer_group_deletion = SecurityGroups.delete_security_group
_delete_group = SecurityGroupBackend.delete_security_group


def _with_a_primary_interface_that_goes(instance: Any, specified: Any, *more: Any, **options: Any) -> None:
    """Have the primary network interface deleted on termination, unless it is given, or said not to.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceSpecification.html
    """
    primary: Mapping[str, Any] = next((each for each in specified or () if str(each.get("DeviceIndex")) == "0"), {})
    stays = primary.get("NetworkInterfaceId") or primary.get("DeleteOnTermination") is False
    _prepare_interfaces(instance, specified, *more, **options)
    if 0 in instance.nics and not stays:
        instance.nics[0].delete_on_termination = True


def _terminate_once(instance: Any) -> Any:
    """Terminate an instance, and free what was not made with it; one that is terminated already stays so.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
    """
    if instance._state.name == "terminated":  # noqa: SLF001 - moto's own
        return copy.copy(instance._state)  # noqa: SLF001 - as above
    _give_back_addresses(instance)
    was = _terminate(instance)
    for each in instance.nics.values():
        if not each.delete_on_termination:
            _detach(each)
    return was


def _give_back_addresses(instance: Any) -> None:
    ec2, interfaces = instance.ec2_backend, list(instance.nics.values())
    for address in ec2.addresses:
        if address.instance is instance or address.eni in interfaces:
            ec2.disassociate_address(address=address.public_ip)


def _detach(interface: Any) -> None:
    """Detach an interface from an instance that is gone, which describes it still."""
    interface.instance = interface.attachment_id = interface.attach_time = interface.device_index = None
    interface.status = "available"


def _delete_with_its_interface(ec2: Any, nat_gateway_id: str) -> Any:
    """Delete a NAT gateway with its network interface: "disassociates its Elastic IP address, but does not release it".

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html
    """
    gateway = ec2.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
    interface = gateway._eni  # noqa: SLF001 - moto's own
    if gateway.state not in ("deleted", "failed"):
        for address in [each for each in ec2.addresses if each.eni is interface]:
            ec2.disassociate_address(address=address.public_ip)
        ec2.delete_network_interface(interface.id)
    return _delete_nat_gateway(ec2, nat_gateway_id)


def _delete_unused_group(ec2: Any, name: str | None = None, group_id: str | None = None) -> None:
    """Delete a group by its id, or by name, which is one of the default VPC, if no network interface has it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    wanted = group_id or _id_in_default_vpc(ec2, str(name))
    if any(group.id == wanted for interface in ec2.get_all_network_interfaces() for group in interface.group_set):
        raise DependencyViolationError(f"resource {wanted} has a dependent object")
    _delete_group(ec2, group_id=wanted)


def _answer_deletion_of_no_default_group(response: Any) -> Any:
    """Keep default groups, which go with their VPCs."""
    parameter, ec2 = response._get_param, response.ec2_backend  # noqa: SLF001 - moto's own
    wanted = parameter("GroupId") or _id_in_default_vpc(ec2, str(parameter("GroupName")))
    group = ec2.get_security_group_from_id(wanted)
    if group is not None and group.is_default:
        message = f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user'
        raise EC2ClientError("CannotDelete", message)
    return _answer_group_deletion(response)


def _id_in_default_vpc(ec2: Any, name: str) -> str:
    vpc = ec2.get_default_vpc()
    group = ec2.get_security_group_from_name(name, vpc.id) if vpc is not None else None
    if group is None:
        where = f" in default VPC '{vpc.id}'" if vpc is not None else ""
        raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{name}' does not exist{where}")
    return str(group.id)


replace(Instance, "prep_nics", _with_a_primary_interface_that_goes)
replace(Instance, "terminate", _terminate_once)
replace(NatGatewayBackend, "delete_nat_gateway", _delete_with_its_interface)
replace(SecurityGroupBackend, "delete_security_group", _delete_unused_group)
replace(SecurityGroups, "delete_security_group", _answer_deletion_of_no_default_group)
