"""The catalogues: one package each, named in `core_catalogue`."""
