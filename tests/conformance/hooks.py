"""What schemathesis adds to each request: the identity of the caller, and ids that exist.

The environment variable CONFORMANCE is JSON: {"apps": {"main": APP, "spare": APP}, "ids": {PATTERN: {PARAMETER: [ID, ...]}}},
where APP is {"id", "tenant", "key", "secret", "user"}. Operations that make an app or a user unusable go to the spare app.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import time
import uuid
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import schemathesis
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

# The body of a tus request is bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

SETUP = json.loads(os.environ["CONFORMANCE"])
APPS = SETUP["apps"]
# These change limits and keys, sign the caller out, or erase them.
HARMFUL = ("/api/admin/settings", "/api/admin/keys", "/api/admin/users/", "/api/me/sign-out-everywhere")
# How many of the valid requests name something that exists.
SHARE_WITH_EXISTING_IDS = 0.6


def app_for(path):
    return APPS["spare" if any(part in path for part in HARMFUL) else "main"]


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(app):
    now = int(time.time())
    claims = {
        "sub": app["user"],
        "name": "Ana",
        "tenant": app["tenant"],
        "iat": now,
        "exp": now + 3600,
        "roles": ["admin"],
        "permissions": ["view_panic_alerts"],
    }
    signed = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.new(app["secret"].encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{encode(signature)}"


def signed_address(method, address, body, app):
    """The address with the signature of the Pusher HTTP API."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not name.startswith("auth_")]
    query = [(name, value) for name, value in query if name != "body_md5"]
    query += [("auth_key", app["key"]), ("auth_timestamp", str(int(time.time()))), ("auth_version", "1.0")]
    if body:
        query.append(("body_md5", hashlib.md5(body).hexdigest()))
    text = "&".join(f"{name.lower()}={value}" for name, value in sorted(query))
    signature = hmac.new(app["secret"].encode(), f"{method}\n{parts.path}\n{text}".encode(), hashlib.sha256).hexdigest()
    query.append(("auth_signature", signature))
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


class Identity(AuthBase):
    """A user's token; for the Pusher HTTP API the signature of a backend."""

    def __call__(self, request):
        path = urlsplit(request.url).path
        app = app_for(path)
        if path.startswith("/apps/"):
            body = request.body.encode() if isinstance(request.body, str) else request.body
            request.url = signed_address(request.method, request.url, body, app)
        else:
            request.headers["Authorization"] = f"Bearer {token(app)}"
        return request


schemathesis.auth.set_from_requests(Identity())


def is_call_for_help(case):
    """Whether a request raises an alert. Of its values only an invalid id is refused; others are left out."""
    return (case.method, case.path) == ("POST", "/api/security/alerts") and isinstance(case.body, dict)


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Puts ids that exist into valid requests, so that operations also succeed."""
    generation = case.meta.generation if case.meta else None
    if generation and is_call_for_help(case) and case.meta.is_negative_at(ParameterLocation.BODY):
        # The request counts as valid, whatever its fields are: it has to be accepted.
        generation.mode = GenerationMode.POSITIVE
    if generation is None or generation.mode is not GenerationMode.POSITIVE or case.operation is None:
        return
    # The schema cannot say that a key belongs to one request.
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    for prefix, parameters in SETUP["ids"].items():
        if not case.operation.path.startswith(prefix):
            continue
        for name, ids in parameters.items():
            if name in (case.path_parameters or {}) and random.random() < SHARE_WITH_EXISTING_IDS:
                case.path_parameters[name] = random.choice(ids)
        return
