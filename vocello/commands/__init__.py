"""What each command does, a file each; nothing here is imported before its command is typed."""
