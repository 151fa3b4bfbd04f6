"""The names of AWS services: one service has one name in botocore, in host names, in signatures and in IAM each.

Every row is held against botocore's service models in a test. The IAM prefixes are those of the Service Authorization
Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vpce_emulator.aws.botocore_names import FURTHER_NAMES
from vpce_emulator.aws.call import Protocol

_JSON_0, _JSON_1 = Protocol.JSON_1_0, Protocol.JSON_1_1
_QUERY, _REST, _XML = Protocol.QUERY, Protocol.REST_JSON, Protocol.REST_XML


@dataclass(frozen=True, slots=True)
class ServiceName:
    """A service by all its names.

    Attributes:
        name: botocore's.
        protocol: what today's SDKs speak to it.
        iam_prefix: what its actions begin with.
        label: what its host names begin with (botocore's endpoint prefix).
        scope: its name in signatures.
        target: what `X-Amz-Target` begins with, before the dot; empty for services that are not JSON.
    """

    name: str
    protocol: Protocol
    iam_prefix: str
    label: str
    scope: str
    target: str = ""


def _row(
    name: str, protocol: Protocol, target: str = "", *, iam: str = "", label: str = "", scope: str = ""
) -> ServiceName:
    """Return a row; the IAM prefix, the host label and the scope are the name itself where nothing else is said."""
    return ServiceName(name, protocol, iam or name, label or name, scope or name, target)


# Where several services share a host label or scope, the one in the first row is meant unless X-Amz-Target or the path
# says otherwise. Services that have no row here are in `botocore_names`, or have one name everywhere.
SERVICES = (
    _row("s3", Protocol.S3),
    _row("dynamodb", _JSON_0, "DynamoDB_20120810"),
    _row(
        "dynamodbstreams",
        _JSON_0,
        "DynamoDBStreams_20120810",
        iam="dynamodb",
        label="streams.dynamodb",
        scope="dynamodb",
    ),
    _row("sqs", _JSON_0, "AmazonSQS"),
    _row("sns", _QUERY),
    _row("sts", _QUERY),
    _row("iam", _QUERY),
    _row("ec2", Protocol.EC2),
    _row("kms", _JSON_1, "TrentService"),
    _row("secretsmanager", _JSON_1, "secretsmanager"),
    _row("ssm", _JSON_1, "AmazonSSM"),
    _row("lambda", _REST),
    _row("logs", _JSON_1, "Logs_20140328"),
    _row("events", _JSON_1, "AWSEvents"),
    _row("cloudwatch", Protocol.CBOR, "GraniteServiceVersion20100801", label="monitoring", scope="monitoring"),
    _row("stepfunctions", _JSON_0, "AWSStepFunctions", iam="states", label="states", scope="states"),
    _row("kinesis", _JSON_1, "Kinesis_20131202"),
    _row("firehose", _JSON_1, "Firehose_20150804"),
    _row("s3control", _XML, iam="s3", label="s3-control", scope="s3"),
    _row("execute-api", _REST),
    _row("apigateway", _REST),
    _row("cloudformation", _QUERY),
    _row("athena", _JSON_1, "AmazonAthena"),
    _row("glue", _JSON_1, "AWSGlue"),
    _row("ecr", _JSON_1, "AmazonEC2ContainerRegistry_V20150921", label="api.ecr"),
    _row("ecs", _JSON_1, "AmazonEC2ContainerServiceV20141113"),
    _row("eks", _REST),
    _row("elbv2", _QUERY, iam="elasticloadbalancing", label="elasticloadbalancing", scope="elasticloadbalancing"),
    _row("elb", _QUERY, iam="elasticloadbalancing", label="elasticloadbalancing", scope="elasticloadbalancing"),
    _row("autoscaling", _QUERY),
    _row("application-autoscaling", _JSON_1, "AnyScaleFrontendService"),
    _row("rds", _QUERY),
    _row("rds-data", _REST),
    _row("redshift", _QUERY),
    _row("redshift-data", _JSON_1, "RedshiftData"),
    _row("elasticache", _QUERY),
    _row("route53", _XML),
    _row("cloudfront", _XML),
    _row("ses", _QUERY, label="email"),
    _row("sesv2", _REST, iam="ses", label="email", scope="ses"),
    _row("organizations", _JSON_1, "AWSOrganizationsV20161128"),
    _row("cloudtrail", _JSON_1, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"),
    _row("config", _JSON_1, "StarlingDoveService"),
    _row("acm", _JSON_1, "CertificateManager"),
    _row("sagemaker", _JSON_1, "SageMaker", label="api.sagemaker"),
    _row("sagemaker-runtime", _REST, iam="sagemaker", label="runtime.sagemaker", scope="sagemaker"),
    _row("bedrock", _REST),
    _row("bedrock-runtime", _REST, iam="bedrock", scope="bedrock"),
    _row("efs", _REST, iam="elasticfilesystem", label="elasticfilesystem", scope="elasticfilesystem"),
    _row("opensearch", _REST, iam="es", label="es", scope="es"),
    _row(
        "emr", _JSON_1, "ElasticMapReduce", iam="elasticmapreduce", label="elasticmapreduce", scope="elasticmapreduce"
    ),
    _row("codebuild", _JSON_1, "CodeBuild_20161006"),
    _row("codecommit", _JSON_1, "CodeCommit_20150413"),
    _row("codepipeline", _JSON_1, "CodePipeline_20150709"),
    _row("codedeploy", _JSON_1, "CodeDeploy_20141006"),
    _row("cognito-idp", _JSON_1, "AWSCognitoIdentityProviderService"),
    _row("cognito-identity", _JSON_1, "AWSCognitoIdentityService"),
    _row("iot", _REST),
    _row("iot-data", _REST, iam="iot", label="data-ats.iot", scope="iotdata"),
    _row(
        "resourcegroupstaggingapi",
        _JSON_1,
        "ResourceGroupsTaggingAPI_20170126",
        iam="tag",
        label="tagging",
        scope="tagging",
    ),
    _row("servicediscovery", _JSON_1, "Route53AutoNaming_v20170314"),
    _row("textract", _JSON_1, "Textract"),
    _row("transfer", _JSON_1, "TransferService"),
    _row("wafv2", _JSON_1, "AWSWAF_20190729"),
    _row("batch", _REST),
    _row("backup", _REST),
    _row("scheduler", _REST),
    _row("xray", _REST),
)
_BY_NAME = {service.name: service for service in SERVICES}

# Further labels of host names: legacy names, account-based names, names that only some SDKs use, and what endpoint
# services are called where it is not the host's label.
_MORE_LABELS = {
    "queue": "sqs",
    "ddb": "dynamodb",
    "streams-ddb": "dynamodbstreams",
    "dynamodb-streams": "dynamodbstreams",
    "kinesis-streams": "kinesis",
    "kinesis-firehose": "firehose",
    "ecr": "ecr",
    "dkr.ecr": "ecr",
    "data.iot": "iot-data",
    "maps.geo": "geo-maps",
    "places.geo": "geo-places",
    "routes.geo": "geo-routes",
    "s3express": "s3",
    "s3express-control": "s3",
}


IAM_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "iot-jobs-data": "iotjobsdata",
        "iotsecuretunneling": "iot",
        "mturk": "mechanicalturk",
        "partnercentral-account": "partnercentral",
        "partnercentral-benefits": "partnercentral",
        "partnercentral-channel": "partnercentral",
        "partnercentral-selling": "partnercentral",
    }
)
"""What the actions of services without a row above begin with, where it is not their name in signatures."""


def _first_wins(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return MappingProxyType(dict(reversed(list(pairs))))


def _further() -> tuple[tuple[str, str, str, str], ...]:
    """Return the names, labels, scopes and targets of the services that have no row above."""
    rows = (row.split() for row in FURTHER_NAMES.split("\n") if row)
    return tuple(
        (name, name if label == "-" else label, name if scope == "-" else scope, target[0] if target else "")
        for name, label, scope, *target in rows
    )


BY_NAME: Mapping[str, ServiceName] = MappingProxyType(_BY_NAME)
_ALL = (*((row.name, row.label, row.scope, row.target) for row in SERVICES), *_further())

NAME_OF_LABEL: Mapping[str, str] = _first_wins(
    [*((label, name) for name, label, _, _ in _ALL), *_MORE_LABELS.items()],
)
"""botocore's names of services by what their host names begin with."""

NAME_OF_SCOPE: Mapping[str, str] = _first_wins(
    # A service that is called as the scope is comes first. Directory buckets are signed for under a name of their own.
    [
        *((scope, name) for name, _, scope, _ in _ALL if name == scope),
        *((scope, name) for name, _, scope, _ in _ALL),
        ("s3express", "s3"),
    ],
)
"""botocore's names of services by their names in signatures."""

NAME_OF_TARGET: Mapping[str, str] = _first_wins((target, name) for name, _, _, target in _ALL if target)
"""botocore's names of services by what stands before the operation in `X-Amz-Target`."""


def _sharing() -> Mapping[str, tuple[str, ...]]:
    names: dict[str, list[str]] = {}
    for name, _, scope, _ in _ALL:
        names.setdefault(scope, []).append(name)
    return MappingProxyType({scope: tuple(sharing) for scope, sharing in names.items() if len(sharing) > 1})


NAMES_SHARING_SCOPE: Mapping[str, tuple[str, ...]] = _sharing()
"""botocore's names of the services that sign with the same name, in the order in which they are tried."""

DOTTED_LABELS: frozenset[tuple[str, ...]] = frozenset(
    tuple(label.split(".")) for label in (*NAME_OF_LABEL, "credentials.iot") if "." in label
)
"""The labels of more than one part, taken apart."""
