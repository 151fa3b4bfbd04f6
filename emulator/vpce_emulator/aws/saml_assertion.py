"""Who a SAML assertion says its bearer is.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html. The assertion's
signature is not verified.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha1
from types import MappingProxyType
from xml.etree import ElementTree

from vpce_emulator.aws.fault_codes import Code
from vpce_emulator.aws.faults import Fault, FaultKind
from vpce_emulator.aws.web_identity import AudiencesOf, Federated, Value, invalid_token

_NAMES = MappingProxyType(
    {"saml": "urn:oasis:names:tc:SAML:2.0:assertion", "samlp": "urn:oasis:names:tc:SAML:2.0:protocol"}
)
_AWS = "https://aws.amazon.com/SAML/Attributes/"
_PRINCIPAL_TAG = f"{_AWS}PrincipalTag:"
_FORMATS = "urn:oasis:names:tc:SAML:2.0:nameid-format:"

# Attributes that are condition keys of their own, all but the last multivalued.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml
_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "saml:eduPersonAffiliation",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.2": "saml:eduPersonNickname",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.3": "saml:eduPersonOrgDN",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.4": "saml:eduPersonOrgUnitDN",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.5": "saml:eduPersonPrimaryAffiliation",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "saml:eduPersonPrincipalName",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "saml:eduPersonEntitlement",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.8": "saml:eduPersonPrimaryOrgUnitDN",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.9": "saml:eduPersonScopedAffiliation",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "saml:eduPersonTargetedID",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "saml:eduPersonAssurance",
        "urn:oid:2.5.4.3": "saml:cn",
        "urn:oid:0.9.2342.19200300.100.1.3": "saml:mail",
        "urn:oid:2.5.4.4": "saml:surname",
        "urn:oid:2.5.4.42": "saml:givenName",
    }
)


def read_saml_assertion(
    assertion: str, role_arn: str, principal_arn: str, *, audiences_of: AudiencesOf, now: float
) -> Federated | Fault:
    """Return whom an assertion is about.

    Args:
        assertion: `SAMLAssertion`, base64 of a SAML 2.0 response.
        role_arn: of the role that is asked for, which the assertion must offer.
        principal_arn: of the SAML provider in IAM.
        audiences_of: tells of each identity provider whether there is one.
        now: seconds since the epoch.
    """
    found = _assertion(assertion)
    if found is None:
        return invalid_token("Invalid base64 SAMLResponse")
    if audiences_of(principal_arn) is None:
        return invalid_token("Specified provider doesn't exist")
    attributes = _attributes(found)
    if not _offers(attributes.get(f"{_AWS}Role", ()), role_arn, principal_arn):
        return invalid_token("Response does not contain the requested role and provider")
    if _is_expired(found, now):
        return Fault(FaultKind.EXPIRED_TOKEN, "Response is expired", code=Code("ExpiredTokenException", 400))
    names = attributes.get(f"{_AWS}RoleSessionName", ())
    if not names:
        return invalid_token("RoleSessionName is required in AuthnResponse")
    return Federated(
        principal_arn,
        _context(found, attributes, principal_arn),
        session_name=names[0],
        tags=tuple(
            (name.removeprefix(_PRINCIPAL_TAG), values[0])
            for name, values in attributes.items()
            if name.startswith(_PRINCIPAL_TAG) and values
        ),
        transitive_tag_keys=attributes.get(f"{_AWS}TransitiveTagKeys", ()),
        source_identity=next(iter(attributes.get(f"{_AWS}SourceIdentity", ())), ""),
    )


def _assertion(text: str) -> ElementTree.Element | None:
    try:
        root = ElementTree.fromstring(b64decode(text))  # noqa: S314 - expat bounds entity expansion; no network access
    except (NotBase64, ElementTree.ParseError, ValueError, LookupError):
        return None
    return root.find("saml:Assertion", dict(_NAMES))


def _attributes(assertion: ElementTree.Element) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", dict(_NAMES)):
        values = [(value.text or "").strip() for value in attribute.iterfind("saml:AttributeValue", dict(_NAMES))]
        name = attribute.get("Name", "")
        found[name] = (*found.get(name, ()), *values)
    return found


def _offers(roles: tuple[str, ...], role_arn: str, principal_arn: str) -> bool:
    """Say whether a pair of role and provider, in either order, is the one that is asked for."""
    return any({part.strip() for part in role.split(",")} == {role_arn, principal_arn} for role in roles)


def _is_expired(assertion: ElementTree.Element, now: float) -> bool:
    path = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
    places = [assertion.find("saml:Conditions", dict(_NAMES)), assertion.find(path, dict(_NAMES))]
    ends = [place.get("NotOnOrAfter", "") for place in places if place is not None]
    return any(end and _seconds(end) <= now for end in ends)


def _seconds(moment: str) -> float:
    """Return seconds since the epoch; of what is no time, the epoch itself, which is past."""
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return 0.0
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _context(
    assertion: ElementTree.Element, attributes: Mapping[str, tuple[str, ...]], principal_arn: str
) -> dict[str, Value]:
    subject = assertion.find("saml:Subject/saml:NameID", dict(_NAMES))
    data = assertion.find("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", dict(_NAMES))
    issuer = (assertion.findtext("saml:Issuer", "", dict(_NAMES))).strip()
    account_id = principal_arn.split(":")[4]
    name = principal_arn.rpartition("/")[2]
    context: dict[str, Value] = {
        "saml:iss": issuer,
        "saml:doc": f"{account_id}/{name}",
        # "A hash value based on the friendly name of the IdP": of issuer, account and friendly name, in this order.
        "saml:namequalifier": b64encode(
            sha1(f"{issuer}{account_id}/{name}".encode(), usedforsecurity=False).digest()
        ).decode(),
    }
    if subject is not None:
        context["saml:sub"] = (subject.text or "").strip()
        context["saml:sub_type"] = subject.get("Format", "").removeprefix(_FORMATS)
    if data is not None:
        context["saml:aud"] = data.get("Recipient", "")
    context |= {key: attributes[name] for name, key in _KEYS.items() if name in attributes}
    return {key: value for key, value in context.items() if value}
