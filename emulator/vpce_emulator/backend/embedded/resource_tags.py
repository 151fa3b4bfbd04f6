"""The tags of resources in moto, for `aws:ResourceTag/<key>`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from moto.s3.models import s3_backends

from vpce_emulator.aws.s3_access_points import name_in_arn
from vpce_emulator.backend.embedded.arns import Arn, backend_of, parse_arn
from vpce_emulator.backend.embedded.buckets import ABAC, bucket_named
from vpce_emulator.backend.embedded.s3_control import access_point

Tags = Mapping[str, str]


def resource_tags(arn: str) -> Tags:
    """Return the tags of a resource; none of one that is not there, or whose service is not in the table."""
    asked = parse_arn(arn)
    if asked is not None and asked.service == "s3":
        return _of_s3(asked)
    reader = _READERS.get(asked.service) if asked else None
    if asked is None or reader is None:
        return {}
    region = asked.region or asked.whole.split(":", 2)[1]
    backend = backend_of(reader.package, asked.account_id, region)
    return reader.read(backend, asked) if backend is not None else {}


def bucket_tags(arn: str) -> Tags:
    """Return the tags of the bucket of an S3 ARN, be it behind an access point; none unless they decide about access.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
    """
    asked = parse_arn(arn)
    point = access_point(name_in_arn(arn))
    bucket = bucket_named(point.bucket if point else asked.resource.partition("/")[0]) if asked else None
    if bucket is None or not getattr(bucket, ABAC, False):
        return {}
    return dict(s3_backends[bucket.account_id][bucket.partition].tagger.get_tag_dict_for_resource(bucket.arn))


def _of_s3(arn: Arn) -> Tags:
    """Return the tags of an access point, or of a bucket for all that is in it."""
    point = access_point(name_in_arn(arn.whole))
    if point is None:
        return bucket_tags(arn.whole)
    backend = backend_of("s3", point.account_id, arn.whole.split(":", 2)[1])
    return dict(backend.tagger.get_tag_dict_for_resource(point.arn)) if backend is not None else {}


def _pairs(tags: Iterable[Mapping[str, str]] | None) -> Tags:
    return {tag["Key"]: tag.get("Value") or "" for tag in tags or ()}


def _queue(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401 - moto's backend, here and below
    queue = backend.queues.get(arn.resource)
    return dict(queue.tags) if queue is not None else {}


def _topic(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    topic = backend.topics.get(arn.whole)
    return dict(topic._tags) if topic is not None else {}  # noqa: SLF001 - moto has no other way to them


def _table(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    table = backend.tables.get(arn.after("table").partition("/")[0])
    return _pairs(table.tags) if table is not None else {}


def _secret(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    secret = backend.secrets.get(arn.whole)
    return _pairs(secret.tags) if secret is not None else {}


def _key(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    return dict(backend.tagger.get_tag_dict_for_resource(arn.after("key")))


def _tagged_by_arn(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    return dict(backend.tagger.get_tag_dict_for_resource(arn.whole))


def _log_group(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    """A group's tags are those of its streams, too."""
    group = arn.whole.partition(":log-stream:")[0].removesuffix(":*")
    return dict(backend.tagger.get_tag_dict_for_resource(group))


def _function(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    """A function's tags are those of its versions and aliases, too."""
    functions = backend._lambdas._functions  # noqa: SLF001 - moto has no other way to them that asks for no version
    found = functions.get(arn.after("function").partition(":")[0])
    return dict(found["latest"].tags) if found is not None and found.get("latest") is not None else {}


def _stream(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    stream = backend.streams.get(arn.after("stream").partition("/")[0])
    return dict(stream.tags) if stream is not None else {}


def _of_ecs(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    kind, _, name = arn.resource.partition("/")
    family, _, revision = name.partition(":")
    match kind:
        case "cluster":
            found = backend.clusters.get(name)
        case "service":
            found = backend.services.get(name.replace("/", ":", 1))
        case "task-definition":
            found = backend.task_definitions.get(family, {}).get(int(revision) if revision.isdigit() else 0)
        case _:
            found = None
    tags = getattr(found, "tags", None) or ()
    return {tag["key"]: tag.get("value") or "" for tag in tags}


# What Systems Manager calls the types of what it tags, by what ARNs call them:
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html.
_MANAGED: Mapping[str, str] = MappingProxyType(
    {
        "automation-execution": "Automation",
        "document": "Document",
        "maintenancewindow": "MaintenanceWindow",
        "managed-instance": "ManagedInstance",
        "opsitem": "OpsItem",
        "opsmetadata": "OpsMetadata",
        "parameter": "Parameter",
        "patchbaseline": "PatchBaseline",
    }
)


def _managed(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    """A parameter is tagged under its name, which begins with the slash of its path where it has one."""
    kind, _, name = arn.resource.partition("/")
    tagged = backend._resource_tags.get(_MANAGED.get(kind, ""), {})  # noqa: SLF001 - moto's own way checks what it makes
    return dict(tagged.get(name) or tagged.get(f"/{name}") or {})


def _of_iam(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    """Users and roles have tags that conditions know."""
    found = (one for one in (*backend.users.values(), *backend.roles.values()) if one.arn == arn.whole)
    return next((_pairs(one.tags) for one in found), {})


def _of_ec2(backend: Any, arn: Arn) -> Tags:  # noqa: ANN401
    """EC2 tags everything by its id; the emulator's VPC endpoints, too."""
    return dict(backend.tags.get(arn.resource.rpartition("/")[2]) or {})


class _Reader(NamedTuple):
    package: str
    """What moto calls the service."""
    read: Callable[[Any, Arn], Tags]


_READERS: Mapping[str, _Reader] = MappingProxyType(
    {
        "dynamodb": _Reader("dynamodb", _table),
        "ec2": _Reader("ec2", _of_ec2),
        "ecr": _Reader("ecr", _tagged_by_arn),
        "ecs": _Reader("ecs", _of_ecs),
        "events": _Reader("events", _tagged_by_arn),
        "iam": _Reader("iam", _of_iam),
        "kinesis": _Reader("kinesis", _stream),
        "kms": _Reader("kms", _key),
        "lambda": _Reader("awslambda", _function),
        "logs": _Reader("logs", _log_group),
        "secretsmanager": _Reader("secretsmanager", _secret),
        "sns": _Reader("sns", _topic),
        "sqs": _Reader("sqs", _queue),
        "ssm": _Reader("ssm", _managed),
        "states": _Reader("stepfunctions", _tagged_by_arn),
    }
)
"""The services, by what their ARNs say after the partition."""
