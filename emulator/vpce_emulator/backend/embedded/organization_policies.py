"""Organizations in moto, with the policy types that are in force: moto takes policies of any type, enabled or not."""

from __future__ import annotations

from moto.organizations.exceptions import OrganizationsClientError, PolicyTypeNotEnabledException
from moto.organizations.models import FakeRoot
from moto.organizations.responses import OrganizationsResponse

_SCP = "SERVICE_CONTROL_POLICY"
_ALL_FEATURES = "ALL"


class EmulatedOrganizationsResponse(OrganizationsResponse):
    """moto's Organizations, in which a policy that would not be enforced is refused."""

    def create_organization(self) -> str:
        """CreateOrganization: with all features, service control policies are enabled from the start.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html
        """
        answer = super().create_organization()
        if self._has_all_features():
            self._root().add_policy_type(_SCP)
        return answer

    def attach_policy(self) -> str:
        """AttachPolicy: of types that the root has enabled alone.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
        """
        policy = self.organizations_backend.get_policy_by_id(self._get_param("PolicyId"))
        if policy.type not in {enabled["Type"] for enabled in self._root().policy_types}:
            raise PolicyTypeNotEnabledException
        return super().attach_policy()

    def enable_policy_type(self) -> str:
        """EnablePolicyType: in an organization with all features alone.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html
        """
        if self.organizations_backend.org is not None and not self._has_all_features():
            code = "PolicyTypeNotAvailableForOrganizationException"
            raise OrganizationsClientError(code, "This policy type is not available in your organization.")
        return super().enable_policy_type()

    def _has_all_features(self) -> bool:
        organization = self.organizations_backend.org
        return organization is not None and organization.feature_set == _ALL_FEATURES

    def _root(self) -> FakeRoot:
        return next(place for place in self.organizations_backend.ou if isinstance(place, FakeRoot))
