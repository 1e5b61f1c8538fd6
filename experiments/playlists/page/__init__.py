"""A page of a playlist to keep: the list with its reasons, pictures, previews and runners-up."""
