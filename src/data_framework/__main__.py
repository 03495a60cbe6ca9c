"""`python -m data_framework`."""

from data_framework.cli import main

if __name__ == "__main__":
    main()
