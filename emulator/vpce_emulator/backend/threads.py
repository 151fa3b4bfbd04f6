"""Work on threads that nobody waits for at the end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def on_a_thread(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Run a function on a thread of its own.

    Not on a pool's: Python waits for those before it exits, and a ReceiveMessage may wait for twenty seconds; and a
    pool may be full of calls that wait for functions, which wait for their own calls to be carried out.
    """
    future: Future[R] = Future()
    future.set_running_or_notify_cancel()
    Thread(target=_fulfil, args=(future, [partial(work, *args, **kwargs)]), name="moto", daemon=True).start()
    return future


def _fulfil(future: Future[R], work: list[Callable[[], R]]) -> None:
    try:
        # INVARIANT: nothing holds the work, and an object's content with it, once whoever waits for it goes on.
        result = work.pop()()
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
        future.set_exception(error)
    else:
        future.set_result(result)
