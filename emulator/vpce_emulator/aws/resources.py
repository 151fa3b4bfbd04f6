"""Actions and resources of the services other than S3 and DynamoDB.

What an operation is on stands in `resource_levels`. The ARNs are those of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice, product
from types import MappingProxyType
from typing import TypeVar

from vpce_emulator.aws.arn_conditions import TOLD_BY_FUNCTIONS, arn_conditions
from vpce_emulator.aws.call import ActionOnResource, Operation, Protocol, Service
from vpce_emulator.aws.contradictory_names import contradiction
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.further_actions import ASKED_FOR, further_actions
from vpce_emulator.aws.hosts import without_port
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.lookups import Lookups
from vpce_emulator.aws.operation_inputs import Input, read_input
from vpce_emulator.aws.resource_levels import OperationAction, Way, operation_actions, told_in_body
from vpce_emulator.aws.resource_name_forms import malformed_name
from vpce_emulator.aws.resource_spellings import ACCOUNT, ARN_PARTS, COLONS_OF_FUNCTION, ServiceArn, name_in, spelled
from vpce_emulator.aws.s3_control import ON_AN_ACCESS_POINT, access_point_authorization, other_account
from vpce_emulator.aws.secret_batches import batch_authorizations
from vpce_emulator.aws.service import service_named
from vpce_emulator.aws.service_conditions import has_conditions, service_conditions

MOST_AUTHORIZATIONS = 1000
"""Actions on resources that a request may need leave for; as many resources as EC2 takes in one request."""

TOO_MANY = Fault(FaultKind.VALIDATION, f"A request may be about at most {MOST_AUTHORIZATIONS} resources.")
"""The refusal of a request that is about more."""

_T = TypeVar("_T")

# Members that say whose resource is meant, where it is not the caller's.
_OWNERS = {"ecr": "registryId", "glue": "CatalogId", "sqs": "QueueOwnerAWSAccountId"}
# What is meant where a member is left out: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
# and https://docs.aws.amazon.com/athena/latest/ug/workgroups-create-update-delete.html.
_DEFAULTS = {"ecs": {"cluster": "default"}, "athena": {"WorkGroup": "primary"}}


_TOLD_OTHERWISE = frozenset({("iam", "GetAccessKeyLastUsed"), ("secretsmanager", "BatchGetSecretValue")})
"""Operations whose input names what they are on by something else."""


def needs_body(service: Service, operation: str) -> bool:
    """Return whether the resource of an operation, or a condition key, is told in its body."""
    if service.protocol is Protocol.REST_XML:
        return False
    if (service.name, operation) in _TOLD_OTHERWISE:
        return True
    asked = (service.name, operation) in ASKED_FOR or (service.name, operation) in TOLD_BY_FUNCTIONS
    in_body = told_in_body(service_named(service.name), operation)
    return in_body or asked or has_conditions(service.iam_prefix, operation)


def other_authorizations(
    service: Service,
    operation: Operation,
    request: HttpRequest,
    body: bytes | None,
    *,
    account_id: str,
    partition: str,
    lookups: Lookups,
) -> tuple[ActionOnResource, ...] | Fault:
    """Return each action on each resource that a request to any service but S3 and DynamoDB needs leave for."""
    arn = ServiceArn(partition, service, account_id)
    special = _SPECIAL.get(service.name)
    if special is not None:
        return (special(request, arn),)
    if service.name == "s3control" and operation.name in ON_AN_ACCESS_POINT:
        known = {"account_id": account_id, "partition": partition}
        return (access_point_authorization(service, operation, request, body, lookups=lookups, **known),)
    elsewhere = other_account(request, account_id) if service.name == "s3control" else None
    given = elsewhere or read_input(service, operation, request, body, in_body=needs_body(service, operation.name))
    if isinstance(given, Fault):
        return given
    refused = malformed_name(service.name, given)
    refused = refused or contradiction(service.name, operation.name, given, service.region, lookups)
    return refused or _of_input(service, operation, given, arn, lookups)


def _of_input(
    service: Service, operation: Operation, given: Input, arn: ServiceArn, lookups: Lookups
) -> tuple[ActionOnResource, ...] | Fault:
    """Return what a request needs leave for, as its input tells it."""
    given = _with_defaults(service.name, given)
    if (service.name, operation.name) == ("secretsmanager", "BatchGetSecretValue"):
        return tuple(batch_authorizations(given, partial(_secret, arn=arn, lookups=lookups)))
    caller, owner = arn.account_id, next(iter(given.values(_OWNERS.get(service.name, ""))), "")
    arn = arn._replace(account_id=owner) if ACCOUNT.fullmatch(owner) else arn
    found = (
        ActionOnResource(
            one.action,
            resource,
            {
                **service_conditions(one.action, operation.name, given.members, caller),
                **arn_conditions(operation.name, given, arn, resource),
            },
        )
        for one in operation_actions(service_named(service.name), operation.name)
        for resource in _resources(one, given, arn, lookups)
    )
    try:
        own = _counted(found)
        return own + _counted(further_actions(service.name, operation.name, given, own))
    except TooManyError:
        return TOO_MANY


class TooManyError(Exception):
    """A request is about more resources than it may be."""


def _counted(found: Iterable[_T]) -> tuple[_T, ...]:
    """Return what is found, which is never made whole where it is too much.

    INVARIANT: whatever a caller sends, what has to be decided is bounded; nothing is left out of it.
    """
    counted = tuple(islice(found, MOST_AUTHORIZATIONS + 1))
    if len(counted) > MOST_AUTHORIZATIONS:
        raise TooManyError
    return counted


def _with_defaults(service: str, given: Input) -> Input:
    return replace(given, members={**_DEFAULTS[service], **given.members}) if service in _DEFAULTS else given


def _secret(name: str, arn: ServiceArn, lookups: Lookups) -> str:
    made = name if name.startswith("arn:") else arn.of("secret:{}", name)
    return lookups.resource_arn(made) or made


def _resources(one: OperationAction, given: Input, arn: ServiceArn, lookups: Lookups) -> tuple[str, ...]:
    """Return the resources that an input names, each once; `*` where it names none."""
    if one.action == "events:PutEvents":
        return _event_buses(given, arn)
    known = _of_ciphertext(one, given, arn, lookups)
    known = known or _of_iterator(given, arn, lookups) or _of_change_set(given, arn, lookups)
    known = known or _of_iam(one, given, arn, lookups)
    if known is not None:
        return (known,)
    names = (name for ways in one.resources for name in _each_named(ways, given, arn, lookups))
    found = dict.fromkeys(_counted(names))
    if one.action in _OF_ALIAS:
        found |= dict.fromkeys(key for alias in found if (key := lookups.resource_arn(alias)))
    if arn.service.name == "glue":
        found = dict.fromkeys(each for resource in found for each in _with_ancestors(resource))
    return tuple(_qualified(resource, given) for resource in found) or ("*",)


def _of_iam(one: OperationAction, given: Input, arn: ServiceArn, lookups: Lookups) -> str | None:
    """Return the user whose access key is asked about, or the role that a service is to have; None of other actions.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    if one.action == "iam:GetAccessKeyLastUsed":
        return next((lookups.owner_of_key(key) for key in given.values("AccessKeyId")), None)
    service = next(iter(given.values("AWSServiceName")), "") if one.action == "iam:CreateServiceLinkedRole" else ""
    if not service:
        return None
    name = service.partition(".")[0]
    suffix = "".join(f"_{each}" for each in given.values("CustomSuffix"))
    start = f"arn:{arn.partition}:iam::{arn.account_id}:role/aws-service-role/{service}/AWSServiceRoleFor"
    return start + _SERVICE_LINKED.get(name, name.replace("-", " ").title().replace(" ", "")) + suffix


# What services are called in the names of their roles, where that is not the name in capitals:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html leads to each.
_SERVICE_LINKED = {
    "autoscaling": "AutoScaling",
    "ecs": "ECS",
    "eks": "AmazonEKS",
    "eks-nodegroup": "AmazonEKSNodegroup",
    "elasticache": "ElastiCache",
    "elasticbeanstalk": "ElasticBeanstalk",
    "elasticloadbalancing": "ElasticLoadBalancing",
    "es": "AmazonElasticsearchService",
    "opensearchservice": "AmazonOpenSearchService",
    "rds": "RDS",
    "spot": "EC2Spot",
    "spotfleet": "EC2SpotFleet",
}


# Actions on an alias that are on the key for which it stands, too:
# https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html.
_OF_ALIAS = frozenset({"kms:DeleteAlias", "kms:UpdateAlias"})


def _with_ancestors(resource: str) -> Iterator[str]:
    """Yield the catalog and the database that a table of Glue is in, and the table: leave is needed on each of them.

    https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    start, _, named = resource.rpartition(":")
    kind, *names = named.split("/")
    if kind in {"catalog", "database", "table"}:
        yield f"{start}:catalog"
    if kind == "table" and names[0] != "*":
        yield f"{start}:database/{names[0]}"
    if kind != "catalog":
        yield resource


def _qualified(resource: str, given: Input) -> str:
    """Return the ARN of the version or alias of a Lambda function that a request qualifies beside the function's name.

    Since 2022 Lambda authorizes it as if it stood in the name: https://github.com/aws/aws-cdk/pull/19318.
    """
    qualifier = next(iter(given.values("query:Qualifier")), "")
    unqualified = qualifier and ":lambda:" in resource and resource.count(":") == COLONS_OF_FUNCTION
    return f"{resource}:{qualifier}" if unqualified else resource


def _each_named(ways: tuple[Way, ...], given: Input, arn: ServiceArn, lookups: Lookups) -> Iterator[str]:
    """Yield the ARNs of the first way that an input takes, and of any other that it takes with other members.

    INVARIANT: what is named beside a resource is authorized, too, as it may be what is acted on.
    """
    taken: set[str] = set()
    for way in ways:
        if taken and (way.otherwise or taken & set(way.places)):
            continue
        named = _counted(_named(way, given, arn, lookups))
        if named:
            taken |= set(way.places) or {""}
            yield from named


def _named(way: Way, given: Input, arn: ServiceArn, lookups: Lookups) -> Iterator[str]:
    """Yield the ARNs that an input gives in one way; none where it does not name all that the way needs."""
    values = [given.values(place) for place in way.places]
    if way.is_whole:
        yield from (spelled(value, value, way, arn) for value in values[0] if _is_meant(value, way.begins))
        return
    for names in product(*values):
        made = _made(way, names, arn)
        # An alias that is itself made, changed or deleted stands for nothing.
        yield made if way.places == ("AliasName",) else lookups.resource_arn(made) or made
        if len(names) > 1 and names[-1].startswith("arn:"):
            yield _made(way, (*names[:-1], name_in(names[-1])), arn._replace(account_id=names[-1].split(":")[4]))


def _is_meant(value: str, begins: str) -> bool:
    """Return whether a value is the ARN of a resource of the type that a way is about."""
    parts = value.split(":", ARN_PARTS - 1)
    service, _, resource = begins.partition(":")
    return len(parts) == ARN_PARTS and (not begins or (parts[2] == service and parts[5].startswith(resource)))


def _made(way: Way, names: tuple[str, ...], arn: ServiceArn) -> str:
    """Return the ARN that names make; a name that is an ARN already is taken as it is.

    Of what is named by the ARN of its holder and a name, such as a rule of an event bus, the holder's account is owner.
    """
    owner = next((name for name in names[:-1] if name.startswith("arn:") and name.count(":") >= ARN_PARTS - 1), "")
    if owner:
        arn = arn._replace(account_id=owner.split(":")[4])
    template = arn.filled(way.template)
    for place, name in zip(way.places[:-1], names, strict=False):
        template = template.replace(f"{{{place}}}", name_in(name))
    if not names:
        return template
    before, _, after = template.partition(f"{{{way.places[-1]}}}")
    # A whole ARN has the id for which there is a star behind a name.
    whole = names[-1] + after.removeprefix("/*") if names[-1].startswith("arn:") else before + names[-1] + after
    return spelled(names[-1], whole, way, arn)


def _event_buses(given: Input, arn: ServiceArn) -> tuple[str, ...]:
    """Return the event buses of PutEvents' entries, which name one each, or mean the default."""
    entries = given.members.get("Entries")
    named = [entry.get("EventBusName") or "default" for entry in entries or () if isinstance(entry, dict)]
    found = [name if name.startswith("arn:") else arn.of("event-bus/{}", name) for name in map(str, named)]
    return tuple(dict.fromkeys(found)) or ("*",)


def _of_ciphertext(one: OperationAction, given: Input, arn: ServiceArn, lookups: Lookups) -> str | None:
    """Return the key that a ciphertext was made with: Decrypt and ReEncrypt need not name it.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    """
    named_by = {"kms:Decrypt": "KeyId", "kms:ReEncryptFrom": "SourceKeyId"}.get(one.action)
    ciphertext = given.members.get("CiphertextBlob")
    if named_by is None or given.values(named_by) or not isinstance(ciphertext, str):
        return None
    return lookups.key_of_ciphertext(ciphertext, arn.service.region)


def _of_iterator(given: Input, arn: ServiceArn, lookups: Lookups) -> str | None:
    """Return the stream of a shard iterator, in whose account it is where its ARN is given, too.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
    """
    if arn.service.name != "kinesis" or not given.values("ShardIterator"):
        return None
    named = given.values("StreamARN")
    stream = lookups.stream_of_iterator(given.values("ShardIterator")[0])
    return named[0] if named else arn.of("stream/{}", stream) if stream else None


def _of_change_set(given: Input, arn: ServiceArn, lookups: Lookups) -> str | None:
    """Return the stack of a change set that is given by its ARN, with which no stack need be named.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
    """
    named = given.values("ChangeSetName") if arn.service.name == "cloudformation" else ()
    return lookups.resource_arn(named[0]) if named and named[0].startswith("arn:") else None


def _invoke_api(request: HttpRequest, arn: ServiceArn) -> ActionOnResource:
    """API Gateway's own ARNs: `<api id>/<stage>/<method>/<path>`."""
    api = without_port(request.host).partition(".")[0]
    stage, _, path = request.raw_path[1:].partition("/")
    return ActionOnResource("execute-api:Invoke", arn.of(f"{api}/{stage}/{request.method}/{path}"))


def _manage_api(request: HttpRequest, arn: ServiceArn) -> ActionOnResource:
    """API Gateway's control plane: its actions are HTTP methods, its resources are paths, without an account."""
    resource = f"arn:{arn.partition}:apigateway:{arn.service.region}::{request.raw_path}"
    return ActionOnResource(f"apigateway:{request.method}", resource)


_SPECIAL: Mapping[str, Callable[[HttpRequest, ServiceArn], ActionOnResource]] = MappingProxyType(
    {"execute-api": _invoke_api, "apigateway": _manage_api, "apigatewayv2": _manage_api}
)
