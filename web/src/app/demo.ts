import { Problem } from "../client";
import { tabStorage } from "./deviceStorage";
import { routeOf } from "./route";

/** A demo user. Only a local edge has demo users and issues tokens for them. */
export interface DemoPerson {
  id: string;
  name: string;
  roles: string[];
  permissions: string[];
  /** Their apartment. */
  apartment: string | null;
}

/** The permission that makes a user a guard. */
const VIEW_PANIC_ALERTS = "view_panic_alerts";

export function isGuard({ permissions }: DemoPerson): boolean {
  return permissions.includes(VIEW_PANIC_ALERTS);
}

const REMEMBERED = "campana.person";

async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw Problem.unreachable();
  }
  if (!response.ok) throw await Problem.ofResponse(response);
  // A static host answers every path with the page, not with JSON.
  if (!response.headers.get("content-type")?.includes("json")) {
    throw new Problem("not-found", 404, "Not found");
  }
  return (await response.json()) as T;
}

export async function demoPeople(): Promise<DemoPerson[]> {
  const answer = await request<DemoPerson[] | { data: DemoPerson[] }>("/api/demo/people");
  return Array.isArray(answer) ? answer : answer.data;
}

export async function demoToken(userId: string): Promise<string> {
  const { token } = await request<{ token: string }>("/api/demo/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: userId }),
  });
  return token;
}

/** The user named by the URL (`?as=ana`, `?as=7`), otherwise the last one of this tab. */
export function wantedPerson(people: DemoPerson[]): DemoPerson | undefined {
  const asked = new URLSearchParams(window.location.search).get("as");
  const wanted = asked ?? tabStorage.getItem(REMEMBERED);
  if (!wanted) return undefined;
  return people.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
}

export function rememberPerson(person: DemoPerson): void {
  tabStorage.setItem(REMEMBERED, person.id);
}

/** Removes the user and the open conversation from tab and URL. An invite link stays for the next user. */
export function forgetPerson(): void {
  tabStorage.removeItem(REMEMBERED);
  const { pathname, hash } = window.location;
  history.replaceState(null, "", routeOf(hash).place === "invite" ? `${pathname}${hash}` : pathname);
}
