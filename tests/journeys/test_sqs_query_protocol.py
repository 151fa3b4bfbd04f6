"""SQS in the protocol that SDKs spoke before JSON, by any way that such a request may come, and without a signature."""

import json
import xml.etree.ElementTree as ET
from urllib.parse import quote, urlencode

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCOUNT = "123456789012"
QUEUE = f"/{ACCOUNT}/orders"
ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
VERSION = {"Version": "2012-11-05"}


class Answer:
    """What SQS says: the status, and texts of elements by their names."""

    def __init__(self, received):
        self.status = received.status
        self.root = ET.fromstring(received.body)  # noqa: S314 - the emulator's own

    def all(self, name):
        return [each.text for each in self.root.iter() if each.tag.rpartition("}")[2] == name]

    def one(self, name):
        return self.all(name)[0]


@pytest.fixture
def sqs(vpce, exchange):
    """A function that sends one request: signed in its headers, in its query or not at all."""

    def send(method, path, parameters, *, sign="header", keys=(ACCOUNT, "x"), headers=None, door=None):
        url = door or vpce.url()
        place = url.removeprefix("http://")
        form = urlencode({**parameters, **VERSION}, quote_via=quote)
        target, body = (f"{path}?{form}", b"") if method == "GET" else (path, form.encode())
        head = ({} if method == "GET" else FORM) if headers is None else headers
        request = AWSRequest(method, f"http://{place}{target}", data=body, headers={**head, "Host": place})
        credentials = Credentials(*keys)
        if sign == "header":
            SigV4Auth(credentials, "sqs", "us-east-1").add_auth(request)
        elif sign == "query":
            SigV4QueryAuth(credentials, "sqs", "us-east-1", expires=60).add_auth(request)
        lines = [f"{method} {request.url.removeprefix(f'http://{place}')} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        lines += ["Connection: close", f"Content-Length: {len(body)}", "", ""]
        return Answer(exchange(url, "\r\n".join(lines).encode() + body))

    return send


@pytest.fixture
def queue(sqs):
    """The queue `orders`, made by a form; and its URL."""
    made = {"Action": "CreateQueue", "QueueName": "orders", "Attribute.1.Name": "VisibilityTimeout"}
    made |= {"Attribute.1.Value": "40", "Tag.1.Key": "team", "Tag.1.Value": "red"}
    return sqs("POST", "/", made).one("QueueUrl")


def permit(vpce, principal, action, effect="Allow"):
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": ARN}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client = vpce.client("sqs")
    client.set_queue_attributes(QueueUrl=f"https://x{QUEUE}", Attributes={"Policy": policy})


@pytest.fixture
def user(vpce):
    """A function that makes a user with one statement, and returns its keys."""

    def make(name, **statement):
        iam = vpce.client("iam")
        iam.create_user(UserName=name)
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
        iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    return make


@pytest.mark.parametrize(
    ("method", "path", "sign", "headers"),
    [
        ("POST", "/", "header", None),
        ("GET", "/", "header", None),
        ("GET", "/", "query", None),
        ("GET", "/", "header", {"Content-Type": "application/json"}),
    ],
)
def test_a_form_is_understood_wherever_it_stands(sqs, queue, method, path, sign, headers):
    listed = sqs(method, path, {"Action": "ListQueues"}, sign=sign, headers=headers)
    assert (listed.status, listed.all("QueueUrl")) == (200, [queue])


def test_messages_go_to_the_queue_in_the_path(vpce, sqs, queue):
    sent = {"Action": "SendMessage", "MessageBody": "a&b=c d", "MessageAttribute.1.Name": "k"}
    sent |= {"MessageAttribute.1.Value.DataType": "String", "MessageAttribute.1.Value.StringValue": "v"}
    assert sqs("GET", QUEUE, sent).status == 200
    batch = {f"SendMessageBatchRequestEntry.{n}.{key}": f"{key}{n}" for n in (1, 2) for key in ("Id", "MessageBody")}
    assert sqs("POST", QUEUE, {"Action": "SendMessageBatch", **batch}).all("Id") == ["Id1", "Id2"]
    got = sqs("POST", QUEUE, {"Action": "ReceiveMessage", "MaxNumberOfMessages": 10, "MessageAttributeName.1": "All"})
    assert got.all("Body") == ["a&b=c d", "MessageBody1", "MessageBody2"]
    assert got.one("StringValue") == "v"
    named = {"Action": "DeleteMessage", "QueueUrl": queue, "ReceiptHandle": got.one("ReceiptHandle")}
    assert sqs("POST", "/", named).status == 200
    assert vpce.client("sqs").list_queue_tags(QueueUrl=queue)["Tags"] == {"team": "red"}


def test_the_older_and_the_newer_protocol_are_told_apart_by_the_content_type(sqs, queue):
    target = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/json"}
    with pytest.raises(ET.ParseError):  # what is no form is answered in JSON: UnknownOperationException
        sqs("POST", "/", {}, headers=target)


@pytest.mark.parametrize(
    ("path", "parameters", "status", "code"),
    [
        ("/", {"Action": "Nope"}, 400, "InvalidAction"),
        (QUEUE, {"Action": "SendMessage"}, 400, "MissingParameter"),
        (f"/{ACCOUNT}/other", {"Action": "PurgeQueue"}, 400, "AWS.SimpleQueueService.NonExistentQueue"),
        (QUEUE, {"Action": "PurgeQueue", "QueueUrl": f"https://x/{ACCOUNT}/victim"}, 404, "InvalidAddress"),
        ("/orders", {"Action": "PurgeQueue"}, 404, "InvalidAddress"),
        ("/x/orders", {"Action": "PurgeQueue"}, 404, "InvalidAddress"),
    ],
)
def test_mistakes_are_answered_in_the_same_protocol(sqs, queue, path, parameters, status, code):
    answer = sqs("POST", path, parameters)
    assert (answer.status, answer.one("Code")) == (status, code)


def test_policies_decide_about_the_queue_in_the_path(sqs, queue, user):
    keys = user("limited", Action="sqs:*", Resource=f"arn:aws:sqs:us-east-1:{ACCOUNT}:own*")
    sqs("POST", "/", {"Action": "CreateQueue", "QueueName": "own"}, keys=keys)
    assert sqs("POST", f"/{ACCOUNT}/own", {"Action": "PurgeQueue"}, keys=keys).status == 200
    denied = sqs("GET", QUEUE, {"Action": "PurgeQueue"}, keys=keys)
    assert (denied.status, denied.one("Code")) == (403, "AccessDenied")
    assert denied.one("Message") == (
        f"User: arn:aws:iam::{ACCOUNT}:user/limited is not authorized to perform: sqs:purgequeue on resource: {ARN} "
        "because no identity-based policy allows the sqs:purgequeue action"
    )


def test_tags_and_policies_in_forms_are_seen(sqs, queue, user):
    keys = user("tagger", Action=["sqs:CreateQueue"], Resource="*")
    made = {"Action": "CreateQueue", "QueueName": "x", "Tag.1.Key": "a", "Tag.1.Value": "b"}
    assert "sqs:tagqueue" in sqs("POST", "/", made, keys=keys).one("Message")
    put = {"Action": "SetQueueAttributes", "Attribute.1.Name": "Policy", "Attribute.1.Value": '{"Version": "1"}'}
    assert sqs("POST", QUEUE, put).one("Code") == "InvalidAttributeValue"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_queue_that_is_open_to_everybody_takes_unsigned_requests(vpce, sqs, queue, method):
    send = {"Action": "SendMessage", "MessageBody": "hello"}
    refused = sqs(method, QUEUE, send, sign="")
    assert (refused.status, refused.one("Code")) == (403, "AccessDenied")
    assert refused.one("Message") == f"Access to the resource https://sqs.us-east-1.amazonaws.com{QUEUE} is denied."
    permit(vpce, "*", "sqs:SendMessage")
    assert sqs(method, QUEUE, send, sign="").status == 200
    assert sqs(method, QUEUE, {"Action": "ReceiveMessage"}, sign="").status == 403
    assert vpce.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"


def test_a_queue_that_is_open_to_an_account_takes_no_unsigned_requests(vpce, sqs, queue):
    permit(vpce, {"AWS": "999988887777"}, "sqs:SendMessage")
    assert sqs("POST", QUEUE, {"Action": "SendMessage", "MessageBody": "x"}, sign="").status == 403


def test_unsigned_requests_go_through_endpoints_too(vpce, sqs, queue):
    permit(vpce, "*", "sqs:SendMessage")
    send = {"Action": "SendMessage", "MessageBody": "inside"}
    assert sqs("POST", QUEUE, send, sign="", door=vpce.url(via="sqs")).status == 200
