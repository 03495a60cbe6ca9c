"""Errors of starting Spark: Java, the libraries of the JVM, the JVM itself."""

from typing import ClassVar

from data_framework.modules.exception.data_process_exceptions import DataProcessError


class SparkError(DataProcessError):
    """Spark could not be started or was lost."""

    what: ClassVar[str] = "Spark failed: {reason}."
    advice: ClassVar[str] = "Run again; if it stays so, `data-framework doctor --engine emr` looks for the cause."


class JavaMissingError(SparkError):
    """There is no Java."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The engine emr needs Java {wanted}, and there is no `java` ({looked})."
    advice: ClassVar[str] = (
        "Install it, on Debian or Ubuntu: sudo apt-get install openjdk-17-jre-headless; or set JAVA_HOME. "
        "The engine lambda needs no Java: --technology lambda."
    )


class JavaVersionError(SparkError):
    """The Java found is not one that Spark runs on."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The engine emr needs Java {wanted}; {path} is {found}."
    advice: ClassVar[str] = (
        "Install one of them beside it, on Debian or Ubuntu: sudo apt-get install openjdk-17-jre-headless; then let "
        "JAVA_HOME name its folder."
    )


class SparkVersionError(SparkError):
    """The installed pyspark is none that the framework has libraries for."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "pyspark {found} is installed; the engine emr runs on {known}."
    advice: ClassVar[str] = "Install one of them: pip install 'data-framework[spark]'"


class JarMissingError(SparkError):
    """A library of the JVM is not there."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "Spark needs {names}, not found in {folder}."
    advice: ClassVar[str] = (
        "Fetch what is missing once with: data-framework doctor --engine emr --fetch. Without a network, copy the "
        "files there, or let DATA_FRAMEWORK_SPARK_JARS name the folder that has them."
    )


class JarFetchError(SparkError):
    """A library of the JVM could not be fetched, or is not the one that was pinned."""

    what: ClassVar[str] = "{name} could not be fetched: {reason}."
    advice: ClassVar[str] = (
        "Check the network and its proxy (HTTPS_PROXY), or let DATA_FRAMEWORK_MAVEN_URL name a mirror of Maven Central."
    )


class SparkLibraryError(SparkError):
    """The JVM that spark-submit started has not the library of Iceberg."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "This Spark has no class {name}: Iceberg is not on its class path."
    advice: ClassVar[str] = (
        "Give it to spark-submit, e.g. --jars {jars}; on EMR Serverless and EMR on EC2 it is there: let the setting "
        "spark.jars name /usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar."
    )


class SparkStartError(SparkError):
    """The JVM of Spark did not start, or died."""

    what: ClassVar[str] = "Spark did not start: {reason}. The JVM said: {stderr}"
    advice: ClassVar[str] = "Correct what the JVM complains of; `data-framework doctor --engine emr` looks at the rest."
