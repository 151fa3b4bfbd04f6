"""What rules of security groups and entries of network ACLs say in moto's EC2: protocols, ports and lists that exist.

moto keeps whatever it is told. Imported with the first call to EC2, whose import takes long.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
Messages are those of EC2 where they are known, and name the cause where not.
"""

# ruff: noqa: ANN401 - moto's own

from __future__ import annotations

from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses.security_groups import SecurityGroups

from vpce_emulator.backend.embedded.ec2_cidrs import canonical
from vpce_emulator.backend.embedded.replacing import replace
from vpce_emulator.topology.prefix_lists import aws_prefix_lists

_MOST_ENTRIES, _THE_REST = 32766, 32767

_NUMBERS: Final = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}

_WITH_PORTS: Final = frozenset({"tcp", "udp", "6", "17"})

_create_entry = NetworkAclBackend.create_network_acl_entry
_replace_entry = NetworkAclBackend.replace_network_acl_entry
_delete_entry = NetworkAclBackend.delete_network_acl_entry
_modify_rules = SecurityGroupBackend.modify_security_group_rules


def _invalid(message: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", message)


def _is_protocol(name: str) -> bool:
    return name in _NUMBERS or name == "-1" or (name.isdigit() and int(name) < 256)


def _create_valid_entry(
    ec2: Any,
    network_acl_id: str,
    rule_number: Any,
    protocol: Any,
    rule_action: Any,
    egress: Any,
    cidr_block: Any,
    icmp_code: Any,
    icmp_type: Any,
    port_range_from: Any,
    port_range_to: Any,
    ipv6_cidr_block: Any,
) -> Any:
    """Make an entry of a network ACL; the one that denies the rest is made in the same way."""
    if not (1 <= int(rule_number) <= _MOST_ENTRIES or int(rule_number) == _THE_REST):
        raise _invalid(f"Value ({rule_number}) for parameter ruleNumber is invalid. Must be from 1 to {_MOST_ENTRIES}.")
    if not _is_protocol(str(protocol)):
        raise _invalid(f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    if rule_action not in ("allow", "deny"):
        raise _invalid(f"Value ({rule_action}) for parameter ruleAction is invalid. It must be allow or deny.")
    number = _NUMBERS.get(str(protocol), str(protocol))
    if number in _WITH_PORTS and (port_range_from is None or port_range_to is None):
        raise EC2ClientError("MissingParameter", "The request must contain the parameter portRange")
    if port_range_from is not None and port_range_to is not None and int(port_range_from) > int(port_range_to):
        raise _invalid(f"Invalid TCP/UDP port range ({port_range_from}:{port_range_to})")
    return _create_entry(
        ec2,
        network_acl_id,
        rule_number,
        number,
        rule_action,
        egress,
        canonical(cidr_block),
        icmp_code,
        icmp_type,
        port_range_from,
        port_range_to,
        canonical(ipv6_cidr_block, "ipv6CidrBlock"),
    )


def _delete_known_entry(ec2: Any, network_acl_id: str, rule_number: Any, egress: Any) -> Any:
    entries = ec2.get_network_acl(network_acl_id).network_acl_entries
    if not any(each.egress == egress and each.rule_number == rule_number for each in entries):
        message = f"The network acl entry identified by {rule_number} does not exist."
        raise EC2ClientError("InvalidNetworkAclEntry.NotFound", message)
    return _delete_entry(ec2, network_acl_id, rule_number, egress)


def _replace_entry_wholly(ec2: Any, network_acl_id: str, rule_number: Any, *more: Any, **options: Any) -> Any:
    """Replace an entry, or leave the one that is there where the new one is refused."""
    entries = ec2.get_network_acl(network_acl_id).network_acl_entries
    before = list(entries)
    try:
        return _replace_entry(ec2, network_acl_id, rule_number, *more, **options)
    except EC2ClientError:
        entries[:] = before
        raise


def _with_valid_rules(name: str) -> None:
    """Have an operation that makes rules of a security group refuse those that say nothing."""
    authorize = getattr(SecurityGroupBackend, name)

    def authorize_valid(
        ec2: Any, group_name_or_id: Any, ip_protocol: Any, from_port: Any, to_port: Any, *more: Any, **named: Any
    ) -> Any:
        _check_ports(str(ip_protocol), from_port, to_port)
        for each in named.get("prefix_list_ids") or ():
            _check_list(ec2, each.get("PrefixListId"))
        return authorize(ec2, group_name_or_id, ip_protocol, from_port, to_port, *more, **named)

    replace(SecurityGroupBackend, name, authorize_valid)


def _with_all_rules(name: str) -> None:
    """Have an operation that makes rules of a security group answer with all of them; moto's answer has the last's.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    """

    def answer(response: Any) -> ActionResult:
        response.error_on_dryrun()
        authorize = getattr(response.ec2_backend, name)
        asked = response._process_rules_from_querystring()  # noqa: SLF001 - moto's own
        made = [rule for each in asked for rule in authorize(**each)[0]]
        return ActionResult({"Return": True, "SecurityGroupRules": made})

    replace(SecurityGroups, name, answer)


def _check_ports(protocol: str, from_port: Any, to_port: Any) -> None:
    if not _is_protocol(protocol):
        raise _invalid(f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    if protocol not in _WITH_PORTS:
        return
    if from_port is None or to_port is None:
        raise _invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
    if not -1 <= int(from_port) <= int(to_port) <= 65535:
        raise _invalid(f"Invalid TCP/UDP port range ({from_port}:{to_port})")


def _modify_valid_rules(ec2: Any, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    """Change rules of a security group; ports need not be given for protocols that have none.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRuleRequest.html
    """
    changed = {}
    for rule_id, rule in rules.items():
        protocol = str(rule.get("IpProtocol"))
        _check_ports(protocol, rule.get("FromPort"), rule.get("ToPort"))
        if rule.get("PrefixListId"):
            _check_list(ec2, rule["PrefixListId"])
        cidrs = {name: canonical(rule[name], "cidrIp") for name in ("CidrIpv4", "CidrIpv6") if rule.get(name)}
        ports = {} if protocol in _WITH_PORTS else {"FromPort": -1, "ToPort": -1}
        changed[rule_id] = {**ports, **rule, **cidrs}
    _modify_rules(ec2, group_id, changed)


def _check_list(ec2: Any, list_id: Any) -> None:
    known = ec2.managed_prefix_lists.keys() | {each.id for each in aws_prefix_lists(ec2.region_name)}
    if list_id not in known:
        raise EC2ClientError("InvalidPrefixListID.NotFound", f"The prefix list ID '{list_id}' does not exist")


replace(NetworkAclBackend, "create_network_acl_entry", _create_valid_entry)
replace(NetworkAclBackend, "replace_network_acl_entry", _replace_entry_wholly)
replace(NetworkAclBackend, "delete_network_acl_entry", _delete_known_entry)
replace(SecurityGroupBackend, "modify_security_group_rules", _modify_valid_rules)
for _way in ("ingress", "egress"):
    _with_valid_rules(f"authorize_security_group_{_way}")
    _with_all_rules(f"authorize_security_group_{_way}")
