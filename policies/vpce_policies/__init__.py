"""AWS IAM policies: parse them, evaluate requests against them, and say why."""

from vpce_policies.compiler import CompiledPolicy, compile_policy
from vpce_policies.decision import Decision, Layer, LayerVerdict, Verdict
from vpce_policies.document import Condition, Document, Effect, PolicyKind, Principals, Statement
from vpce_policies.errors import MalformedPolicy, PolicyTooLarge
from vpce_policies.evaluation import evaluate
from vpce_policies.request import PolicySet, Request
from vpce_policies.validation import parse_policy

__all__ = [
    "CompiledPolicy",
    "Condition",
    "Decision",
    "Document",
    "Effect",
    "Layer",
    "LayerVerdict",
    "MalformedPolicy",
    "PolicyKind",
    "PolicySet",
    "PolicyTooLarge",
    "Principals",
    "Request",
    "Statement",
    "Verdict",
    "compile_policy",
    "evaluate",
    "parse_policy",
]
