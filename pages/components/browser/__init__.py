"""Components that run in the browser, each with its JavaScript, CSS and HTML."""
