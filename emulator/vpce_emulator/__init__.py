"""AWS VPC endpoints on this machine: names, addresses, routes, policies and denials as inside a VPC, in front of moto."""
