"""Tables of texts from files of unknown making, and cells for programs that would execute them."""
