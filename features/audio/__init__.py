"""Audio to descriptors: decoding, the shared transforms, and one file per family of descriptors."""
