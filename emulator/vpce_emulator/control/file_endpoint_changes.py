"""VPC endpoints of a topology file that was edited, as calls of the endpoint API."""

from __future__ import annotations

import json
from typing import Any

from vpce_emulator.control.apply import make_endpoint
from vpce_emulator.control.file_work import Work
from vpce_emulator.topology_file import EndpointSection


def create_endpoint(work: Work) -> None:
    """Make an endpoint."""
    make_endpoint(
        work.new, work.vpc, work.name, work.made, lambda values: work.tools.endpoint_call("CreateVpcEndpoint", values)
    )


def change_endpoint(work: Work) -> None:
    """Modify an endpoint: what is added, what is removed, and its policy."""
    old, new, made = work.before(EndpointSection), work.after(EndpointSection), work.made
    parameters: dict[str, Any] = {"VpcEndpointId": made.endpoints[work.name]}
    for field, noun, ids in (
        ("route_tables", "RouteTableIds", made.route_tables),
        ("subnets", "SubnetIds", made.subnets),
        ("security_groups", "SecurityGroupIds", made.security_groups),
    ):
        before, after = getattr(old, field), getattr(new, field)
        parameters[f"Add{noun}"] = [ids[name] for name in after if name not in before]
        parameters[f"Remove{noun}"] = [ids[name] for name in before if name not in after and name in ids]
    if "private_dns" in work.change.fields:
        parameters["PrivateDnsEnabled"] = new.private_dns
    if new.policy is not None and new.policy != old.policy:
        parameters["PolicyDocument"] = json.dumps(new.policy)
    if new.policy is None and old.policy is not None:
        parameters["ResetPolicy"] = True
    work.call_endpoint_api("ModifyVpcEndpoint", **{name: value for name, value in parameters.items() if value != []})


def delete_endpoint(work: Work) -> None:
    """Delete an endpoint; one that somebody deleted through the API is gone as well."""
    work.call_endpoint_api("DeleteVpcEndpoints", VpcEndpointIds=[work.made.endpoints[work.name]])
    del work.made.endpoints[work.name]
