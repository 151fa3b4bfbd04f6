"""Who sent a request: the access key that it names, and its signature held against the key's secret."""

from __future__ import annotations

from dataclasses import dataclass

from vpce_emulator.aws.authorization_header import Authorization
from vpce_emulator.aws.authorization_query import parse_authorization
from vpce_emulator.aws.call import Protocol
from vpce_emulator.aws.chunk_signatures import ChunkSignatures
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.principal import ANONYMOUS, Identity
from vpce_emulator.aws.s3_form import is_form_upload
from vpce_emulator.aws.signature import verify
from vpce_emulator.aws.signature_time import verify_session, verify_time
from vpce_emulator.aws.signed_parts import unsigned_part, unstated_payload, wrong_scope
from vpce_emulator.backend.body import DecodedBody
from vpce_emulator.credentials import Credentials
from vpce_emulator.judgement import Asked


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the signature that proves it; None where there is none."""

    identity: Identity
    authorization: Authorization | None = None

    def chunk_signatures(self) -> ChunkSignatures | None:
        """Return what the signatures of the body's chunks are held against; None where the secret is not known."""
        secret = self.identity.secret_access_key
        return None if self.authorization is None or secret is None else ChunkSignatures(self.authorization, secret)


def is_told_by_head(asked: Asked) -> bool:
    """Return whether a request's head tells who sent it.

    The others sign the hash of the body without sending it, or, as S3's forms do, have the signature in the body.
    """
    return asked.service.protocol is Protocol.S3 and not is_form_upload(asked.http)


def identify(asked: Asked, body: DecodedBody | None, credentials: Credentials) -> Caller | Fault:
    """Return who signed a request, with the signature verified as far as the secret is known.

    Args:
        asked: the request.
        body: its body, unless the head alone tells.
        credentials: where access keys are found.
    """
    service = asked.service
    content = body.content if body is not None else None
    authorization = parse_authorization(asked.http, content, region=service.region, s3=service.protocol is Protocol.S3)
    if authorization is None or isinstance(authorization, Fault):
        return authorization or Caller(ANONYMOUS)
    identity = credentials.identity(authorization.access_key_id, asked.event.ingress.client)
    if not identity.active:
        return Fault(FaultKind.INVALID_ACCESS_KEY_ID, details=(("AWSAccessKeyId", authorization.access_key_id),))
    caller = Caller(identity, authorization)
    return wrong_scope(authorization, service) or _untrue(caller, authorization, asked, body) or caller


def _untrue(caller: Caller, authorization: Authorization, asked: Asked, body: DecodedBody | None) -> Fault | None:
    """Return what is wrong with a signature, if anything is."""
    identity, now = caller.identity, asked.event.time
    if identity.secret_access_key is None:
        return _untrue_without_secret(identity, authorization, now)
    return (
        unsigned_part(authorization, asked.http, asked.service)
        or unstated_payload(authorization, asked.http, asked.service)
        or verify_session(authorization, identity.session_token, identity.expires_at, now=now)
        or verify(
            authorization,
            asked.http,
            identity.secret_access_key,
            now=now,
            payload_sha256=body.payload_sha256 or None if body else None,
        )
    )


def _untrue_without_secret(identity: Identity, authorization: Authorization, now: float) -> Fault | None:
    """Return what is wrong as far as it shows where the secret is not known: the time of a URL, a session's token."""
    late = verify_time(authorization, now=now) if authorization.presigned else None
    if late is not None or identity.session_token is None:
        return late
    return verify_session(authorization, identity.session_token, identity.expires_at, now=now)
