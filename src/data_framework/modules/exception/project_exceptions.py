"""Errors of making a project."""

from typing import ClassVar

from data_framework.modules.exception.config_exceptions import ConfigError


class ProjectExistsError(ConfigError):
    """A project would be made where something is already."""

    what: ClassVar[str] = "{folder!r} is not an empty folder."
    advice: ClassVar[str] = "Name a folder that does not exist yet, or an empty one."


class ProjectNotWrittenError(ConfigError):
    """The files of a new project could not be written."""

    what: ClassVar[str] = "Could not write the project to {folder!r}: {reason}."
    advice: ClassVar[str] = "Choose a folder you may write to."
