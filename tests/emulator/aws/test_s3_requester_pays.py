"""Which operations of S3 a requester may have to pay for, held against S3's own model."""

import botocore.session

from vpce_emulator.aws.s3_requester_pays import CHARGED, NOT_TOLD

MODEL = botocore.session.get_session().get_service_model("s3")


def having(shape_of, member):
    shapes = {name: shape_of(MODEL.operation_model(name)) for name in MODEL.operation_names}
    return {name for name, shape in shapes.items() if shape is not None and member in shape.members}


def test_a_requester_may_have_to_pay_for_what_takes_the_header_and_for_browser_uploads():
    assert having(lambda operation: operation.input_shape, "RequestPayer") == CHARGED - {"PostObject"}


def test_all_others_tell_that_the_requester_was_charged():
    assert having(lambda operation: operation.output_shape, "RequestCharged") == CHARGED - NOT_TOLD - {"PostObject"}
