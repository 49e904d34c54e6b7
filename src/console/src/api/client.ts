/** The service's interface, typed from its OpenAPI description. */
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import { SLOW_MS, signedFetch } from "./signed";

/** An error as the service tells it (application/problem+json), or a lost connection. */
export interface Problem {
  status: number;
  title: string;
  detail: string;
  remedy?: string;
  /** The kind of error, by its code: `urn:tallyscan:error:...`. */
  type?: string;
}

export const OFFLINE = 0;

export const api = createClient<paths>({ baseUrl: "", fetch: (request) => signedFetch(request) });

/** For `fetch` of what the service counts for long. */
export const patiently = (request: Request): Promise<Response> =>
  signedFetch(request, undefined, { limit_ms: SLOW_MS });

/** What went wrong, in the service's own words where it has any. */
export function problemOf(error: unknown): Problem {
  if (error && typeof error === "object" && "title" in error) {
    const said = error as Partial<Problem>;
    return {
      status: said.status ?? 500,
      title: String(said.title),
      detail: String(said.detail ?? ""),
      ...(said.remedy ? { remedy: String(said.remedy) } : {}),
      ...(said.type ? { type: String(said.type) } : {}),
    };
  }
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  if (error instanceof TypeError || timedOut)
    return { status: OFFLINE, title: "offline", detail: error.message };
  return { status: 500, title: "error", detail: String(error ?? "") };
}

/** The data of an answer; throws its `Problem` otherwise. */
export function dataOf<Data>(answer: { data?: Data; error?: unknown }): Data {
  if (answer.error !== undefined || answer.data === undefined) throw problemOf(answer.error);
  return answer.data;
}
