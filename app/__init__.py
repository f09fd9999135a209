"""The application core of YingShu: what the workstation knows and does, without a toolkit."""
