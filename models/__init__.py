"""Models: texts in, numbers out. Knows nothing of comments, tenants or HTTP."""
