SELECT id, tenant_id, key, secret, allowed_origins, jwks, jwks_url, settings, disabled_at IS NOT NULL AS disabled
FROM apps
WHERE tenant_id = ?1
