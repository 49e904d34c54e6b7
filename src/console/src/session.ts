/** Who works here, in which roles. The service decides what a role may do; the console only hides what it may not. */
import { signal } from "@preact/signals";
import { api, type Problem, problemOf } from "./api/client";
import type { components } from "./api/schema";

type ServerSession = components["schemas"]["Session"];
export type Role = ServerSession["roles"][number];
export type Session = ServerSession & { person: string | null };

const NAME_KEY = "tallyscan.name";

export const session = signal<Session | null>(null);
export const sessionProblem = signal<Problem | null>(null);

/** Ask the service who is signed in. Without accounts a person says their own name, kept in this browser. */
export async function loadSession(): Promise<void> {
  sessionProblem.value = null;
  try {
    const { data, error } = await api.GET("/v1/session");
    if (data)
      session.value = data.sign_in === "none" ? { ...data, person: localStorage.getItem(NAME_KEY) } : data;
    else sessionProblem.value = problemOf(error);
  } catch (error) {
    sessionProblem.value = problemOf(error);
  }
}

export function nameYourself(name: string | null): void {
  if (name) localStorage.setItem(NAME_KEY, name);
  else localStorage.removeItem(NAME_KEY);
  if (session.value) session.value = { ...session.value, person: name };
}

export function may(...roles: Role[]): boolean {
  return roles.some((role) => session.value?.roles.includes(role));
}

void loadSession();
