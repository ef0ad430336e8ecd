<?php

use App\Events\Announcement;
use App\Events\Greeting;
use App\Events\OrderPlaced;
use App\Models\User;
use App\Notifications\InvoicePaid;
use Illuminate\Auth\Middleware\Authenticate;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Route;

Route::view('/', 'home');

Route::post('/login', function (Request $request) {
    if (!Auth::attempt($request->only('email', 'password'))) {
        abort(401);
    }
    $request->session()->regenerate();
    return redirect('/');
})->name('login');

Route::middleware(Authenticate::class)->group(function () {
    Route::post('/orders', function (Request $request) {
        broadcast(new OrderPlaced($request->user(), $request->input('article')))->toOthers();
        return response()->noContent();
    });

    Route::post('/greetings', function (Request $request) {
        $greeting = broadcast(new Greeting($request->user(), $request->input('text')));
        if ($request->boolean('others')) {
            $greeting->toOthers();
        }
        return response()->noContent();
    });

    Route::post('/announcements', function (Request $request) {
        Announcement::dispatch($request->input('text'));
        return response()->noContent();
    });

    Route::post('/invoices', function (Request $request) {
        User::findOrFail($request->input('user'))->notify(new InvoicePaid($request->input('amount')));
        return response()->noContent();
    });
});
