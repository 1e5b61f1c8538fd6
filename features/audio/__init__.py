"""Audio analysis: decoding, the shared transforms, and one module per family of descriptors."""
