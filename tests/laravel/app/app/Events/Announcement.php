<?php

namespace App\Events;

use Illuminate\Broadcasting\Channel;
use Illuminate\Contracts\Broadcasting\ShouldBroadcastNow;
use Illuminate\Foundation\Events\Dispatchable;

/** Published on a public channel. */
class Announcement implements ShouldBroadcastNow
{
    use Dispatchable;

    public string $text;

    public function __construct(string $text)
    {
        $this->text = $text;
    }

    public function broadcastOn()
    {
        return new Channel('announcements');
    }
}
