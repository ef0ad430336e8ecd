import { expect, it } from "vitest";
import { live, world } from "../support/connection";
import { created } from "../support/world";

it("takes no event of another user for the acknowledgement of its own message", async () => {
  const { socket, received } = await live(3);
  socket.send({ client_msg_id: "mine", body: "hi" });
  world.socket.says(created(4, { sender_id: "8", client_msg_id: "mine" }, "tab"));
  expect(received.onAcknowledged).not.toHaveBeenCalled();
  expect(received.seqs()).toEqual([4]);
  world.socket.says(created(5, { sender_id: "7", client_msg_id: "mine" }, "tab"));
  expect(received.onAcknowledged).toHaveBeenCalledOnce();
});
