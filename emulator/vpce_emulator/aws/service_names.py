"""The names of AWS services: one service has one name in botocore, in host names, in signatures and in IAM each.

Every row is held against botocore's service models in a test. The IAM prefixes are those of the Service Authorization
Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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


# Where several services share a host label or scope, the one in the first row is meant unless X-Amz-Target or the
# API version of a query request says otherwise.
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
    "s3express-control": "s3",
}


def _first_wins(pairs: list[tuple[str, ServiceName]]) -> Mapping[str, ServiceName]:
    return MappingProxyType(dict(reversed(pairs)))


BY_NAME: Mapping[str, ServiceName] = MappingProxyType(_BY_NAME)
BY_LABEL: Mapping[str, ServiceName] = _first_wins(
    [(service.label, service) for service in SERVICES]
    + [(label, _BY_NAME[name]) for label, name in _MORE_LABELS.items()]
)
# Directory buckets are signed for under a name of their own.
BY_SCOPE: Mapping[str, ServiceName] = _first_wins(
    [(service.scope, service) for service in SERVICES] + [("s3express", _BY_NAME["s3"])]
)
BY_TARGET: Mapping[str, ServiceName] = _first_wins(
    [(service.target, service) for service in SERVICES if service.target]
)
