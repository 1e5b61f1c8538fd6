"""Files analysed in processes of their own, which may be slow, hang or crash without harm to the others."""
