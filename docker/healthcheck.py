"""The container's HEALTHCHECK: exits with 0 when the emulator in it is ready, else says why not and exits with 1."""

import http.client
import json
import os
import sys

# http.client, because urllib.request would ask the proxy that the environment may name.
connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("VPCE_PORT") or 4566), timeout=3)
try:
    connection.request("GET", "/_vpce/health")
    status = json.load(connection.getresponse())["status"]
except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
    sys.exit(f"no answer: {error!r}")
sys.exit(None if status == "ready" else status)
