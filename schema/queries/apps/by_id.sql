SELECT
    id, tenant_id, key, secret, previous_secret, previous_secret_until, allowed_origins, jwks, jwks_url, settings, webhooks,
    disabled_at IS NOT NULL AS disabled
FROM apps
WHERE id = ?1
