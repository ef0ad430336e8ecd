<?php

// Prints what the tests of a Laravel application lack, and then ends with the status 1.

$missing = [];
foreach (['Illuminate/autoload.php', 'GuzzleHttp/autoload.php'] as $file) {
    if (!stream_resolve_include_path($file)) {
        $missing[] = $file;
    }
}
foreach (['curl', 'mbstring', 'pdo_sqlite'] as $extension) {
    if (!extension_loaded($extension)) {
        $missing[] = "the extension $extension";
    }
}
echo implode(', ', $missing);
exit($missing ? 1 : 0);
