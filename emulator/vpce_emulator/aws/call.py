"""What a request asks AWS to do: the service, the operation, and each action on each resource it needs leave for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Protocol(StrEnum):
    """The wire protocols of AWS services, named as in botocore's models (`s3` is rest-xml with S3's own errors)."""

    S3 = "s3"
    JSON_1_0 = "json-1.0"
    JSON_1_1 = "json-1.1"
    QUERY = "query"
    EC2 = "ec2"
    REST_JSON = "rest-json"
    REST_XML = "rest-xml"
    CBOR = "smithy-rpc-v2-cbor"


@dataclass(frozen=True, slots=True)
class Service:
    """A service as a request names it.

    Attributes:
        name: botocore's service name: `s3`, `dynamodb`, `logs`, `events`.
        region: the Region the request is for (`aws:RequestedRegion`).
        protocol: how it and its errors are written.
        iam_prefix: what its actions begin with: `s3`, `dynamodb`, `states`.
    """

    name: str
    region: str
    protocol: Protocol
    iam_prefix: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, by its API name, with what its place in the request told.

    Attributes:
        name: `GetObject`, `PutItem`, `ListQueues`.
        needs_body: whether actions or resources can be told only from the body, which must then be read first.
        bucket: of an S3 operation, the bucket; empty otherwise.
        key: of an S3 operation, the decoded object key; empty otherwise.
        access_point: of an S3 operation that names an access point instead of a bucket, `<name>-<account id>`; the
            bucket behind it is known once it was looked up.
        labels: of a REST operation, what stands in its path's places (`FunctionName`), decoded.
    """

    name: str
    needs_body: bool = False
    bucket: str = ""
    key: str = ""
    access_point: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


class ObjectName(NamedTuple):
    """An object of S3, in a bucket or behind an access point (whose ARN then stands for the bucket).

    An empty version id means the current version.
    """

    bucket: str
    key: str
    version_id: str = ""


@dataclass(frozen=True, slots=True)
class ActionOnResource:
    """One thing to be authorized.

    Attributes:
        action: `s3:GetObject`.
        resource: an ARN, or `*` where the action has no resource.
        context: the condition keys of this action alone (`s3:prefix`, `dynamodb:LeadingKeys`); a tuple is multivalued.
        item: where a request's parts are answered one by one (the keys of DeleteObjects), which part this is.
        principal: who asks, where it is not who signed: the identity provider of a web identity or a SAML assertion.
        behind_access_point: whether it is reached through the access point that the same action was asked of before.
        tagged: the object whose tags the action sees (`s3:ExistingObjectTag/<key>`); None for an action that sees none.
    """

    action: str
    resource: str
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    item: int | None = None
    principal: str = ""
    behind_access_point: bool = False
    tagged: ObjectName | None = None
