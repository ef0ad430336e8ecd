// A bare WebSocket server on Node, outside the engine: the same broadcast without a platform.
// `node ws-server.mjs` listens on a free port and prints it; it exits when standard input ends. Every path is a separate room.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
const rooms = new Map();

server.on("connection", (socket, request) => {
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room.add(socket));
  socket.on("message", (data) => {
    const message = data.toString();
    socket.send(`ack ${message.slice(0, message.indexOf(" "))}`);
    for (const other of room) {
      if (other !== socket) other.send(message);
    }
  });
  socket.on("close", () => room.delete(socket));
});

server.on("listening", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
