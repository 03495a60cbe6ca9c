"""Run one process: `python src/launchers/emr_launcher.py --dataflow NAME --process landing_to_raw`.

On EMR this file is the entry point and the package comes from `--py-files data_framework.zip`; in a clone the package
beside it is used, installed or not.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from data_framework.cli import main

if __name__ == "__main__":
    main(["run", *sys.argv[1:]])
