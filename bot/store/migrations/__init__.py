"""One file a revision. A revision that was released is never changed; docs/how-to/change-the-database.md says how to add one."""
