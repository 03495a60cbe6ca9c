"""staging_to_common: what the project says in .sql or .py, or a copy by equal key."""

from data_framework.modules.dataflow.transform import TableToTable


class ProcessingCoordinator(TableToTable):
    """Writes the common layer from staging tables."""
