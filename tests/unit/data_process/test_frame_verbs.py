"""The verbs on frames, over pandas, pyarrow and narwhals."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest

from data_framework.modules.data_process.integrations.pandas.verbs.verbs import FrameVerbs
from data_framework.modules.exception import ColumnNotFoundError, FrameDataError, UnknownChoiceError

BIG = Decimal("12345678901234567890123456789012345.678")


@pytest.fixture
def verbs() -> Any:
    """The mixin alone: the methods an engine has to bring are none of its business."""
    missing = dict.fromkeys(FrameVerbs.__abstractmethods__)
    return type("OnlyVerbs", (FrameVerbs,), missing)()


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return found


def test_the_verbs_keep_the_names_of_parameters() -> None:
    assert list(inspect.signature(FrameVerbs.join).parameters)[1:] == [
        "df_1", "df_2", "how", "left_on", "right_on", "left_suffix", "right_suffix",
    ]  # fmt: skip
    assert list(inspect.signature(FrameVerbs.overwrite_columns).parameters)[1:] == [
        "dataframe", "columns", "custom_column_suffix", "default_column_suffix", "drop_columns",
    ]  # fmt: skip


# create_dataframe ---------------------------------------------------------------------------------------------------
def test_rows_become_a_frame_with_exact_types(verbs: FrameVerbs) -> None:
    schema = {"id": "int", "amount": "decimal(38,3)", "day": "date", "at": "timestamp", "tags": "array<string>"}
    frame = verbs.create_dataframe(
        [{"id": 1, "amount": str(BIG), "day": "2024-01-02", "at": "2024-01-02T03:04:05Z", "tags": ["a"]}, {"id": None}],
        schema,
    )
    assert rows(frame) == [
        {
            "id": 1,
            "amount": BIG,
            "day": date(2024, 1, 2),
            "at": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
            "tags": ["a"],
        },
        {"id": None, "amount": None, "day": None, "at": None, "tags": None},
    ]
    assert [str(kind) for kind in frame.dtypes][:2] == ["int32[pyarrow]", "decimal128(38, 3)[pyarrow]"]


@pytest.mark.parametrize(
    "data",
    [
        [{"a": 1}, {"a": 2}], {"a": [1, 2]}, pa.table({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]}),
        pa.record_batch({"a": [1, 2]}), nw.from_native(pd.DataFrame({"a": [1, 2]})), {"a": pa.array([1, 2])},
    ],
)  # fmt: skip
def test_a_frame_is_made_of_anything_like_rows(verbs: FrameVerbs, data: Any) -> None:
    assert rows(verbs.create_dataframe(data)) == [{"a": 1}, {"a": 2}]


def test_a_schema_orders_and_casts_columns(verbs: FrameVerbs) -> None:
    frame = verbs.create_dataframe(pa.table({"a": [1, 2], "c": ["x", "y"]}), {"b": "string", "a": "string"})
    assert rows(frame) == [{"b": None, "a": "1", "c": "x"}, {"b": None, "a": "2", "c": "y"}]


@pytest.mark.parametrize(
    ("data", "schema"),
    [
        ([{"a": "x"}], {"a": "int"}), ([{"a": 1}], {"a": "nonsense"}), ([1, 2], None), ({"a": [1], "b": [1, 2]}, None),
        (7, None), ([{"a": 1}, {"a": "x"}], None), ([{"a": 2**70}], {"a": "bigint"}), (pd.DataFrame({1: [2]}), None),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), None),
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(verbs: FrameVerbs, data: Any, schema: Any) -> None:
    with pytest.raises(FrameDataError):
        verbs.create_dataframe(data, schema)


# join ---------------------------------------------------------------------------------------------------------------
LEFT = pd.DataFrame({"id": [3, 1, None, 2], "v": ["c", "a", "n", "b"]})
RIGHT = pd.DataFrame({"id": [1, 2, None, 9], "v": ["A", "B", "N", "Z"], "w": [1, 2, 3, 4]})


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("inner", [(1, "a", "A", 1), (2, "b", "B", 2)]),
        ("left", [(3, "c", None, None), (1, "a", "A", 1), (None, "n", None, None), (2, "b", "B", 2)]),
        ("right", [(1, "a", "A", 1), (2, "b", "B", 2), (None, None, "N", 3), (9, None, "Z", 4)]),
        ("outer", [(3, "c", None, None), (1, "a", "A", 1), (None, "n", None, None), (2, "b", "B", 2),
                   (None, None, "N", 3), (9, None, "Z", 4)]),
    ],
)  # fmt: skip
def test_join_on_a_shared_key(verbs: FrameVerbs, how: Any, expected: list[tuple[Any, ...]]) -> None:
    found = rows(verbs.join(LEFT, RIGHT, how, "id"))
    assert [tuple(row.values()) for row in found] == expected
    assert list(found[0]) == ["id", "v_df_1", "v_df_2", "w"]


def test_semi_and_anti_answer_the_left_frame(verbs: FrameVerbs) -> None:
    assert [row["v"] for row in rows(verbs.join(LEFT, RIGHT, "semi", "id"))] == ["a", "b"]
    assert [row["v"] for row in rows(verbs.join(LEFT, RIGHT, "anti", "id"))] == ["c", "n"]
    assert list(verbs.join(LEFT, RIGHT, "anti", "id").columns) == ["id", "v"]


def test_a_cross_join_pairs_every_row(verbs: FrameVerbs) -> None:
    assert len(verbs.join(LEFT, RIGHT, "cross", [])) == 16
    with pytest.raises(FrameDataError):
        verbs.join(LEFT, RIGHT, "cross", "id")


def test_keys_of_other_names_are_both_kept(verbs: FrameVerbs) -> None:
    other = RIGHT.rename(columns={"id": "key", "w": "id"})
    found = verbs.join(LEFT, other, "inner", ["id"], ["key"], "_l", "_r")
    assert list(found.columns) == ["id", "v_l", "key", "v_r", "id_r"]
    assert [row["id_r"] for row in rows(found)] == [1, 2]


def test_decimals_of_38_digits_and_instants_survive_a_join(verbs: FrameVerbs) -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    one = pa.table({"k": pa.array([BIG], pa.decimal128(38, 3)), "at": pa.array([at], pa.timestamp("us", "UTC"))})
    found = verbs.join(one, one, "inner", "k")
    assert rows(found) == [{"k": BIG, "at_df_1": at, "at_df_2": at}]
    assert str(found.dtypes["at_df_1"]) == "timestamp[us, tz=UTC][pyarrow]"


def test_joins_that_make_no_sense_are_refused(verbs: FrameVerbs) -> None:
    with pytest.raises(ColumnNotFoundError, match="Did you mean 'id'"):
        verbs.join(LEFT, RIGHT, "inner", "idd", "id")
    with pytest.raises(FrameDataError, match="cannot be compared"):
        verbs.join(LEFT, RIGHT, "inner", "v", "w")
    with pytest.raises(FrameDataError, match="as many keys"):
        verbs.join(LEFT, RIGHT, "inner", ["id", "v"], ["id"])
    with pytest.raises(FrameDataError, match="other suffixes"):
        verbs.join(LEFT, RIGHT, "inner", "id", left_suffix="", right_suffix="")
    with pytest.raises(UnknownChoiceError, match="inner, left"):
        verbs.join(LEFT, RIGHT, "sideways", "id")  # type: ignore[arg-type]


# columns ------------------------------------------------------------------------------------------------------------
def test_overwrite_takes_the_custom_value_else_the_default(verbs: FrameVerbs) -> None:
    frame = pd.DataFrame({"k": [1, 2], "name_custom": [None, "x"], "name_default": ["d", "e"]})
    assert rows(verbs.overwrite_columns(frame, ["name"], "_custom", "_default")) == [
        {"k": 1, "name": "d"}, {"k": 2, "name": "x"},
    ]  # fmt: skip
    kept = verbs.overwrite_columns(frame, ["name"], "_custom", "_default", drop_columns=False)
    assert list(kept.columns) == ["k", "name_custom", "name_default", "name"]
    with pytest.raises(ColumnNotFoundError, match="name_other"):
        verbs.overwrite_columns(frame, ["name"], "_other", "_default")


def test_unfold_finds_the_distinct_values(verbs: FrameVerbs) -> None:
    frame = pd.DataFrame({"tags": ["b|a", "a| |", None, "Ñ|b"]})
    assert verbs.unfold_string_values(frame, "tags", "|") == ["a", "b", "Ñ"]
    with pytest.raises(FrameDataError):
        verbs.unfold_string_values(frame, "tags", "")


def test_a_dynamic_column_follows_its_reference(verbs: FrameVerbs) -> None:
    frame = pd.DataFrame({"pick": ["a", "b", "z", None], "a": [1, 2, 3, 4], "b": [10, 20, 30, 40]})
    found = verbs.add_dynamic_column(frame, "got", "pick", ["a", "b"], -1)
    assert [row["got"] for row in rows(found)] == [1, 20, -1, -1]
    assert [row["got"] for row in rows(verbs.add_dynamic_column(frame, "got", "pick", ["a"]))] == [1, None, None, None]
    assert [row["pick"] for row in rows(verbs.add_dynamic_column(frame, "pick", "pick", ["a"], 0))] == [1, 0, 0, 0]


def test_stacking_makes_rows_of_columns(verbs: FrameVerbs) -> None:
    frame = pd.DataFrame({"k": ["x", "y"], "a": [1, None], "b": [3, 4]}, dtype=object)
    assert [tuple(row.values()) for row in rows(verbs.stack_columns(frame, ["a", "b"], ["name", "value"]))] == [
        ("x", "a", 1), ("x", "b", 3), ("y", "a", None), ("y", "b", 4),
    ]  # fmt: skip
    with pytest.raises(FrameDataError, match="already"):
        verbs.stack_columns(frame, ["a", "b"], ["k", "value"])


def test_names_with_quotes_and_template_marks_are_only_names(verbs: FrameVerbs) -> None:
    name = 'a"; drop table x; -- ?'
    frame = pd.DataFrame({name: ["p|q"], "b": [1]})
    assert list(verbs.select_columns(frame, [name]).columns) == [name]
    assert rows(verbs.stack_columns(frame, [name], ["n", "v"]))[0]["n"] == name


# counting and showing -----------------------------------------------------------------------------------------------
def test_counting_and_selecting(verbs: FrameVerbs) -> None:
    assert verbs.count_rows(LEFT) == verbs.count_rows(pa.Table.from_pandas(LEFT)) == 4
    assert verbs.is_empty(LEFT.iloc[:0])
    assert not verbs.is_empty(LEFT)
    assert list(verbs.select_columns(RIGHT, ["w", "id"]).columns) == ["w", "id"]
    with pytest.raises(ColumnNotFoundError, match="Choose one of: id, v, w"):
        verbs.select_columns(RIGHT, ["nothing_like_it"])


def test_showing_shortens_wide_values(verbs: FrameVerbs, caplog: pytest.LogCaptureFixture) -> None:
    frame = pd.DataFrame({"a": ["x" * 100, "line\nbreak", None], "n": [1, 2, 3]})
    with caplog.at_level("INFO"):
        text = verbs.show_dataframe(frame, rows=2)
    lines = text.splitlines()
    assert lines[0].split() == ["a", "n"]
    assert lines[1].split() == ["x" * 39 + "…", "1"]
    assert lines[2].split() == ["line\\nbreak", "2"]
    assert lines[3] == "… 1 more rows"
    assert "line\\nbreak" in caplog.text
