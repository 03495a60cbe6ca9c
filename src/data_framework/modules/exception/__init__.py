"""The tree of errors. Written by `make docs` from the modules beside it; do not edit.

Every class states what happened and what to do next. The number is what a run answers (its exit code).

DataFrameworkError 3
├── AwsError 3
│   ├── AthenaQueryError 3
│   ├── AthenaUnavailableError 2
│   ├── AwsAccessDeniedError 2
│   ├── AwsCredentialsExpiredError 3
│   ├── AwsRequestError 3
│   ├── AwsResourceMissingError 2
│   ├── AwsSetupError 2
│   │   ├── AwsAccountError 2
│   │   ├── AwsCredentialsError 2
│   │   └── AwsRegionError 2
│   ├── AwsThrottledError 3
│   └── AwsUnreachableError 3
├── CatalogueError 3
│   ├── CatalogueLostError 3
│   ├── CatalogueUnavailableError 3
│   ├── CommitConflictError 3
│   ├── InvalidDataFileError 3
│   ├── InvalidTableNameError 2
│   ├── MissingDataFileError 3
│   ├── SchemaChangeError 2
│   ├── TableLockedError 3
│   ├── TableNotFoundError 2
│   └── UnsupportedTypeError 3
├── ConfigError 2
│   ├── ConfigErrors 2
│   │   └── ConfigParseError 2
│   ├── EnvironmentNotResolvedError 2
│   ├── ProjectExistsError 2
│   ├── ProjectNotFoundError 2
│   ├── ProjectNotWrittenError 2
│   ├── SecretError 2
│   ├── UnknownDataflowError 2
│   ├── UnknownKeyError 2
│   ├── UnknownProcessError 2
│   └── UsageError 2
├── DataFlowError 3
│   ├── ControlsStoppedError 1
│   ├── CoordinatorError 2
│   ├── CoordinatorNotFoundError 2
│   ├── NoSourceError 2
│   ├── NoTargetError 2
│   ├── NothingToReadError 2
│   ├── NothingToRunError 2
│   ├── ReplayRefusedError 2
│   ├── SchemaFrozenError 1
│   ├── SharedTableError 2
│   ├── UnexpectedError 3
│   ├── UnknownTableKeyError 2
│   ├── UserCodeError 3
│   └── UserLibraryMissingError 2
├── DataProcessError 3
│   ├── ColumnNotFoundError 2
│   ├── CountMismatchError 3
│   ├── ExportError 3
│   ├── FrameDataError 2
│   ├── FrameSchemaError 2
│   ├── PlanError 2
│   ├── PlanFailedError 3
│   ├── PublishFailedError 3
│   ├── QueryFailedError 3
│   ├── SampleReadError 2
│   ├── SparkError 3
│   │   ├── JarFetchError 3
│   │   ├── JarMissingError 2
│   │   ├── JavaMissingError 2
│   │   ├── JavaVersionError 2
│   │   ├── SparkLibraryError 2
│   │   ├── SparkStartError 3
│   │   └── SparkVersionError 2
│   └── UnknownTransformationError 2
├── GenericError 3
│   ├── InterruptedRunError 130
│   ├── MissingLibraryError 2
│   ├── NotInThisVersionError 2
│   └── UnknownChoiceError 2
├── LandingError 3
│   ├── FileContentError 1
│   │   ├── FileLimitError 1
│   │   └── MemberNameError 1
│   ├── NotOfDataflowError 2
│   ├── OutsideLandingError 2
│   └── SeveralDataflowsError 2
├── NotificationError 4
│   ├── AddressError 4
│   ├── NotDeliveredError 4
│   ├── NotificationNameTakenError 2
│   └── UnknownNotificationError 2
├── OutputError 3
│   ├── EmptyReportError 1
│   ├── ReportColumnsError 2
│   ├── ReportEncodingError 2
│   └── ReportNameError 2
├── SqlError 2
│   └── UnsafeSqlError 2
├── StorageError 3
│   ├── RunStoreError 3
│   │   ├── ClaimedElsewhereError 3
│   │   ├── LeaseLostError 3
│   │   ├── ProjectMovedError 2
│   │   ├── RunStoreCorruptError 3
│   │   ├── RunStoreLockedError 3
│   │   ├── RunStoreVersionError 2
│   │   └── UnknownRunError 2
│   ├── StorageReadError 3
│   ├── StorageWriteError 3
│   └── UnsafeKeyError 2
└── ValidationError 3
    ├── ControlDataError 2
    ├── ControlDefinitionError 2
    └── ControlTablesError 3
"""

from data_framework.modules.exception.aws_exceptions import (
    AthenaQueryError,
    AthenaUnavailableError,
    AwsAccessDeniedError,
    AwsAccountError,
    AwsCredentialsError,
    AwsCredentialsExpiredError,
    AwsError,
    AwsRegionError,
    AwsRequestError,
    AwsResourceMissingError,
    AwsSetupError,
    AwsThrottledError,
    AwsUnreachableError,
)
from data_framework.modules.exception.base import (
    DataFrameworkError,
)
from data_framework.modules.exception.catalogue_exceptions import (
    CatalogueError,
    CatalogueLostError,
    CatalogueUnavailableError,
    CommitConflictError,
    InvalidDataFileError,
    InvalidTableNameError,
    MissingDataFileError,
    SchemaChangeError,
    TableLockedError,
    TableNotFoundError,
    UnsupportedTypeError,
)
from data_framework.modules.exception.config_exceptions import (
    ConfigError,
    ConfigErrors,
    ConfigParseError,
    EnvironmentNotResolvedError,
    Problem,
    ProjectNotFoundError,
    SecretError,
    UnknownDataflowError,
    UnknownKeyError,
    UnknownProcessError,
    UsageError,
)
from data_framework.modules.exception.data_process_exceptions import (
    ColumnNotFoundError,
    CountMismatchError,
    DataProcessError,
    ExportError,
    FrameDataError,
    FrameSchemaError,
    PlanError,
    PlanFailedError,
    PublishFailedError,
    QueryFailedError,
    SampleReadError,
    UnknownTransformationError,
)
from data_framework.modules.exception.dataflow_exceptions import (
    ControlsStoppedError,
    CoordinatorError,
    CoordinatorNotFoundError,
    DataFlowError,
    NoSourceError,
    NoTargetError,
    NothingToReadError,
    NothingToRunError,
    ReplayRefusedError,
    SchemaFrozenError,
    SharedTableError,
    UnexpectedError,
    UnknownTableKeyError,
    UserCodeError,
    UserLibraryMissingError,
)
from data_framework.modules.exception.generic_exceptions import (
    GenericError,
    InterruptedRunError,
    MissingLibraryError,
    NotInThisVersionError,
    UnknownChoiceError,
)
from data_framework.modules.exception.landing_exceptions import (
    FileContentError,
    FileLimitError,
    LandingError,
    MemberNameError,
    NotOfDataflowError,
    OutsideLandingError,
    SeveralDataflowsError,
)
from data_framework.modules.exception.notification_exceptions import (
    AddressError,
    NotDeliveredError,
    NotificationError,
    NotificationNameTakenError,
    UnknownNotificationError,
)
from data_framework.modules.exception.output_exceptions import (
    EmptyReportError,
    OutputError,
    ReportColumnsError,
    ReportEncodingError,
    ReportNameError,
)
from data_framework.modules.exception.project_exceptions import (
    ProjectExistsError,
    ProjectNotWrittenError,
)
from data_framework.modules.exception.spark_exceptions import (
    JarFetchError,
    JarMissingError,
    JavaMissingError,
    JavaVersionError,
    SparkError,
    SparkLibraryError,
    SparkStartError,
    SparkVersionError,
)
from data_framework.modules.exception.sql_exceptions import (
    SqlError,
    UnsafeSqlError,
)
from data_framework.modules.exception.storage_exceptions import (
    ClaimedElsewhereError,
    LeaseLostError,
    ProjectMovedError,
    RunStoreCorruptError,
    RunStoreError,
    RunStoreLockedError,
    RunStoreVersionError,
    StorageError,
    StorageReadError,
    StorageWriteError,
    UnknownRunError,
    UnsafeKeyError,
)
from data_framework.modules.exception.validation_exceptions import (
    ControlDataError,
    ControlDefinitionError,
    ControlTablesError,
    ValidationError,
)

__all__ = [
    "AddressError",
    "AthenaQueryError",
    "AthenaUnavailableError",
    "AwsAccessDeniedError",
    "AwsAccountError",
    "AwsCredentialsError",
    "AwsCredentialsExpiredError",
    "AwsError",
    "AwsRegionError",
    "AwsRequestError",
    "AwsResourceMissingError",
    "AwsSetupError",
    "AwsThrottledError",
    "AwsUnreachableError",
    "CatalogueError",
    "CatalogueLostError",
    "CatalogueUnavailableError",
    "ClaimedElsewhereError",
    "ColumnNotFoundError",
    "CommitConflictError",
    "ConfigError",
    "ConfigErrors",
    "ConfigParseError",
    "ControlDataError",
    "ControlDefinitionError",
    "ControlTablesError",
    "ControlsStoppedError",
    "CoordinatorError",
    "CoordinatorNotFoundError",
    "CountMismatchError",
    "DataFlowError",
    "DataFrameworkError",
    "DataProcessError",
    "EmptyReportError",
    "EnvironmentNotResolvedError",
    "ExportError",
    "FileContentError",
    "FileLimitError",
    "FrameDataError",
    "FrameSchemaError",
    "GenericError",
    "InterruptedRunError",
    "InvalidDataFileError",
    "InvalidTableNameError",
    "JarFetchError",
    "JarMissingError",
    "JavaMissingError",
    "JavaVersionError",
    "LandingError",
    "LeaseLostError",
    "MemberNameError",
    "MissingDataFileError",
    "MissingLibraryError",
    "NoSourceError",
    "NoTargetError",
    "NotDeliveredError",
    "NotInThisVersionError",
    "NotOfDataflowError",
    "NothingToReadError",
    "NothingToRunError",
    "NotificationError",
    "NotificationNameTakenError",
    "OutputError",
    "OutsideLandingError",
    "PlanError",
    "PlanFailedError",
    "Problem",
    "ProjectExistsError",
    "ProjectMovedError",
    "ProjectNotFoundError",
    "ProjectNotWrittenError",
    "PublishFailedError",
    "QueryFailedError",
    "ReplayRefusedError",
    "ReportColumnsError",
    "ReportEncodingError",
    "ReportNameError",
    "RunStoreCorruptError",
    "RunStoreError",
    "RunStoreLockedError",
    "RunStoreVersionError",
    "SampleReadError",
    "SchemaChangeError",
    "SchemaFrozenError",
    "SecretError",
    "SeveralDataflowsError",
    "SharedTableError",
    "SparkError",
    "SparkLibraryError",
    "SparkStartError",
    "SparkVersionError",
    "SqlError",
    "StorageError",
    "StorageReadError",
    "StorageWriteError",
    "TableLockedError",
    "TableNotFoundError",
    "UnexpectedError",
    "UnknownChoiceError",
    "UnknownDataflowError",
    "UnknownKeyError",
    "UnknownNotificationError",
    "UnknownProcessError",
    "UnknownRunError",
    "UnknownTableKeyError",
    "UnknownTransformationError",
    "UnsafeKeyError",
    "UnsafeSqlError",
    "UnsupportedTypeError",
    "UsageError",
    "UserCodeError",
    "UserLibraryMissingError",
    "ValidationError",
]
