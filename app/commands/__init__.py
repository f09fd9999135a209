"""What a user can do: each with an id that menus, palette, audit log and journeys share."""
