import { Problem } from "../client";
import { routeOf } from "./route";

/** Somebody to try the page as. Only a local edge knows such people and makes tokens for them. */
export interface DemoPerson {
  id: string;
  name: string;
  roles: string[];
  permissions: string[];
  /** Where they live. */
  apartment: string | null;
}

/** What a token has to say of somebody who attends to panic alerts. */
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
  // A static host answers every path with the page.
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

/** Whom the address asks for (`?as=ana`, `?as=7`), else who it was in this tab before. */
export function wantedPerson(people: DemoPerson[]): DemoPerson | undefined {
  const asked = new URLSearchParams(window.location.search).get("as");
  const wanted = asked ?? sessionStorage.getItem(REMEMBERED);
  if (!wanted) return undefined;
  return people.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
}

export function rememberPerson(person: DemoPerson): void {
  sessionStorage.setItem(REMEMBERED, person.id);
}

/** Forgets the person, also in the address, and with them the conversation they were in. An invite is for the next. */
export function forgetPerson(): void {
  sessionStorage.removeItem(REMEMBERED);
  const { pathname, hash } = window.location;
  history.replaceState(null, "", routeOf(hash).place === "invite" ? `${pathname}${hash}` : pathname);
}
