"""The tracks at the left: who they are, how loud, and which one the hand edits."""
