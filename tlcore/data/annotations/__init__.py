"""Annotations of pictures, boxes and areas, in the formats of the field."""
