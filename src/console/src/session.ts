/** Who works here, in which roles. The service decides what a role may do; the console only hides what it may not. */
import { signal } from "@preact/signals";
import { api, type Problem, problemOf } from "./api/client";
import type { components } from "./api/schema";
import { csrf, type Renewed, renewBy, signInAgain } from "./api/signed";

export type Session = components["schemas"]["Session"];
export type Role = Session["roles"][number];

const NAME_KEY = "tallyscan.name";

export const session = signal<Session | null>(null);
export const sessionProblem = signal<Problem | null>(null);

/** Ask the service who is signed in. Without accounts a person says their own name, kept in this browser. */
export async function loadSession(): Promise<void> {
  sessionProblem.value = null;
  try {
    const { data, error } = await api.GET("/v1/session");
    if (data) take(data);
    else sessionProblem.value = problemOf(error);
  } catch (error) {
    sessionProblem.value = problemOf(error);
  }
}

/** Whoever signed in again in another tab goes on here; as somebody else they would say it in a wrong name. */
async function renew(): Promise<Renewed> {
  const { data } = await api.GET("/v1/session").catch(() => ({ data: undefined }));
  if (!data) return "unknown";
  if (data.person !== session.value?.person) return "other";
  take(data);
  return "same";
}
renewBy(renew);

/** Tells the other tabs that somebody is signed in. */
const signedIn = new BroadcastChannel("tallyscan.signed_in");
signedIn.onmessage = async () => {
  const waiting = signInAgain.value;
  if (waiting && (await renew()) === "same") waiting(true);
};

function take(given: Session): void {
  if (given.csrf && given.csrf !== csrf.value) signedIn.postMessage(null);
  csrf.value = given.csrf;
  session.value = given.sign_in === "none" ? { ...given, person: localStorage.getItem(NAME_KEY) } : given;
}

export function nameYourself(name: string | null): void {
  if (name) localStorage.setItem(NAME_KEY, name);
  else localStorage.removeItem(NAME_KEY);
  if (session.value) session.value = { ...session.value, person: name };
}

/** Why nobody was signed in; `seconds` to wait where name or address are locked. */
export interface Refused {
  problem: Problem;
  seconds: number | null;
}

/** Sign in by name and password; null once it is done. */
export async function signIn(name: string, password: string): Promise<Refused | null> {
  try {
    const { data, error, response } = await api.POST("/v1/session", { body: { name, password } });
    if (data) {
      take(data);
      return null;
    }
    const seconds = Number(response.headers.get("Retry-After"));
    return {
      problem: problemOf(error),
      seconds: response.status === 429 && seconds > 0 ? seconds : null,
    };
  } catch (error) {
    return { problem: problemOf(error), seconds: null };
  }
}

/** What is on the page goes with whoever leaves it. */
export async function signOut(): Promise<void> {
  if (session.value?.sign_in === "none") {
    nameYourself(null);
    return;
  }
  const { data, error } = await api.DELETE("/v1/session");
  if (error) throw problemOf(error);
  window.location.assign(data?.leave_to ?? "/console/");
}

/** Whether the service answers them about a site or office, in any spelling. */
export function isOwn(site: string): boolean {
  const key = site.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");
  return session.value?.sites.some((own) => own === "*" || own === key) ?? false;
}

export function may(...roles: Role[]): boolean {
  return roles.some((role) => session.value?.roles.includes(role));
}

/** The site of a person who is for one alone; empty for who is for several, or for every one. */
export function ownSite(): string {
  const [site = "", ...others] = session.value?.sites ?? [];
  return site === "*" || others.length > 0 ? "" : site;
}

export const mayEnterResult = (): boolean => may("inspector", "contact_point");

void loadSession();
