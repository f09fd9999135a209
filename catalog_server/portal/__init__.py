"""The web portal: pages rendered here, readable without JavaScript."""
