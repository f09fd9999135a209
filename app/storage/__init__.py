"""The data folder of one station: objects by content, rows in SQLite, nothing half-written."""
