"""EC2's encoded authorization failure messages: why a call was denied, for whoever may ask STS to decode it.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html; a decoded message looks like
the one of https://docs.aws.amazon.com/cli/latest/reference/sts/decode-authorization-message.html.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.principal import Identity
from vpce_policies import CompiledPolicy, Decision, Layer, PolicySet, Verdict
from vpce_policies.document import Effect, Statement

Context = Mapping[str, str | Sequence[str]]

LONGEST_MESSAGE = 10_240
"""Characters of a message that STS takes."""

# What EC2's operations that change nothing, and so are on no resource, begin with: their denials are not encoded.
_READING = ("Describe", "Get", "List", "Search")
# No secret: it keeps from being read what AWS lets only those read who may call DecodeAuthorizationMessage.
_KEY = b"encoded authorization failure message"
_SEED = 16


def is_encoded(service: Service, operation: str) -> bool:
    """Return whether a service tells more of a denial in an encoded message, as EC2 alone is known to."""
    return service.protocol is Protocol.EC2 and not operation.startswith(_READING)


def encoded_message(denied: Decision, identity: Identity, context: Context) -> str:
    """Return what a denial has to tell, encoded.

    Args:
        denied: what was decided.
        identity: who asked.
        context: the condition keys of the request, those too that no policy asks for.
    """
    whole = _packed(_told(denied, identity, context))
    # Never met but by requests that are made to be large: hundreds of tags.
    return whole if len(whole) <= LONGEST_MESSAGE else _packed(_told(denied, identity, {}))


def decoded_message(text: str) -> str | None:
    """Return the JSON in an encoded message; None for what is none."""
    try:
        data = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        seed, hidden = data[:_SEED], data[_SEED:]
        message = zlib.decompress(_hidden(hidden, seed))
    except (binascii.Error, UnicodeEncodeError, zlib.error):
        return None
    return message.decode() if _seed(message) == seed else None


def _packed(told: Mapping[str, Any]) -> str:
    message = json.dumps(told, separators=(",", ":")).encode()
    seed = _seed(message)
    return base64.urlsafe_b64encode(seed + _hidden(zlib.compress(message, 9), seed)).decode()


def _seed(message: bytes) -> bytes:
    return hashlib.blake2b(message, digest_size=_SEED, key=_KEY).digest()


def _hidden(data: bytes, seed: bytes) -> bytes:
    """Return data that cannot be read as it is, or what was hidden so."""
    stream = hashlib.shake_256(_KEY + seed).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(stream)).to_bytes(len(data))


def _told(denied: Decision, identity: Identity, context: Context) -> Mapping[str, Any]:
    request = denied.request
    principal = {"id": identity.user_id, "name": identity.user_name, "arn": identity.arn}
    return {
        "allowed": False,
        "explicitDeny": denied.verdict is Verdict.EXPLICITLY_DENIED,
        "matchedStatements": _items(_statement(each, identity) for each in _denies(denied)),
        "failures": _items(()),
        "context": {
            "principal": {name: value for name, value in principal.items() if value},
            "action": request.action,
            "resource": request.resource,
            "conditions": _items(_conditions(context.items())),
        },
    }


def _items(values: Iterable[Any]) -> Mapping[str, Any]:
    return {"items": list(values)}


def _texts(values: Iterable[str]) -> Mapping[str, Any]:
    return _items({"value": value} for value in values)


def _conditions(pairs: Iterable[tuple[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for key, values in pairs:
        yield {"key": key, "values": _texts([values] if isinstance(values, str) else values)}


def _denies(denied: Decision) -> Iterator[Statement]:
    """Yield the statements that denied."""
    for match in denied.statements:
        if match.matched and match.effect is Effect.DENY:
            named = (each for each in _of_layer(denied.policies, match.layer, match.level) if each.name == match.policy)
            yield from (policy.statements[match.index].source for policy in named)


def _of_layer(policies: PolicySet, layer: Layer, level: int) -> Iterable[CompiledPolicy]:
    by_level = {Layer.SCP: policies.scps, Layer.RCP: policies.rcps}
    others: Mapping[Layer, Iterable[CompiledPolicy]] = {
        Layer.IDENTITY: policies.identity,
        Layer.RESOURCE: (policies.resource,) if policies.resource else (),
        Layer.PERMISSIONS_BOUNDARY: policies.permissions_boundary,
        Layer.SESSION: policies.session or (),
        Layer.VPC_ENDPOINT: policies.vpc_endpoint,
    }
    return by_level[layer][level] if layer in by_level else others[layer]


def _statement(statement: Statement, identity: Identity) -> Mapping[str, Any]:
    return {
        "statementId": statement.sid or "",
        "effect": statement.effect.value.upper(),
        "principals": _texts([identity.user_id.partition(":")[0]]),
        "principalGroups": _items(()),
        "actions": _texts(statement.actions),
        "resources": _texts(statement.resources),
        "conditions": _items(_conditions((each.key, each.values) for each in statement.conditions)),
    }
