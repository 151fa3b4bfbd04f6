"""What moto and boto3 would take from the environment, settled here once.

The emulator runs in shells that are set up for AWS: `AWS_PROFILE`, `AWS_ENDPOINT_URL` and the like belong to the
programs under test. Of moto's own variables, those stay in force that change how a service behaves
(https://docs.getmoto.org/en/latest/docs/configuration/environment_variables.html); those are overruled that would
have moto decide who may do what, or whose account it is.
"""

from __future__ import annotations

import boto3
import botocore.session
import moto.s3.models
import moto.settings
from moto.core.base_backend import AccountSpecificBackend
from moto.core.responses import BaseResponse

from vpce_emulator.backend.embedded.replacing import replace

_NOT_FROM_THE_ENVIRONMENT = (None, None, None, None)


def _isolated_session() -> boto3.session.Session:
    """Return a session without profile, configuration file and credentials: a broken one must not stop the emulator."""
    names = ("profile", "config_file", "credentials_file")
    core = botocore.session.Session(session_vars=dict.fromkeys(names, _NOT_FROM_THE_ENVIRONMENT))
    core.set_credentials("emulator", "emulator")
    return boto3.session.Session(botocore_session=core)


session = _isolated_session()
"""The one session of this process: for moto's lists of Regions, and for clients."""


def settle() -> None:
    """Take the environment out of moto's decisions. Settling twice is the same as once."""
    # INITIAL_NO_AUTH_ACTION_COUNT: moto's own IAM enforcement, which knows neither conditions nor endpoints.
    replace(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
    # MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS: bucket policies decide.
    replace(moto.s3.models, "s3_allow_crossdomain_access", lambda: True)
    # MOTO_ACCOUNT_ID: outranks the header that says whose call it is.
    replace(BaseResponse, "get_current_account", _account_of_the_call)
    # AWS_PROFILE: a profile that does not exist would fail the first call of every service.
    replace(AccountSpecificBackend, "get_session", staticmethod(lambda: session))


def _account_of_the_call(response: BaseResponse) -> str:
    account_id: str = response.headers["x-moto-account-id"]
    return account_id
