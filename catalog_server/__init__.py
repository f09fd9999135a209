"""The resource directory service: county, city and province nodes, their portal and their exchange (DB13/T
chapter 4).
"""
