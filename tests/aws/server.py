"""AWS for tests: moto's server in a thread, with the gaps closed that would hide what real AWS does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

from aws.duckathena import PATCHES as ATHENA
from aws.duckathena import REGION

ACCOUNT = "123456789012"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "4",
}  # fmt: skip
LAYERS = ("landing", "raw", "staging", "common", "business", "output", "rejected", "state", "scratch")
__all__ = ["ACCOUNT", "LAYERS", "REGION", "VARIABLES", "server"]
_guard = threading.RLock()


class ConcurrentModificationError(GlueClientError):
    """What real Glue answers to an update of an old version."""

    def __init__(self) -> None:
        super().__init__("ConcurrentModificationException", "Update table failed due to concurrent modifications.")


def _checked(update: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Glue refuses an update of an old version; moto forgets to."""

    @wraps(update)
    def checked(self: Any) -> Any:
        with _guard:
            wanted = self.parameters.get("VersionId")
            name = self.parameters["TableInput"]["Name"]
            table = self.glue_backend.get_table(self.parameters["DatabaseName"], name)
            if wanted is not None and str(table._current_version) != str(wanted):
                raise ConcurrentModificationError
            return update(self)

    return checked


def _alone(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Let one request at a time look and write: moto's server has threads and no locks."""

    @wraps(verb)
    def alone(*given: Any, **named: Any) -> Any:
        with _guard:
            return verb(*given, **named)

    return alone


_PATCHES: tuple[tuple[type, str, Callable[..., Any]], ...] = (
    (GlueResponse, "update_table", _checked),
    (GlueResponse, "create_table", _alone),
    (GlueResponse, "delete_table", _alone),
    (S3Response, "put_object", _alone),
    (S3Response, "_key_response_post", _alone),
    *ATHENA,
)


@contextmanager
def server() -> Iterator[str]:
    """Start the server on a free port; yields its address."""
    real = [(kind, name, getattr(kind, name)) for kind, name, _ in _PATCHES]
    for kind, name, patch in _PATCHES:
        setattr(kind, name, patch(getattr(kind, name)))
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        running.stop()
        for kind, name, verb in real:
            setattr(kind, name, verb)
