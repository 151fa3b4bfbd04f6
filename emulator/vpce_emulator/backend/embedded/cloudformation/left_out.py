"""Resources of a stack that nothing here makes: told of as such, or refused where their absence would decide.

A stack without a dashboard lets in whom its template does; one without a policy or a network ACL does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_DECIDING: Final = re.compile(
    r"AWS::(IAM|Organizations|S3ObjectLambda|S3Express)::\w+"
    r"|AWS::S3::\w*AccessPoint\w*"
    r"|AWS::EC2::(NetworkAcl\w*|SubnetNetworkAcl\w*|SubnetCidrBlock|TransitGateway\w+|VPCCidrBlock|VPCEndpoint\w+)"
    r"|AWS::\w+::(\w*(Resource|Access|Bucket|Topic|Queue|Key|Bus|Repository|Registry|FileSystem|Inline)Policy"
    r"|\w*Permissions?|\w*Grant)"
)
"""Types of resources that say who may do what, or which way a call takes."""

# What makes nothing that is seen on AWS either.
_MAKES_NOTHING: Final = (
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
)


class NotEmulatedError(Exception):
    """A resource of a type that nothing here makes, in a place where that cannot be passed over."""


@dataclass(frozen=True, slots=True)
class LeftOutType:
    """A type that nothing here makes, in the place of one of moto's classes.

    Attributes:
        name: `AWS::CloudFront::Distribution`.
    """

    name: str

    @property
    def told(self) -> str:
        """What is said of it; empty for what makes nothing on AWS either."""
        return "" if self.name in _MAKES_NOTHING else f"{self.name} is not emulated: the stack is made without it"

    def has_cfn_attr(self, attr: str) -> bool:
        """Say that Fn::GetAtt may ask for anything: why there is no answer is said where the answer is wanted."""
        return True

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str, **_: str
    ) -> LeftOut:
        """Return what stands for it.

        Raises:
            NotEmulatedError: it would decide who may do what, or which way a call takes.
        """
        if _DECIDING.fullmatch(self.name):
            raise NotEmulatedError(f"{self.name} is not emulated, and the stack without it would not behave as on AWS")
        return LeftOut(self, resource_name)

    def update_from_cloudformation_json(
        self, original_resource: LeftOut, new_resource_name: str, *_: object, **__: object
    ) -> LeftOut:
        """Return what stood for it."""
        return original_resource

    def delete_from_cloudformation_json(self, *_: object, **__: object) -> None:
        """Delete nothing."""


class LeftOut:
    """What stands for a resource that was left out. moto writes its type and logical id into it."""

    def __init__(self, resource_type: LeftOutType, name: str) -> None:
        self.type = resource_type
        self.physical_resource_id = name
        self.cf_resource_type = resource_type.name
        self.logical_resource_id = ""

    def get_cfn_attribute(self, attribute_name: str) -> Any:  # noqa: ANN401 - moto's signature
        """Raise: there is none.

        Raises:
            NotEmulatedError: always.
        """
        raise NotEmulatedError(f"{self.cf_resource_type} is not emulated, and has no {attribute_name}")

    def is_created(self) -> bool:
        """Say that there is nothing to wait for."""
        return True

    def delete(self) -> None:
        """Delete nothing."""
