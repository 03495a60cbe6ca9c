"""The local storage: one folder per layer below the data root."""

from __future__ import annotations

import errno
import os
import stat as modes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar

from typing_extensions import override

from data_framework.modules.exception import StorageReadError, StorageWriteError
from data_framework.modules.storage.integrations.scratch import Scratch
from data_framework.modules.storage.interface_storage import StorageInterface, StoredObject, is_text, printable_key

OUTSIDE = "a link that leads out of the data root"
_KINDS = {
    modes.S_IFDIR: "a folder", modes.S_IFIFO: "a pipe", modes.S_IFSOCK: "a socket",
    modes.S_IFCHR: "a device", modes.S_IFBLK: "a device",
}  # fmt: skip


class LocalStorage(StorageInterface):
    """Layers as folders of one data root, on one file system.

    Objects are written to a scratch file, made durable, and then renamed (or linked, where only a new one may appear),
    so that no reader and no crash ever sees a part of one.

    Args:
        data_root: The folder of the layers; made when something is written.
    """

    attempts: ClassVar[int] = 5

    def __init__(self, data_root: Path | str) -> None:
        self.data_root = Path(os.path.abspath(data_root))  # noqa: PTH100 - a link to the data root stays as named
        self._real_root = os.path.realpath(data_root)
        self._scratch = Scratch(self.data_root / ".work")

    @override
    @contextmanager
    def work_folder(self) -> Iterator[str]:
        with self._translated(StorageWriteError, ".work", "work folder"):
            folder = self._scratch.folder()
        try:
            yield str(folder)
        finally:
            self._scratch.remove(folder)

    @override
    def _list(self, layer: str, prefix: str) -> Iterator[StoredObject]:
        root = self.data_root / layer
        if not self._inside(root):
            raise StorageReadError(layer=layer, key=prefix, reason=f"the layer's folder is {OUTSIDE}")
        folder = prefix.rpartition("/")[0]
        start = root / folder if folder else root
        if self._inside(start) and start.is_dir():
            base = f"{folder}/" if folder else ""
            yield from (found for found in self._walk(layer, start, base, prefix) if found.key.startswith(prefix))

    def _walk(self, layer: str, folder: Path, base: str, prefix: str) -> Iterator[StoredObject]:
        with os.scandir(folder) as scan:
            entries = sorted(
                scan, key=lambda entry: entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name
            )
        for entry in entries:
            key = base + entry.name
            if entry.is_dir(follow_symlinks=False):
                if _may_match(key + "/", prefix):
                    yield from self._folder(layer, Path(entry.path), key, prefix)
            else:
                found = self._describe(layer, key, Path(entry.path), is_link=entry.is_symlink())
                if found:
                    yield found

    def _folder(self, layer: str, folder: Path, key: str, prefix: str) -> Iterator[StoredObject]:
        # A folder that is empty or named like a file (sales.csv/) was probably meant as one: say so.
        found = self._walk(layer, folder, f"{key}/", prefix)
        try:
            first = next(found, None)
        except FileNotFoundError:
            return
        except PermissionError:
            yield StoredObject(layer, printable_key(key), 0, 0, problem="a folder that may not be read")
            return
        if first is None or any(map(str.isalpha, folder.suffix)):
            described = self._describe(layer, key, folder, is_link=False)
            if described:
                yield described
        if first is not None:
            yield first
            yield from found

    def _describe(self, layer: str, key: str, path: Path, *, is_link: bool) -> StoredObject | None:
        if is_link and not self._inside(path):
            return StoredObject(layer, printable_key(key), 0, 0, problem=OUTSIDE)
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return (
                StoredObject(layer, printable_key(key), 0, 0, problem="a link that leads nowhere") if is_link else None
            )
        except OSError as error:
            return StoredObject(layer, printable_key(key), 0, 0, problem=f"unreadable: {error.strerror}")
        problem = "" if modes.S_ISREG(status.st_mode) else _KINDS.get(modes.S_IFMT(status.st_mode), "no plain file")
        if not is_text(key):
            problem = problem or "a name that is no UTF-8 text"
        shown = f"a link to {problem}" if problem and is_link else problem
        return StoredObject(layer, printable_key(key), status.st_size, status.st_mtime_ns, problem=shown)

    @override
    def _stat(self, layer: str, key: str) -> StoredObject | None:
        path = self.data_root / layer / key
        if not self._inside(path):
            return StoredObject(layer, key, 0, 0, problem=OUTSIDE)
        return self._describe(layer, key, path, is_link=path.is_symlink())

    @override
    def _open(self, layer: str, key: str) -> BinaryIO:
        # Without O_NONBLOCK a pipe put in the object's place since it was looked at would be waited for.
        descriptor = os.open(self.data_root / layer / key, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not modes.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StorageReadError(layer=layer, key=key, reason="it is no plain file any more")
        return os.fdopen(descriptor, "rb")

    @override
    def _write(self, layer: str, key: str, chunks: Iterable[bytes], *, only_new: bool) -> bool:
        target = self._target(layer, key)
        temporary = self._scratch.file()
        try:
            with temporary.open("xb") as handle:
                for chunk in chunks:
                    handle.write(chunk)
                handle.flush()
                os.fsync(handle.fileno())
            return self._publish(layer, temporary, target, only_new=only_new)
        finally:
            temporary.unlink(missing_ok=True)

    @override
    def _move(self, layer: str, key: str, to_layer: str, to_key: str) -> None:
        source = self.data_root / layer / key
        self._publish(to_layer, source, self._target(to_layer, to_key), only_new=False)
        _sync(source.parent)
        self._prune(layer, source.parent)

    @override
    def _delete(self, layer: str, key: str) -> None:
        target = self._target(layer, key)
        try:
            target.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        _sync(target.parent)
        self._prune(layer, target.parent)

    @override
    def _uri(self, layer: str, key: str) -> str:
        path = self.data_root / layer / key
        if not self._inside(path):
            raise StorageReadError(layer=layer, key=key, reason=OUTSIDE)
        return str(path)

    def _inside(self, path: Path) -> bool:
        return os.path.commonpath((os.path.realpath(path), self._real_root)) == self._real_root

    def _target(self, layer: str, key: str) -> Path:
        target = self.data_root / layer / key
        if not self._inside(target.parent):
            raise StorageWriteError(layer=layer, key=key, reason=f"a folder on its way is {OUTSIDE}")
        return target

    def _publish(self, layer: str, source: Path, target: Path, *, only_new: bool) -> bool:
        try:
            self._place(source, target, only_new=only_new)
        except FileExistsError:
            if not only_new or not os.path.lexists(target):
                raise
            return False
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            reason = "its layer lies on another file system than the data root"
            raise StorageWriteError(layer=layer, key=target.name, reason=reason) from error
        self._sync_up(layer, target.parent)
        return True

    def _place(self, source: Path, target: Path, *, only_new: bool) -> None:
        for attempt in range(1, self.attempts + 1):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target) if only_new else source.replace(target)
            except FileNotFoundError:
                # Another process pruned the folder between its making and the rename.
                if attempt == self.attempts or not source.exists():
                    raise
            else:
                return

    def _sync_up(self, layer: str, folder: Path) -> None:
        while folder not in (self.data_root / layer, self.data_root):
            _sync(folder)
            folder = folder.parent
        _sync(folder)

    def _prune(self, layer: str, folder: Path) -> None:
        """Remove folders that became empty: elsewhere folders do not exist at all."""
        while folder != self.data_root / layer:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _may_match(folder: str, prefix: str) -> bool:
    return folder.startswith(prefix) or prefix.startswith(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
