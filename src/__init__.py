"""The folder of the sources: the package is data_framework."""
