"""AWS IAM policies: parse them, evaluate requests against them, and say why."""

from vpce_policies.choices import CHOICES, Choice
from vpce_policies.compiler import CompiledPolicy, compile_policy
from vpce_policies.decision import Decision
from vpce_policies.document import Condition, Document, Effect, PolicyKind, Principals, Statement
from vpce_policies.errors import MalformedPolicy, PolicyTooLarge, Problem
from vpce_policies.evaluation import evaluate
from vpce_policies.explanation import explain
from vpce_policies.findings import Finding, all_rules, check
from vpce_policies.layers import Layer, LayerVerdict, Verdict
from vpce_policies.matching import ConditionOutcome, ElementMiss, StatementMatch, VariableValue
from vpce_policies.public_access import is_public
from vpce_policies.request import PolicySet, Request
from vpce_policies.rules import Rule, Severity
from vpce_policies.simulation import simulate, simulate_line
from vpce_policies.validation import PrincipalExists, parse_policy
from vpce_policies.vocabulary import Vocabulary, load_vocabulary
from vpce_policies.word_rules import KeyProvider

__all__ = [
    "CHOICES",
    "Choice",
    "CompiledPolicy",
    "Condition",
    "ConditionOutcome",
    "Decision",
    "Document",
    "Effect",
    "ElementMiss",
    "Finding",
    "KeyProvider",
    "Layer",
    "LayerVerdict",
    "MalformedPolicy",
    "PolicyKind",
    "PolicySet",
    "PolicyTooLarge",
    "PrincipalExists",
    "Principals",
    "Problem",
    "Request",
    "Rule",
    "Severity",
    "Statement",
    "StatementMatch",
    "VariableValue",
    "Verdict",
    "Vocabulary",
    "all_rules",
    "check",
    "compile_policy",
    "evaluate",
    "explain",
    "is_public",
    "load_vocabulary",
    "parse_policy",
    "simulate",
    "simulate_line",
]
