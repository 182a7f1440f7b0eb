"""Custom actions: thin. They read the tracker, ask the library, hand back a reply; they hold no key and no database."""
