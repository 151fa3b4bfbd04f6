"""Parsing."""
from __future__ import annotations
import json
from vpce_policies.document import *
def parse_policy(text, kind):
    d = json.loads(text) if isinstance(text, str) else text
    lst = lambda x: tuple(x) if isinstance(x, (list, tuple)) else (x,)
    def sc(v): return v if isinstance(v, str) else json.dumps(v)
    def pr(p):
        if p == "*": return Principals(everyone=True)
        return Principals(aws=lst(p.get("AWS", ())), service=lst(p.get("Service", ())), federated=lst(p.get("Federated", ())), canonical_user=lst(p.get("CanonicalUser", ())))
    out = []
    for i, s in enumerate(lst(d["Statement"])):
        p = s.get("Principal", s.get("NotPrincipal"))
        out.append(Statement(i, Effect(s["Effect"]), lst(s.get("Action", s.get("NotAction"))), lst(s.get("Resource", s.get("NotResource"))), s.get("Sid"), pr(p) if p is not None else None, "NotPrincipal" in s, "NotAction" in s, "NotResource" in s,
          tuple(Condition(o, k, tuple(map(sc, lst(v)))) for o, b in s.get("Condition", {}).items() for k, v in b.items())))
    return Document(kind, d.get("Version", VERSION_2008), tuple(out))
