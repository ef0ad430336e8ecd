<?php

namespace App\Events;

use Illuminate\Broadcasting\PrivateChannel;
use Illuminate\Contracts\Broadcasting\ShouldBroadcastNow;
use Illuminate\Foundation\Events\Dispatchable;

/** One event of a verified webhook, shown to operators. */
class WebhookReceived implements ShouldBroadcastNow
{
    use Dispatchable;

    public object $event;

    public function __construct(object $event)
    {
        $this->event = $event;
    }

    public function broadcastOn()
    {
        return new PrivateChannel('operations');
    }
}
