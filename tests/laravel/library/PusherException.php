<?php

namespace Pusher;

/** An argument that cannot be sent, or a webhook that this app's secret did not sign. */
class PusherException extends \Exception
{
}
