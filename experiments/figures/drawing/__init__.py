"""What the figures share: style, captions, labels and panels."""
