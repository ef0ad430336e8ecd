<?php

namespace Pusher;

/** The content of a verified webhook. */
class Webhook
{
    /** @param object[] $events */
    public function __construct(private int $timeMs, private array $events)
    {
    }

    /** @return object[] */
    public function get_events(): array
    {
        return $this->events;
    }

    public function get_time_ms(): int
    {
        return $this->timeMs;
    }
}
