"""The EC2 API of VPC endpoints, and the network read back from the backend."""
