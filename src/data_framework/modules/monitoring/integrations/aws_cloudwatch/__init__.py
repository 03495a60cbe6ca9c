"""The room of CloudWatch, which is not part of this version."""
