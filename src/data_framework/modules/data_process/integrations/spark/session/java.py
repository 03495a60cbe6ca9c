"""Java: found and asked for its version before Spark is started, so that a wrong one is named and not guessed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from data_framework.modules.exception import JavaMissingError, JavaVersionError

VERSIONS = (17, 21)
WANTED = " or ".join(map(str, VERSIONS))


def find_java(variables: Mapping[str, str] = os.environ) -> Path:
    """The Java that Spark would take: that of JAVA_HOME, else the one on the path.

    Raises:
        JavaMissingError: There is none.
    """
    home = variables.get("JAVA_HOME")
    if home:
        found = Path(home) / "bin" / "java"
        if not os.access(found, os.X_OK):
            raise JavaMissingError(wanted=WANTED, looked=f"JAVA_HOME is {home}, without bin/java")
        return found
    on_path = shutil.which("java", path=variables.get("PATH"))
    if on_path is None:
        raise JavaMissingError(wanted=WANTED, looked="not on the PATH, and JAVA_HOME is not set")
    return Path(on_path)


def check_java(variables: Mapping[str, str] = os.environ) -> str:
    """Answer the version of Java and its place.

    Raises:
        JavaMissingError: There is none.
        JavaVersionError: It is none that Spark runs on.
    """
    java = find_java(variables)
    done = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False, timeout=60)
    said = (done.stderr + done.stdout).strip()
    match = re.search(r'version "(?:1\.)?(\d+)[^"]*"', said)
    if done.returncode or match is None or int(match[1]) not in VERSIONS:
        found = match[0] if match else (said.splitlines() or ["silent"])[0]
        raise JavaVersionError(wanted=WANTED, path=java, found=found)
    return f"{match[0]} at {java}"
