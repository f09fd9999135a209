"""The directory service from outside: wire schema and a synchronous client.  Imports nothing else of this
product.
"""
