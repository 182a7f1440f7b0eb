"""Services near a person, in the Open Referral Human Services Data Specification (HSDS) 3.0 and 3.1.

`schema` what the tables are · `trees` nested JSON to rows and back · `parsing`, `exporting` files · `rules` what may be in it (R28, R29) ·
`entries` rows as values to search · `places`, `hours`, `search` · `shelf` the file in WAYMARK_HOME · `showing` words in chat.
Nothing here writes a file; `bot/directories.py` does.
"""
