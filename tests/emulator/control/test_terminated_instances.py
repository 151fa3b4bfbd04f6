"""What a terminated instance leaves behind: nothing of what was made with it, and all that was not, free again."""

IMAGE = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}


def _interfaces(ec2, subnet_id):
    found = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet_id]}])
    return {each["NetworkInterfaceId"]: each for each in found["NetworkInterfaces"]}


def _run(ec2, **parameters):
    (made,) = ec2.run_instances(**IMAGE, **parameters)["Instances"]
    return made["InstanceId"]


def test_the_subnet_of_a_terminated_instance_can_be_deleted_and_its_address_taken(api, ec2, network, interface):
    instance = _run(ec2, SubnetId=network.a, PrivateIpAddress="10.0.1.77")
    ec2.terminate_instances(InstanceIds=[instance])
    assert _interfaces(ec2, network.a) == {}
    configurations = [{"SubnetId": network.a, "Ipv4": "10.0.1.77"}]
    made = interface(subnets=[network.a], SubnetConfigurations=configurations)
    (endpoint,) = (e for e in api.source.current().endpoints.values() if e.id == made["VpcEndpointId"])
    assert [str(each.address) for each in endpoint.interfaces] == ["10.0.1.77"]


def test_an_interface_made_before_the_instance_stays_and_is_a_client_again(api, ec2, network):
    made = ec2.create_network_interface(SubnetId=network.a)["NetworkInterface"]["NetworkInterfaceId"]
    instance = _run(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": made}])
    assert instance in api.source.current().clients
    ec2.terminate_instances(InstanceIds=[instance])
    (left,) = _interfaces(ec2, network.a).values()
    assert (left["NetworkInterfaceId"], left["Status"], left.get("Attachment")) == (made, "available", None)
    assert {made, instance} & set(api.source.current().clients) == {made}


def test_the_elastic_ip_address_of_a_terminated_instance_is_free(ec2, network):
    network.open(ec2)
    instance = _run(ec2, SubnetId=network.a)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance)
    ec2.terminate_instances(InstanceIds=[instance])
    (described,) = ec2.describe_addresses(AllocationIds=[address])["Addresses"]
    assert not {"AssociationId", "InstanceId", "NetworkInterfaceId"} & {k for k, v in described.items() if v}


def test_terminating_twice_changes_nothing(ec2, network):
    instance = _run(ec2, SubnetId=network.a)
    answers = [ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"][0] for _ in range(2)]
    assert [each["PreviousState"]["Name"] for each in answers] == ["running", "terminated"]
