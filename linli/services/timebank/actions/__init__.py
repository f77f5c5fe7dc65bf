"""The verbs of the time bank, by what they are about; each is one transaction, permitted, audited, told."""
