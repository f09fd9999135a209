"""What is on the screens, as evented intent; and how it resolves to what is drawn."""
