from project import ProjectFolder

INCOMING = {"file_format": "csv", "filename_pattern": r"sales_.*\.csv"}


def make(root):
    project = ProjectFolder(root)
    project.write("platform.json", {"local": {"environment": "local"}})
    landing = {"incoming_file": INCOMING, "output_file": {"database": "x_raw", "table": "sales"}}
    flows = {"sales": {"processes": {"landing_to_raw": landing}}}
    project.write("transformation.json", {"project_id": "x", "dataflows": flows})
    return project


def test_status_and_rejected(tmp_path):
    project = make(tmp_path / "p")
    project.land("sales_2026-01-01.csv", "id\n1\n")
    project.land("sales_2026-01-02.csv", b"id\n\xff\n")
    project.land("other.txt", "x")
    (project.root / "data/landing/link.csv").symlink_to("/etc/passwd")
    waiting = project.json("landing", "status")
    assert {file["key"]: file["status"] for file in waiting["files"]} == {
        "sales_2026-01-01.csv": "waiting", "sales_2026-01-02.csv": "waiting", "other.txt": "unclaimed",
        "link.csv": "unclaimed",
    }  # fmt: skip
    answer = project.json("run", "sales", code=1)
    assert {file["file_name"]: file["disposition"] for file in answer["processes"][0]["files"]} == {
        "sales_2026-01-01.csv": "ingested", "sales_2026-01-02.csv": "rejected",
    }  # fmt: skip
    after = project.json("landing", "status", "--dataflow", "sales")
    assert [file["status"] for file in after["files"]] == ["ingested", "rejected"]
    (refused,) = project.json("landing", "rejected")["files"]
    assert refused["reasons"] == ["it is no valid utf-8 near byte 3"]
    assert "sales_2026-01-02.csv" in project.run("landing", "rejected").out
