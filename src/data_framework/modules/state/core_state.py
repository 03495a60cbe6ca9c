"""The choice of a run store."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from data_framework.modules.code import Backend, Backends
from data_framework.modules.state.interface_state import StateInterface

if TYPE_CHECKING:
    from data_framework.modules.config import Config

STATES = Backends(
    "state",
    {
        "local": Backend("data_framework.modules.state.integrations.local_state:LocalState"),
        "s3": Backend("data_framework.modules.state.integrations.s3_state:S3State", extra="aws"),
    },
)


def open_state(config: Config, *, looks_only: bool = False) -> StateInterface:
    """Open the run store a configuration names: objects in a bucket, or SQLite in the local data root.

    Args:
        config: The resolved configuration.
        looks_only: Nothing will be written: then a store that is not there is not made.

    Raises:
        ProjectMovedError: The data root was moved or copied after something was written.
    """
    if config.platform.bucket_prefix is not None:
        key = config.platform.encryption.kms_key
        return cast(
            StateInterface, STATES.load("s3")(config.aws, config.platform.bucket_prefix, config.project_id, key)
        )
    state = cast(StateInterface, STATES.load("local")(config.data_root))
    state.check_home(config.data_root, note=not looks_only)
    return state
