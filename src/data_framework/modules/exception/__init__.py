"""The tree of errors (drawn by hand, tested against reality).

Every class states what happened and what to do next; `exit_code` is what a run answers.
"""

from data_framework.modules.exception.aws_exceptions import *  # noqa: F403
from data_framework.modules.exception.base import DataFrameworkError as DataFrameworkError
from data_framework.modules.exception.catalogue_exceptions import *  # noqa: F403
from data_framework.modules.exception.config_exceptions import *  # noqa: F403
from data_framework.modules.exception.data_process_exceptions import *  # noqa: F403
from data_framework.modules.exception.dataflow_exceptions import *  # noqa: F403
from data_framework.modules.exception.generic_exceptions import *  # noqa: F403
from data_framework.modules.exception.landing_exceptions import *  # noqa: F403
from data_framework.modules.exception.notification_exceptions import *  # noqa: F403
from data_framework.modules.exception.output_exceptions import *  # noqa: F403
from data_framework.modules.exception.project_exceptions import *  # noqa: F403
from data_framework.modules.exception.sql_exceptions import *  # noqa: F403
from data_framework.modules.exception.storage_exceptions import *  # noqa: F403
from data_framework.modules.exception.validation_exceptions import *  # noqa: F403
