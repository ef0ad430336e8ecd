<?php

// Debian's packages, Pusher's library, and the classes of this application.

require_once 'Illuminate/autoload.php';
require_once 'GuzzleHttp/autoload.php';

$library = getenv('CAMPANA_PUSHER_PHP') ?: stream_resolve_include_path('Pusher/autoload.php');
if ($library) {
    require_once $library;
}

spl_autoload_register(function (string $class) {
    foreach (['App\\' => 'app', 'Pusher\\' => 'library'] as $prefix => $folder) {
        $file = __DIR__ . "/../$folder/" . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
        if (strpos($class, $prefix) === 0 && is_file($file)) {
            require $file;
        }
    }
});
