"""Templates, updates and change sets that CloudFormation refuses before it touches a stack."""

import json

import pytest
from botocore.exceptions import ClientError

GROUP = {"Type": "AWS::EC2::SecurityGroup"}


@pytest.fixture
def cloudformation(api, backend):
    backend.reach_ec2_by(api.control.call)
    client = backend.client("cloudformation", region="us-east-1", account_id=api.account_id)
    yield client
    for stack in client.list_stacks()["StackSummaries"]:
        client.delete_stack(StackName=stack["StackName"])


def _error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def _template(resources, **more):
    return json.dumps({"Resources": resources, **more})


def _group(description, **more):
    return {**GROUP, "Properties": {"GroupDescription": description}, **more}


def _unresolved(name, block="Resources"):
    return f"Template format error: Unresolved resource dependencies [{name}] in the {block} block of the template"


FAULTY = [
    ("no YAML: [", "Template format error: YAML not well-formed. (line 1, column 11)"),
    (_template({"A": _group({"Ref": "Nope"})}), _unresolved("Nope")),
    (_template({"A": _group({"Fn::GetAtt": ["Nope", "Arn"]})}), _unresolved("Nope")),
    (_template({"A": _group({"Fn::GetAtt": "Nope.Arn"})}), _unresolved("Nope")),
    (_template({"A": _group({"Fn::Sub": "x-${AWS::Region}-${Nope.Arn}-${!Free}"})}), _unresolved("Nope")),
    (_template({"A": _group({"Fn::Sub": ["${Own}-${Nope}", {"Own": {"Ref": "Gone"}}]})}), _unresolved("Nope, Gone")),
    (_template({"A": _group("a", DependsOn="Nope")}), _unresolved("Nope")),
    (_template({"A": _group("a")}, Outputs={"O": {"Value": {"Ref": "Nope"}}}), _unresolved("Nope", "Outputs")),
    (
        _template({"A": _group({"Ref": "B"}), "B": _group({"Fn::Sub": "${A}"}), "C": _group({"Ref": "A"})}),
        "Circular dependency between resources: [A, B]",
    ),
    (_template({"A": _group("a", DependsOn=["A"])}), "Circular dependency between resources: [A]"),
]


@pytest.mark.parametrize(("template", "message"), FAULTY)
def test_references_that_lead_nowhere_or_in_circles_make_no_stack(cloudformation, template, message):
    change = {"ChangeSetName": "first", "ChangeSetType": "CREATE"}
    told = ("ValidationError", message)
    assert _error(cloudformation.create_stack, StackName="faulty", TemplateBody=template) == told
    assert _error(cloudformation.create_change_set, StackName="faulty", TemplateBody=template, **change) == told
    assert _error(cloudformation.validate_template, TemplateBody=template) == told
    assert cloudformation.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize(
    "template",
    [
        _template({"A": _group({"Ref": "P"})}, Parameters={"P": {"Type": "String", "Default": "p"}}),
        _template({"A": _group({"Fn::Sub": ["${Own}", {"Own": "own"}]}), "B": _group({"Ref": "A"}, DependsOn=["A"])}),
        _template({"A": _group({"Ref": "Made"})}, Transform="AWS::Serverless-2016-10-31"),
    ],
)
def test_references_to_parameters_own_values_and_what_a_macro_makes_are_none_that_lead_nowhere(
    cloudformation, template
):
    assert cloudformation.validate_template(TemplateBody=template)["Parameters"] == []


PARAMETERS = {"Text": {"Type": "String", "Default": "one"}, "List": {"Type": "CommaDelimitedList", "Default": "a,b"}}
STACK = _template({"A": _group({"Ref": "Text"})}, Parameters=PARAMETERS)
CHANGES = [
    ({"Parameters": [{"ParameterKey": "Text", "ParameterValue": "two"}]}, True),
    ({"Tags": [{"Key": "stage", "Value": "test"}]}, True),
    ({"TemplateBody": _template({"A": _group("two")})}, True),
    ({"TemplateBody": json.dumps(json.loads(STACK), indent=2)}, False),
    ({"Parameters": [{"ParameterKey": "Text", "ParameterValue": "one"}]}, False),
    ({"Parameters": [{"ParameterKey": "Text", "UsePreviousValue": True}]}, False),
    ({}, False),
]


@pytest.mark.parametrize(("given", "changes"), CHANGES)
def test_an_update_that_changes_nothing_is_refused(cloudformation, given, changes):
    cloudformation.create_stack(StackName="network", TemplateBody=STACK)
    update = {"StackName": "network", "TemplateBody": STACK} | given
    if changes:
        cloudformation.update_stack(**update)
    else:
        assert _error(cloudformation.update_stack, **update) == ("ValidationError", "No updates are to be performed.")
    (stack,) = cloudformation.describe_stacks(StackName="network")["Stacks"]
    assert stack["StackStatus"] == ("UPDATE_COMPLETE" if changes else "CREATE_COMPLETE")


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ([], "FAILED"),
        ([{"ParameterKey": "Text", "UsePreviousValue": True}], "FAILED"),
        ([{"ParameterKey": "Text", "ParameterValue": "two"}], "CREATE_COMPLETE"),
    ],
)
def test_a_change_set_that_would_change_nothing_fails_and_says_so(cloudformation, parameters, status):
    cloudformation.create_stack(StackName="network", TemplateBody=STACK)
    named = {"StackName": "network", "ChangeSetName": "next"}
    cloudformation.create_change_set(TemplateBody=STACK, ChangeSetType="UPDATE", Parameters=parameters, **named)
    made = cloudformation.describe_change_set(**named)
    assert made["Status"] == status
    assert ("didn't contain changes" in made.get("StatusReason", "")) is (status == "FAILED")
