-- Only what the person may read now, and invites and reports that are open. ?4: the present time.
, page AS MATERIALIZED (
    SELECT
        n.id,
        n.kind,
        n.conversation_id,
        n.actor_id,
        n.actor_name,
        n.message_id,
        n.title,
        n.body,
        n.url,
        n.data,
        n.created_at,
        n.updated_at,
        n.read_at
