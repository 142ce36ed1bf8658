"""Lambda functions that really run: each uploaded zip in processes of its own."""
