"""The request context: AWS's global condition keys, each with the rule that says when it is there.

Source of every row: "AWS global condition context keys",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, and for the keys of VPC
endpoints also https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html.
A key whose rule does not hold is absent from the context, never empty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from vpce_emulator.aws.call import Service
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.organization import Membership
from vpce_emulator.aws.principal import Identity, PrincipalType
from vpce_emulator.aws.s3_access_points import name_in_arn

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call came from, as the service sees it.

    Attributes:
        source_address: the caller's address: private through an endpoint, public otherwise.
        endpoint_id: the VPC endpoint it came through; empty when through none.
        endpoint_owner_id: the account that owns the endpoint.
        vpc_id: the VPC of the endpoint.
        vpc_arn: the ARN of that VPC.
    """

    source_address: str
    endpoint_id: str = ""
    endpoint_owner_id: str = ""
    vpc_id: str = ""
    vpc_arn: str = ""


class Facts(NamedTuple):
    """All that the condition keys of a request are made from.

    `now` is in seconds since the epoch; `of_caller` and `of_endpoint` are the places of the caller's account and the
    endpoint owner's in their organizations; `called_via` are the services that call on the caller's behalf, in order.
    """

    origin: Origin
    identity: Identity
    service: Service
    request: HttpRequest
    now: float
    of_caller: Membership | None = None
    of_endpoint: Membership | None = None
    called_via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GlobalKey:
    """A global condition key: its name, when it is there, and what its value is (None: absent)."""

    name: str
    when: str
    value: Callable[[Facts], Value | None]


# AWS sets these keys only for the services that their sections of the page list, by prefix.
_WITH_ALL = """
    acm-pca apprunner applicationinsights athena cloudformation comprehendmedical compute-optimizer datasync discovery
    ebs ecr ecs firehose healthlake iam iotfleetwise iotwireless kinesisanalytics kms lambda medical-imaging omics
    payment-cryptography polly rbin rekognition route53 s3 scheduler servicediscovery servicequotas ssm-contacts
    storagegateway textract transcribe transfer
"""
_WITH_ENDPOINT_OWNER = "dynamodb gamelift shield"
_WITH_ORGANIZATION_ALONE = """
    b2bi cassandra cognito-identity dms ds-data identitystore iottwinmaker network-firewall pricing ses sms-voice sqs
    workmail
"""
WITH_VPC_ARN = frozenset(_WITH_ALL.split())
WITH_ENDPOINT_ACCOUNT = WITH_VPC_ARN | frozenset(_WITH_ENDPOINT_OWNER.split())
WITH_ENDPOINT_PATHS = WITH_ENDPOINT_ACCOUNT
WITH_ENDPOINT_ORGANIZATION = WITH_ENDPOINT_ACCOUNT | frozenset(_WITH_ORGANIZATION_ALONE.split())


@lru_cache(maxsize=64)
def iso_time(seconds: int) -> str:
    """Return a time since the epoch as condition keys have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _source_ip(facts: Facts) -> str | None:
    return None if facts.origin.endpoint_id else facts.origin.source_address


def _vpc_source_ip(facts: Facts) -> str | None:
    return facts.origin.source_address if facts.origin.endpoint_id else None


def _source_vpc_arn(facts: Facts) -> str | None:
    return facts.origin.vpc_arn if facts.service.iam_prefix in WITH_VPC_ARN else None


def _endpoint_account(facts: Facts) -> str | None:
    return facts.origin.endpoint_owner_id if facts.service.iam_prefix in WITH_ENDPOINT_ACCOUNT else None


def _organization(membership: Membership | None) -> str | None:
    return membership.organization_id if membership is not None else None


def _paths(membership: Membership | None) -> tuple[str, ...] | None:
    return (membership.path,) if membership is not None else None


def _principal_arn(facts: Facts) -> str | None:
    return facts.identity.role_arn or facts.identity.arn


def _tls_version(facts: Facts) -> str | None:
    return facts.request.tls_version if facts.service.iam_prefix == "s3" else None


def _user_name(facts: Facts) -> str | None:
    return facts.identity.user_name if facts.identity.type is PrincipalType.USER else None


def _token_issue_time(facts: Facts) -> str | None:
    return None if facts.identity.issued_at is None else iso_time(int(facts.identity.issued_at))


def _mfa_present(facts: Facts) -> str | None:
    identity = facts.identity
    temporary = identity.session_token is not None and identity.type is not PrincipalType.FEDERATED_USER
    return str(identity.mfa_at is not None).lower() if temporary and not identity.session_keys else None


def _mfa_age(facts: Facts) -> str | None:
    return None if facts.identity.mfa_at is None else str(int(facts.now - facts.identity.mfa_at))


GLOBAL_KEYS: tuple[GlobalKey, ...] = (
    GlobalKey("aws:SourceVpce", "through a VPC endpoint", lambda f: f.origin.endpoint_id),
    GlobalKey("aws:SourceVpc", "through a VPC endpoint", lambda f: f.origin.vpc_id),
    GlobalKey("aws:SourceVpcArn", "through a VPC endpoint of a service that AWS lists", _source_vpc_arn),
    GlobalKey("aws:VpceAccount", "through a VPC endpoint of a service that AWS lists", _endpoint_account),
    GlobalKey(
        "aws:VpceOrgID",
        "through a VPC endpoint of a service that AWS lists, of an account in an organization",
        lambda f: _organization(f.of_endpoint) if f.service.iam_prefix in WITH_ENDPOINT_ORGANIZATION else None,
    ),
    GlobalKey(
        "aws:VpceOrgPaths",
        "through a VPC endpoint of a service that AWS lists, of an account in an organization; multivalued",
        lambda f: _paths(f.of_endpoint) if f.service.iam_prefix in WITH_ENDPOINT_PATHS else None,
    ),
    GlobalKey("aws:VpcSourceIp", "through a VPC endpoint", _vpc_source_ip),
    GlobalKey("aws:SourceIp", "not through a VPC endpoint", _source_ip),
    GlobalKey("aws:PrincipalArn", "signed requests", _principal_arn),
    GlobalKey("aws:PrincipalAccount", "always", lambda f: f.identity.account_id or "anonymous"),
    GlobalKey("aws:PrincipalOrgID", "accounts in an organization", lambda f: _organization(f.of_caller)),
    GlobalKey("aws:PrincipalOrgPaths", "accounts in an organization; multivalued", lambda f: _paths(f.of_caller)),
    GlobalKey("aws:PrincipalType", "always", lambda f: f.identity.type.value),
    GlobalKey("aws:userid", "always", lambda f: f.identity.user_id),
    GlobalKey("aws:username", "IAM users", _user_name),
    GlobalKey("aws:TokenIssueTime", "temporary credentials", _token_issue_time),
    GlobalKey("aws:SourceIdentity", "role sessions with a source identity", lambda f: f.identity.source_identity),
    GlobalKey("aws:MultiFactorAuthPresent", "temporary credentials of users and of roles they assume", _mfa_present),
    GlobalKey("aws:MultiFactorAuthAge", "temporary credentials begun with a second factor", _mfa_age),
    GlobalKey("aws:PrincipalIsAWSService", "signed requests", lambda f: "false" if f.identity.arn else None),
    GlobalKey("aws:ViaAWSService", "always", lambda f: "true" if f.called_via else "false"),
    GlobalKey("aws:CalledVia", "calls that a service makes in its caller's name; multivalued", lambda f: f.called_via),
    GlobalKey(
        "aws:CalledViaFirst", "calls that a service makes in its caller's name", lambda f: "".join(f.called_via[:1])
    ),
    GlobalKey(
        "aws:CalledViaLast", "calls that a service makes in its caller's name", lambda f: "".join(f.called_via[-1:])
    ),
    GlobalKey("aws:RequestedRegion", "always", lambda f: f.service.region),
    GlobalKey("aws:SecureTransport", "always", lambda f: "true" if f.request.secure else "false"),
    GlobalKey("s3:TlsVersion", "requests to S3 over TLS", _tls_version),
    GlobalKey("aws:CurrentTime", "always", lambda f: iso_time(int(f.now))),
    GlobalKey("aws:EpochTime", "always", lambda f: str(int(f.now))),
    GlobalKey("aws:UserAgent", "the header is there", lambda f: f.request.headers.get("User-Agent")),
    GlobalKey("aws:Referer", "the header is there", lambda f: f.request.headers.get("Referer")),
)


_BY_NAME: Mapping[str, GlobalKey] = MappingProxyType({key.name.lower(): key for key in GLOBAL_KEYS})


def request_context(facts: Facts, wanted: Collection[str] = _BY_NAME.keys()) -> dict[str, Value]:
    """Return the global condition keys of a request, by name.

    Args:
        facts: what they are made from.
        wanted: which are looked up, in lower case; principal tags and what an identity provider says come unasked.
    """
    context: dict[str, Value] = {}
    for name in wanted:
        key = _BY_NAME.get(name)
        value = key.value(facts) if key is not None else None
        if key is not None and value:
            context[key.name] = value
    for name, value in facts.identity.tags:
        context[f"aws:PrincipalTag/{name}"] = value
    context.update(facts.identity.session_keys)
    return context


def with_resource(
    context: Mapping[str, Value],
    action: str,
    action_keys: Mapping[str, Value],
    resource_account: str,
    of_owner: Membership | None = None,
) -> dict[str, Value]:
    """Return the context of one action on one resource: the request's, the action's own keys, and the owner's account.

    `of_owner` is the place of that account in its organization.

    S3 has a key of its own for the owner, older than the global one.
    """
    merged = {**context, **action_keys}
    if resource_account:
        merged["aws:ResourceAccount"] = resource_account
        if action.startswith("s3:"):
            merged["s3:ResourceAccount"] = resource_account
    if of_owner is not None:
        merged["aws:ResourceOrgID"] = of_owner.organization_id
        merged["aws:ResourceOrgPaths"] = (of_owner.path,)
    return merged


# Services with keys of their own for a resource's tags, beside the global one.
_WITH_OWN_TAG_KEYS = frozenset({"ec2", "ecr", "ecs", "iam", "secretsmanager", "ssm"})


def object_tag_keys(tags: Mapping[str, str]) -> dict[str, Value]:
    """Return the condition keys of an object's tags."""
    return {f"s3:ExistingObjectTag/{key}": value for key, value in tags.items()}


def tag_keys(action: str, resource: str, tags: Mapping[str, str], bucket_tags: Mapping[str, str]) -> dict[str, Value]:
    """Return the condition keys of a resource's tags.

    Args:
        action: `sqs:SendMessage`.
        resource: its ARN.
        tags: its own; a bucket's stand for all objects in it.
        bucket_tags: of S3, those of the bucket, be it behind an access point.
    """
    service = action.partition(":")[0]
    names = ["aws:ResourceTag", *([f"{service}:ResourceTag"] if service in _WITH_OWN_TAG_KEYS else [])]
    if name_in_arn(resource):
        names.append("s3:AccessPointTag")
    own: dict[str, Value] = {f"{name}/{key}": value for name in names for key, value in tags.items()}
    return own | {f"s3:BucketTag/{key}": value for key, value in bucket_tags.items()}


# The page's keys that no request here has, and why.
NEVER_SET: Mapping[str, str] = MappingProxyType(
    {
        "aws:AssumedRoot": "sts:AssumeRoot is not emulated",
        "aws:ChatbotSourceArn": "Amazon Q Developer in chat applications is not emulated",
        "aws:IsMcpServiceAction": "AWS MCP servers are not emulated",
        "aws:PrincipalOrgMasterAccountId": "AWS no longer documents it",
        "aws:SignInSessionArn": "AWS Sign-In is not emulated",
        "aws:ViaAWSMCPService": "AWS MCP servers are not emulated",
        "codebuild:BuildArn": "CodeBuild runs nothing here",
        "codebuild:ProjectArn": "CodeBuild runs nothing here",
        "ec2:RoleDelivery": "there is no instance metadata service",
        "ec2:SourceInstanceArn": "there is no instance metadata service",
        "glue:CredentialIssuingService": "Glue runs nothing here",
        "glue:RoleAssumedBy": "Glue runs nothing here",
        "identitystore:UserId": "IAM Identity Center's users do not sign in here",
        "lambda:SourceFunctionArn": "functions run outside, with keys of their own",
        "ssm:SourceInstanceArn": "there are no managed instances",
    }
)
