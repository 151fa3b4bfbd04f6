"""The sessions that STS has begun, each kept with its access key."""

from __future__ import annotations

from dataclasses import dataclass

from moto.iam.models import AccessKey, IAMBackend, iam_backends

from vpce_emulator.aws.principal import Identity, PrincipalType


@dataclass(frozen=True, slots=True)
class Session:
    """A session as STS made it. moto drops the tags, the PolicyArns, the source identity and the time of issue.

    Attributes:
        type: of a role, of a user or the root, or of a federated user.
        arn: of the session.
        user_id: `AROA…:name`, `AIDA…`, or `<account>:name`.
        role_arn: of the role, in a role session; empty otherwise.
        user_name: of the IAM user who asked, in the other sessions; empty for the root.
        asker: who asked, where it is nobody that IAM knows: the root, or a principal of the topology file.
        token: the session token.
        issued_at: seconds since the epoch.
        expires_at: seconds since the epoch.
        tags: session tags, those of the calling session that go on included.
        transitive_tags: those of them that go on into sessions that this one begins.
        source_identity: empty for none.
        session_keys: condition keys that an identity provider gave the session.
        mfa_at: when the asker showed a second factor, seconds since the epoch; None for never.
        policy: the inline session policy.
        policy_arns: of the managed session policies.
    """

    type: PrincipalType
    arn: str
    user_id: str
    token: str
    issued_at: float
    expires_at: float
    role_arn: str = ""
    user_name: str = ""
    asker: Identity | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tags: tuple[tuple[str, str], ...] = ()
    source_identity: str = ""
    session_keys: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    mfa_at: float | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()

    @property
    def role_id(self) -> str:
        """The unique id of a role session's role: one made anew under the old name is another."""
        return self.user_id.partition(":")[0]


def keep_session(key: AccessKey, session: Session) -> None:
    """Keep a session with its key: from the key that signs a request, one step leads to the session."""
    key.session = session  # type: ignore[attr-defined]  # an attribute of ours


def session_of(key: AccessKey) -> Session | None:
    """Return the session that a temporary access key belongs to, or None for the key of a user."""
    session: Session | None = getattr(key, "session", None)
    return session


def find_access_key(access_key_id: str) -> tuple[IAMBackend, AccessKey] | None:
    """Return an access key and the IAM that knows it, in whichever account and partition."""
    for account in list(iam_backends.values()):
        for backend in list(account.values()):
            key = backend.access_keys.get(access_key_id)
            if key is not None:
                return backend, key
    return None
