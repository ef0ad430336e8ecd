<?php

// Every request of PHP's built-in server, which serves the files of this folder itself.

use Illuminate\Contracts\Http\Kernel;
use Illuminate\Http\Request;

if (is_file(__DIR__ . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH))) {
    return false;
}

$app = require __DIR__ . '/../bootstrap/app.php';
$kernel = $app->make(Kernel::class);
$request = Request::capture();
$response = $kernel->handle($request);
$response->send();
$kernel->terminate($request, $response);
