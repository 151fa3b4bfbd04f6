"""Engines that decide by identity policies without conditions: this one, moto's, and iam-simulate in Node.js."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from moto.iam.access_control import IAMPolicy, PermissionResult

from benchmarks.policy_documents import ACCOUNT, USER, Statement
from vpce_policies import PolicyKind, PolicySet, Request, compile_policy, evaluate, parse_policy

Cases = list[tuple[Statement, str, str]]
Decide = Callable[[], list[bool]]
"""Decides every case anew: whether it is allowed. What can be prepared before the requests are known has been."""

IAM_SIMULATE = "@cloud-copilot/iam-simulate"


class EngineNotThere(Exception):
    """An engine that cannot be measured here, and why."""


@contextmanager
def ours(cases: Cases) -> Iterator[Decide]:
    """Compile each policy once."""
    compiled = {id(policy): compile_policy(parse_policy(policy, PolicyKind.IDENTITY)) for policy, _, _ in cases}
    prepared = [
        (Request(action, resource, ACCOUNT, USER), PolicySet(identity=(compiled[id(policy)],)))
        for policy, action, resource in cases
    ]
    yield lambda: [evaluate(request, policies).allowed for request, policies in prepared]


@contextmanager
def moto(cases: Cases) -> Iterator[Decide]:
    """Read each policy once; moto compiles nothing."""
    read = {id(policy): IAMPolicy(json.dumps(policy)) for policy, _, _ in cases}
    prepared = [(read[id(policy)], action, resource) for policy, action, resource in cases]
    yield lambda: [
        policy.is_action_permitted(action, resource) is PermissionResult.PERMITTED
        for policy, action, resource in prepared
    ]


@contextmanager
def iam_simulate(cases: Cases, *, validated: bool) -> Iterator[Decide]:
    """Run iam-simulate as a program of its own, told when to decide all cases.

    It is installed into a directory that is deleted afterwards; it is under the AGPL, and no part of this project.

    Args:
        cases: what to decide.
        validated: whether it validates policies and requests each time, as its documentation has it.

    Raises:
        EngineNotThere: Node.js or npm is missing, or the package cannot be installed.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        process = stack.enter_context(_node(directory, "runSimulation" if validated else "runUnsafeSimulation"))
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps([_simulation(*case) for case in cases]) + "\n")

        def decide() -> list[bool]:
            print("decide", file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield decide


def _simulation(policy: Statement, action: str, resource: str) -> dict[str, object]:
    request = {"action": action, "principal": USER, "contextVariables": {}}
    return {
        "request": request | {"resource": {"resource": resource, "accountId": ACCOUNT}},
        "identityPolicies": [{"name": "policy", "policy": policy}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }


@contextmanager
def _node(directory: Path, function: str) -> Iterator[subprocess.Popen[str]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise EngineNotThere("Node.js and npm are not installed")
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(directory), IAM_SIMULATE]
    if subprocess.run(install, capture_output=True, check=False, timeout=300).returncode:
        raise EngineNotThere(f"npm cannot install {IAM_SIMULATE}")
    program = Path(__file__).with_name("iam_simulate.mjs")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([node, str(program), str(directory), function], **pipes) as process:
        try:
            yield process
        finally:
            process.terminate()


ENGINES = {
    "vpce_policies": ours,
    "moto": moto,
    "iam-simulate": lambda cases: iam_simulate(cases, validated=True),
    "iam-simulate, nothing validated": lambda cases: iam_simulate(cases, validated=False),
}
