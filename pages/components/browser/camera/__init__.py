"""Pictures from the camera, in the browser."""
