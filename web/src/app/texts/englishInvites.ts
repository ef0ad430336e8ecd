/** Texts about invites in English. */
export const englishInvites = {
  invites: {
    title: "Invites",
    from: (name: string | null) => (name ? `${name} invites you` : "You are invited"),
    asModerator: "as a moderator",
    asOwner: "as an owner",
    accept: "Accept",
    acceptTo: (room: string) => `Accept the invite to ${room}`,
    decline: "Decline",
    declineTo: (room: string) => `Decline the invite to ${room}`,
    arrived: (name: string | null, room: string) =>
      name ? `${name} invites you to ${room}.` : `You are invited to ${room}.`,
    page: {
      loading: "Looking at the invite…",
      failed: "The invite could not be loaded.",
      retry: "Try again",
      join: "Join",
      later: "Not now",
      until: (time: string) => `Good until ${time}`,
      isMember: "You are in this room already.",
      open: "Open the room",
      back: "Back to conversations",
      refused: {
        "not-found": "This invite does not exist, or it is for somebody else.",
        "invite-expired": "This invite has expired. Ask for a new one.",
        "invite-revoked": "This invite was taken back.",
        "invite-declined": "You have declined this invite.",
        "invite-used-up": "This invite is used up: as many people as it was for have come in by it.",
      } as Record<string, string>,
      banned: "You are banned from this room.",
      bannedUntil: (time: string) => `You are banned from this room until ${time}.`,
    },
  },
  inviting: {
    open: "Invite",
    title: (room: string) => `Invite to ${room}`,
    close: "Close",
    byLink: "By link",
    lifetime: "Good for",
    lifetimes: { hour: "1 hour", day: "1 day", week: "7 days", ever: "Until it is revoked" },
    uses: "For how many",
    anyNumber: "No limit",
    people: (count: number) => (count === 1 ? "1 person" : `${count} people`),
    make: "Make a link",
    makeAnother: "Make another link",
    link: "The link",
    once: "Copy it now: it is shown only this once.",
    copy: "Copy",
    copied: "Copied",
    person: "A person",
    search: "Search people by name",
    invite: "Invite",
    inviteThem: (name: string) => `Invite ${name}`,
    invited: "Invited",
    isMember: "Is here already",
    list: "Open invites",
    none: "No open invites.",
    failed: "The invites could not be loaded.",
    retry: "Try again",
    aLink: "Link",
    used: (uses: number, most: number | null) =>
      most !== null
        ? `${uses} of ${most} used`
        : uses === 0
          ? "not used yet"
          : uses === 1
            ? "used once"
            : `used ${uses} times`,
    until: (time: string) => `until ${time}`,
    revoke: "Revoke",
    revokeOf: (whose: string) => `Revoke the invite: ${whose}`,
  },
};
