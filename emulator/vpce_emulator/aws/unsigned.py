"""Which operations AWS takes without a signature.

S3, API Gateway and SQS leave it to their policies whether an anonymous caller may
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html); of
all other services only the operations below are meant for callers without credentials, and the rest answer "Missing
Authentication Token". The table is that of botocore's models (`noAuth`), against which a test holds it, and SNS's links
(https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vpce_emulator.aws.call import Operation, Service

_BY_POLICY = frozenset({"s3", "execute-api", "sqs"})
_OPERATIONS = """
sts               AssumeRoleWithSAML AssumeRoleWithWebIdentity
cognito-identity  GetCredentialsForIdentity GetId GetOpenIdToken UnlinkIdentity
cognito-idp       AssociateSoftwareToken ChangePassword CompleteWebAuthnRegistration ConfirmDevice
cognito-idp       ConfirmForgotPassword ConfirmSignUp DeleteUser DeleteUserAttributes DeleteWebAuthnCredential
cognito-idp       ForgetDevice ForgotPassword GetDevice GetTokensFromRefreshToken GetUser
cognito-idp       GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut InitiateAuth ListDevices
cognito-idp       ListWebAuthnCredentials ResendConfirmationCode RespondToAuthChallenge RevokeToken
cognito-idp       SetUserMFAPreference SetUserSettings SignUp StartWebAuthnRegistration UpdateAuthEventFeedback
cognito-idp       UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute
sns               ConfirmSubscription Unsubscribe
signin            CreateOAuth2Token
sso               GetRoleCredentials ListAccountRoles ListAccounts Logout
sso-oidc          CreateToken RegisterClient StartDeviceAuthorization
"""


def _operations() -> Mapping[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for row in _OPERATIONS.split("\n"):
        if row:
            service, *operations = row.split()
            table[service] = table.get(service, frozenset()) | frozenset(operations)
    return MappingProxyType(table)


OPERATIONS = _operations()


def takes_unsigned(service: Service, operation: Operation) -> bool:
    """Return whether a service looks at a request for this operation that nobody has signed."""
    return service.name in _BY_POLICY or operation.name in OPERATIONS.get(service.name, frozenset())
