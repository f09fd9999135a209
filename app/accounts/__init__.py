"""People of the station: logging in and out, accounts, the audit trail."""
