"""All controls of a project, and writing those of its files into the tables of controls."""

from __future__ import annotations

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config import Config
from data_framework.modules.validation.places import controls_database
from data_framework.modules.validation.store import append_rows, read_rows
from data_framework.modules.validation.tables import DATASET, MASTER, Loaded, load_controls, master_rows, to_row


def all_controls(config: Config, catalogue: CatalogueInterface) -> list[Loaded]:
    """Every control there is: those of the project's files, then those of the tables."""
    master, dataset = (read_rows(catalogue, controls_database(config, name)) for name in (MASTER, DATASET))
    return load_controls(config.controls, master, dataset)


def load_tables(config: Config, catalogue: CatalogueInterface) -> dict[str, int]:
    """Write the controls of the project's files into controls_master and controls_dataset, replacing what is there.

    Returns:
        Rows written by table.
    """
    rows = {MASTER: master_rows(config.controls), DATASET: [to_row(control) for control in config.controls]}
    for name, written in rows.items():
        append_rows(
            catalogue, controls_database(config, name), written, {"project-id": config.project_id}, replace=True
        )
    return {name: len(written) for name, written in rows.items()}
