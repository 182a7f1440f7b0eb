"""What must be kept, and only that: tables, encryption, keys, queues. Only this package knows SQL."""
