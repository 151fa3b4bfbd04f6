"""How services write the ARNs of what a request names: by a URL, a path, a part of an ARN, an id that tells its type.

The forms of ARNs are those of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from vpce_emulator.aws.call import Service
from vpce_emulator.aws.resource_levels import Way
from vpce_emulator.aws.resource_name_forms import FUNCTION

# arn:aws:sns:<region>:<account>:<topic>:<id>
_COLONS_OF_SUBSCRIPTION = 6
# arn:aws:lambda:<region>:<account>:function:<name>
COLONS_OF_FUNCTION = 6
"""Colons in the ARN of a Lambda function without a qualifier, or of a state machine."""
ARN_PARTS = 6
"""Parts of an ARN, which colons part."""
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html, and how ARNs say it.
_TAGGED = {
    "Association": "association",
    "Automation": "automation-execution",
    "Document": "document",
    "MaintenanceWindow": "maintenancewindow",
    "ManagedInstance": "managed-instance",
    "OpsItem": "opsitem",
    "OpsMetadata": "opsmetadata",
    "Parameter": "parameter",
    "PatchBaseline": "patchbaseline",
}
_WITH_PATHS = frozenset({*_TAGGED.values(), "servicesetting"})
ACCOUNT = re.compile("[0-9]{12}")
"""An account's id."""
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html: names that AWS keeps.
_AWS_DOCUMENT = re.compile(":document/(aws|amazon|amzn)", re.IGNORECASE)
# What the ids of EC2's resources begin with, the longer ones first; of the others the type is not told.
_IDS = """
tgw-attach transit-gateway-attachment
tgw-rtb    transit-gateway-route-table
vpce-svc   vpc-endpoint-service
eipalloc   elastic-ip
acl        network-acl
ami        image
cagw       carrier-gateway
cgw        customer-gateway
dopt       dhcp-options
eice       instance-connect-endpoint
eigw       egress-only-internet-gateway
eni        network-interface
fl         vpc-flow-log
fleet      fleet
h          dedicated-host
i          instance
igw        internet-gateway
key        key-pair
lt         launch-template
nat        natgateway
pcx        vpc-peering-connection
pg         placement-group
pl         prefix-list
rtb        route-table
scr        subnet-cidr-reservation
sfr        spot-fleet-request
sg         security-group
sgr        security-group-rule
sir        spot-instances-request
snap       snapshot
subnet     subnet
tgw        transit-gateway
vgw        vpn-gateway
vol        volume
vpc        vpc
vpce       vpc-endpoint
vpn        vpn-connection
"""
_TYPES = MappingProxyType(dict(row.split() for row in _IDS.split("\n") if row))
# Which are in no account, as others may use them.
_IN_NO_ACCOUNT = frozenset({"image", "snapshot"})


class ServiceArn(NamedTuple):
    """What the ARNs of a service's resources begin with: its partition, Region and account."""

    partition: str
    service: Service
    account_id: str

    def of(self, template: str, name: str = "") -> str:
        """Return an ARN whose last part is a template with a name in the place of `{}`."""
        prefix = f"arn:{self.partition}:{self.service.iam_prefix}:{self.service.region}:{self.account_id}:"
        return prefix + template.replace("{}", name)

    def filled(self, template: str) -> str:
        """Return a template with the partition, Region and account in it."""
        made = template.replace("{partition}", self.partition).replace("{region}", self.service.region)
        return made.replace("{account}", self.account_id)


def name_in(value: str) -> str:
    """Return the name in an ARN that stands where a name may: `orders` of `…:event-bus/orders`."""
    if not value.startswith("arn:"):
        return value
    resource = value.split(":", ARN_PARTS - 1)[-1]
    return resource.removeprefix("log-group:") if resource.startswith("log-group:") else resource.rpartition("/")[2]


def spelled(name: str, made: str, way: Way, arn: ServiceArn) -> str:
    """Return an ARN as its service writes it.

    Args:
        name: what a request gives.
        made: the ARN that comes of it.
        way: in which it is given.
        arn: of the service.
    """
    spelling = _SPELLINGS.get(arn.service.name)
    kind = _ONLY.get(arn.service.name, "")
    applies = len(way.places) == 1 and kind in way.template
    return (spelling(name, arn) if spelling is not None and applies else "") or _plain(made)


def _plain(made: str) -> str:
    """Return an ARN as its service writes it."""
    write = _WRITERS.get(made.split(":", 3)[2])
    return write(made) if write is not None else made


def _of_ecs(made: str) -> str:
    """A task definition without a revision is any of its family, unless it is known which is the latest."""
    family = ":task-definition/" in made and ":" not in made.rpartition("/")[2]
    return f"{made}:*" if family else made


def _of_events(made: str) -> str:
    """Rules of the default bus do not name it."""
    return made.replace(":rule/default/", ":rule/", 1)


def _of_state_machines(made: str) -> str:
    """What is a version or alias is its state machine.

    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    if ":stateMachine:" not in made:
        return made
    return ":".join(made.split(":", COLONS_OF_FUNCTION + 1)[: COLONS_OF_FUNCTION + 1])


def _of_systems_manager(made: str) -> str:
    """Parameters and settings that are named by a path have one slash before it; what AWS owns is in no account."""
    if _AWS_DOCUMENT.search(made):
        return ACCOUNT.sub("", made, 1)
    if ":parameter/" in made:
        # What follows the name is a version or label, of which the ARN has none
        # (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html).
        made = ":".join(made.split(":", ARN_PARTS)[:ARN_PARTS])
    start, _, resource = made.rpartition(":")
    kind, _, name = resource.partition("/")
    kind = _TAGGED.get(kind, kind)
    return f"{start}:{kind}/{name.lstrip('/')}" if kind in _WITH_PATHS else made


def _of_ec2(made: str) -> str:
    if "/" not in made:
        return _of_id(made)
    return _target(made) if ":instance/" in made else made


def _of_id(made: str) -> str:
    """Return the ARN of what EC2 knows by its id alone; its type is any where the id does not tell it."""
    *start, account_id, name = made.split(":", ARN_PARTS - 1)
    kind = next((kind for begin, kind in _TYPES.items() if name.startswith(f"{begin}-")), "*")
    return ":".join([*start, "" if kind in _IN_NO_ACCOUNT else account_id, f"{kind}/{name}"])


def _target(made: str) -> str:
    """Return the ARN of what Systems Manager calls an instance, and may be a managed node or a task of ECS.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
    """
    start, _, name = made.partition(":instance/")
    if name.startswith("mi-"):
        return f"{start.replace(':ec2:', ':ssm:', 1)}:managed-instance/{name}"
    cluster, _, task = name.removeprefix("ecs:").partition("_")
    if name.startswith("ecs:") and task:
        return f"{start.replace(':ec2:', ':ecs:', 1)}:task/{cluster}/{task.partition('_')[0]}"
    return made


def _queue(name: str, arn: ServiceArn) -> str:
    """Return the ARN of a queue given by URL, whose path ends in `<account id>/<name>`, or by name."""
    if name.startswith("arn:"):
        return ""
    before, _, queue = name.rpartition("/")
    owner = before.rpartition("/")[2]
    return arn._replace(account_id=owner if ACCOUNT.fullmatch(owner) else arn.account_id).of("{}", queue)


def _topic(name: str, _arn: ServiceArn) -> str:
    """Return the ARN of the topic of a subscription; empty for anything but a subscription's ARN."""
    return name.rpartition(":")[0] if name.count(":") == _COLONS_OF_SUBSCRIPTION else ""


def _key(name: str, arn: ServiceArn) -> str:
    return arn.of("{}", name) if name.startswith("alias/") else ""


def _parameter(name: str, arn: ServiceArn) -> str:
    return arn.of("parameter/{}", name.lstrip("/").partition(":")[0]) if name.startswith("/") else ""


def _function(name: str, arn: ServiceArn) -> str:
    """Return the ARN of a function given by name, ARN or a part of that: `[<account id>:]function:<name>[:<alias>]`."""
    told = FUNCTION.fullmatch(name)
    if told is None or name.startswith("arn:"):
        return ""
    function = f"{told['name']}:{told['qualifier']}" if told["qualifier"] else told["name"]
    return ServiceArn(arn.partition, arn.service, told["account"] or arn.account_id).of("function:{}", function)


_WRITERS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "ec2": _of_ec2,
        "ecs": _of_ecs,
        "events": _of_events,
        "ssm": _of_systems_manager,
        "states": _of_state_machines,
    }
)
# Of what these services have, this alone is named so.
_ONLY: Mapping[str, str] = MappingProxyType({"lambda": ":function:", "ssm": ":parameter/"})
# How services write names that are neither ARNs nor what the template has a place for; empty for those that are.
_SPELLINGS: Mapping[str, Callable[[str, ServiceArn], str]] = MappingProxyType(
    {"sqs": _queue, "sns": _topic, "kms": _key, "ssm": _parameter, "lambda": _function}
)
