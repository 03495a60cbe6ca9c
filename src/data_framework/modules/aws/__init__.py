"""Amazon Web Services: every client is made here, every error of theirs told here."""

from data_framework.modules.aws.clients import AwsClient, AwsClients, AwsSettings, bucket_of, encryption

__all__ = ["AwsClient", "AwsClients", "AwsSettings", "bucket_of", "encryption"]
