<?php

use Illuminate\Support\Facades\Artisan;
use Illuminate\Support\Facades\Broadcast;
use Pusher\PusherException;

Artisan::command('pusher {method} {arguments}', function (string $method, string $arguments) {
    try {
        $answer = ['answer' => Broadcast::connection()->getPusher()->$method(...json_decode($arguments, true))];
    } catch (PusherException $error) {
        $answer = ['status' => $error->getCode(), 'error' => $error->getMessage()];
    }
    $this->line(json_encode($answer));
})->purpose("Calls a method of Pusher's library with arguments from JSON, and prints its answer as JSON");
