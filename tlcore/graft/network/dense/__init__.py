"""Networks that answer for every place of a picture: detectors and segmenters on the maps of a backbone."""
