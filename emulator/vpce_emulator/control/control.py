"""The EC2 API of VPC endpoints: holds the endpoints, answers the operations, and makes the network agree. IO."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import RLock
from typing import Any
from uuid import UUID

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import validate_parameters

from vpce_emulator.aws.http import HttpResponse
from vpce_emulator.control import describing, ec2_errors, ec2_wire
from vpce_emulator.control.creation import Identity, decide_creation
from vpce_emulator.control.description import described_creation
from vpce_emulator.control.ec2_errors import Ec2Error
from vpce_emulator.control.ec2_wire import Values
from vpce_emulator.control.endpoint_interfaces import guard_interfaces, make_interfaces, remove_interfaces
from vpce_emulator.control.endpoint_rules import check_tags, check_token, name_of
from vpce_emulator.control.held_endpoints import HeldEndpoints
from vpce_emulator.control.listing import check_filters
from vpce_emulator.control.modification import decide_modification
from vpce_emulator.control.network_descriptions import DESCRIPTIONS
from vpce_emulator.control.protection import refusal
from vpce_emulator.control.source import Ec2, TopologySource
from vpce_emulator.topology.models import Endpoint, EndpointType, Topology
from vpce_emulator.topology.prefix_lists import prefix_list_ids

# What operations begin with that change nothing.
_READING = ("Describe", "Get")


class Control:
    """The part of the EC2 API that the emulator owns.

    May be used from several threads: one operation runs at a time.

    Args:
        source: holds the network, and shows the endpoints to everybody else.
        clock: returns seconds since the epoch.
        entropy: returns so many random bytes, of which ids are made: `secrets.token_bytes`.
        delay: how long an interface endpoint is pending, and how long it is deleting, in seconds; AWS takes minutes.
    """

    def __init__(
        self,
        source: TopologySource,
        *,
        clock: Callable[[], float],
        entropy: Callable[[int], bytes],
        delay: float = 0,
    ) -> None:
        self._source = source
        self._clock = clock
        self._entropy = entropy
        self._delay = delay
        self._lock = RLock()
        self._held = HeldEndpoints()
        region = source.region
        self._operations: Mapping[str, Callable[[Values, str], Values]] = {
            "CreateVpcEndpoint": self._create,
            "ModifyVpcEndpoint": self._modify,
            "DeleteVpcEndpoints": self._delete,
            "DescribeVpcEndpoints": self._describe,
            "DescribeVpcEndpointServices": lambda v, a: describing.describe_services(v, region, self._ec2(a)),
            "DescribePrefixLists": lambda v, _: describing.describe_prefix_lists(v, region),
            "DescribeManagedPrefixLists": lambda v, a: describing.describe_managed_prefix_lists(
                v, region, self._ec2(a)
            ),
            "GetManagedPrefixListEntries": lambda v, a: describing.prefix_list_entries(v, region, self._ec2(a)),
            **{operation: partial(self._describe_network, operation) for operation in DESCRIPTIONS},
            **{operation: partial(self._describe_none, operation) for operation in describing.EMPTY},
            "CreateTags": self._create_tags,
            "DeleteTags": self._delete_tags,
        }

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The endpoints by id: the same object until something changes."""
        return self._held.endpoints

    def _ec2(self, account_id: str) -> Ec2:
        return self._source.client(account_id)

    def settle(self) -> float | None:
        """Bring the endpoints to the states that they have reached, and return when the next one changes by itself."""
        now = self._clock()
        with self._lock:
            self._advance(self._held.passing(now))
            return self._held.next_due()

    def _advance(self, endpoint_ids: Iterable[str]) -> None:
        """Let endpoints become available that are pending, and be gone that are deleting."""
        for endpoint_id in endpoint_ids:
            endpoint = self.endpoints.get(endpoint_id)
            if endpoint is not None and endpoint.state == "pending":
                self._put(replace(endpoint, state="available"))
            elif endpoint is not None and endpoint.state == "deleting":
                self._remove(endpoint)

    def snapshot(self) -> HeldEndpoints:
        """Return everything held here, to be given to `restore` later."""
        return self._held

    def restore(self, held: HeldEndpoints) -> None:
        """Go back to an earlier state; the backend's network is to be put back by whoever holds it."""
        with self._lock:
            self._keep(held)

    def _keep(self, held: HeldEndpoints) -> None:
        self._held = held
        self._source.set_endpoints(held.endpoints)

    def handles(self, operation: str, form: Mapping[str, str] | None = None, region: str = "") -> bool:
        """Return whether an operation is answered here instead of by the backend.

        Some are for certain requests only, which their form parameters tell: tags of endpoints, and changes to what an
        endpoint needs. Of another Region, only that no endpoints can be made in it.
        """
        form = form or {}
        if self._is_elsewhere(region):
            return operation == "CreateVpcEndpoint"
        if operation in ("CreateTags", "DeleteTags"):
            return any(key.startswith("ResourceId.") and _is_an_endpoints(value) for key, value in form.items())
        return operation in self._operations or self._refusal(operation, form) is not None

    def _is_elsewhere(self, region: str) -> bool:
        return region not in ("", self._source.region)

    def _refusal(self, operation: str, form: Mapping[str, str]) -> Ec2Error | None:
        return refusal(operation, form, self.endpoints.values(), prefix_list_ids(self._source.region))

    async def handle(self, operation: str, form: Mapping[str, str], account_id: str, region: str = "") -> HttpResponse:
        """Answer an operation of the EC2 query protocol that `handles` names.

        Args:
            operation: `CreateVpcEndpoint`.
            form: the decoded form or query parameters.
            account_id: who asks.
            region: the Region that is asked; the one that is emulated, where it is empty.
        """
        return await asyncio.to_thread(self._respond, operation, form, account_id, region)

    def _respond(self, operation: str, form: Mapping[str, str], account_id: str, region: str) -> HttpResponse:
        request_id = str(UUID(bytes=self._entropy(16)))
        try:
            if self._is_elsewhere(region):
                raise ec2_errors.other_region(region, self._source.region)
            refused = self._refusal(operation, form)
            if refused is not None:
                raise refused
            model = self._ec2(account_id).meta.service_model.operation_model(operation)
            values = ec2_wire.parse_form(form, model.input_shape)
            if operation == "CreateTags":  # by customers; AWS's own services give tags that are theirs
                check_tags([(tag.get("Key", ""), tag.get("Value", "")) for tag in values.get("Tags", ())])
            result = self.answer(operation, values, account_id)
            return ec2_wire.answer(operation, result, model.output_shape, request_id)
        except Ec2Error as error:
            return ec2_wire.error_answer(error, request_id)

    def answer(self, operation: str, values: Values, account_id: str) -> Values:
        """Carry out an operation, with parameters and result as in boto3.

        Raises:
            Ec2Error: if it is refused.
        """
        check_filters(operation, values.get("Filters", ()))
        if operation.startswith(_READING):
            _check_dry_run(values)
        with self._lock, _refusals_as_ec2s():
            self.settle()
            return self._operations[operation](values, account_id)

    def answer_at_once(self, operation: str, values: Values, account_id: str) -> Values:
        """Carry out an operation for who would wait: what it makes is available at once, and what it deletes is gone.

        Raises:
            Ec2Error: if it is refused.
        """
        if not operation.startswith(_READING):
            self._source.touch(account_id)
        with self._lock:
            result = self.answer(operation, values, account_id)
            self._advance([result["VpcEndpoint"]["VpcEndpointId"]] if "VpcEndpoint" in result else ())
            if operation == "DeleteVpcEndpoints":
                kept = {each["ResourceId"] for each in result["Unsuccessful"]}
                self._advance(each for each in values["VpcEndpointIds"] if each not in kept)
        return result

    def call(self, operation: str, parameters: Mapping[str, Any], *, region: str, account_id: str) -> Values:
        """Carry out any operation of EC2, those that are the backend's too, for who calls within this process.

        CreateVpcEndpoint has one parameter more than on AWS, `VpcEndpointId`: the id to give, if nobody has it.

        Raises:
            Ec2Error: if it is refused.
        """
        refused = self._refusal(
            operation, {name: value for name, value in parameters.items() if isinstance(value, str)}
        )
        if refused is not None:
            raise refused
        if region != self._source.region:
            raise ec2_errors.other_region(region, self._source.region)
        model = self._ec2(account_id).meta.service_model.operation_model(operation)
        given = dict(parameters)
        wanted = given.pop("VpcEndpointId", None) if operation == "CreateVpcEndpoint" else None
        with _refusals_as_ec2s():
            validate_parameters(given, model.input_shape)
            if operation in self._operations:
                own_id = {"VpcEndpointId": wanted} if wanted and wanted not in self.endpoints else {}
                return self.answer_at_once(operation, given | own_id, account_id)
            answer: Values = getattr(self._ec2(account_id), xform_name(operation))(**given)
        return answer

    def _put(self, endpoint: Endpoint) -> None:
        """Hold an endpoint as it is now; one in a passing state leaves it after a while."""
        self._keep(self._held.having(endpoint, self._clock() + self._delay))

    def _topology(self, account_id: str) -> Topology:
        """Return the network as it is.

        INVARIANT: who changes it through the API has it noted as changed before that call is answered, and who calls
        within this process, like a stack in the midst of being made, before each call.
        """
        return self._source.current(account_id)

    def _create(self, values: Values, account_id: str) -> Values:
        parameters = {name: value for name, value in values.items() if name not in ("ClientToken", "DryRun")}
        token = values.get("ClientToken")
        check_token(token)
        earlier = self._held.made_by(account_id, token) if token else None
        if earlier and earlier[0] != parameters:
            raise ec2_errors.token_reused(str(token))
        if earlier and earlier[1] in self.endpoints:
            return described_creation(self.endpoints[earlier[1]], token, _group_names(self._source.current()))
        topology = self._topology(account_id)
        endpoint = self._make(values, account_id, topology)
        if token:
            self._keep(self._held.having_token(account_id, token, parameters, endpoint.id))
        return described_creation(endpoint, token, _group_names(topology))

    def _make(self, values: Values, account_id: str, topology: Topology) -> Endpoint:
        identity = Identity(account_id, self._new_endpoint_id(values), self._clock())
        used = self._source.used_addresses(values.get("VpcId", ""))
        creation = decide_creation(values, topology, used, identity)
        _check_dry_run(values)
        ec2 = self._ec2(account_id)
        interfaces = make_interfaces(creation.endpoint, creation.placements, ec2)
        pending = self._delay and creation.endpoint.type is EndpointType.INTERFACE
        endpoint = replace(creation.endpoint, interfaces=interfaces, state="pending" if pending else "available")
        if endpoint.tags:
            # DescribeTags is the backend's.
            tags = [{"Key": key, "Value": value} for key, value in endpoint.tags]
            ec2.create_tags(Resources=[endpoint.id], Tags=tags)
        self._put(endpoint)
        return endpoint

    def _new_endpoint_id(self, values: Values) -> str:
        """Return a new id, or the one that a topology file wants, for which AWS's API has no parameter."""
        wanted = values.get("VpcEndpointId")
        if wanted in self.endpoints:
            raise ec2_errors.invalid_value(str(wanted), "VpcEndpointId", "Another endpoint has it.")
        return f"vpce-0{self._entropy(8).hex()}" if wanted is None else str(wanted)

    def _modify(self, values: Values, account_id: str) -> Values:
        endpoint = self._owned(values.get("VpcEndpointId"), account_id)
        if endpoint.state == "deleting":
            raise ec2_errors.wrong_state(endpoint.id, endpoint.state)
        topology = self._topology(account_id)
        change = decide_modification(values, endpoint, topology, self._source.used_addresses(endpoint.vpc_id))
        _check_dry_run(values)
        ec2 = self._ec2(account_id)
        added = make_interfaces(change.endpoint, change.placements, ec2)
        if change.regrouped:
            guard_interfaces(change.endpoint, ec2)
        remove_interfaces(change.removed, ec2)
        self._put(replace(change.endpoint, interfaces=(*change.endpoint.interfaces, *added)))
        return {"Return": True}

    def _owned(self, endpoint_id: str | None, account_id: str) -> Endpoint:
        if not endpoint_id:
            raise ec2_errors.missing_parameter("VpcEndpointId")
        if not endpoint_id.startswith("vpce-"):
            raise ec2_errors.malformed_endpoint_id(endpoint_id)
        if not self._is_owned(endpoint_id, account_id):
            raise ec2_errors.no_such_endpoint(endpoint_id)
        return self.endpoints[endpoint_id]

    def _is_owned(self, endpoint_id: str, account_id: str) -> bool:
        endpoint = self.endpoints.get(endpoint_id)
        return endpoint is not None and endpoint.owner_id == account_id

    def _delete(self, values: Values, account_id: str) -> Values:
        """Delete endpoints one by one; those that cannot be are told of in the answer."""
        if not values.get("VpcEndpointIds"):
            raise ec2_errors.missing_parameter("VpcEndpointId")
        _check_dry_run(values)
        unsuccessful = []
        for endpoint_id in values["VpcEndpointIds"]:
            try:
                self._delete_one(self._owned(endpoint_id, account_id))
            except Ec2Error as error:
                told = {"Code": error.code, "Message": error.message}
                unsuccessful.append({"ResourceId": endpoint_id, "Error": told})
        return {"Unsuccessful": unsuccessful}

    def _delete_one(self, endpoint: Endpoint) -> None:
        if not self._delay or endpoint.type is not EndpointType.INTERFACE:
            self._remove(endpoint)
        elif endpoint.state != "deleting":
            self._put(replace(endpoint, state="deleting"))

    def _remove(self, endpoint: Endpoint) -> None:
        ec2 = self._ec2(endpoint.owner_id)
        remove_interfaces(endpoint.interfaces, ec2)
        if endpoint.tags:
            ec2.delete_tags(Resources=[endpoint.id], Tags=[{"Key": key} for key, _ in endpoint.tags])
        self._keep(self._held.lacking(endpoint.id))

    def _describe(self, values: Values, account_id: str) -> Values:
        if ids := values.get("VpcEndpointIds"):
            endpoints = [self._owned(endpoint_id, account_id) for endpoint_id in dict.fromkeys(ids)]
        else:
            endpoints = [endpoint for endpoint in self.endpoints.values() if endpoint.owner_id == account_id]
        return describing.describe_endpoints(values, endpoints, _group_names(self._source.current()))

    def _describe_network(self, operation: str, values: Values, account_id: str) -> Values:
        endpoints, region = self.endpoints.values(), self._source.region
        return describing.describe_network(operation, values, endpoints, region, self._ec2(account_id))

    def _describe_none(self, operation: str, values: Values, account_id: str) -> Values:
        for endpoint_id in values.get("VpcEndpointIds", ()):
            self._owned(endpoint_id, account_id)
        return {describing.EMPTY[operation]: []}

    def _create_tags(self, values: Values, account_id: str) -> Values:
        for resource_id in filter(_is_an_endpoints, values.get("Resources", ())):
            if not self._is_owned(resource_id, account_id):
                raise ec2_errors.no_endpoint_to_tag(resource_id)
        self._ec2(account_id).create_tags(**values)
        given = {tag.get("Key", ""): tag.get("Value", "") for tag in values.get("Tags", ())}
        self._retag(values, account_id, lambda tags: tags | given)
        return {}

    def _delete_tags(self, values: Values, account_id: str) -> Values:
        """Delete tags: all of them if none is named, and one that is named with a value only if it has that value."""
        self._ec2(account_id).delete_tags(**values)
        named = {tag.get("Key", ""): tag.get("Value") for tag in values.get("Tags", ())}
        self._retag(values, account_id, lambda tags: {k: v for k, v in tags.items() if not _is_named(k, v, named)})
        return {}

    def _retag(self, values: Values, account_id: str, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        for endpoint_id in values.get("Resources", ()):
            if self._is_owned(endpoint_id, account_id):
                endpoint = self.endpoints[endpoint_id]
                tags = tuple(change(dict(endpoint.tags)).items())
                self._put(replace(endpoint, tags=tags, name=name_of(tags, endpoint.id)))


def _is_an_endpoints(resource_id: str) -> bool:
    return resource_id.startswith("vpce-") and not resource_id.startswith("vpce-svc-")


def _is_named(key: str, value: str, named: Mapping[str, str | None]) -> bool:
    return not named or (key in named and named[key] in (None, value))


def _check_dry_run(values: Values) -> None:
    if values.get("DryRun"):
        raise ec2_errors.dry_run()


@contextmanager
def _refusals_as_ec2s() -> Iterator[None]:
    """Tell what a boto3 client refuses, or has the backend refuse, as EC2 does."""
    try:
        yield
    except ClientError as error:
        told, status = error.response["Error"], error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        raise Ec2Error(told["Code"], told["Message"], int(status)) from error
    except ParamValidationError as error:
        raise ec2_errors.invalid_parameter(str(error)) from error


def _group_names(topology: Topology) -> Mapping[str, str]:
    return {group.id: group.name for group in topology.security_groups.values()}
