<?php

use Illuminate\Support\Facades\Broadcast;

Broadcast::channel('App.Models.User.{id}', fn ($user, $id) => (int) $user->id === (int) $id);

// Private and presence channels of a team: the members see the returned array.
Broadcast::channel('teams.{team}', function ($user, $team) {
    return (int) $user->team === (int) $team ? ['id' => $user->id, 'name' => $user->name] : null;
});

Broadcast::channel('operations', fn ($user) => (bool) $user->is_operator);
