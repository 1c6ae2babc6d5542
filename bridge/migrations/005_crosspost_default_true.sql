ALTER TABLE account_links ALTER COLUMN crosspost_enabled SET DEFAULT TRUE;
