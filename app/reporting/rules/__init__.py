"""Quality rules of a report's words: a module a family, all listed in `resources/rules/report_rules.json`.

`reading` reads a report once, on the mentions that coding uses too; a rule is a function from that reading to
the places that it names.
"""
