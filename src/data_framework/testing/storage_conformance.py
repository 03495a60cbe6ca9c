"""What every storage has to do: a backend certifies itself by inheriting these tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_framework.modules.exception import StorageError, StorageReadError, UnsafeKeyError
from data_framework.modules.storage import StorageInterface


def read(storage: StorageInterface, layer: str, key: str) -> bytes:
    """Read a whole object."""
    with storage.open_read(layer, key) as stream:
        return stream.read()


class StorageConformance:
    """Tests of the contract of a storage.

    A backend gives a fixture `storage`, an empty one for each test:

        class TestMyStorage(StorageConformance):
            @pytest.fixture
            def storage(self, tmp_path):
                return MyStorage(tmp_path)
    """

    def test_what_is_written_is_read(self, storage: StorageInterface) -> None:
        written = storage.write("raw", "db/t/a.csv", [b"one,", b"", b"two\n"])
        assert read(storage, "raw", "db/t/a.csv") == b"one,two\n"
        assert (written.layer, written.key, written.size, written.problem) == ("raw", "db/t/a.csv", 8, "")
        assert written.name == "a.csv"
        assert storage.stat("raw", "db/t/a.csv") == written

    def test_an_object_is_replaced_whole(self, storage: StorageInterface) -> None:
        storage.write("raw", "a", [b"a longer text"])
        storage.write("raw", "a", [b"short"])
        assert read(storage, "raw", "a") == b"short"

    def test_an_empty_object_is_an_object(self, storage: StorageInterface) -> None:
        assert storage.write("raw", "empty", []).size == 0
        assert read(storage, "raw", "empty") == b""

    def test_a_stream_that_fails_leaves_the_old_object_and_nothing_else(self, storage: StorageInterface) -> None:
        storage.write("raw", "a", [b"old"])
        with pytest.raises(ZeroDivisionError):
            storage.write("raw", "a", _failing())
        with pytest.raises(ZeroDivisionError):
            storage.write("raw", "b/c", _failing())
        assert read(storage, "raw", "a") == b"old"
        assert [found.key for found in storage.list("raw")] == ["a"]

    def test_a_reader_keeps_what_it_opened_while_it_is_replaced(self, storage: StorageInterface) -> None:
        storage.write("raw", "a", [b"old" * 100_000])
        with storage.open_read("raw", "a") as stream:
            begin = stream.read(3)
            storage.write("raw", "a", [b"new"])
            assert begin + stream.read() == b"old" * 100_000

    def test_create_happens_once(self, storage: StorageInterface) -> None:
        assert storage.create("raw", "claim", [b"first"]) is True
        assert storage.create("raw", "claim", [b"second"]) is False
        assert read(storage, "raw", "claim") == b"first"

    def test_of_many_creators_one_wins(self, storage: StorageInterface) -> None:
        won: list[int] = []
        start = threading.Barrier(8)

        def race(number: int) -> None:
            start.wait()
            if storage.create("raw", "claims/one", [str(number).encode()]):
                won.append(number)

        threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert read(storage, "raw", "claims/one") == str(won[0]).encode()

    def test_a_listing_is_recursive_sorted_by_key_and_of_one_layer(self, storage: StorageInterface) -> None:
        keys = ["b", "a/2", "a/10/x", "a-1", "a.b", "ä/ö", "a/1"]
        for key in keys:
            storage.write("raw", key, [b"x"])
        storage.write("staging", "z", [b"x"])
        assert [found.key for found in storage.list("raw")] == sorted(keys)
        assert [found.key for found in storage.list("raw", "a/")] == ["a/1", "a/10/x", "a/2"]
        assert [found.key for found in storage.list("raw", "a/1")] == ["a/1", "a/10/x"]
        assert list(storage.list("raw", "none/")) == []
        assert list(storage.list("business")) == []

    def test_a_key_may_hold_what_names_hold(self, storage: StorageInterface) -> None:
        keys = ["with space.csv", "per%20cent", "día=2026-01-01/año.csv", "a..b", "q'\"uote", "[x]*?.csv", "…"]
        for key in keys:
            storage.write("landing", key, [key.encode()])
        assert [found.key for found in storage.list("landing")] == sorted(keys)
        assert [read(storage, "landing", key).decode() for key in keys] == keys

    @pytest.mark.parametrize(
        "key", ["", "/etc/passwd", "../x", "a/../../x", "a/..", "..", ".", "a//b", "a/", "./a", "a\0b", "a\udcff"]
    )
    def test_a_key_never_leaves_its_layer(self, storage: StorageInterface, key: str) -> None:
        storage.write("staging", "x", [b"secret"])
        with pytest.raises(UnsafeKeyError):
            storage.write("raw", key, [b"x"])
        with pytest.raises(UnsafeKeyError):
            storage.create("raw", key, [b"x"])
        with pytest.raises(UnsafeKeyError), storage.open_read("raw", key):
            pass
        with pytest.raises(UnsafeKeyError):
            storage.move("staging", "x", "raw", key)
        for verb in (storage.stat, storage.delete, storage.uri):
            with pytest.raises(UnsafeKeyError):
                verb("raw", key)
        assert read(storage, "staging", "x") == b"secret"

    @pytest.mark.parametrize("layer", ["", "..", ".work", "a/b", "/", "Raw"])
    def test_a_layer_is_a_plain_name(self, storage: StorageInterface, layer: str) -> None:
        with pytest.raises(UnsafeKeyError):
            storage.write(layer, "a", [b"x"])
        with pytest.raises(UnsafeKeyError):
            list(storage.list(layer))

    def test_what_is_missing_is_said(self, storage: StorageInterface) -> None:
        assert storage.stat("raw", "nothing") is None
        with pytest.raises(StorageReadError, match="nothing"), storage.open_read("raw", "nothing"):
            pass
        with pytest.raises(StorageError):
            storage.move("raw", "nothing", "raw", "something")
        storage.delete("raw", "nothing")

    def test_move_takes_the_object_along(self, storage: StorageInterface) -> None:
        storage.write("raw", "d=1/a", [b"old"])
        storage.write("rejected", "b", [b"replaced"])
        storage.move("raw", "d=1/a", "rejected", "b")
        assert read(storage, "rejected", "b") == b"old"
        assert storage.stat("raw", "d=1/a") is None
        assert list(storage.list("raw")) == []

    def test_delete_leaves_no_trace(self, storage: StorageInterface) -> None:
        storage.write("raw", "d=1/a", [b"x"])
        storage.delete("raw", "d=1/a")
        assert storage.stat("raw", "d=1/a") is None
        assert list(storage.list("raw")) == []

    def test_clear_takes_all_below_a_prefix_and_no_more(self, storage: StorageInterface) -> None:
        for key in ("work/1/a", "work/1/b/c", "work/10/a"):
            storage.write("raw", key, [b"x"])
        storage.clear("raw", "work/1/")
        assert [found.key for found in storage.list("raw")] == ["work/10/a"]
        storage.clear("raw", "work/2/")
        with pytest.raises(UnsafeKeyError):
            storage.clear("raw", "../")

    def test_a_replaced_object_is_known_by_its_time_or_version(self, storage: StorageInterface) -> None:
        first = storage.write("landing", "a", [b"x"])
        second = storage.write("landing", "a", [b"y"])
        assert (first.modified, first.version) != (second.modified, second.version)

    def test_an_address_names_the_object(self, storage: StorageInterface) -> None:
        assert storage.uri("raw", "db/a b.csv").endswith("/db/a b.csv")

    def test_a_work_folder_is_there_while_it_is_used(self, storage: StorageInterface) -> None:
        with storage.work_folder() as first, storage.work_folder() as second:
            assert first != second
            file = Path(first, "x")
            file.write_bytes(b"x")
            assert not list(Path(second).iterdir())
        assert not Path(first).exists()
        assert not Path(second).exists()


def _failing() -> Iterator[bytes]:
    yield b"new"
    raise ZeroDivisionError
