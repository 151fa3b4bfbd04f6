"""GetCallerIdentity, answered from what is known of the caller.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.aws.principal import Identity

_BODY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>{arn}</Arn>
    <UserId>{user_id}</UserId>
    <Account>{account_id}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId></RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
"""


def caller_identity(identity: Identity) -> HttpResponse:
    """Return STS's answer; the request id is put in where every answer gets its own."""
    body = _BODY.format(
        arn=escape(identity.arn), user_id=escape(identity.user_id), account_id=escape(identity.account_id)
    )
    return HttpResponse(200, (("Content-Type", "text/xml"),), body.encode())
