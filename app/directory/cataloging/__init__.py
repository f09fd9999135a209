"""From a study and its report to a catalogue record that names nobody (DB13/T 4.8.2, 4.9.4)."""
