"""What moto's services send to each other by themselves, held against the policies of where it goes.

moto sends without asking, and only within an account. AWS drops what may not arrive, and whoever published is not told.
"""

# ruff: noqa: ANN401 - the values are moto's

from __future__ import annotations

import copy
import json
import logging
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from moto.events import notifications as events_notifications
from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser
from moto.logs.models import LogStream
from moto.s3 import notifications
from moto.sns.models import Subscription

from vpce_emulator.aws.context import iso_time
from vpce_emulator.aws.deliveries import Delivery, polling, sending, takes_deliveries
from vpce_emulator.backend.embedded.arns import Arn, backend_of, parse_arn
from vpce_emulator.backend.embedded.replacing import replace

logger = logging.getLogger(__name__)

MayDeliver = Callable[[Delivery], bool]
"""Says whether something may be delivered, and notes it where it may not."""


class _Judges(threading.local):
    """Who is asked about the deliveries of the call that this thread carries out."""

    def __init__(self) -> None:
        self.asked: list[MayDeliver] = []


_judges = _Judges()


@contextmanager
def judged_by(may_deliver: MayDeliver) -> Iterator[None]:
    """Have everything that is delivered within the block judged."""
    _judges.asked.append(may_deliver)
    try:
        yield
    finally:
        _judges.asked.pop()


def _may(delivery: Delivery) -> bool:
    return all(may_deliver(delivery) for may_deliver in _judges.asked[-1:])


def _deliver(delivery: Delivery | None, destination: str, send: Callable[[], object]) -> None:
    """Send something if it may arrive, or needs nobody's leave. Whoever published it is not told what becomes of it."""
    try:
        if delivery is None or _may(delivery):
            send()
    except Exception as error:  # noqa: BLE001 - whatever moto stumbles over: on AWS, this happens after the answer
        logger.warning("nothing was delivered to %s: %s", destination, repr(error))


def apply() -> None:
    """Have moto's services ask before they deliver."""
    _by_sns()
    _by_s3()
    _by_event_bridge()
    _by_logs()


def _by_sns() -> None:
    publish = Subscription.publish

    def publish_if_allowed(subscription: Any, message: str, message_id: str, **given: Any) -> None:
        if subscription.protocol not in {"sqs", "lambda"}:
            publish(subscription, message, message_id, **given)
            return
        arn = parse_arn(subscription.endpoint)
        if arn is None or not _is_plain(arn, subscription.protocol):
            logger.warning("nothing was delivered to %s, which is no ARN of %s", *_told_of(subscription))
            return
        matcher = subscription._filter_policy_matcher  # noqa: SLF001 - moto's own
        if matcher is not None and not matcher.matches(given.get("message_attributes"), message):
            return
        topic = subscription.topic
        delivery = sending("sns.amazonaws.com", arn.whole, topic.arn, topic.account_id)
        there = copy.copy(subscription)
        # moto looks for the queue or function in the subscription's account.
        there.account_id = arn.account_id
        _deliver(delivery, arn.whole, lambda: publish(there, message, message_id, **given))

    replace(Subscription, "publish", publish_if_allowed)


def _is_plain(arn: Arn, service: str) -> bool:
    """Return whether an ARN is one of a service's queues or functions.

    INVARIANT: moto, which takes what is behind the last colon, delivers to what was judged.
    """
    kind, _, name = arn.resource.partition(":")
    return arn.service == service and (not name if service == "sqs" else kind == "function" and bool(name))


def _told_of(subscription: Any) -> tuple[str, str]:
    return subscription.endpoint, subscription.protocol


def _by_s3() -> None:
    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        configuration = bucket.notification_configuration
        if configuration is None:
            return
        for notification in (*configuration.cloud_function, *configuration.queue, *configuration.topic):
            if notification.matches(event_name, key.name):
                event = notifications._get_s3_event(event_name, bucket, key, notification.id)  # noqa: SLF001 - moto's
                _from_bucket(bucket, notification.arn, json.dumps(event))
        if configuration.event_bridge is not None:
            notifications._send_event_bridge_message(account_id, bucket, event_name, key)  # noqa: SLF001 - moto's own

    def send_test_event(_account_id: str, bucket: Any) -> None:
        configuration = bucket.notification_configuration
        for arn in {each.arn: None for each in (*configuration.queue, *configuration.topic)}:
            _from_bucket(bucket, arn, json.dumps(notifications._get_test_event(bucket.name)))  # noqa: SLF001 - as above

    replace(notifications, "send_event", send_event)
    replace(notifications, "send_test_event", send_test_event)


def _from_bucket(bucket: Any, destination: str, text: str) -> None:
    if takes_deliveries(destination):
        delivery = sending("s3.amazonaws.com", destination, bucket.arn, bucket.account_id)
        _deliver(delivery, destination, lambda: _send(destination, text))


def _send(destination: str, text: str) -> None:
    """Send a text to a queue, topic, function or stream, in whichever account it is."""
    arn = parse_arn(destination)
    if arn is not None:
        _SENDERS[arn.service](arn, text)


def _to_queue(arn: Arn, text: str) -> None:
    _existing("sqs", arn).send_message(queue_name=arn.resource, message_body=text)


def _to_topic(arn: Arn, text: str) -> None:
    _existing("sns", arn).publish(arn=arn.whole, message=text)


def _to_function(arn: Arn, text: str) -> None:
    from moto.awslambda.utils import get_backend  # noqa: PLC0415 - which takes long, and few have functions

    get_backend(arn.account_id, arn.region).get_function(arn.whole).invoke(text, {}, {})


def _to_stream(arn: Arn, text: str) -> None:
    data = b64encode(text.encode()).decode()
    _existing("kinesis", arn).put_record(arn.whole, "", "event", "", data)


def _existing(package: str, arn: Arn) -> Any:
    backend = backend_of(package, arn.account_id, arn.region)
    if backend is None:
        message = f"{arn.whole} does not exist"
        raise LookupError(message)
    return backend


_SENDERS: Mapping[str, Callable[[Arn, str], None]] = MappingProxyType(
    {"sqs": _to_queue, "sns": _to_topic, "lambda": _to_function, "kinesis": _to_stream}
)


def _by_event_bridge() -> None:
    send_to_targets = Rule.send_to_targets
    invoke = events_notifications._invoke_lambda  # noqa: SLF001 - moto's own

    def send_if_allowed(rule: Any, event: Any, transform_input: bool = True) -> None:
        if rule.state == "DISABLED" or not rule.event_pattern.matches_event(event):
            return
        for target in list(rule.targets):
            alone = copy.copy(rule)
            alone.targets = [target]
            send = _to_target(alone, target, event, transform_input, send_to_targets)
            _deliver(_of_target(rule, target), target["Arn"], send)

    def invoke_if_allowed(account_id: str, fn_arn: str, event: Any) -> None:
        rule, target = next(iter(_rules_to(account_id, fn_arn)))
        _deliver(_of_target(rule, target), fn_arn, lambda: invoke(account_id, fn_arn, event))

    replace(Rule, "send_to_targets", send_if_allowed)
    replace(events_notifications, "_invoke_lambda", invoke_if_allowed)


def _rules_to(account_id: str, target_arn: str) -> Iterable[tuple[Any, Mapping[str, Any]]]:
    for backend in list(events_backends[account_id].values()):
        for bus in list(backend.event_buses.values()):
            for rule in list(bus.rules.values()):
                yield from ((rule, target) for target in list(rule.targets) if target["Arn"] == target_arn)


def _by_logs() -> None:
    send_log_events = LogStream._send_log_events  # noqa: SLF001 - moto's own

    def send_if_allowed(stream: Any, service: str, destination_arn: str, **given: Any) -> None:
        send = partial(send_log_events, stream, service=service, destination_arn=destination_arn, **given)
        delivery = None
        if takes_deliveries(destination_arn) and service != "logs":
            role_arn = stream.log_group.subscription_filters[given["filter_name"]].role_arn
            source = f"{stream.log_group.arn.removesuffix(':*')}:*"
            delivery = sending("logs.amazonaws.com", destination_arn, source, stream.account_id, role_arn or "")
        _deliver(delivery, destination_arn, send)

    replace(LogStream, "_send_log_events", send_if_allowed)


def apply_once_functions_are_known() -> None:
    """Have Lambda ask before it feeds functions from queues and streams, once moto's Lambda is there."""
    module = sys.modules.get("moto.awslambda.models")
    if hasattr(module, "LambdaBackend"):
        _by_lambda(module)


@cache
def _by_lambda(module: Any) -> None:
    """Lambda polls as the function's execution role. What it may not take stays where it is."""
    backend = module.LambdaBackend
    send_sqs_batch, send_items = backend.send_sqs_batch, backend.send_dynamodb_items
    send_message = backend.send_kinesis_message

    def from_queue(functions: Any, function_arn: str, messages: Any, queue_arn: str) -> bool:
        may = _may_poll(functions, queue_arn, function_arn)
        return may and bool(send_sqs_batch(functions, function_arn, messages, queue_arn))

    def from_table(functions: Any, function_arn: str, items: list[Any], source: str) -> Any:
        return send_items(functions, function_arn, items, source) if _may_poll(functions, source, function_arn) else ""

    def from_stream(functions: Any, **given: Any) -> None:
        if _may_poll(functions, given["kinesis_stream"], given["function_name"]):
            send_message(functions, **given)

    replace(backend, "send_sqs_batch", from_queue)
    replace(backend, "send_dynamodb_items", from_table)
    replace(backend, "send_kinesis_message", from_stream)


def _may_poll(functions: Any, source: str, function_arn: str) -> bool:
    function = functions.get_function(function_arn)
    delivery = polling(source, function.function_arn, function.role)
    return delivery is None or _may(delivery)


def _of_target(rule: Any, target: Mapping[str, Any]) -> Delivery | None:
    """Return what it needs to send an event to a target; None where nobody's leave is needed, as for an archive."""
    arn = parse_arn(target["Arn"])
    if arn is None or not takes_deliveries(arn.whole) or (arn.service == "events" and not arn.after("event-bus")):
        return None
    role_arn = target.get("RoleArn", "")
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html: the bus lets accounts in.
    by_account = arn.service == "events" and not role_arn
    service = f"arn:aws:iam::{rule.account_id}:root" if by_account else "events.amazonaws.com"
    return sending(service, arn.whole, rule.arn, rule.account_id, role_arn)


def _to_target(
    rule: Any, target: Mapping[str, Any], event: Any, transform_input: bool, send_to_targets: Callable[..., None]
) -> Callable[[], object]:
    """Return what sends an event to the only target of a rule: for what moto cannot reach, our own way."""
    arn = parse_arn(target["Arn"])
    if arn is not None and arn.service in {"lambda", "sns", "kinesis"}:
        return lambda: _SENDERS[arn.service](arn, json.dumps(_with_time(_told(target, event, transform_input))))
    if arn is not None and "/" in arn.after("event-bus"):
        # INVARIANT: moto, which takes what is behind the last slash, delivers to what was judged.
        return partial(_existing, "events", arn._replace(account_id="", region=""))
    if arn is not None and arn.service in {"sqs", "logs"}:
        # moto looks for them in the rule's own account and Region.
        rule.account_id, rule.region_name = arn.account_id, arn.region
    if arn is not None and arn.service == "sqs":
        group = target.get("SqsParameters", {}).get("MessageGroupId")
        return lambda: rule._send_to_sqs_queue(arn.resource, _told(target, event, transform_input), group)  # noqa: SLF001 - moto's own
    if arn is not None and arn.after("log-group"):
        name = arn.after("log-group").removesuffix(":*")
        return lambda: rule._send_to_cw_log_group(name, _told(target, event, transform_input))  # noqa: SLF001 - as above
    return lambda: send_to_targets(rule, event, transform_input)


def _told(target: Mapping[str, Any], event: Any, transform_input: bool) -> dict[str, Any]:
    """Return an event as a target gets it. moto transforms even those that no target has transformed."""
    transformer = target.get("InputTransformer") if transform_input else None
    if transformer is None:
        return {name: value for name, value in event.items() if name != "ingestion-time"}
    return EventTemplateParser.parse(transformer["InputTemplate"], transformer.get("InputPathsMap", {}), event)


def _with_time(event: dict[str, Any]) -> dict[str, Any]:
    time = event.get("time")
    return event | {"time": iso_time(int(time))} if isinstance(time, int | float) else event
