"""Analysis in the window: methods, structures, the device they run on."""
