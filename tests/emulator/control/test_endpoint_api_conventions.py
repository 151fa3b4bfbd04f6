"""What EC2 does with every operation: filters, pages, dry runs, client tokens, tags, accounts, and errors."""

import asyncio
import xml.etree.ElementTree as ET

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
POLICY = '{"Statement": [{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}\n'


def _error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def _ids(answer):
    return [endpoint["VpcEndpointId"] for endpoint in answer["VpcEndpoints"]]


@pytest.fixture
def three(gateway, interface):
    tags = [
        {"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": "queue"}, {"Key": "Team", "Value": "a*b"}]}
    ]
    return [
        gateway()["VpcEndpointId"],
        interface(TagSpecifications=tags)["VpcEndpointId"],
        interface("sns", PrivateDnsEnabled=False)["VpcEndpointId"],
    ]


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("vpc-endpoint-type", ["Interface"], [1, 2]),
        ("vpc-endpoint-type", ["Gateway", "Interface"], [0, 1, 2]),
        ("vpc-endpoint-type", ["interface"], []),
        ("vpc-endpoint-state", ["available"], [0, 1, 2]),
        ("vpc-endpoint-state", ["pending"], []),
        ("service-name", ["com.amazonaws.us-east-1.s*s"], [1, 2]),
        ("service-name", ["com.amazonaws.us-east-1.s?s"], [1, 2]),
        ("service-name", ["*"], [0, 1, 2]),
        ("service-region", ["us-east-1"], [0, 1, 2]),
        ("ip-address-type", ["ipv4"], [1, 2]),
        ("vpc-id", ["vpc-1"], []),
        ("tag:Name", ["queue"], [1]),
        ("tag:Name", ["q*"], [1]),
        ("tag:Team", ["a\\*b"], [1]),
        ("tag:Team", ["a\\*"], []),
        ("tag:Absent", ["x"], []),
        ("tag-key", ["Team"], [1]),
    ],
)
def test_endpoints_are_filtered(ec2, three, name, values, found):
    answer = ec2.describe_vpc_endpoints(Filters=[{"Name": name, "Values": values}])
    assert _ids(answer) == [three[index] for index in found]


def test_filters_must_all_be_passed(ec2, three):
    filters = [
        {"Name": "vpc-endpoint-type", "Values": ["Interface"]},
        {"Name": "service-name", "Values": ["com.amazonaws.us-east-1.sns"]},
    ]
    assert _ids(ec2.describe_vpc_endpoints(Filters=filters)) == [three[2]]


@pytest.mark.parametrize(
    "operation",
    [
        "describe_vpc_endpoints",
        "describe_vpc_endpoint_services",
        "describe_prefix_lists",
        "describe_managed_prefix_lists",
    ],
)
def test_an_unknown_filter_is_refused_whatever_there_is(ec2, operation):
    assert _error(getattr(ec2, operation), Filters=[{"Name": "colour", "Values": ["red"]}]) == (
        "InvalidParameterValue",
        "The filter 'colour' is invalid",
    )


def test_prefix_lists_have_no_owner_and_no_tags_to_ask_for(ec2):
    for name in ("owner-id", "tag:Name", "tag-key"):
        assert _error(ec2.describe_prefix_lists, Filters=[{"Name": name, "Values": ["AWS"]}])[0] == (
            "InvalidParameterValue"
        )


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("describe_managed_prefix_lists", {}), ("get_managed_prefix_list_entries", {"PrefixListId": "pl-63a5400a"})],
)
def test_pages_of_managed_prefix_lists_have_a_hundred_items_at_most(ec2, operation, parameters):
    assert _error(getattr(ec2, operation), MaxResults=101, **parameters) == (
        "InvalidParameterValue",
        "Value (101) for parameter MaxResults is invalid. Expecting a value less than 101.",
    )
    getattr(ec2, operation)(MaxResults=100, **parameters)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "aws:owner", "Value": "me"}], "InvalidParameterValue"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidParameterValue"),
        ([{"Key": str(n), "Value": "x"} for n in range(51)], "TagLimitExceeded"),
    ],
)
def test_tags_that_cannot_be_are_refused_before_anything_is_made(ec2, interface, tags, code):
    specifications = [{"ResourceType": "vpc-endpoint", "Tags": tags}]
    assert _error(interface, TagSpecifications=specifications)[0] == code
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_vpc_endpoint_service_configuration", {"NetworkLoadBalancerArns": ["arn"]}),
        ("accept_vpc_endpoint_connections", {"ServiceId": "vpce-svc-1", "VpcEndpointIds": ["vpce-1"]}),
        (
            "create_vpc_endpoint_connection_notification",
            {"ConnectionNotificationArn": "arn", "ConnectionEvents": ["Accept"]},
        ),
    ],
)
def test_services_of_ones_own_are_refused_and_there_are_none(ec2, operation, parameters):
    code, message = _error(getattr(ec2, operation), **parameters)
    assert (code, "is not emulated" in message) == ("UnsupportedOperation", True)
    assert ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"] == []


def test_endpoints_are_found_by_their_tags_through_describe_tags(ec2, three):
    filters = [{"Name": "resource-type", "Values": ["vpc-endpoint"]}, {"Name": "key", "Values": ["Team"]}]
    assert [tag["ResourceId"] for tag in ec2.describe_tags(Filters=filters)["Tags"]] == [three[1]]


def test_a_dry_run_of_tagging_tags_nothing(ec2, three):
    assert _error(ec2.create_tags, Resources=three[:1], Tags=[{"Key": "a", "Value": "b"}], DryRun=True)[0] == (
        "DryRunOperation"
    )
    assert _tags_of(ec2, three[0]) == {}


def test_in_another_region_no_endpoint_can_be_made(api):
    assert api.control.handles("CreateVpcEndpoint", {}, "eu-west-1")
    assert not api.control.handles("DescribeVpcEndpoints", {}, "eu-west-1")
    response = asyncio.run(api.control.handle("CreateVpcEndpoint", {}, ACCOUNT, "eu-west-1"))
    assert b"<Code>UnsupportedOperation</Code>" in response.body


def test_pages_follow_each_other(ec2, three):
    paginator = ec2.get_paginator("describe_vpc_endpoints")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
    assert [_ids(page) for page in pages] == [three[:2], three[2:]]


@pytest.mark.parametrize("token", ["", "nonsense", "b2Zmc2V0Ojk5", "b2Zmc2V0Oi0x", "é"])
def test_a_token_that_nobody_gave_out_is_refused(ec2, three, token):
    if token:
        assert _error(ec2.describe_vpc_endpoints, NextToken=token)[0] == "InvalidNextToken"
    else:
        assert _ids(ec2.describe_vpc_endpoints(NextToken=token)) == three


def test_a_page_has_at_least_one_item(ec2, three):
    assert _error(ec2.describe_vpc_endpoints, MaxResults=0)[0] == "InvalidParameterValue"


def test_a_dry_run_tells_whether_it_would_have_worked_and_does_nothing(ec2, network, gateway, interface):
    endpoint_id = gateway()["VpcEndpointId"]
    would = ("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    assert _error(ec2.describe_vpc_endpoints, DryRun=True) == would
    assert _error(ec2.describe_vpc_endpoint_services, DryRun=True) == would
    assert _error(ec2.describe_prefix_lists, DryRun=True) == would
    assert _error(ec2.delete_vpc_endpoints, VpcEndpointIds=[endpoint_id], DryRun=True) == would
    assert _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, ResetPolicy=True, DryRun=True) == would
    assert _error(interface, DryRun=True) == would
    assert _error(gateway, DryRun=True)[0] == "RouteAlreadyExists"
    assert _ids(ec2.describe_vpc_endpoints()) == [endpoint_id]
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 0


def test_a_client_token_makes_one_endpoint_only(ec2, network):
    parameters = {"VpcId": network.vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "ClientToken": "once"}
    first, second = (ec2.create_vpc_endpoint(**parameters) for _ in range(2))
    assert first["VpcEndpoint"] == second["VpcEndpoint"]
    assert second["ClientToken"] == "once"
    code, _ = _error(ec2.create_vpc_endpoint, **parameters | {"ServiceName": "com.amazonaws.us-east-1.dynamodb"})
    assert code == "IdempotentParameterMismatch"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[first["VpcEndpoint"]["VpcEndpointId"]])
    third = ec2.create_vpc_endpoint(**parameters)["VpcEndpoint"]
    assert third["VpcEndpointId"] != first["VpcEndpoint"]["VpcEndpointId"]


def _tags_of(ec2, endpoint_id):
    (endpoint,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"]
    return {tag["Key"]: tag["Value"] for tag in endpoint["Tags"]}


def test_tags_name_the_endpoint_and_can_be_changed(api, ec2, three):
    queue = three[1]
    assert _tags_of(ec2, queue) == {"Name": "queue", "Team": "a*b"}
    assert api.source.current().endpoints[queue].name == "queue"
    ec2.create_tags(Resources=[queue, three[0]], Tags=[{"Key": "Name", "Value": "jobs"}])
    assert _tags_of(ec2, queue) == {"Name": "jobs", "Team": "a*b"}
    assert [api.source.current().endpoints[e].name for e in three] == ["jobs", "jobs", three[2]]
    ec2.delete_tags(Resources=[queue], Tags=[{"Key": "Name", "Value": "other"}, {"Key": "Team"}])
    assert _tags_of(ec2, queue) == {"Name": "jobs"}
    filters = [{"Name": "resource-id", "Values": [queue]}]
    assert [(t["Key"], t["Value"]) for t in ec2.describe_tags(Filters=filters)["Tags"]] == [("Name", "jobs")]
    ec2.delete_tags(Resources=[queue])
    assert _tags_of(ec2, queue) == {}
    assert api.source.current().endpoints[queue].name == queue


@pytest.mark.parametrize(
    ("unknown", "tags", "code", "message"),
    [
        (
            ["vpce-0123456789abcdef0"],
            [{"Key": "a", "Value": "b"}],
            "InvalidVpcEndpointId.NotFound",
            "The vpcEndpoint ID 'vpce-0123456789abcdef0' does not exist",
        ),
        (
            [],
            [{"Key": "aws:a", "Value": "b"}],
            "InvalidParameterValue",
            "Value ( aws:a ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
        ),
        (
            [],
            [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}],
            "InvalidParameterValue",
            "Duplicate tag key 'a' specified.",
        ),
        (
            [],
            [{"Key": "a" * 129, "Value": "b"}],
            "InvalidParameterValue",
            "Tag key exceeds the maximum length of 128 characters",
        ),
        (
            [],
            [{"Key": "a", "Value": "b" * 257}],
            "InvalidParameterValue",
            "Tag value exceeds the maximum length of 256 characters",
        ),
        ([], [{"Value": "b"}], "InvalidParameterValue", "Tag keys may not be null or empty"),
    ],
)
def test_what_cannot_be_tagged_is_refused_and_nothing_is_tagged(ec2, three, unknown, tags, code, message):
    assert _error(ec2.create_tags, Resources=[three[0], *unknown], Tags=tags) == (code, message)
    if unknown:
        assert _error(ec2.create_tags, Resources=unknown, Tags=tags) == (code, message)
    assert _tags_of(ec2, three[0]) == {}


def test_an_endpoint_is_made_with_tags_that_it_could_be_given(ec2, network, gateway):
    for tags in ([{"Key": "a" * 129, "Value": "b"}], [{"Value": "b"}], [{"Key": "aws:a", "Value": "b"}]):
        specifications = [{"ResourceType": "vpc-endpoint", "Tags": tags}]
        assert _error(gateway, TagSpecifications=specifications)[0] == "InvalidParameterValue"
    specifications = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "a" * 128, "Value": "b" * 256}]}]
    assert gateway(TagSpecifications=specifications)["Tags"] == specifications[0]["Tags"]


@pytest.mark.parametrize(("token", "code"), [("t" * 65, "InvalidParameterValue"), ("jetón", "InvalidParameterValue")])
def test_a_client_token_has_at_most_64_ascii_characters(ec2, gateway, token, code):
    assert _error(gateway, ClientToken=token)[0] == code
    assert gateway(ClientToken="t" * 64)["State"] == "available"


@pytest.mark.parametrize("what", ["associations", "connection_notifications", "connections"])
def test_what_there_is_none_of_is_described_by_an_empty_list(ec2, gateway, what):
    answer = getattr(ec2, f"describe_vpc_endpoint_{what}")()
    assert [value for name, value in answer.items() if name != "ResponseMetadata"] == [[]]
    filters = [{"Name": "colour", "Values": ["blue"]}]
    assert _error(getattr(ec2, f"describe_vpc_endpoint_{what}"), Filters=filters)[0] == "InvalidParameterValue"


def test_tags_of_other_things_are_left_to_the_backend(api, ec2, network):
    ec2.create_tags(Resources=[network.vpc], Tags=[{"Key": "Name", "Value": "mine"}])
    assert api.source.current().vpcs[network.vpc].name == "mine"


def test_deleting_tells_which_endpoints_could_not_be(ec2, gateway):
    endpoint_id = gateway()["VpcEndpointId"]
    unknown = "vpce-0123456789abcdef0"
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[unknown, endpoint_id])["Unsuccessful"] == [
        {
            "ResourceId": unknown,
            "Error": {
                "Code": "InvalidVpcEndpointId.NotFound",
                "Message": f"The Vpc Endpoint Id '{unknown}' does not exist",
            },
        }
    ]
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


@pytest.mark.parametrize(
    ("endpoint_id", "code"),
    [("vpce-0123456789abcdef0", "InvalidVpcEndpointId.NotFound"), ("nothing", "InvalidVpcEndpointId.Malformed")],
)
def test_an_unknown_endpoint_is_an_error(ec2, gateway, endpoint_id, code):
    gateway()
    assert _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, ResetPolicy=True)[0] == code
    assert _error(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint_id])[0] == code


def test_another_account_does_not_see_the_endpoints(api, ec2, gateway):
    endpoint_id = gateway()["VpcEndpointId"]
    api.account_id = "999999999999"
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    code, _ = _error(ec2.modify_vpc_endpoint, VpcEndpointId=endpoint_id, ResetPolicy=True)
    assert code == "InvalidVpcEndpointId.NotFound"


def test_going_back_to_a_snapshot_forgets_what_came_after(api, ec2, gateway):
    first = gateway()["VpcEndpointId"]
    state = api.control.snapshot()
    second = gateway("dynamodb")["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=first, PolicyDocument=POLICY)
    api.control.restore(state)
    assert _ids(ec2.describe_vpc_endpoints()) == [first]
    assert list(api.source.current().endpoints) == [first]
    assert api.control.endpoints[first].policy == state.endpoints[first].policy
    assert api.control.endpoints.get(second) is None


def _post(api, operation, **form):
    return asyncio.run(api.control.handle(operation, form, ACCOUNT))


@pytest.mark.parametrize(
    ("operation", "form", "code", "message"),
    [
        ("CreateVpcEndpoint", {}, "MissingParameter", "The request must contain the parameter ServiceName"),
        (
            "CreateVpcEndpoint",
            {"ServiceName": "com.amazonaws.us-east-1.s3"},
            "MissingParameter",
            "The request must contain the parameter VpcId",
        ),
        ("DeleteVpcEndpoints", {}, "MissingParameter", "The request must contain the parameter VpcEndpointId"),
        ("ModifyVpcEndpoint", {}, "MissingParameter", "The request must contain the parameter VpcEndpointId"),
        ("GetManagedPrefixListEntries", {}, "MissingParameter", "The request must contain the parameter PrefixListId"),
        ("DescribeVpcEndpoints", {"Colour": "red"}, "UnknownParameter", "The parameter Colour is not recognized"),
        (
            "DescribeVpcEndpoints",
            {"Filter.1.Colour": "red"},
            "UnknownParameter",
            "The parameter Filter.Colour is not recognized",
        ),
        ("DescribeVpcEndpoints", {"Filter": "x"}, "UnknownParameter", "The parameter Filter is not recognized"),
        (
            "DescribeVpcEndpoints",
            {"MaxResults": "many"},
            "InvalidParameterValue",
            "Value (many) for parameter MaxResults is invalid. Expected an integer.",
        ),
        (
            "DescribeVpcEndpoints",
            {"DryRun": "perhaps"},
            "InvalidParameterValue",
            "Value (perhaps) for parameter DryRun is invalid. Expected a boolean.",
        ),
        (
            "DescribeVpcEndpoints",
            {"Filter.1.Value.1": "x"},
            "MissingParameter",
            "The request must contain the parameter Filter.Name",
        ),
    ],
)
def test_a_request_that_makes_no_sense_gets_ec2s_error(api, operation, form, code, message):
    response = _post(api, operation, Action=operation, Version="2016-11-15", **form)
    root = ET.fromstring(response.body)  # noqa: S314 - our own answer
    assert response.status == 400
    assert (root.findtext("Errors/Error/Code"), root.findtext("Errors/Error/Message")) == (code, message)
    assert len(root.findtext("RequestID")) == 36


def test_an_answer_looks_as_on_aws(api, network, gateway):
    endpoint = gateway(PolicyDocument=POLICY)
    response = _post(api, "DescribeVpcEndpoints", **{"VpcEndpointId.1": endpoint["VpcEndpointId"]})
    assert response.headers == (("Content-Type", "text/xml;charset=UTF-8"),)
    text = response.body.decode()
    assert text.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<DescribeVpcEndpointsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>'
    )
    assert f"<vpcEndpointSet><item><vpcEndpointId>{endpoint['VpcEndpointId']}</vpcEndpointId>" in text
    assert f"<routeTableIdSet><item>{network.table}</item></routeTableIdSet>" in text
    assert "<creationTimestamp>2023-11-14T22:13:20.250Z</creationTimestamp>" in text


@pytest.mark.parametrize(
    ("operation", "form", "handled"),
    [
        ("CreateVpcEndpoint", {}, True),
        ("DescribeRouteTables", {}, True),
        ("DescribeVpcs", {}, True),
        ("DescribeNatGateways", {}, False),
        ("DeleteVpc", {"VpcId": "vpc-1"}, False),
        ("CreateTags", {"ResourceId.1": "vpc-1"}, False),
        ("DeleteRoute", {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0"}, False),
    ],
)
def test_what_is_neither_about_endpoints_nor_describes_networks_is_left_to_the_backend(api, operation, form, handled):
    assert api.control.handles(operation, form) is handled
