"""Why a model answers as it does: heat on pictures, words left out of texts. Imports TensorFlow."""
