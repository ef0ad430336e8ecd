<?php

namespace App\Events;

use App\Models\User;
use Illuminate\Broadcasting\InteractsWithSockets;
use Illuminate\Broadcasting\PrivateChannel;
use Illuminate\Contracts\Broadcasting\ShouldBroadcast;
use Illuminate\Foundation\Events\Dispatchable;
use Illuminate\Queue\SerializesModels;

/** Published by the queue's worker on a private channel, under the name of its class. */
class OrderPlaced implements ShouldBroadcast
{
    use Dispatchable, InteractsWithSockets, SerializesModels;

    public User $by;

    public string $article;

    public function __construct(User $by, string $article)
    {
        $this->by = $by;
        $this->article = $article;
    }

    public function broadcastOn()
    {
        return new PrivateChannel("teams.{$this->by->team}");
    }
}
