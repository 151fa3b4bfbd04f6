"""IAM takes no policy that it could not understand, and none that names who does not exist."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal, **more):
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more)


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("not JSON", "Syntax errors in policy."),
        (policy(), "Syntax errors in policy."),
        (trusting({"AWS": ACCOUNT}, Resource="*"), "Has prohibited field Resource"),
        (trusting({"AWS": ACCOUNT}, Action="s3:*"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (
            trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/nobody"',
        ),
    ],
)
def test_a_malformed_trust_policy_is_refused(vpce, document, message):
    iam = vpce.client("iam")
    iam.create_user(UserName="somebody")
    expected = (400, "MalformedPolicyDocument", message)
    assert refusal(iam.create_role, RoleName="app", AssumeRolePolicyDocument=document) == expected
    somebody = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody"})
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=somebody)
    assert refusal(iam.update_assume_role_policy, RoleName="app", PolicyDocument=document) == expected


def test_who_is_in_accounts_that_nobody_uses_here_is_not_known(vpce):
    trust = trusting({"AWS": "arn:aws:iam::999988887777:role/elsewhere"})
    vpce.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=trust)


@pytest.mark.parametrize("where", ["user", "group", "role", "policy"])
def test_a_malformed_policy_is_refused_wherever_it_is_put(vpce, where):
    iam = vpce.client("iam")
    iam.create_user(UserName="one")
    iam.create_group(GroupName="one")
    iam.create_role(RoleName="one", AssumeRolePolicyDocument=trusting({"AWS": ACCOUNT}))

    def put(document):
        if where == "policy":
            iam.create_policy(PolicyName="one", PolicyDocument=document)
        else:
            whom = {f"{where.capitalize()}Name": "one"}
            getattr(iam, f"put_{where}_policy")(**whom, PolicyName="inline", PolicyDocument=document)

    status, code, _ = refusal(lambda: put(policy(ANYTHING | {"Principal": "*"})))
    assert (status, code) == (400, "MalformedPolicyDocument")
    status, code, _ = refusal(lambda: put(policy(ANYTHING | {"Resource": ["arn:aws:s3:::" + "a" * 12_000]})))
    assert (status, code) == (409, "LimitExceeded")
    put(policy(ANYTHING))
