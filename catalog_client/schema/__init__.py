"""What goes over the wire between a station, a county, a city and the province (DB13/T 4.7, 4.10)."""
