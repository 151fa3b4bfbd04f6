"""What moto finds of a REST request's parameters: each where the operation's input says it stands, or nothing."""

from __future__ import annotations

import json
import pkgutil

import moto
import pytest
from botocore.loaders import Loader
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from multidict import CIMultiDict, CIMultiDictProxy

from vpce_emulator.aws.call import Operation, Protocol, Service
from vpce_emulator.aws.http import HttpRequest
from vpce_emulator.aws.rest_as_authorized import RestModel, rest_as_authorized
from vpce_emulator.aws.service_models import service_model
from vpce_emulator.backend.embedded import patches
from vpce_emulator.backend.embedded.dispatch import (
    MOTO_PACKAGES,
    MotoRequest,
    NotInMotoError,
    ServiceCall,
    as_authorized,
    canonical_host,
)

OWN, VICTIM = "own", "victim"
PACKAGES = frozenset(module.name for module in pkgutil.iter_modules(moto.__path__))


def rest_services():
    """Yield the services that speak REST and that moto has."""
    loader = Loader()
    for name in loader.list_available_services("service-2"):
        if name != "s3" and MOTO_PACKAGES.get(name, name.replace("-", "")) in PACKAGES:
            protocol = loader.load_service_model(name, "service-2")["metadata"]["protocol"]
            if protocol in {"rest-json", "rest-xml"}:
                yield name


def service(name, protocol="rest-json"):
    return Service(name, "us-east-1", Protocol(protocol), name)


def request(method, target, headers=()):
    path, _, query = target.partition("?")
    return HttpRequest(method, "localhost", path, query, CIMultiDictProxy(CIMultiDict(headers)))


def labels_of(operation):
    shape = operation.input_shape
    members = shape.members.items() if shape is not None else ()
    return [
        member.serialization.get("name", name)
        for name, member in members
        if member.serialization.get("location") == "uri"
    ]


def disguised(name, model, operation):
    """Return a call whose path says OWN in each place, and whose query and body say VICTIM."""
    labels = labels_of(operation)
    query = "&".join(f"{label}={VICTIM}" for label in labels)
    called = request(operation.http["method"], f"/?{query}", {"Content-Type": "application/json"})
    body = json.dumps(dict.fromkeys(labels, VICTIM)).encode()
    operation_called = Operation(operation.name, labels=dict.fromkeys(labels, OWN))
    return ServiceCall(service(name, model.metadata["protocol"]), operation_called, "123456789012", called, body)


@pytest.mark.parametrize("name", sorted(rest_services()))
def test_moto_finds_a_label_in_the_path_alone(name):
    patches.apply()
    try:
        model, host = get_service_model(name), canonical_host(service(name))
    except NotInMotoError:
        pytest.skip("moto has the package for another service")
    except ModuleNotFoundError as error:
        pytest.skip(f"moto needs {error.name} for it, which the extra `all` brings")
    for operation in map(model.operation_model, model.operation_names):
        if not labels_of(operation):
            continue
        call = as_authorized(disguised(name, model, operation))
        response = BaseResponse(name)
        response.setup_class(MotoRequest(call, host, call.request.raw_path))
        for label in labels_of(operation):
            assert response._get_param(label) == OWN
            assert label not in response.querystring
        assert VICTIM not in call.request.raw_path


def model_of(name, operation):
    model = get_service_model(name).operation_model(operation)
    return RestModel(model.http["requestUri"], model.input_shape)


@pytest.mark.parametrize(
    ("called", "labels", "target", "body", "expected"),
    [
        ("iot:DescribeThing", {"thingName": "own"}, "/things/own?thingName=victim", "", ("/things/own", "", "")),
        ("iot:DescribeThing", {"thingName": "own"}, "/things/own", '{"thingName": "victim"}', ("/things/own", "", "")),
        ("iot:DescribeThing", {"thingName": "a;b"}, "/things/a;b", "", ("/things/a%3Bb", "", "")),
        ("lambda:GetFunctionConfiguration", {"FunctionName": "own"}, "/2015-03-31/functions/own/configuration/", "",
         ("/2015-03-31/functions/own/configuration", "", "")),
        ("lambda:GetFunction", {"FunctionName": "own"}, "/2015-03-31/functions/own?Qualifier=&Qualifier=1&Qualifier=2",
         "", ("/2015-03-31/functions/own", "Qualifier=1", "")),
        ("lambda:GetLayerVersionByArn", {}, "/2018-10-31/layers?Arn=a&find=LayerVersion&x=1", "",
         ("/2018-10-31/layers", "find=LayerVersion&Arn=a", "")),
        ("lambda:UntagResource", {"Resource": "arn:a:b"}, "/2017-03-31/tags/arn:a:b?tagKeys=x&tagKeys=y", "",
         ("/2017-03-31/tags/arn%3Aa%3Ab", "tagKeys=x&tagKeys=y", "")),
        ("lambda:Invoke", {"FunctionName": "own"}, "/2015-03-31/functions/own/invocations?Qualifier=1",
         '{"FunctionName": "victim"}',
         ("/2015-03-31/functions/own/invocations", "Qualifier=1", '{"FunctionName": "victim"}')),
        ("lambda:UpdateFunctionConfiguration", {"FunctionName": "own"}, "/2015-03-31/functions/own/configuration",
         '{"FunctionName": "victim", "MemorySize": 256}',
         ("/2015-03-31/functions/own/configuration", "", '{"MemorySize": 256}')),
        ("iot:CreateTopicRule", {"ruleName": "own"}, "/rules/own",
         '{"sql": "SELECT 1", "actions": [], "ruleName": "victim"}',
         ("/rules/own", "", '{"sql": "SELECT 1", "actions": []}')),
        ("amp:DescribeWorkspace", {"workspaceId": "own/victim"}, "/workspaces/own%2Fvictim", "",
         ("/workspaces/own%252Fvictim", "", "")),
        ("mediastore-data:GetObject", {"Path": "a/b c"}, "/a/b%20c", "", ("/a/b%20c", "", "")),
        ("route53:GetHostedZone", {"Id": "own"}, "/2013-04-01/hostedzone/own?Id=victim", '{"Id": "victim"}',
         ("/2013-04-01/hostedzone/own", "", "")),
    ],
)  # fmt: skip
def test_a_rest_request_is_written_again(called, labels, target, body, expected):
    name, _, operation = called.partition(":")
    model = model_of(name, operation)
    protocol = get_service_model(name).metadata["protocol"]
    head, written = rest_as_authorized(
        service(name, protocol), Operation(operation, labels=labels), model, request("GET", target), body.encode()
    )
    assert (head.raw_path, head.raw_query, written.decode()) == expected


def test_labels_may_have_hyphens():
    found = service_model("pinpoint").operation("GET", "/v1/apps/own", "")
    assert found == ("GetApp", {"application-id": "own"})
