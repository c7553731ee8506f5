"""Models to take home: files that answer exactly as the page did, without Graft."""
