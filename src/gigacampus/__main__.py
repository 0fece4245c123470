"""`python -m gigacampus` is the command line."""

from gigacampus.cli import main

if __name__ == "__main__":
    main()
