"""The five interfaces of DB13/T 4.10 over HTTP."""
