// Users, rooms and conversations of a new local edge.

export const DEMO_PEOPLE = [
  { user: "1", name: "Admin", roles: ["admin"] },
  { user: "7", name: "Ana" },
  { user: "8", name: "Ben" },
  { user: "9", name: "Carla" },
  { user: "10", name: "David" },
  // Guards.
  { user: "11", name: "Grace", permissions: ["view_panic_alerts"] },
  { user: "12", name: "Hugo", permissions: ["view_panic_alerts"] },
];

// `lines` are [user, body]. The first of `people` creates the room or the group; the others join or are added.
export const DEMO_CONVERSATIONS = [
  {
    key: "lobby",
    type: "room",
    room: { name: "Lobby", description: "For everyone who lives or works here", visibility: "public" },
    people: ["1", "7", "8", "9", "10"],
    lines: [
      ["1", "Welcome to the lobby. Everyone in the building can read along here."],
      ["7", "Good morning! Does anyone know when the lift is repaired?"],
      ["8", "The technician comes at two, it said on the note downstairs."],
      ["9", "Great. I have a delivery at three, that should just work out."],
      ["10", "I can help to carry, otherwise. Just ring at 4B."],
      ["9", "That is kind of you, David!"],
      ["1", "Update: the technician is in the house, and the lift is off until about half past two."],
      ["7", "Thank you for telling us."],
    ],
  },
  {
    key: "night-shift",
    type: "room",
    room: { name: "Night shift", description: "Handover and what happened", visibility: "private" },
    people: ["1", "7", "8"],
    lines: [
      ["7", "Handover: a quiet night. The light at the back door flickers, I wrote it down."],
      ["8", "Thanks, I will look at it. Are the garage keys back?"],
      ["7", "Yes, on the hook, with a new label."],
      ["1", "Good. Ben, please order the spare lamp when you are there."],
      ["8", "Will do."],
    ],
  },
  {
    key: "ana-ben",
    type: "dm",
    people: ["7", "8"],
    lines: [
      ["7", "Hi Ben, could you take my shift on Friday?"],
      ["8", "Friday evening? Yes, that works."],
      ["7", "You are the best. I will take your Sunday."],
      ["8", "Deal. Then I can go to the lake after all."],
      ["7", "Send me a picture!"],
    ],
  },
  {
    key: "summer-party",
    type: "group",
    metadata: { name: "Summer party" },
    people: ["7", "9", "10"],
    lines: [
      ["7", "So, the summer party. Who brings what?"],
      ["9", "I make the potato salad."],
      ["10", "Grill and charcoal are with me."],
      ["7", "Then I care for drinks and music."],
    ],
  },
  {
    key: "general",
    type: "general",
    people: ["1", "7", "8", "9", "10"],
    lines: [
      ["1", "This is the general chat: everyone is in it from their first visit on."],
      ["10", "Hello everyone!"],
      ["8", "Hi David, welcome."],
    ],
  },
];
