"""AWS::S3::BucketPolicy, which moto lacks and a data perimeter needs.

moto finds it as a subclass of CloudFormationModel; defining it is enough.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from vpce_emulator.aws.s3_access import is_public_policy
from vpce_emulator.backend.embedded.buckets import bucket_named, described
from vpce_policies import MalformedPolicy, PolicyKind, parse_policy


class PublicPolicyRefusedError(Exception):
    """Block Public Access prevents a policy. The text is S3's in the reason of the failed resource."""


class MalformedBucketPolicyError(Exception):
    """A policy is none. The text is S3's."""


def _refuse(document: str, name: str) -> None:
    """Refuse what PutBucketPolicy does not take: a policy that is none, or a public one that is prevented."""
    bucket = bucket_named(name)
    try:
        parse_policy(document, PolicyKind.BUCKET, bucket=name)
    except MalformedPolicy as error:
        raise MalformedBucketPolicyError(f"{error.message} (Service: S3, Status Code: 400)") from error
    if bucket and described(bucket).public_access_block.block_public_policy and is_public_policy(document):
        raise PublicPolicyRefusedError("Access Denied (Service: S3, Status Code: 403)")


class BucketPolicy(CloudFormationModel):
    """AWS::S3::BucketPolicy, which moto skips with a warning: the stack is complete and the bucket open.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html
    """

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    @property
    def physical_resource_id(self) -> str:
        """The bucket's name, to which `Ref` resolves."""
        return self.bucket

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return no property: a bucket policy has no name."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """Return the type that templates name."""
        return "AWS::S3::BucketPolicy"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Say that the resource has no attributes for Fn::GetAtt."""
        return False

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,  # noqa: ANN401 - moto's signature
    ) -> BucketPolicy:
        """Set the policy.

        Raises:
            MalformedBucketPolicyError: it is none.
            PublicPolicyRefusedError: Block Public Access of the bucket or the account prevents it.
        """
        properties = cloudformation_json["Properties"]
        document = properties["PolicyDocument"]
        # YAML reads an unquoted `Version: 2012-10-17` as a date.
        text = document if isinstance(document, str) else json.dumps(document, default=str)
        _refuse(text, properties["Bucket"])
        backend = s3_backends[account_id][get_partition(region_name)]
        backend.put_bucket_policy(properties["Bucket"], text.encode())
        return cls(properties["Bucket"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: BucketPolicy,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> BucketPolicy:
        """Set the policy anew, on another bucket if the template says so."""
        if original_resource.bucket != cloudformation_json["Properties"]["Bucket"]:
            cls.delete_from_cloudformation_json(original_resource.bucket, cloudformation_json, account_id, region_name)
        return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        """Delete the policy; the bucket may be gone before it."""
        backend = s3_backends[account_id][get_partition(region_name)]
        if resource_name in s3_backends.bucket_accounts:
            backend.delete_bucket_policy(resource_name)
