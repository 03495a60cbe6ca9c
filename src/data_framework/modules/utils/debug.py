"""Where an error of user code was raised: the user's own lines, without the framework's."""

from __future__ import annotations

import traceback
from pathlib import Path

_OURS = str(Path(__file__).resolve().parents[2])


def user_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames of an error's traceback that lie outside the framework, outermost first."""
    return [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_OURS)]


def user_place(error: BaseException, folder: Path | str) -> str:
    """Say where in a project's code an error was raised, as `file.py, line 12`; empty when it was not raised there.

    Args:
        error: The error, as caught.
        folder: The project's folder; the innermost frame below it counts.
    """
    root = str(folder)
    for frame in reversed(user_frames(error)):
        if frame.filename.startswith(root):
            return f"{frame.filename[len(root) :].lstrip('/')}, line {frame.lineno}"
    return ""


def user_traceback(error: BaseException) -> str:
    """Write an error's traceback with the user's frames only, as `--debug` shows it."""
    lines = traceback.format_list(user_frames(error))
    return "Traceback (your code):\n" + "".join(lines) + "".join(traceback.format_exception_only(error))
