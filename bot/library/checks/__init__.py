"""The rules of `content/`, one function each: it takes the library and yields a line for each thing that breaks the rule.

`shape`: both languages alike · `links`: nothing points to nowhere · `numbers`: phone numbers, wrong claims, addresses ·
`reading`: what a guest can be shown is short, plain and neutral.
"""
