<?php

namespace Pusher;

/** A refusal of the server: the code is the status, the message is the body. */
class ApiErrorException extends PusherException
{
}
