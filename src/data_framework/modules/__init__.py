"""The modules of the framework, each in one shape: face, contract, choice, backends."""
