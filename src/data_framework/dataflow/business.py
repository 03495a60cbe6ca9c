"""staging_to_business and common_to_business: what the project says in .sql or .py, or a copy by equal key."""

from data_framework.modules.dataflow.transform import TableToTable


class ProcessingCoordinator(TableToTable):
    """Writes the business layer from staging or common tables."""
