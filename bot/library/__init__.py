"""What the bot knows and says: content loaded, checked, found and rendered. Nothing here writes, stores or sends."""
