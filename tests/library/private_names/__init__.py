"""Claims about private names that libraries lean on."""
