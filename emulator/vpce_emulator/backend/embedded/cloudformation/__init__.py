"""What moto's CloudFormation lacks, and a network with VPC endpoints needs.

`bucket_policy` is light and known from the start. Everything else is imported with the first call to CloudFormation:
moto's parser of templates imports half of moto.
"""

from __future__ import annotations

import vpce_emulator.backend.embedded.cloudformation.bucket_policy  # noqa: F401 - by being defined its type is known
