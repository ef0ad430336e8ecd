SELECT hook
FROM hooks
