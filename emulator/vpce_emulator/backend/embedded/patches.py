"""Every change to moto itself, with its why. Each is covered by the contract tests."""

# ruff: noqa: ANN401 - the signatures are moto's

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

import moto.core.responses
import moto.core.utils
import moto.kms.responses
from moto.core.common_models import BaseModel
from moto.core.responses import BaseResponse
from moto.core.serialize import ResponseSerializer, XFormedAttributePicker
from moto.dynamodb.parsing import partiql
from moto.iam.access_control import PermissionResult
from moto.iam.models import IAMBackend
from moto.s3 import notifications
from moto.s3.models import FakeBucket, S3Backend

import vpce_emulator.backend.embedded.cloudformation  # noqa: F401 - by being defined its resource types are known
from vpce_emulator.aws.call import Protocol
from vpce_emulator.aws.rest_as_authorized import names_in_head
from vpce_emulator.backend.embedded import deliveries, principal_ids
from vpce_emulator.backend.embedded.buckets import start_buckets_as_s3_does
from vpce_emulator.backend.embedded.contents import share_contents
from vpce_emulator.backend.embedded.dispatch import rest_model
from vpce_emulator.backend.embedded.iam import LazyAwsPolicies, LazyManagedPolicies
from vpce_emulator.backend.embedded.issued_keys import remember_issued_keys
from vpce_emulator.backend.embedded.replacing import replace

Delivery = Callable[[], None]
"""The sending of what a bucket owes to its queues, topics, functions and event buses after one change."""


@cache
def apply() -> None:
    """Change moto for the whole process. Applying twice is the same as once."""
    _leave_permission_to_the_emulator()
    _leave_keys_to_the_emulator()
    _keep_no_record_of_every_object()
    _have_aws_managed_policies()
    share_contents()
    remember_issued_keys()
    start_buckets_as_s3_does()
    _select_no_record_behind_the_last_line()
    _find_tables_that_are_quoted()
    _look_up_methods_once()
    _carry_out_the_operation_that_was_authorized()
    _find_members_of_dictionaries_at_once()
    _spell_members_once()
    _make_request_ids_cheaply()
    deliveries.apply()
    principal_ids.apply()
    _deliver_notifications_after_the_call()


def _leave_permission_to_the_emulator() -> None:
    """Moto decides on bucket policies without their conditions and principals, and refuses anonymous readers.

    PERMITTED also makes it skip the object ACL, which it would hold against every unsigned GET.
    """
    replace(FakeBucket, "get_permission", lambda *_: PermissionResult.PERMITTED)


def _leave_keys_to_the_emulator() -> None:
    """Moto refuses to describe a key that any statement of its policy denies to anyone, whoever asks."""
    replace(moto.kms.responses, "validate_policy", lambda *_: None)


def _keep_no_record_of_every_object() -> None:
    """Moto keeps every model that it ever made for its dashboard: an object written a million times stays a million."""
    replace(BaseModel, "__new__", lambda cls, *_, **__: object.__new__(cls))


def _select_no_record_behind_the_last_line() -> None:
    """Moto takes what is behind the last line feed of a CSV for one more record, of nothing."""
    select = S3Backend.select_object_content

    @cache
    def prepare() -> None:
        parser = import_module("py_partiql_parser")  # which takes long, and few need it
        read = parser.csv_to_json
        replace(parser, "csv_to_json", lambda text, *given: read(text.removesuffix("\n").removesuffix("\r"), *given))

    def select_object_content(backend: Any, *given: Any, **named: Any) -> Any:
        prepare()
        return select(backend, *given, **named)

    replace(S3Backend, "select_object_content", select_object_content)


def _have_aws_managed_policies() -> None:
    """Moto has them only on request, 60 ms for every account and after every reset; any Terraform attaches some."""
    replace(IAMBackend, "_init_managed_policies", _method(LazyManagedPolicies))
    replace(IAMBackend, "_init_aws_policies", _method(LazyAwsPolicies))


@cache
def apply_to_ec2() -> None:
    """Change moto's EC2, which takes a second to load and reads the shell's AWS settings while it does.

    Its Elastic IP addresses lie in 127.0.0.0/8; those that it gives to instances are public already. To tell the tags
    of one thing, it looks through those of all: of a large network, a second for every reading.
    """
    addresses = import_module("moto.ec2.models.elastic_ip_addresses")
    utilities = import_module("moto.ec2.utils")
    replace(addresses, "random_ip", utilities.random_public_ip)

    def tags_of(resource: Any) -> list[dict[str, str]]:
        kind = utilities.EC2_PREFIX_TO_RESOURCE.get(utilities.get_prefix(resource.id), "") if resource.id else ""
        tags = resource.ec2_backend.tags.get(resource.id, {})
        return [
            {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind}
            for key, value in tags.items()
        ]

    replace(import_module("moto.ec2.models.core").TaggedEC2Resource, "get_tags", tags_of)


def _method(made: Callable[[Any], object]) -> Callable[[Any], object]:
    """Make a class callable as a method: as an attribute of another class, it would not be given the instance."""

    def make(self: Any) -> object:
        return made(self)

    return make


def _find_tables_that_are_quoted() -> None:
    """Moto looks for the table of a statement in a batch with the quotes around its name, and finds none."""
    read = partiql.get_query_metadata

    def get_query_metadata(statement: str) -> Any:
        metadata = read(statement)
        names = [name.strip('"') for name in metadata.get_table_names()]
        metadata.get_table_names = lambda: names
        return metadata

    replace(partiql, "get_query_metadata", get_query_metadata)


def _look_up_methods_once() -> None:
    """Moto lists the methods of a response class with `inspect` on every request: a third of the time of a PutItem."""
    replace(moto.core.responses, "method_names_from_class", cache(moto.core.utils.method_names_from_class))


def _carry_out_the_operation_that_was_authorized() -> None:
    """Moto takes the operation, and its parameters, from wherever it finds something that looks like them.

    A secret whose text holds `&SecretId=prod` would be read as a form. INVARIANT: the operation is the one that was
    authorized; JSON requests have no parameters beside their body, REST requests each in its one place, of which
    `rest_as_authorized` leaves no other but the payload of a request, in which anything may stand.
    """
    prepare, find = BaseResponse.setup_class, BaseResponse._get_action  # noqa: SLF001 - moto's own
    look_up = BaseResponse._get_param  # noqa: SLF001 - as above

    def setup_class(response: Any, request: Any, *given: Any, **options: Any) -> None:
        prepare(response, request, *given, **options)
        call = getattr(request, "call", None)
        if call is None or call.service.protocol in _WITH_FORMS:
            return
        rest = call.service.protocol in _WITH_QUERIES
        response.querystring = parse_qs(call.request.raw_query, keep_blank_values=True) if rest else {}

    def get_action(response: Any) -> str:
        call = getattr(getattr(response, "normalized_request", None), "call", None)
        if call is None or call.service.protocol is Protocol.S3:
            return find(response)
        if call.service.protocol in _WITH_QUERIES:
            response._get_action_from_method_and_request_uri(response.normalized_request)  # noqa: SLF001 - as above
            response.uri_match = {**response.uri_match, **call.operation.labels}
        name: str = call.operation.name
        return name

    def get_param(response: Any, name: str, if_none: Any = None) -> Any:
        call = getattr(getattr(response, "normalized_request", None), "call", None)
        if call is None or response.automated_parameter_parsing:
            return look_up(response, name, if_none)
        model = rest_model(call)
        if model is None or name not in names_in_head(model.input):
            return look_up(response, name, if_none)
        if name in call.operation.labels:
            return call.operation.labels[name]
        given = response.querystring.get(name)
        return given[0] if given else if_none

    replace(BaseResponse, "setup_class", setup_class)
    replace(BaseResponse, "_get_param", get_param)
    replace(BaseResponse, "_get_action", get_action)


_WITH_FORMS = frozenset({Protocol.S3, Protocol.QUERY, Protocol.EC2})
_WITH_QUERIES = frozenset({Protocol.REST_JSON, Protocol.REST_XML})


def _find_members_of_dictionaries_at_once() -> None:
    """Moto tries ten spellings of each possible member on each value: half the time of a GetItem, more of a Query.

    Where a dictionary has the member by its own name, that is the spelling moto would find, too. The dictionaries of
    DynamoDB's answers have their members by their own names, or not at all.
    """
    search = ResponseSerializer.get_value

    def get_value(serializer: Any, value: Any, key: str, shape: Any) -> Any:
        transforms = getattr(serializer._value_picker, "response_transformers", True)  # noqa: SLF001 - moto's own
        if type(value) is dict and not transforms:
            if key in value:
                return value[key]
            if serializer.operation_model.service_model.service_name == "dynamodb":
                return None
        return search(serializer, value, key, shape)

    replace(ResponseSerializer, "get_value", get_value)


def _spell_members_once() -> None:
    """Moto makes the ten spellings anew for each member of each answer: a sixth of the time of a call to EC2.

    They follow from the member's shape, which stays, and from the class of what is looked at.
    """
    spell = XFormedAttributePicker.get_possible_keys

    def get_possible_keys(picker: Any, context: Any) -> tuple[str, ...]:
        spelled = context.shape.__dict__.setdefault("spelled", {})
        kind = (type(context.obj), context.key)
        if kind not in spelled:
            spelled[kind] = tuple(dict.fromkeys(spell(picker, context)))
        spellings: tuple[str, ...] = spelled[kind]
        return spellings

    replace(XFormedAttributePicker, "get_possible_keys", get_possible_keys)


def _make_request_ids_cheaply() -> None:
    """Moto draws 52 letters one by one: a third of a GetObject's time. The emulator gives requests ids of its own."""

    def request_id(headers: dict[str, Any] | None = None) -> str:
        made = os.urandom(26).hex().upper()
        if headers is not None:
            headers["x-amzn-requestid"] = made
        return made

    replace(moto.core.responses, "gen_amzn_requestid_long", request_id)


class Outbox(threading.local):
    """The notifications owed by the call that this thread is carrying out; None while no call collects them."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] | None = None


outbox = Outbox()
"""Set by whoever carries out an S3 call, who then owes the deliveries."""


def _deliver_notifications_after_the_call() -> None:
    """Moto sends notifications in the midst of PutObject: a function that reads the object back would wait for itself.

    S3 sends them after the call, too.
    """
    send_event_now, send_test_now = notifications.send_event, notifications.send_test_event

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        if bucket.notification_configuration is not None:
            _ = key.etag  # the event tells it, and the object may be gone by the time of sending
            _owe(lambda: send_event_now(account_id, event_name, bucket, key))

    def send_test_event(account_id: str, bucket: Any) -> None:
        _owe(lambda: send_test_now(account_id, bucket))

    replace(notifications, "send_event", send_event)
    replace(notifications, "send_test_event", send_test_event)


def _owe(delivery: Delivery) -> None:
    """Leave a delivery to whoever carries out the call, or make it now for a caller who collects none."""
    if outbox.deliveries is None:
        delivery()
    else:
        outbox.deliveries.append(delivery)
