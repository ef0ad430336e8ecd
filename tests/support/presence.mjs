// A member's view of a presence channel, maintained from events as clients do. It records events that contradict the view: a
// member added twice, or removed without being there.
import { Wire } from "./wire.mjs";

export class PresenceView extends Wire {
  members = undefined;
  /** Contradicting events. */
  spurious = [];

  constructor(address, channel, user) {
    super(address, []);
    Object.assign(this, { channel, user });
  }

  take(...frames) {
    for (const frame of frames) if (frame.channel === this.channel) this.#apply(frame.event, JSON.parse(frame.data));
    super.take(...frames);
  }

  #apply(event, data) {
    switch (event) {
      case "pusher_internal:subscription_succeeded":
        this.members = new Set(data.presence.ids);
        if (data.presence.count !== this.members.size) this.spurious.push(["count", data]);
        break;
      case "pusher_internal:member_added":
        if (!this.members || this.members.has(data.user_id)) this.spurious.push([event, data.user_id]);
        this.members?.add(data.user_id);
        break;
      case "pusher_internal:member_removed":
        if (!this.members?.delete(data.user_id) || data.user_id === this.user) {
          this.spurious.push([event, data.user_id]);
        }
        break;
    }
  }

  /** The member ids, sorted, as one comparable string. */
  get ids() {
    return [...(this.members ?? [])].sort().join();
  }
}
