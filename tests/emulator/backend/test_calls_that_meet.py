"""Calls on the event loop and on threads: none sees an object half written, and none waits for itself."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from vpce_emulator.backend.embedded.patches import outbox
from vpce_emulator.backend.turns import WHOLE_BUCKET, Turn, Turns

LARGE = 2 << 20
NOTIFY_QUEUE = """<NotificationConfiguration><QueueConfiguration><Id>n</Id><Queue>{}</Queue>
<Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>"""


async def test_many_writers_and_readers_of_one_key_all_succeed(caller):
    await caller.s3("PUT", "/bucket")
    bodies = [bytes([number]) * (LARGE if number % 2 else 100) for number in range(16)]
    await caller.s3("PUT", "/bucket/k", body=bodies[0])

    async def write(body: bytes):
        return await caller.s3("PUT", "/bucket/k", body=body)

    async def read():
        return await caller.s3("GET", "/bucket/k")

    answers = await asyncio.gather(*itertools.chain.from_iterable((write(body), read()) for body in bodies))
    assert {answer.status for answer in answers} == {200}
    assert {answer.body for answer in answers[1::2]} <= set(bodies)


async def test_deleting_a_bucket_waits_for_an_object_that_is_being_written(caller):
    await caller.s3("PUT", "/bucket")
    put = asyncio.create_task(caller.s3("PUT", "/bucket/k", body=b"x" * LARGE))
    await asyncio.sleep(0)
    deletion = await caller.s3("DELETE", "/bucket")
    assert (await put).status == 200
    assert (deletion.status, b"BucketNotEmpty" in deletion.body) == (409, True)


async def test_a_caller_who_goes_away_leaves_no_turn_behind(caller):
    await caller.s3("PUT", "/bucket")
    gone = asyncio.create_task(caller.s3("PUT", "/bucket/k", body=b"x" * LARGE))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (await asyncio.wait_for(caller.s3("PUT", "/bucket/k", body=b"y"), 10)).status == 200
    assert (await caller.s3("GET", "/bucket/k")).body == b"y"


async def test_a_notified_function_may_read_the_object_that_it_is_told_of(caller, backend, monkeypatch):
    """A function in a container calls the emulator back over HTTP, while the upload that started it is still open."""
    loop = asyncio.get_running_loop()
    read_back = []

    def function(*_, **__):
        request = caller.s3("GET", "/bucket/k")
        read_back.append(asyncio.run_coroutine_threadsafe(request, loop).result(timeout=10).body)

    monkeypatch.setattr("moto.sqs.models.SQSBackend.send_message", function)
    sqs = backend.client("sqs", region="us-east-1", account_id=caller.account_id)
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket", body=NOTIFY_QUEUE.format(arn).encode(), query="notification")
    read_back.clear()
    await asyncio.wait_for(caller.s3("PUT", "/bucket/k", body=b"x" * LARGE), 10)
    await asyncio.wait_for(caller.s3("PUT", "/bucket/k", body=b"y"), 10)
    assert read_back == [b"x" * LARGE, b"y"]
    assert outbox.deliveries is None


async def test_a_notification_arrives_before_the_upload_is_answered(caller, backend):
    sqs = backend.client("sqs", region="us-east-1", account_id=caller.account_id)
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    await caller.s3("PUT", "/bucket")
    await caller.s3("PUT", "/bucket", body=NOTIFY_QUEUE.format(arn).encode(), query="notification")
    await caller.s3("PUT", "/bucket/k", body=b"x")
    bodies = [message["Body"] for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]]
    assert any("ObjectCreated:Put" in body for body in bodies)


A, B = ("bucket", "a"), ("bucket", "b")
ALL, OTHER = ("bucket", WHOLE_BUCKET), ("other", "a")
MEETINGS = [
    ((A,), (A,), True),
    ((A,), (B,), False),
    ((A,), (ALL,), True),
    ((A,), (OTHER,), False),
    ((B, OTHER), (OTHER,), True),
]


@pytest.mark.parametrize(("one", "other", "meet"), MEETINGS)
def test_turns_meet_at_an_object_or_at_its_bucket(one, other, meet):
    assert Turn(one).meets(Turn(other)) is meet
    assert Turn(other).meets(Turn(one)) is meet


async def test_turns_are_given_in_the_order_in_which_they_were_wanted():
    turns, order = Turns(), []

    async def use(name: str, turn: Turn):
        await turns.take(turn)
        order.append(name)
        await asyncio.sleep(0)
        turns.hand_back(turn)

    names = {"a1": Turn((A,)), "whole": Turn((ALL,)), "a2": Turn((A,)), "elsewhere": Turn((OTHER,)), "b": Turn((B,))}
    await asyncio.gather(*(use(name, turn) for name, turn in names.items()))
    assert order.index("a1") < order.index("whole") < min(order.index("a2"), order.index("b"))
    assert order.index("elsewhere") < order.index("whole")


async def test_a_cancelled_wait_leaves_the_queue():
    turns, held, waiting = Turns(), Turn((A,)), Turn((A,))
    await turns.take(held)
    task = asyncio.create_task(turns.take(waiting))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    turns.hand_back(held)
    await asyncio.wait_for(turns.take(Turn((A,))), 1)


async def test_a_turn_granted_to_a_caller_who_is_cancelled_at_that_moment_goes_to_the_next():
    turns, held, lost, following = Turns(), Turn((A,)), Turn((A,)), Turn((A,))
    await turns.take(held)
    losing = asyncio.create_task(turns.take(lost))
    next_one = asyncio.create_task(turns.take(following))
    await asyncio.sleep(0)
    turns.hand_back(held)
    losing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await losing
    await asyncio.wait_for(next_one, 1)


LONG_POLL = """
import asyncio, sys
sys.path.insert(0, {folder!r})
import conftest
from vpce_emulator.backend.embedded import EmbeddedBackend

async def main():
    backend = EmbeddedBackend()
    caller = conftest.Caller(backend)
    await caller.json("sqs", "AmazonSQS", "CreateQueue", {{"QueueName": "q"}})
    url = f"https://sqs.us-east-1.amazonaws.com/{{conftest.ACCOUNT}}/q"
    poll = caller.json("sqs", "AmazonSQS", "ReceiveMessage", {{"QueueUrl": url, "WaitTimeSeconds": 20}})
    waiting = asyncio.ensure_future(poll)
    await asyncio.sleep(0.1)
    print("still waiting" if not waiting.done() else waiting.result(), flush=True)
    waiting.cancel()

asyncio.run(main())
"""


def test_a_receiver_that_waits_does_not_hold_up_the_end():
    program = LONG_POLL.format(folder=str(Path(__file__).parent))
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - ourselves
        assert running.stdout.readline() == "still waiting\n"
        # The receiver would wait for five seconds more than that.
        assert running.wait(15) == 0
