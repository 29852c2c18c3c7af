"""Everything the app can do, by name: for menus, shortcuts, and the palette that finds it."""
