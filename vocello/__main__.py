"""`python -m vocello` is the command `vocello`."""

from vocello.command_line import main

if __name__ == "__main__":
    main()
