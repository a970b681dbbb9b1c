"""Files: photos, masks, projects, models on disk, settings. No Qt, no torch."""
