"""S3 Control in moto: its access points, with the names, Regions and refusals of S3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.s3control.exceptions import S3ControlError
from moto.s3control.models import AccessPoint as MotoAccessPoint
from moto.s3control.models import s3control_backends
from moto.s3control.responses import S3ControlResponse

from vpce_emulator.aws.s3_access import PublicAccessBlock, is_public_policy
from vpce_emulator.aws.s3_access_points import AccessPoint
from vpce_emulator.backend.embedded.buckets import account_public_access_block, bucket_named
from vpce_emulator.backend.embedded.principal_ids import with_arns

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
_NAME = re.compile(r"(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,48}[a-z0-9](?<!-s3alias)(?<!--ol-s3)")
_LONGEST_IN_ALIAS = 20
"""Letters of an access point's name in its alias, which has 63 letters at most."""


_STATUSES = {
    "AccessDenied": 403,
    "AccessPointAlreadyOwnedByYou": 409,
    "NoSuchAccessPoint": 404,
    "NoSuchAccessPointPolicy": 404,
    "NoSuchBucket": 404,
    "NoSuchPublicAccessBlockConfiguration": 404,
}
"""The statuses of errors that S3's service model says none of; moto's is 400 for them all."""

_CODE = re.compile(r"<Code>(\w+)</Code>")


class _Refused(S3ControlError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class EmulatedS3ControlResponse(S3ControlResponse):
    """moto's S3 Control, with access points as S3 makes them."""

    def create_access_point(self) -> ActionResult:
        """CreateAccessPoint: for a bucket that is there, in its Region, under a name that is free."""
        account_id, name = self._get_param("AccountId"), self._get_param("Name")
        bucket = bucket_named(self._get_param("Bucket") or "")
        if not _NAME.fullmatch(name):
            raise _Refused("InvalidRequest", "Your Amazon S3 AccessPoint name is invalid")
        if bucket is None:
            raise _Refused("NoSuchBucket", "The specified bucket does not exist")
        if bucket.account_id != (self._get_param("BucketAccountId") or account_id):
            raise _Refused("AccessDenied", "Access Denied")
        if name in self.backend.access_points[account_id]:
            raise _Refused("AccessPointAlreadyOwnedByYou", "Your previous request to create the named accesspoint "
                           "succeeded and you already own it.")  # fmt: skip
        super().create_access_point()
        made = self.backend.get_access_point(account_id, name)
        made.arn = described(made, account_id).arn
        made.alias = f"{name[:_LONGEST_IN_ALIAS]}{made.alias.removeprefix(name)}"
        return ActionResult({"AccessPointArn": made.arn, "Alias": made.alias})

    def get_access_point_policy_status(self) -> ActionResult:
        """GetAccessPointPolicyStatus, by AWS's meaning of public: moto's are all public."""
        policy = self.backend.get_access_point_policy(self._get_param("AccountId"), self._get_param("Name"))
        public = is_public_policy(policy, of_access_point=True)
        return ActionResult({"PolicyStatus": {"IsPublic": public}})


def answer_s3_control(request: Any, url: str, headers: Any) -> tuple[int, Any, Any]:  # noqa: ANN401 - as moto has it
    """Answer a request as moto does, and an error with its own status."""
    status, sent, body = EmulatedS3ControlResponse.dispatch(request, url, headers)
    code = _CODE.search(body if isinstance(body, str) else "") if status == 400 else None
    return (_STATUSES.get(code[1], status) if code is not None else status), sent, body


def access_point(named: str) -> AccessPoint | None:
    """Return the access point of that name (`<name>-<account id>`) or alias, or None."""
    name, _, account_id = named.rpartition("-")
    for owner, found in _access_points():
        if (found.name, owner) == (name, account_id) or found.alias == named:
            return described(found, owner)
    return None


def _access_points() -> Iterator[tuple[str, MotoAccessPoint]]:
    for account_id in list(s3control_backends):
        for backend in list(s3control_backends[account_id].values()):
            yield from ((account_id, found) for found in list(backend.access_points[account_id].values()))


def described(found: MotoAccessPoint, account_id: str) -> AccessPoint:
    """Return an access point of moto's as authorization needs it: with its account's settings, in its bucket's Region.

    Args:
        found: moto's.
        account_id: of its owner.
    """
    bucket = bucket_named(found.bucket)
    settings = found.pubc
    own = PublicAccessBlock(
        _is_on(settings["BlockPublicAcls"]),
        _is_on(settings["IgnorePublicAcls"]),
        _is_on(settings["BlockPublicPolicy"]),
        _is_on(settings["RestrictPublicBuckets"]),
    )
    return AccessPoint(
        found.name,
        account_id,
        bucket.region_name if bucket is not None else "us-east-1",
        found.bucket,
        None if found.policy is None else with_arns(found.policy),
        found.vpc_id or "",
        own | account_public_access_block(account_id, bucket.partition if bucket is not None else "aws"),
    )


def _is_on(setting: Any) -> bool:  # noqa: ANN401 - moto keeps what was sent, or its own text
    return str(setting).lower() == "true"
