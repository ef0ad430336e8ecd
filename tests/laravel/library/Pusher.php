<?php

namespace Pusher;

use GuzzleHttp\Client;
use GuzzleHttp\ClientInterface;

/**
 * The part of Pusher's server API that a Laravel application uses, under the names of Pusher's PHP library, because Laravel requires a
 * class of this name and no Debian package has it. Written from the published protocol. The tests prefer the library itself where it
 * is installed (see bootstrap/autoload.php of the application).
 */
class Pusher
{
    private string $address;

    private ClientInterface $client;

    public function __construct(
        private string $key,
        private string $secret,
        private string $appId,
        private array $options = [],
        ?ClientInterface $client = null
    ) {
        $scheme = $options['scheme'] ?? (($options['useTLS'] ?? true) ? 'https' : 'http');
        $port = $options['port'] ?? ($scheme === 'https' ? 443 : 80);
        // As with Pusher, an app without a host belongs to a cluster.
        $host = $options['host'] ?? 'api-' . ($options['cluster'] ?? 'mt1') . '.pusher.com';
        $this->address = "$scheme://$host:$port";
        $this->client = $client ?? new Client(['timeout' => 30]);
    }

    public function getSettings(): array
    {
        return ['auth_key' => $this->key, 'secret' => $this->secret, 'app_id' => $this->appId] + $this->options;
    }

    /** @param string|string[] $channels */
    public function trigger($channels, string $event, $data, array $params = [], bool $isEncoded = false): object
    {
        $body = ['name' => $event, 'data' => $this->encode($data, $isEncoded), 'channels' => array_values((array) $channels)];
        return $this->post('/events', $body + $params);
    }

    /** @param array[] $batch each with channel, name, data, and optionally socket_id and info */
    public function triggerBatch(array $batch = [], bool $isEncoded = false): object
    {
        $encoded = fn (array $event) => ['data' => $this->encode($event['data'], $isEncoded)] + $event;
        return $this->post('/batch_events', ['batch' => array_map($encoded, $batch)]);
    }

    public function sendToUser(string $user, string $event, $data, bool $isEncoded = false): object
    {
        return $this->trigger("#server-to-user-$user", $event, $data, [], $isEncoded);
    }

    public function terminateUserConnections(string $user): object
    {
        return $this->post("/users/$user/terminate_connections", new \stdClass());
    }

    public function getChannels(array $params = []): object
    {
        $answer = $this->get('/channels', $params);
        $answer->channels = (array) $answer->channels;
        return $answer;
    }

    public function getChannelInfo(string $channel, array $params = []): object
    {
        return $this->get("/channels/$channel", $params);
    }

    public function getPresenceUsers(string $channel): object
    {
        return $this->get("/channels/$channel/users");
    }

    /** @return string JSON, the answer of an endpoint that signs users in */
    public function authenticateUser(string $socket, array $user): string
    {
        $data = json_encode($user, JSON_THROW_ON_ERROR);
        return json_encode(['auth' => $this->signed("$socket::user::$data"), 'user_data' => $data]);
    }

    /** @return string JSON, the answer of an endpoint that signs subscriptions */
    public function authorizeChannel(string $channel, string $socket, ?string $data = null): string
    {
        $signed = $data === null ? "$socket:$channel" : "$socket:$channel:$data";
        return json_encode(['auth' => $this->signed($signed)] + ($data === null ? [] : ['channel_data' => $data]));
    }

    public function authorizePresenceChannel(string $channel, string $socket, string $user, $info = null): string
    {
        $member = ['user_id' => $user] + ($info ? ['user_info' => $info] : []);
        return $this->authorizeChannel($channel, $socket, json_encode($member, JSON_THROW_ON_ERROR));
    }

    public function socketAuth(string $channel, string $socket, ?string $data = null): string
    {
        return $this->authorizeChannel($channel, $socket, $data);
    }

    public function presenceAuth(string $channel, string $socket, string $user, $info = null): string
    {
        return $this->authorizePresenceChannel($channel, $socket, $user, $info);
    }

    // The names that Laravel 8 calls.

    public function socket_auth(string $channel, string $socket, ?string $data = null): string
    {
        return $this->authorizeChannel($channel, $socket, $data);
    }

    public function presence_auth(string $channel, string $socket, string $user, $info = null): string
    {
        return $this->authorizePresenceChannel($channel, $socket, $user, $info);
    }

    /** @throws PusherException if this app's secret did not sign the body */
    public function webhook(array $headers, string $body): Webhook
    {
        $expected = hash_hmac('sha256', $body, $this->secret);
        $isOurs = hash_equals($this->key, (string) $headers['X-Pusher-Key']);
        if (!$isOurs || !hash_equals($expected, (string) $headers['X-Pusher-Signature'])) {
            throw new PusherException('The signature of the webhook is wrong.');
        }
        $content = json_decode($body, false, 512, JSON_THROW_ON_ERROR);
        return new Webhook($content->time_ms, $content->events);
    }

    private function encode($data, bool $isEncoded): string
    {
        return $isEncoded ? $data : json_encode($data, JSON_THROW_ON_ERROR);
    }

    private function signed(string $text): string
    {
        return $this->key . ':' . hash_hmac('sha256', $text, $this->secret);
    }

    private function get(string $path, array $query = []): object
    {
        return $this->request('GET', $path, $query);
    }

    private function post(string $path, $content): object
    {
        $body = json_encode($content, JSON_THROW_ON_ERROR);
        return $this->request('POST', $path, ['body_md5' => md5($body)], $body);
    }

    private function request(string $method, string $path, array $query, ?string $body = null): object
    {
        $path = "/apps/{$this->appId}$path";
        $query += ['auth_key' => $this->key, 'auth_timestamp' => time(), 'auth_version' => '1.0'];
        $query = array_map(fn ($value) => is_array($value) ? implode(',', $value) : $value, $query);
        ksort($query);
        $pairs = implode('&', array_map(fn ($name) => "$name={$query[$name]}", array_keys($query)));
        $query['auth_signature'] = hash_hmac('sha256', "$method\n$path\n$pairs", $this->secret);
        $response = $this->client->request($method, $this->address . $path, [
            'query' => $query,
            'body' => $body,
            'http_errors' => false,
            'headers' => ['Content-Type' => 'application/json'],
        ]);
        $answer = (string) $response->getBody();
        if ($response->getStatusCode() !== 200) {
            throw new ApiErrorException($answer, $response->getStatusCode());
        }
        return json_decode($answer, false, 512, JSON_THROW_ON_ERROR);
    }
}
