"""The texts of policies as moto holds them."""

from __future__ import annotations

import json

ALLOWS_NOTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"none:null","Resource":"*"}]}'
"""Stands for a policy that limits and is gone."""
ALLOWS_NOBODY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:SetContext"}]}'
"""Stands for the trust policy of a role that is not there."""


def text_of(document: object) -> str:
    """Return a policy's text; CloudFormation leaves some in moto as dictionaries."""
    return document if isinstance(document, str) else json.dumps(document, default=str)
