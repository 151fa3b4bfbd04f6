"""The EC2 API's errors about VPC endpoints: codes and messages as AWS sends them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
Messages that no AWS page or recorded answer shows are marked "wording unknown": chosen to name the cause.
"""

from __future__ import annotations

from collections.abc import Iterable

from vpce_emulator.topology.models import EndpointType


class Ec2Error(Exception):
    """A request that EC2 refuses.

    Attributes:
        code: `InvalidServiceName`.
        message: one sentence.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def dry_run() -> Ec2Error:
    """Return what a request with DryRun gets when it would have been carried out."""
    return Ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def missing_parameter(name: str) -> Ec2Error:
    """Return the error for a parameter that must be there and is not."""
    return Ec2Error("MissingParameter", f"The request must contain the parameter {name}")


def unknown_parameter(name: str) -> Ec2Error:
    """Return the error for a parameter that the operation does not have."""
    return Ec2Error("UnknownParameter", f"The parameter {name} is not recognized")


def invalid_value(value: str, name: str, detail: str = "") -> Ec2Error:
    """Return the error for a parameter's value that cannot be used."""
    return Ec2Error("InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid. {detail}".rstrip())


def invalid_parameter_value(message: str) -> Ec2Error:
    """Return the error for a value that cannot be used now."""
    return Ec2Error("InvalidParameterValue", message)


def invalid_filter(name: str) -> Ec2Error:
    """Return the error for a filter that the operation does not have."""
    return Ec2Error("InvalidParameterValue", f"The filter '{name}' is invalid")


def invalid_next_token() -> Ec2Error:
    """Return the error for a NextToken that no earlier answer gave out (wording unknown)."""
    return Ec2Error("InvalidNextToken", "The token is invalid or expired.")


def invalid_parameter(message: str) -> Ec2Error:
    """Return the general error for parameters that contradict each other or the network."""
    return Ec2Error("InvalidParameter", message)


def other_region(region: str, emulated: str) -> Ec2Error:
    """Return the error for a network in a Region that is not emulated, which no AWS would send."""
    message = f"This emulator's network is that of {emulated}: there is none in {region}."
    return Ec2Error("UnsupportedOperation", message)


def no_such_service(name: str) -> Ec2Error:
    """Return the error for a service that does not exist in the Region."""
    return Ec2Error("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


def type_not_offered(name: str, endpoint_type: str) -> Ec2Error:
    """Return the error for a service without endpoints of that type (wording unknown)."""
    message = f"The Vpc Endpoint Service '{name}' does not support the endpoint type '{endpoint_type}'."
    return Ec2Error("InvalidServiceName", message)


def invalid_endpoint_type(value: str) -> Ec2Error:
    """Return the error for an endpoint type that does not exist (wording unknown)."""
    return Ec2Error("InvalidVpcEndpointType", f"The Vpc Endpoint Type '{value}' is not valid.")


def no_such_endpoint(endpoint_id: str) -> Ec2Error:
    """Return the error for an endpoint that does not exist."""
    return Ec2Error("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")


def malformed_endpoint_id(endpoint_id: str) -> Ec2Error:
    """Return the error for what is no endpoint's id (wording unknown)."""
    return Ec2Error("InvalidVpcEndpointId.Malformed", f"The Vpc Endpoint Id '{endpoint_id}' is malformed")


def no_such_vpc(vpc_id: str) -> Ec2Error:
    """Return the error for a VPC that does not exist."""
    return Ec2Error("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")


def no_such_subnet(subnet_id: str) -> Ec2Error:
    """Return the error for a subnet that does not exist."""
    return Ec2Error("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")


def no_such_route_table(route_table_id: str) -> Ec2Error:
    """Return the error for a route table that does not exist."""
    return Ec2Error("InvalidRouteTableID.NotFound", f"The routeTable ID '{route_table_id}' does not exist")


def no_such_group(group_id: str) -> Ec2Error:
    """Return the error for a security group that does not exist."""
    return Ec2Error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")


def no_such_prefix_list(prefix_list_id: str) -> Ec2Error:
    """Return the error for a prefix list that does not exist."""
    return Ec2Error("InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list_id}' does not exist")


def in_another_vpc(resource_id: str, vpc_id: str) -> Ec2Error:
    """Return the error for a subnet, route table or group of another VPC (wording unknown)."""
    return invalid_parameter(f"{resource_id} does not belong to the VPC {vpc_id}")


def not_of_this_type(parameters: Iterable[str], endpoint_type: EndpointType) -> Ec2Error:
    """Return the error for parameters that the other type of endpoint has (wording unknown)."""
    return invalid_parameter(f"Endpoint type ({endpoint_type}) does not support {', '.join(parameters)}")


def route_exists(route_table_id: str, prefix_list_id: str) -> Ec2Error:
    """Return the error for a second gateway endpoint of a service on one route table."""
    message = f"route table {route_table_id} already has a route with destination-prefix-list-id {prefix_list_id}"
    return Ec2Error("RouteAlreadyExists", message)


def two_subnets_in_a_zone(subnet_id: str) -> Ec2Error:
    """Return the error for a second subnet in one Availability Zone."""
    message = f"Found another VPC endpoint subnet in the availability zone of {subnet_id}"
    return Ec2Error("DuplicateSubnetsInSameZone", message)


def zone_not_supported(service_name: str, subnet_id: str) -> Ec2Error:
    """Return the error for a subnet in an Availability Zone without the service."""
    return invalid_parameter(
        f"The VPC endpoint service {service_name} does not support the availability zone of the subnet: {subnet_id}."
    )


def dns_attributes_off(vpc_id: str) -> Ec2Error:
    """Return the error for private DNS in a VPC without both DNS attributes (code unknown)."""
    return invalid_parameter(
        f"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
        f"for {vpc_id}"
    )


def private_name_taken(name: str, vpc_id: str) -> Ec2Error:
    """Return the error for a private DNS name that another endpoint or a hosted zone has in the VPC (code unknown)."""
    return invalid_parameter(
        f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} "
        f"in the VPC {vpc_id}"
    )


def no_private_name(service_name: str) -> Ec2Error:
    """Return the error for private DNS of a service that has no private DNS name."""
    return invalid_parameter(
        f"Private DNS can't be enabled because the service {service_name} does not provide a private DNS name."
    )


def gateway_needed(vpc_id: str) -> Ec2Error:
    """Return the error for S3's inbound-resolver mode in a VPC without a gateway endpoint for S3."""
    return invalid_parameter(
        f"To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {vpc_id} must have a Gateway endpoint "
        f"for the service."
    )


def malformed_policy(message: str) -> Ec2Error:
    """Return the error for a policy document that cannot be used."""
    return Ec2Error("InvalidPolicyDocument", message)


def limit_exceeded(what: str) -> Ec2Error:
    """Return the error for one endpoint too many (wording unknown)."""
    return Ec2Error("VpcEndpointLimitExceeded", f"The maximum number of {what} has been reached.")


def token_reused(token: str) -> Ec2Error:
    """Return the error for a ClientToken that was used with other parameters (wording unknown)."""
    message = f"The client token {token} was used before with other parameters."
    return Ec2Error("IdempotentParameterMismatch", message)


def no_free_address(subnet_id: str) -> Ec2Error:
    """Return the error for a full subnet."""
    message = (
        f"There are not enough free addresses in subnet '{subnet_id}' to satisfy the requested number of instances."
    )
    return Ec2Error("InsufficientFreeAddressesInSubnet", message)


def address_in_use(address: str) -> Ec2Error:
    """Return the error for a private address that is taken."""
    return Ec2Error("InvalidIPAddress.InUse", f"The specified address ({address}) is already in use.")


def address_is_fixed(subnet_id: str) -> Ec2Error:
    """Return the error for another address in a subnet in which the endpoint has one (wording unknown)."""
    return invalid_parameter(f"The address of the endpoint network interface in {subnet_id} cannot be changed.")


def has_dependencies(kind: str, resource_id: str) -> Ec2Error:
    """Return the error for deleting what an endpoint needs."""
    return Ec2Error("DependencyViolation", f"The {kind} '{resource_id}' has dependencies and cannot be deleted.")


def group_in_use(group_id: str) -> Ec2Error:
    """Return the error for deleting a security group that guards a network interface."""
    return Ec2Error("DependencyViolation", f"resource {group_id} has a dependent object")


def interface_in_use(interface_id: str) -> Ec2Error:
    """Return the error for deleting a network interface that is attached."""
    return invalid_parameter_value(f"Network interface '{interface_id}' is currently in use.")


def managed_attachment() -> Ec2Error:
    """Return the error for detaching an endpoint's network interface."""
    return Ec2Error("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")


def managed_interface() -> Ec2Error:
    """Return the error for changing an endpoint's network interface otherwise than through the endpoint."""
    return Ec2Error("AuthFailure", "You do not have permission to access the specified resource.")


def not_emulated(operation: str, what: str) -> Ec2Error:
    """Return the error for what AWS has and the emulator has not, which no AWS would send."""
    return Ec2Error("UnsupportedOperation", f"{operation} is not emulated: {what}.")


def wrong_state(endpoint_id: str, state: str) -> Ec2Error:
    """Return the error for changing an endpoint that is being deleted (wording unknown)."""
    return Ec2Error("IncorrectState", f"The Vpc Endpoint '{endpoint_id}' is in the state '{state}'")


def reserved_tag(key: str) -> Ec2Error:
    """Return the error for a tag whose key is AWS's."""
    detail = "Tag keys starting with 'aws:' are reserved for internal use"
    return invalid_parameter_value(f"Value ( {key} ) for parameter key is invalid. {detail}")


def duplicate_tag(key: str) -> Ec2Error:
    """Return the error for two tags with the same key."""
    return invalid_parameter_value(f"Duplicate tag key '{key}' specified.")


def no_endpoint_to_tag(endpoint_id: str) -> Ec2Error:
    """Return the error for tagging an endpoint that does not exist (wording as of other resources)."""
    return Ec2Error("InvalidVpcEndpointId.NotFound", f"The vpcEndpoint ID '{endpoint_id}' does not exist")


def too_many_tags() -> Ec2Error:
    """Return the error for more tags than a resource can have."""
    return Ec2Error("TagLimitExceeded", "The maximum number of Tags has been reached.")


def managed_route(prefix_list_id: str, route_table_id: str) -> Ec2Error:
    """Return the error for changing a gateway endpoint's route otherwise than through the endpoint."""
    return invalid_parameter(f"cannot remove VPC endpoint route {prefix_list_id} in route table {route_table_id}")


def no_route_target(endpoint_id: str) -> Ec2Error:
    """Return the error for a route to an endpoint that is not one for Gateway Load Balancers."""
    message = (
        f"Route table contains unsupported route target: {endpoint_id}. VPC Endpoints of this type cannot be used as "
        f"route targets."
    )
    return Ec2Error("RouteNotSupported", message)


def aws_prefix_list(prefix_list_id: str) -> Ec2Error:
    """Return the error for changing one of AWS's own prefix lists (wording unknown)."""
    message = f"The prefix list '{prefix_list_id}' is managed by AWS, and can be neither changed nor deleted."
    return Ec2Error("UnauthorizedOperation", message, 403)
