"""With which KMS keys the data in moto are encrypted: objects, queues, topics, secrets, parameters, tables, streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from moto.s3.models import FakeBucket, FakeKey

from vpce_emulator.aws.key_uses import Encryption
from vpce_emulator.aws.kms_permissions import key_arn
from vpce_emulator.backend.embedded.arns import Arn, backend_of, parse_arn
from vpce_emulator.backend.embedded.buckets import bucket_named, current_object, object_named
from vpce_emulator.backend.embedded.resource_names import resource_arn

_BY_KMS = "aws:kms"
"""What S3's algorithms with KMS keys begin with; `aws:kms:dsse` encrypts twice."""


def of_bucket(name: str) -> Encryption | None:
    """Return a bucket's default encryption; None where that is not with a KMS key."""
    found = bucket_named(name)
    rule: Mapping[str, Any] = (found.encryption or {}).get("Rule", {}) if found is not None else {}
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    if found is None or not str(default.get("SSEAlgorithm", "")).startswith(_BY_KMS):
        return None
    key = default.get("KMSMasterKeyID")
    # Without a key of its own, that of whoever writes the object.
    return Encryption(_of(found, key) if key else "", _is_true(rule.get("BucketKeyEnabled")))


def of_object(bucket: str, key: str, version_id: str) -> Encryption | None:
    """Return how an object is encrypted; None for one without a KMS key. An empty version id means the current one."""
    holder = bucket_named(bucket)
    if holder is None:
        return None
    found = object_named(bucket, key, version_id) if version_id else current_object(holder, key)
    if not isinstance(found, FakeKey) or not str(found.encryption or "").startswith(_BY_KMS):
        return None
    return Encryption(_of(holder, found.kms_key_id), _is_true(found.bucket_key_enabled))


def of_upload(bucket: str, upload_id: str) -> Encryption | None:
    """Return how what an upload in parts makes is to be encrypted; None where that is not with a KMS key."""
    holder = bucket_named(bucket)
    upload = holder.multiparts.get(upload_id) if holder is not None else None
    if holder is None or upload is None:
        return None
    if not upload.sse_encryption:
        return of_bucket(bucket)
    return Encryption(_of(holder, upload.kms_key_id)) if upload.sse_encryption.startswith(_BY_KMS) else None


def _of(bucket: FakeBucket, key: str | None) -> str:
    return _resolved(key_arn(key or "", "s3", bucket.region_name, bucket.account_id))


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _resolved(arn: str) -> str:
    """Return the key that an alias stands for. Those that AWS manages go by their aliases: their policies are known."""
    return arn if ":alias/aws/" in arn else resource_arn(arn) or arn


def key_state(arn: str) -> str | None:
    """Return the state of a KMS key as DescribeKey tells it, `Enabled` and so on; None where there is none."""
    asked = parse_arn(arn)
    backend = backend_of("kms", asked.account_id, asked.region) if asked is not None else None
    key = backend.keys.get(asked.after("key")) if asked is not None and backend is not None else None
    return str(key.key_state) if key is not None else None


Found = Iterator[tuple[str, str | None]]
"""Resources by their ARNs, with the key as it was named."""


def of_resources(arn: str) -> tuple[tuple[str, str], ...]:
    """Return what is encrypted with a KMS key at an ARN, each by its own, with the ARN of the key or its alias."""
    asked = parse_arn(arn)
    find = _FINDERS.get(asked.service) if asked is not None else None
    backend = backend_of(asked.service, asked.account_id, asked.region) if asked is not None and find else None
    if asked is None or find is None or backend is None:
        return ()
    named = ((own, key) for own, key in find(backend, asked) if key)
    return tuple(
        (own, _resolved(key_arn(key, asked.service, asked.region, asked.account_id))) for own, key in named if key
    )


def _queue(backend: Any, arn: Arn) -> Found:  # noqa: ANN401 - moto's backend, here and below
    queue = backend.queues.get(arn.resource)
    if queue is not None:
        yield arn.whole, getattr(queue, "kms_master_key_id", None)


def _topic(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    topic = backend.topics.get(arn.whole)
    if topic is not None:
        yield arn.whole, topic.kms_master_key_id


def _secret(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    for secret in list(dict.values(backend.secrets)):
        if arn.whole == secret.arn:
            yield secret.arn, secret.kms_key_id


def _table(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    name = arn.after("table").partition("/")[0]
    table = backend.tables.get(name)
    specification = (table.sse_specification or {}) if table is not None else {}
    if specification.get("Enabled"):
        yield arn.whole.partition("/index/")[0].partition("/stream/")[0], specification.get("KMSMasterKeyId")


def _stream(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    stream = backend.streams.get(arn.after("stream"))
    if stream is not None and stream.encryption_type == "KMS":
        yield arn.whole, stream.key_id


def _parameters(backend: Any, arn: Arn) -> Found:  # noqa: ANN401
    """A path's ARN stands for every parameter below it; each version has the key that it was written with."""
    named, _, asked = arn.after("parameter").partition(":")
    path = "/" + named.strip("/")
    for name, versions in list(dict.items(backend._parameters)):  # noqa: SLF001 - its own look-up asks for public ones
        within = f"/{name.lstrip('/')}"
        if versions and (within == path or within.startswith(f"{path.rstrip('/')}/")):
            own = f"arn:aws:ssm:{arn.region}:{arn.account_id}:parameter{within}"
            read = _versions(versions, asked) if within == path else versions[-1:]
            yield from ((own, one.keyid) for one in read if one.parameter_type == "SecureString")


def _versions(versions: Sequence[Any], asked: str) -> Sequence[Any]:
    if not asked:
        return versions[-1:]
    return [one for one in versions if asked in {"*", str(one.version)} or asked in one.labels]


_FINDERS: Mapping[str, Callable[[Any, Arn], Found]] = MappingProxyType(
    {
        "sqs": _queue,
        "sns": _topic,
        "secretsmanager": _secret,
        "dynamodb": _table,
        "kinesis": _stream,
        "ssm": _parameters,
    }
)
