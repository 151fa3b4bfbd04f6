"""XML bodies are held against the models, as the SDKs write them and as they should not be."""

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.aws.call import Protocol, Service
from vpce_emulator.aws.faults import FaultKind
from vpce_emulator.aws.validation import invalid_parameters

SESSION = botocore.session.get_session()
ROUTE53 = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"'
RECORD = "<Name>a.example</Name><Type>A</Type><TTL>{}</TTL>"
CHANGES = (
    f"<ChangeResourceRecordSetsRequest {ROUTE53}><ChangeBatch><Changes><Change>{{}}<ResourceRecordSet>{{}}"
    "</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
)


def said(service, operation, body):
    shape = SESSION.get_service_model(service).operation_model(operation).input_shape
    spoken = Service(service, "us-east-1", Protocol.REST_XML, service)
    return invalid_parameters(spoken, shape, "", body if isinstance(body, bytes) else body.encode())


@pytest.mark.parametrize("service", ["route53", "cloudfront", "s3control"])
def test_what_the_sdk_writes_is_valid(service, modelled_request):
    for operation in SESSION.get_service_model(service).operation_names:
        shape = SESSION.get_service_model(service).operation_model(operation).input_shape
        if shape is None:
            continue
        _, body = modelled_request(service, operation, host=f"{service}.us-east-1.amazonaws.com")
        assert said(service, operation, body) is None, operation


@pytest.mark.parametrize(
    ("operation", "body", "kind", "message"),
    [
        (
            "CreateHostedZone",
            f"<CreateHostedZoneRequest {ROUTE53}><Name>a</Name></CreateHostedZoneRequest>",
            FaultKind.VALIDATION,
            "Value null at 'callerReference'",
        ),
        (
            "ChangeResourceRecordSets",
            CHANGES.format("", RECORD.format(1)),
            FaultKind.VALIDATION,
            "Value null at 'changeBatch.changes.1.member.action'",
        ),
        (
            "ChangeResourceRecordSets",
            CHANGES.format("<Action>UPSERT</Action>", RECORD.format("soon")),
            FaultKind.MALFORMED_BODY,
            "'soon' of TTL is no long",
        ),
        (
            "ChangeResourceRecordSets",
            CHANGES.format("<Action><b/></Action>", RECORD.format(1)),
            FaultKind.MALFORMED_BODY,
            "Action has elements",
        ),
        ("CreateHostedZone", f"<Other {ROUTE53}/>", FaultKind.MALFORMED_BODY, "root is Other"),
        ("CreateHostedZone", "<CreateHostedZoneRequest xmlns='urn:x'/>", FaultKind.MALFORMED_BODY, ""),
        ("CreateHostedZone", "<", FaultKind.MALFORMED_BODY, ""),
    ],
)
def test_what_is_missing_or_of_another_type_is_refused(operation, body, kind, message):
    fault = said("route53", operation, body)
    assert fault.kind is kind
    assert message in fault.message


ELEMENTS = st.recursive(
    st.sampled_from(["", "true", "1", "x"]),
    lambda inner: st.lists(st.tuples(st.sampled_from(["Name", "ChangeBatch", "Changes", "Change", "TTL"]), inner)).map(
        lambda children: "".join(f"<{tag}>{content}</{tag}>" for tag, content in children)
    ),
    max_leaves=8,
)


@given(ELEMENTS)
def test_no_xml_makes_the_check_fail(content):
    for operation in ("CreateHostedZone", "ChangeResourceRecordSets"):
        said("route53", operation, f"<{operation}Request {ROUTE53}>{content}</{operation}Request>")
