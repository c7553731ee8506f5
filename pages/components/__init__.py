"""The parts of the pages: one folder for each page, and folders for what several pages share."""
