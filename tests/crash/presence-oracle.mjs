// Compares presence with the connected users: on native sockets, on presence channels, and in the list of online users.
import { eventually } from "../support/eventually.mjs";

export async function comparePresence({ journals, participants, violations, patience, withOnline }) {
  // A user who disconnects at a kill stays online in the record until their lease ends.
  const leaseholders = new Set(participants.filter(({ keepsLease }) => keepsLease).map(({ user }) => user));
  const wrong = () => journals.flatMap((journal) => views(journal, participants));
  await eventually(() => wrong().length === 0, "presence", patience.ms).catch(() => {});
  for (const about of wrong()) violations.add("wrong", about);
  if (!withOnline) return;
  const here = participants.filter(({ isAway }) => !isAway);
  const truth = here.map(({ user }) => user).sort();
  let online = [];
  await eventually(
    async () => {
      online = (await everybodyOnline(here[0].http)).filter((user) => !leaseholders.has(user));
      return online.join() === truth.join();
    },
    "the people online",
    patience.ms,
  ).catch(() => {});
  if (online.join() !== truth.join()) violations.add("wrong", `online are ${online}, not ${truth}`);
}

/** Descriptions of wrong views of a conversation. */
function views(journal, participants) {
  const members = participants.filter(({ user, isAway }) => journal.users.includes(user) && !isAway);
  const isPresent = ({ pusher }) => !pusher || journal.room !== undefined;
  const truth = members.filter(isPresent).map(({ user }) => user);
  const wanted = truth.sort().join();
  return members.flatMap((member) => {
    const seen = viewOf(member, journal);
    if (seen === undefined) return [];
    const said = [...seen].sort().join();
    return said === wanted ? [] : [`${journal.name}: ${member.user} (${member.way}) sees ${said}, not ${wanted}`];
  });
}

function viewOf(member, journal) {
  if (member.pusher) return journal.room && member.pusher.connection.members(`presence-room.${journal.room}`);
  return member.readers.get(journal).online;
}

async function everybodyOnline(http) {
  const users = [];
  for (let cursor = ""; ; ) {
    const page = await http.ok("GET", `/api/chat/users/online?limit=100${cursor}`);
    users.push(...page.data.map(({ user_id }) => user_id));
    if (!page.next_cursor) return users.sort();
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}
