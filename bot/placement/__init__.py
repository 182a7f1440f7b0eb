"""What ties a request to people: the person's side, the advocates' side, the ladder. State is in the store, never here."""
