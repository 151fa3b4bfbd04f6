"""RunInstances from a launch template: with what the template says, unless the request says something else.

"Any parameters that you specify in RunInstances override the same parameters in the launch template"
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html). Leave is needed for all of it
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html), and so
is all of it carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from vpce_emulator.aws.call import Operation, Service

Find = Callable[[Mapping[str, str]], Mapping[str, Any] | None]
"""The data of a launch template by `LaunchTemplateId` or `LaunchTemplateName`, and `Version`; None for none such."""

# What RunInstances calls members of a template's data whose lists forms have under other names.
_SPELLED: Mapping[str, str] = MappingProxyType(
    {
        "BlockDeviceMappings": "BlockDeviceMapping",
        "ElasticGpuSpecifications": "ElasticGpuSpecification",
        "ElasticInferenceAccelerators": "ElasticInferenceAccelerator",
        "Groups": "SecurityGroupId",
        "LicenseSpecifications": "LicenseSpecification",
        "NetworkInterfaces": "NetworkInterface",
        "SecurityGroupIds": "SecurityGroupId",
        "SecurityGroups": "SecurityGroup",
        "TagSpecifications": "TagSpecification",
        "Tags": "Tag",
    }
)
_NAMED = "LaunchTemplate."


def is_launch(service: Service, operation: Operation) -> bool:
    """Return whether a request may launch from a template."""
    return (service.name, operation.name) == ("ec2", "RunInstances")


def with_launch_template(body: bytes, find: Find) -> bytes:
    """Return the form of a RunInstances with the parameters of the launch template that it names, if it names one.

    Args:
        body: the form.
        find: looks up templates.
    """
    form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    named = {name.removeprefix(_NAMED): value for name, value in form if name.startswith(_NAMED)}
    data = find(named) if named else None
    if data is None:
        return body
    given = {name.partition(".")[0] for name, _ in form}
    further = (pair for pair in _pairs(data, "") if pair[0].partition(".")[0] not in given)
    return urlencode([*form, *further]).encode()


def _pairs(node: Any, name: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a text, or what is nested
    if isinstance(node, Mapping):
        for member, value in node.items():
            spelled = _SPELLED.get(member, member)
            yield from _pairs(value, f"{name}.{spelled}" if name else spelled)
    elif isinstance(node, list):
        for number, item in enumerate(node, 1):
            yield from _pairs(item, f"{name}.{number}")
    elif node is not None and node != "":
        yield name, str(node).lower() if isinstance(node, bool) else str(node)
