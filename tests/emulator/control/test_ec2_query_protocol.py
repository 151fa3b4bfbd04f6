"""The EC2 query protocol read and written, held against botocore's own serializer and parser."""

import botocore.session
import pytest
from botocore.parsers import EC2QueryParser
from botocore.serialize import EC2Serializer
from hypothesis import given
from hypothesis import strategies as st

from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.control.ec2_wire import answer, error_answer, parse_form

MODEL = botocore.session.get_session().get_service_model("ec2")
TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z")), min_size=1)


def _input(operation):
    return MODEL.operation_model(operation).input_shape


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "DryRun": st.booleans(),
            "VpcId": TEXT,
            "PolicyDocument": TEXT,
            "RouteTableIds": st.lists(TEXT, min_size=1),
            "DnsOptions": st.fixed_dictionaries({"PrivateDnsOnlyForInboundResolverEndpoint": st.booleans()}),
            "TagSpecifications": st.lists(
                st.fixed_dictionaries(
                    {
                        "ResourceType": TEXT,
                        "Tags": st.lists(st.fixed_dictionaries({"Key": TEXT, "Value": TEXT}), min_size=1),
                    }
                ),
                min_size=1,
            ),
        },
    )
)
def test_what_boto3_sends_is_read_back(values):
    operation = MODEL.operation_model("CreateVpcEndpoint")
    body = EC2Serializer().serialize_to_request(values, operation)["body"]
    form = {key: str(value) for key, value in body.items()}
    assert parse_form(form, operation.input_shape) == values


@given(st.dictionaries(st.text("abFN.12ilterVaueDryR", max_size=20), st.text(max_size=5), max_size=5))
def test_any_form_is_read_or_refused_with_ec2s_error(form):
    try:
        values = parse_form(form, _input("DescribeVpcEndpoints"))
    except Ec2Error as error:
        assert error.code in {"UnknownParameter", "InvalidParameterValue", "MissingParameter"}
    else:
        assert set(values) <= set(_input("DescribeVpcEndpoints").members)


def test_lists_are_read_in_the_order_of_their_numbers():
    form = {"VpcEndpointId.10": "c", "VpcEndpointId.2": "b", "VpcEndpointId.1": "a"}
    assert parse_form(form, _input("DescribeVpcEndpoints")) == {"VpcEndpointIds": ["a", "b", "c"]}


@pytest.mark.parametrize(
    "form",
    [
        {"VpcEndpointId.one": "a"},
        {"VpcEndpointId": "a"},
        {"VpcEndpointId.1": "a", "VpcEndpointId.1.x": "b"},
        {"VpcEndpointId.1.x": "b", "VpcEndpointId.1": "a"},
        {"VpcEndpointId.": "a"},
        {"": "a"},
        {"MaxResults.1": "5"},
    ],
)
def test_a_form_of_the_wrong_shape_is_refused(form):
    with pytest.raises(Ec2Error):
        parse_form(form, _input("DescribeVpcEndpoints"))


def test_what_signs_a_request_is_no_parameter():
    form = {"Action": "DescribeVpcEndpoints", "Version": "2016-11-15", "X-Amz-Date": "x", "Signature": "y"}
    assert parse_form(form, _input("DescribeVpcEndpoints")) == {}


def _parsed(response, operation):
    described = {"body": response.body, "headers": dict(response.headers), "status_code": response.status}
    return EC2QueryParser().parse(described, MODEL.operation_model(operation).output_shape)


@given(st.lists(st.fixed_dictionaries({"PrefixListId": TEXT, "PrefixListName": TEXT, "Cidrs": st.lists(TEXT)})))
def test_what_is_written_boto3_reads_back(lists):
    shape = MODEL.operation_model("DescribePrefixLists").output_shape
    response = answer("DescribePrefixLists", {"PrefixLists": lists}, shape, "id")
    parsed = _parsed(response, "DescribePrefixLists")
    assert parsed["PrefixLists"] == lists
    assert parsed["ResponseMetadata"]["RequestId"] == "id"


def test_line_ends_survive():
    shape = MODEL.operation_model("DescribePrefixLists").output_shape
    lists = [{"PrefixListId": "a\r\nb\rc\nd", "PrefixListName": "<&>\"'", "Cidrs": []}]
    assert (
        _parsed(answer("DescribePrefixLists", {"PrefixLists": lists}, shape, "id"), "DescribePrefixLists")[
            "PrefixLists"
        ]
        == lists
    )


def test_an_error_is_read_by_boto3():
    parsed = _parsed(error_answer(Ec2Error("Some.Code", "a < b & c", 412), "id"), "DescribePrefixLists")
    assert parsed["Error"] == {"Code": "Some.Code", "Message": "a < b & c"}
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 412


@pytest.mark.parametrize("name", ["Versions", "ActionX", "SignatureOf", "ExpiresAt.1"])
def test_a_parameter_that_begins_like_one_of_the_protocol_is_one_of_the_operation(name):
    with pytest.raises(Ec2Error) as refused:
        parse_form({"Action": "DescribeVpcs", "Version": "2016-11-15", name: "a"}, _input("DescribeVpcs"))
    assert refused.value.code == "UnknownParameter"
