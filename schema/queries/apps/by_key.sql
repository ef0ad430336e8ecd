SELECT
    id, tenant_id, key, secret, secret_generation, previous_secret, previous_secret_until, allowed_origins, jwks, jwks_url,
    settings, webhooks, disabled_at IS NOT NULL AS disabled,
    (
        SELECT
            json_group_array(
                json_array(page.kind, page.subject, page.before, page.version, page.effective_at, page.handed_over_at)
            )
        FROM (
            SELECT r.kind, r.subject, r.before, r.version, r.effective_at, r.handed_over_at
            FROM revocations AS r
            WHERE r.tenant_id = apps.tenant_id
            ORDER BY r.version DESC LIMIT 100
        ) AS page
    ) AS revocations
FROM apps
WHERE key = ?1
