"""The vocabulary as people use it: releases that are taken in, one's own terms, the command line."""
