CREATE TABLE IF NOT EXISTS operator_actions (
    operation_id TEXT PRIMARY KEY
        CHECK (operation_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'),
    action_type TEXT NOT NULL CHECK (action_type IN ('repair_legacy_badjwt')),
    actor TEXT NOT NULL,
    scope JSONB NOT NULL,
    dry_run BOOLEAN NOT NULL,
    confirmation_digest TEXT NOT NULL,
    before_images JSONB NOT NULL DEFAULT '[]',
    matched_count BIGINT NOT NULL DEFAULT 0,
    changed_count BIGINT NOT NULL DEFAULT 0,
    applied_count BIGINT NOT NULL DEFAULT 0,
    rollback_restored_count BIGINT NOT NULL DEFAULT 0,
    rollback_skipped_count BIGINT NOT NULL DEFAULT 0,
    applied_at TIMESTAMPTZ,
    rollback_at TIMESTAMPTZ,
    status TEXT NOT NULL
        CHECK (status IN ('previewed', 'applied', 'rolled_back', 'rollback_partial', 'failed')),
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX IF NOT EXISTS idx_operator_actions_type_created
    ON operator_actions (action_type, created_at DESC);
