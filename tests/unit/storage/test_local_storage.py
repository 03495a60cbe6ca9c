"""The local storage: the contract, and what only a file system can do to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from data_framework.modules.exception import StorageReadError, StorageWriteError
from data_framework.modules.storage.integrations.local_storage import LocalStorage
from data_framework.testing import StorageConformance


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


class TestLocalStorage(StorageConformance):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> LocalStorage:
        return LocalStorage(tmp_path / "data")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.csv").write_text("secret")
    return tmp_path / "data"


def problems(storage: LocalStorage, layer: str = "landing") -> dict[str, str]:
    return {found.key: found.problem for found in storage.list(layer)}


def test_what_is_no_plain_file_is_listed_with_its_problem_and_never_opened(root: Path) -> None:
    landing = root / "landing"
    os.mkfifo(landing / "pipe.csv")
    (landing / "folder.csv").mkdir()
    (landing / "folder.csv" / "inner.txt").write_text("x")
    (landing / "empty").mkdir()
    (landing / "sub").mkdir()
    (landing / "sub" / "fine.csv").write_text("x")
    (landing / "out.csv").symlink_to(root.parent / "outside" / "secret.csv")
    (landing / "out").symlink_to(root.parent / "outside")
    (landing / "round").symlink_to(landing)
    (landing / "nowhere.csv").symlink_to(landing / "missing")
    (landing / "self.csv").symlink_to("self.csv")
    (landing / "inside.csv").symlink_to(landing / "sub" / "fine.csv")
    (landing / "device.csv").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(landing / "socket.csv"))
    storage = LocalStorage(root)
    found = problems(storage)
    outside = "a link that leads out of the data root"
    assert found == {
        "pipe.csv": "a pipe", "folder.csv": "a folder", "folder.csv/inner.txt": "", "empty": "a folder",
        "sub/fine.csv": "", "out.csv": outside, "out": outside, "round": "a link to a folder",
        "nowhere.csv": "a link that leads nowhere", "self.csv": "unreadable: Too many levels of symbolic links",
        "inside.csv": "", "device.csv": outside, "socket.csv": "a socket",
    }  # fmt: skip
    for key, problem in found.items():
        if problem:
            with pytest.raises(StorageReadError), storage.open_read("landing", key):
                pass
            described = storage.stat("landing", key)
            assert described is not None
            assert described.problem == problem
    with storage.open_read("landing", "inside.csv") as stream:
        assert stream.read() == b"x"


def test_a_link_on_the_way_does_not_lead_out(root: Path) -> None:
    (root / "landing" / "out").symlink_to(root.parent / "outside")
    storage = LocalStorage(root)
    with pytest.raises(StorageReadError), storage.open_read("landing", "out/secret.csv"):
        pass
    with pytest.raises(StorageWriteError):
        storage.write("landing", "out/new.csv", [b"x"])
    with pytest.raises(StorageWriteError):
        storage.delete("landing", "out/secret.csv")
    with pytest.raises(StorageReadError):
        storage.move("landing", "out/secret.csv", "raw", "x")
    with pytest.raises(StorageReadError):
        storage.uri("landing", "out/secret.csv")
    assert list(storage.list("landing", "out/")) == []
    assert [path.name for path in (root.parent / "outside").iterdir()] == ["secret.csv"]


def test_a_layer_that_is_a_link_to_elsewhere_is_refused(root: Path) -> None:
    (root / "raw").symlink_to(root.parent / "outside")
    storage = LocalStorage(root)
    with pytest.raises(StorageReadError, match="leads out"):
        list(storage.list("raw"))
    with pytest.raises(StorageWriteError):
        storage.write("raw", "a", [b"x"])


def test_writing_over_a_link_replaces_the_link(root: Path) -> None:
    (root / "landing" / "out.csv").symlink_to(root.parent / "outside" / "secret.csv")
    LocalStorage(root).write("landing", "out.csv", [b"mine"])
    assert (root.parent / "outside" / "secret.csv").read_text() == "secret"
    assert (root / "landing" / "out.csv").read_bytes() == b"mine"


def test_the_data_root_itself_may_be_a_link(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    storage = LocalStorage(link)
    storage.write("raw", "a/b", [b"x"])
    assert storage.uri("raw", "a/b") == str(link / "raw/a/b")
    assert (root / "raw/a/b").read_bytes() == b"x"


def test_a_name_that_is_no_text_is_a_problem(root: Path) -> None:
    (Path(os.fsdecode(os.fsencode(root / "landing") + b"/caf\xe9.csv"))).write_bytes(b"x")
    assert problems(LocalStorage(root)) == {"caf\\udce9.csv": "a name that is no UTF-8 text"}


def test_a_file_in_the_place_of_a_folder_is_said(root: Path) -> None:
    storage = LocalStorage(root)
    storage.write("raw", "a", [b"x"])
    with pytest.raises(StorageWriteError, match="a/b"):
        storage.write("raw", "a/b", [b"x"])
    with pytest.raises(StorageWriteError):
        storage.create("raw", "a/b", [b"x"])
    storage.write("raw", "folder/x", [b"x"])
    with pytest.raises(StorageWriteError):
        storage.write("raw", "folder", [b"x"])
    with pytest.raises(StorageWriteError):
        storage.delete("raw", "folder")
    assert storage.stat("raw", "a/b") is None


def test_two_processes_race_to_create(root: Path) -> None:
    code = """
        import sys
        from data_framework.modules.storage.integrations.local_storage import LocalStorage
        storage = LocalStorage(sys.argv[1])
        print("ready", flush=True)
        sys.stdin.readline()
        print(sum(storage.create("raw", f"c/{n}", [sys.argv[2].encode()]) for n in range(200)))
    """
    racers = [python(code, root, name) for name in ("a", "b")]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = [int(racer.communicate()[0]) for racer in racers]
    assert sum(won) == 200
    assert len(list((root / "raw" / "c").iterdir())) == 200


def test_a_writer_killed_half_way_leaves_nothing_and_is_swept(root: Path) -> None:
    code = """
        import sys, time
        from data_framework.modules.storage.integrations.local_storage import LocalStorage
        storage = LocalStorage(sys.argv[1])
        def chunks():
            yield b"half" * 1000
            print("ready", flush=True)
            time.sleep(60)
        with storage.work_folder() as folder:
            open(folder + "/spill", "w").write("x")
            storage.write("raw", "a/b.csv", chunks())
    """
    storage = LocalStorage(root)
    storage.write("raw", "a/b.csv", [b"old"])
    with storage.work_folder() as mine:
        writer = python(code, root)
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        assert len([path for path in (root / ".work").iterdir() if path.is_dir()]) == 2
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        with LocalStorage(root).work_folder():
            left = [path for path in (root / ".work").iterdir() if path.is_dir()]
            assert Path(mine).parent in left
            assert len(left) == 2
    assert (root / "raw/a/b.csv").read_bytes() == b"old"
    assert problems(storage, "raw") == {"a/b.csv": ""}


def test_scratch_goes_with_its_process(root: Path) -> None:
    code = """
        import sys
        from data_framework.modules.storage.integrations.local_storage import LocalStorage
        LocalStorage(sys.argv[1]).write("raw", "a", [b"x"])
    """
    python(code, root).communicate()
    assert (root / "raw/a").read_bytes() == b"x"
    assert list((root / ".work").iterdir()) == []


def test_large_objects_stream(root: Path) -> None:
    code = """
        import resource, sys
        from data_framework.modules.storage.integrations.local_storage import LocalStorage
        storage = LocalStorage(sys.argv[1])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        storage.write("raw", "big", (b"x" * 65536 for _ in range(3200)))
        with storage.open_read("raw", "big") as stream:
            while stream.read(65536):
                pass
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    grown = int(python(code, root).communicate()[0])
    assert (root / "raw/big").stat().st_size == 3200 * 65536
    assert grown < 20_000


def test_modification_times_are_exact(root: Path) -> None:
    moment = time.time_ns()
    path = root / "landing" / "a"
    path.write_bytes(b"x")
    os.utime(path, ns=(moment, moment))
    found = LocalStorage(root).stat("landing", "a")
    assert found is not None
    assert found.modified == moment


def test_a_full_disk_is_said_and_leaves_nothing(root: Path) -> None:
    code = """
        import resource, signal, sys
        from data_framework.modules.exception import StorageWriteError
        from data_framework.modules.storage.integrations.local_storage import LocalStorage
        storage = LocalStorage(sys.argv[1])
        storage.write("raw", "a", [b"old"])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        for verb in (storage.write, storage.create):
            try:
                verb("raw", "a", (b"x" * 10_000 for _ in range(50)))
            except StorageWriteError as error:
                print(error.message)
        print(*[path.name for path in storage.data_root.glob(".work/*/*")])
    """
    said = python(code, root).communicate()[0].splitlines()
    assert said == ["Could not write 'a' of layer raw: file too large."] * 2 + [""]
    assert (root / "raw/a").read_bytes() == b"old"
