"""A page with nothing but a coloured text. For tests."""

from pages.components.coloured import coloured

PIECES = [
    {"text": "<b>bold</b> ", "change": 0.4},
    {"text": ":red[red] ", "change": -0.2},
    {"text": "<img src=x onerror=alert(1)> ", "change": 0.001},
    {"text": "שלום", "change": 0.0},
]
if __name__ == "__main__":
    coloured(PIECES, " and the rest", "coloured")
