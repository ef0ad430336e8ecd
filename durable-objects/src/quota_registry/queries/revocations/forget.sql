DELETE FROM revocations
WHERE is_listed = 1 AND effective_at <= ?1
AND NOT EXISTS (
    SELECT 1 FROM revocation_receivers AS w WHERE w.kind = revocations.kind AND w.subject = revocations.subject
)
