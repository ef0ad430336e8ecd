<?php

namespace App\Events;

use App\Models\User;
use Illuminate\Broadcasting\InteractsWithSockets;
use Illuminate\Broadcasting\PresenceChannel;
use Illuminate\Contracts\Broadcasting\ShouldBroadcastNow;
use Illuminate\Foundation\Events\Dispatchable;

/** Published within the request on a presence channel, under a name and with a payload of its own. */
class Greeting implements ShouldBroadcastNow
{
    use Dispatchable, InteractsWithSockets;

    private User $by;

    private string $text;

    public function __construct(User $by, string $text)
    {
        $this->by = $by;
        $this->text = $text;
    }

    public function broadcastOn()
    {
        return [new PresenceChannel("teams.{$this->by->team}")];
    }

    public function broadcastAs()
    {
        return 'greeting';
    }

    public function broadcastWith()
    {
        return ['from' => $this->by->name, 'text' => $this->text];
    }
}
