<!doctype html>
<html lang="en">
<head>
  <title>Orders</title>
  <meta name="csrf-token" content="{{ csrf_token() }}">
  <script src="/echo.js"></script>
  <script src="/page.js"></script>
</head>
<body>
  @auth
    <p id="user">{{ auth()->user()->name }}</p>
  @else
    <form method="post" action="/login">
      @csrf
      <input name="email" type="email" aria-label="E-mail">
      <input name="password" type="password" aria-label="Password">
      <button>Sign in</button>
    </form>
  @endauth
</body>
</html>
