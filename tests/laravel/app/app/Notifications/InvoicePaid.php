<?php

namespace App\Notifications;

use Illuminate\Notifications\Messages\BroadcastMessage;
use Illuminate\Notifications\Notification;

class InvoicePaid extends Notification
{
    private int $amount;

    public function __construct(int $amount)
    {
        $this->amount = $amount;
    }

    public function via($user)
    {
        return ['broadcast'];
    }

    public function toBroadcast($user)
    {
        return new BroadcastMessage(['amount' => $this->amount, 'to' => $user->name]);
    }
}
