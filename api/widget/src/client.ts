/** Asking the server: one request, a stream of verified sentences, and every way in which it can fail. */

import { createParser } from "eventsource-parser";
import { type Answer, type Citation, type Sentence, answer, citation, sentence } from "./wire.js";

export type Heard =
  | { kind: "step"; step: string }
  | { kind: "sentence"; sentence: Sentence; citations: Citation[] }
  | { kind: "done"; answer: Answer; raw: unknown };

export type FailureKind = "offline" | "network" | "lost" | "timeout" | "limit" | "busy" | "key" | "question" | "server";

export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly detail = "",
    readonly waitS = 0,
  ) {
    super(detail || kind);
  }
}

export interface Server {
  api: string;
  key: string;
  silenceS: number; // seconds without a byte after which a request has failed
}

const MOST_BYTES = 4_000_000; // of one reply

function headers(server: Server, more: Record<string, string>): Record<string, string> {
  return server.key ? { ...more, Authorization: `Bearer ${server.key}` } : more;
}

async function refused(reply: Response): Promise<Failure> {
  let detail = "";
  try {
    const told: unknown = await reply.json();
    if (told && typeof told === "object" && "detail" in told && typeof told.detail === "string")
      detail = told.detail.slice(0, 500);
  } catch {
    // A page of some proxy; the status says enough.
  }
  const waitS = Math.min(600, Math.max(0, Math.ceil(Number(reply.headers.get("Retry-After")) || 0)));
  if (reply.status === 429) return new Failure("limit", detail, waitS || 10);
  if (reply.status === 503 || reply.status === 502 || reply.status === 504) return new Failure("busy", detail, waitS);
  if (reply.status === 401 || reply.status === 403) return new Failure("key", detail);
  if (reply.status === 413 || reply.status === 422 || reply.status === 400) return new Failure("question", detail);
  return new Failure("server", detail);
}

function unreachable(): Failure {
  return new Failure(navigator.onLine === false ? "offline" : "network");
}

/** Asks. Throws Failure; a stop through `signal` throws what fetch throws. */
export async function* ask(server: Server, body: unknown, signal: AbortSignal): AsyncGenerator<Heard> {
  const silence = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => silence.abort(), server.silenceS * 1000);
  };
  heard();
  const either = new AbortController();
  const stop = () => either.abort();
  signal.addEventListener("abort", stop);
  silence.signal.addEventListener("abort", stop);
  try {
    let reply: Response;
    try {
      reply = await fetch(`${server.api}/v1/ask`, {
        method: "POST",
        headers: headers(server, { "Content-Type": "application/json", Accept: "text/event-stream" }),
        body: JSON.stringify(body),
        signal: either.signal,
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "origin",
      });
    } catch (error) {
      if (signal.aborted) throw error;
      throw silence.signal.aborted ? new Failure("timeout") : unreachable();
    }
    if (!reply.ok) throw await refused(reply);
    if (!reply.body || !(reply.headers.get("Content-Type") ?? "").includes("text/event-stream")) {
      const raw: unknown = await reply.json().catch(() => {
        throw new Failure("server");
      });
      yield { kind: "done", answer: answer(raw, server.api), raw };
      return;
    }
    yield* events(reply.body, server, signal, silence.signal, heard);
  } finally {
    clearTimeout(timer);
    either.abort();
  }
}

async function* events(
  body: ReadableStream<Uint8Array>,
  server: Server,
  stopped: AbortSignal,
  silent: AbortSignal,
  heard: () => void,
): AsyncGenerator<Heard> {
  const waiting: { event?: string | undefined; data: string }[] = [];
  const parser = createParser({ onEvent: (event) => waiting.push(event) });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (let bytes = 0; ; ) {
    let piece: ReadableStreamReadResult<Uint8Array>;
    try {
      piece = await reader.read();
    } catch (error) {
      if (stopped.aborted) throw error;
      throw new Failure(silent.aborted ? "timeout" : "lost");
    }
    if (piece.done) throw new Failure("lost");
    heard();
    bytes += piece.value.byteLength;
    if (bytes > MOST_BYTES) throw new Failure("server");
    parser.feed(decoder.decode(piece.value, { stream: true }));
    for (const { event, data } of waiting.splice(0)) {
      let told: any;
      try {
        told = JSON.parse(data);
      } catch {
        continue;
      }
      if (event === "status") yield { kind: "step", step: String(told?.step ?? "") };
      else if (event === "sentence") {
        const citations = Array.isArray(told?.new_citations) ? told.new_citations.slice(0, 50) : [];
        yield {
          kind: "sentence",
          sentence: sentence(told),
          citations: citations.map((one: unknown) => citation(one, server.api)),
        };
      } else if (event === "done") {
        yield { kind: "done", answer: answer(told, server.api), raw: told };
        return;
      } else if (event === "error") {
        const status = Number(told?.status) || 0;
        const detail = typeof told?.detail === "string" ? told.detail.slice(0, 500) : "";
        throw new Failure(status === 503 ? "busy" : status === 422 ? "question" : "server", detail);
      }
    }
  }
}

/** Questions the index can answer; none where the server does not say. */
export async function suggestions(server: Server): Promise<string[]> {
  try {
    const reply = await fetch(`${server.api}/v1/suggestions`, { headers: headers(server, {}), credentials: "omit" });
    if (!reply.ok) return [];
    const told: any = await reply.json();
    const given: unknown[] = Array.isArray(told?.suggestions) ? told.suggestions : [];
    return given
      .map((one: any) => (typeof one === "string" ? one : one?.question))
      .filter((one): one is string => typeof one === "string" && one.length > 0 && one.length < 300)
      .slice(0, 6);
  } catch {
    return [];
  }
}

export interface Judgement {
  answer_id: string;
  verdict: "good" | "bad";
  sentence?: number;
  citation?: number;
  reason?: string;
  comment?: string;
}

/** Sends feedback: "sent", "none" where the server takes none, or "failed". */
export async function judge(server: Server, judgement: Judgement): Promise<"sent" | "none" | "failed"> {
  try {
    const reply = await fetch(`${server.api}/v1/feedback`, {
      method: "POST",
      headers: headers(server, { "Content-Type": "application/json" }),
      body: JSON.stringify(judgement),
      credentials: "omit",
    });
    if (reply.ok) return "sent";
    return reply.status === 404 || reply.status === 405 ? "none" : "failed";
  } catch {
    return "failed";
  }
}
