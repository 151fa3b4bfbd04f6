"""What S3 answers to an upload from a form that went well: as the form's `success_action_…` fields say.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html, "Response elements" and "success_action_status".
"""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from vpce_emulator.aws.http import HttpRequest, HttpResponse
from vpce_emulator.aws.s3_form import FormUpload

_STATUSES = {"200": 200, "201": 201}
_NO_CONTENT = 204


def answer_to_form(
    upload: FormUpload, request: HttpRequest, bucket: str, etag: str, told: tuple[tuple[str, str], ...]
) -> HttpResponse:
    """Return the answer to a form upload: a redirection, an XML document, or nothing but headers.

    A status other than 200 and 201, and a place to go to that is no URL, count as none.

    Args:
        upload: the form.
        request: its head.
        bucket: where the object was put.
        etag: of the object, in quotes.
        told: further headers about the object, such as its version.
    """
    target = upload.fields.get("success_action_redirect") or upload.fields.get("redirect", "")
    scheme = "https" if request.secure else "http"
    location = f"{scheme}://{request.host}{request.raw_path.rstrip('/')}/{quote(upload.key, safe='')}"
    headers = (("ETag", etag), *told)
    if urlsplit(target).scheme in {"http", "https"} and target.isprintable():
        query = urlencode({"bucket": bucket, "key": upload.key, "etag": etag}, quote_via=quote, safe="")
        separator = "&" if urlsplit(target).query else "?"
        return HttpResponse(303, (("Location", target + separator + query), *headers))
    status = _STATUSES.get(upload.fields.get("success_action_status", ""), _NO_CONTENT)
    headers = (("Location", location), *headers)
    if status != 201:  # Created: the one that has a body
        return HttpResponse(status, headers)
    root = ElementTree.Element("PostResponse")
    for name, text in (("Location", location), ("Bucket", bucket), ("Key", upload.key), ("ETag", etag)):
        ElementTree.SubElement(root, name).text = text
    body: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return HttpResponse(status, (*headers, ("Content-Type", "application/xml")), body)
