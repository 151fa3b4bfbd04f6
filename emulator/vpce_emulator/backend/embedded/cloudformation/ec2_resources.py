"""Resources of a stack that live in EC2: made, changed and deleted by the calls that a user would make.

moto makes some of them past its own EC2 API, and leaves out what it does not know: a VPC's DNS attributes, a security
group's egress rules and prefix lists, everything about an endpoint but its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

from vpce_emulator.backend.embedded import ec2_calls
from vpce_emulator.backend.embedded.stack_authority import ask_leave

_CREATION = "CreateVpcEndpoint"

Properties = Mapping[str, Any]
"""A resource's properties as the template has them, with every function resolved."""

Tags = dict[str, str]


class InvalidPropertyError(Exception):
    """A property that the resource type does not have, or a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Ec2:
    """EC2's API in one Region, for one account."""

    account_id: str
    region: str

    def __call__(self, operation: str, **parameters: Any) -> Mapping[str, Any]:  # noqa: ANN401 - boto3's have no types
        """Carry out an operation; parameters that are None are left out.

        Raises:
            NotPermittedError: it changes something, and the stack that is worked on has no leave for it.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        if not operation.startswith(("Describe", "Get")):
            # The id that an endpoint is to have is no parameter of AWS's.
            asked = {name: value for name, value in given.items() if name != "VpcEndpointId" or operation != _CREATION}
            ask_leave("ec2", operation, asked, self.region)
        return ec2_calls.current()(operation, given, region=self.region, account_id=self.account_id)

    def tag_further(self, physical_id: str, tags: Tags) -> None:
        """Add CloudFormation's own tags to a resource that was made with others, for which leave was asked."""
        given = {"Resources": [physical_id], "Tags": tag_list(tags)}
        ec2_calls.current()("CreateTags", given, region=self.region, account_id=self.account_id)


@dataclass(frozen=True, slots=True)
class Ec2ResourceType:
    """A type of resource, in the place of one of moto's classes: it has the methods that moto's parser calls on those.

    Attributes:
        name: `AWS::EC2::VPC`.
        properties: all it has, each with whether a change of it makes a new resource.
        create: makes one and returns its physical id; called with the tags it is to have and the name that it gets
            where the template gives none.
        update: changes one in place.
        delete: deletes one.
        attribute: returns an attribute for Fn::GetAtt, or None if there is none of that name.
        attributes: the names of those.
        complete: gives a new one what its creation could not.
    """

    name: str
    properties: Mapping[str, bool]
    create: Callable[[Ec2, Properties, Tags, str], str]
    update: Callable[[Ec2, str, Properties], None]
    delete: Callable[[Ec2, str], object]
    attribute: Callable[[Ec2, str, str], Any]
    attributes: frozenset[str]
    complete: Callable[[Ec2, str, Properties], object] = lambda *_: None

    def has_cfn_attr(self, attr: str) -> bool:
        """Say whether Fn::GetAtt may ask for an attribute."""
        return attr in self.attributes

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str, **own: str
    ) -> Ec2Resource:
        """Make a resource; `own` is its logical id, its type and the stack's id."""
        properties = self._checked(cloudformation_json)
        ec2 = Ec2(account_id, region_name)
        owner = {f"aws:cloudformation:{name}": value for name, value in _owner(own).items()}
        return self._made(ec2, properties, resource_name, owner)

    def update_from_cloudformation_json(
        self,
        original_resource: Ec2Resource,
        new_resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
    ) -> Ec2Resource:
        """Change a resource, or make the one that takes its place: then the old one is left to be deleted."""
        properties, before = self._checked(cloudformation_json), original_resource.properties
        ec2 = Ec2(account_id, region_name)
        owner = original_resource.owner
        if any(replaces and properties.get(name) != before.get(name) for name, replaces in self.properties.items()):
            return self._made(ec2, properties, new_resource_name, owner)
        self.update(ec2, original_resource.physical_resource_id, properties)
        changed = Ec2Resource(self, ec2, original_resource.physical_resource_id, properties, owner)
        changed.retag(before, properties)
        return changed

    def delete_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str
    ) -> None:
        """Delete a resource by its physical id."""
        self.delete(Ec2(account_id, region_name), resource_name)

    def _made(self, ec2: Ec2, properties: Properties, name: str, owner: Tags) -> Ec2Resource:
        """Make a resource whole, or not at all."""
        resource = Ec2Resource(self, ec2, self.create(ec2, properties, tags_of(properties), name), properties, owner)
        try:
            self.complete(ec2, resource.physical_resource_id, properties)
            if tags_of(properties):
                ec2.tag_further(resource.physical_resource_id, owner)
            else:
                resource.tag(owner)
        except Exception:
            with suppress(Exception):  # what may not be deleted stays, as on AWS
                resource.delete()
            raise
        return resource

    def _checked(self, cloudformation_json: Mapping[str, Any]) -> Properties:
        properties: Properties = cloudformation_json["Properties"]
        unknown = next((name for name in properties if name not in self.properties), None)
        if unknown is not None:
            raise InvalidPropertyError(f"Encountered unsupported property {unknown}")
        return properties


class Ec2Resource:
    """A resource of a stack. moto writes its type and logical id into it.

    Attributes:
        type: its type.
        properties: as the template had them last.
        owner: the tags that tell whose it is.
    """

    def __init__(
        self, resource_type: Ec2ResourceType, ec2: Ec2, physical_id: str, properties: Properties, owner: Tags
    ) -> None:
        self.type = resource_type
        self.properties = properties
        self.owner = owner
        self.cf_resource_type = resource_type.name
        self.logical_resource_id = ""
        self._ec2 = ec2
        self._physical_id = physical_id

    @property
    def physical_resource_id(self) -> str:
        """What `Ref` resolves to."""
        return self._physical_id

    def get_cfn_attribute(self, attribute_name: str) -> Any:  # noqa: ANN401 - texts and lists of them
        """Return an attribute for Fn::GetAtt."""
        value = self.type.attribute(self._ec2, self._physical_id, attribute_name)
        if value is None:
            raise UnformattedGetAttTemplateException
        return value

    def is_created(self) -> bool:
        """Say that making it took no longer than the call."""
        return True

    def delete(self) -> None:
        """Delete it."""
        self.type.delete(self._ec2, self._physical_id)

    def tag(self, tags: Tags) -> None:
        """Add tags, if it is of a type that has any."""
        if tags and "Tags" in self.type.properties:
            self._ec2("CreateTags", Resources=[self._physical_id], Tags=tag_list(tags))

    def retag(self, before: Properties, after: Properties) -> None:
        """Make its tags those of the template."""
        wanted, had = tags_of(after), tags_of(before)
        gone = [{"Key": key} for key in had if key not in wanted]
        if gone:
            self._ec2("DeleteTags", Resources=[self._physical_id], Tags=gone)
        self.tag({key: value for key, value in wanted.items() if had.get(key) != value})


def tags_of(properties: Properties) -> Tags:
    """Return the tags that a template gives."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in properties.get("Tags", ())}


def tag_list(tags: Tags) -> list[dict[str, str]]:
    """Return tags as EC2's parameters have them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_specifications(resource_type: str, tags: Tags) -> list[dict[str, Any]] | None:
    """Return tags as the parameter that tags what is being made; None without any."""
    return [{"ResourceType": resource_type, "Tags": tag_list(tags)}] if tags else None


def boolean(value: Any) -> bool:  # noqa: ANN401 - whatever stands in the template
    """Return a boolean property, which JSON templates often have as text.

    Raises:
        InvalidPropertyError: if it is none.
    """
    if str(value).lower() not in ("true", "false"):
        raise InvalidPropertyError(f"Properties validation failed: {value!r} is not of type boolean")
    return str(value).lower() == "true"


def _owner(own: Mapping[str, str]) -> Tags:
    """Return what CloudFormation tags its resources with.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """
    stack_id = own["StackId"]
    return {"stack-name": stack_id.split("/")[1], "stack-id": stack_id, "logical-id": own["LogicalId"]}
