<?php

use App\Models\User;
use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Hash;
use Illuminate\Support\Facades\Schema;

return new class extends Migration
{
    public function up(): void
    {
        Schema::create('users', function (Blueprint $table) {
            $table->id();
            $table->string('name');
            $table->string('email')->unique();
            $table->string('password');
            $table->integer('team');
            $table->boolean('is_operator');
            $table->rememberToken();
        });
        Schema::create('jobs', function (Blueprint $table) {
            $table->id();
            $table->string('queue')->index();
            $table->longText('payload');
            $table->unsignedTinyInteger('attempts');
            $table->unsignedInteger('reserved_at')->nullable();
            $table->unsignedInteger('available_at');
            $table->unsignedInteger('created_at');
        });
        Schema::create('failed_jobs', function (Blueprint $table) {
            $table->id();
            $table->string('uuid')->unique();
            $table->text('connection');
            $table->text('queue');
            $table->longText('payload');
            $table->longText('exception');
            $table->timestamp('failed_at')->useCurrent();
        });
        foreach ([[7, 'Ana', 1, false], [8, 'Ben', 1, false], [9, 'Cleo', 2, false], [10, 'Olga', 3, true]] as $row) {
            [$id, $name, $team, $is_operator] = $row;
            $email = strtolower($name) . '@orders.example';
            $password = Hash::make("password of $name", ['rounds' => 4]);
            User::create(compact('id', 'name', 'email', 'password', 'team', 'is_operator'));
        }
    }
};
