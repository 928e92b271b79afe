/**
 * What the server says, taken with care: every field may be missing or of another kind, and nothing here throws.
 * Lines are 1-based and inclusive.
 */

export interface Carrier {
  name: string;
  link: string | null;
}

export interface Citation {
  marker: number;
  id: string;
  title: string;
  outlet: string;
  published: string;
  first: number;
  last: number;
  exact: string;
  prefix: string;
  suffix: string;
  permalink: string | null;
  sourceLink: string | null;
  superseded: boolean;
  disputed: boolean;
  withdrawn: boolean;
  carriedBy: Carrier[];
}

export interface Sentence {
  text: string;
  citations: number[];
  support: string;
  superseded: boolean;
  disputed: boolean;
  note: string;
}

/** One side of a disagreement. */
export interface Side {
  value: string;
  status: string;
  outlet: string;
  date: string;
  citations: number[];
}

export interface Answer {
  id: string;
  question: string;
  outcome: string;
  reason: string;
  note: string;
  sentences: Sentence[];
  citations: Citation[];
  reading: Citation[];
  sides: Side[];
  withheld: number;
  asOf: string;
  newest: string;
  model: string;
}

const MOST = 200; // of anything in one list
const LONGEST = 20_000; // characters of any text

type Json = Record<string, unknown>;

const object = (value: unknown): Json => (value && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, MOST) : []);
const text = (value: unknown): string => (typeof value === "string" ? value.slice(0, LONGEST) : "");
const whole = (value: unknown): number => (typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0);
/** Said in whichever way: `true`, an object that tells more, or a text. */
const marked = (value: unknown): boolean => Boolean(value) && value !== "false";

/** An address a reader may follow: http(s) only. */
export function webAddress(value: unknown, base?: string): string | null {
  if (typeof value !== "string" || value.length > LONGEST) return null;
  try {
    const address = base === undefined ? new URL(value) : new URL(value, base);
    return address.protocol === "https:" || address.protocol === "http:" ? address.href : null;
  } catch {
    return null;
  }
}

/** The viewer's page of the cited lines, on the server that answered and nowhere else; it is told lines and quote. */
function viewer(given: Json, api: string, first: number, last: number): string | null {
  const address = webAddress(given.permalink, api);
  if (address === null) return null;
  const url = new URL(address);
  if (url.origin !== new URL(api).origin || !url.pathname.includes("/articles/")) return null;
  if (first) url.searchParams.set("lines", first === last ? String(first) : `${first}-${last}`);
  const quote = object(given.quote);
  if (typeof quote.start === "number" && typeof quote.end === "number" && quote.end > quote.start)
    url.searchParams.set("quote", `${quote.start}-${quote.end}`);
  return url.href;
}

function carrier(given: unknown, api: string): Carrier | null {
  if (typeof given === "string") return { name: given.slice(0, 200), link: `${api}/articles/${encodeURIComponent(given)}` };
  const { source, title, id } = object(given);
  const name = [text(source), text(title)].filter(Boolean).join(": ") || text(id);
  return name ? { name, link: text(id) ? `${api}/articles/${encodeURIComponent(text(id))}` : null } : null;
}

export function citation(value: unknown, api: string): Citation {
  const given = object(value);
  const article = object(given.article);
  const lines = object(given.lines);
  const quote = object(given.quote);
  const first = whole(lines.first);
  const last = Math.max(first, whole(lines.last));
  const labels = list(given.labels).map(text);
  return {
    marker: whole(given.marker),
    id: text(article.id),
    title: text(article.title) || text(article.id),
    outlet: text(article.source),
    published: text(article.published_at),
    first,
    last,
    exact: text(quote.exact),
    prefix: text(quote.prefix),
    suffix: text(quote.suffix),
    permalink: viewer(given, api, first, last),
    sourceLink: webAddress(given.source_link),
    superseded: marked(given.superseded) || given.status === "superseded" || labels.includes("superseded"),
    disputed: marked(given.disputed) || given.status === "disputed" || labels.includes("disputed"),
    withdrawn: marked(given.withdrawn) || given.status === "withdrawn",
    carriedBy: list(given.carried_by)
      .map((one) => carrier(one, api))
      .filter((one) => one !== null),
  };
}

export function sentence(value: unknown): Sentence {
  const given = object(value);
  const labels = list(given.labels).map(text);
  const status = text(given.status);
  return {
    text: text(given.text),
    citations: list(given.citations).map(whole).filter(Boolean),
    support: text(given.support),
    superseded: marked(given.superseded) || status === "superseded" || labels.includes("superseded"),
    disputed: marked(given.disputed) || status === "disputed" || labels.includes("disputed"),
    note: text(given.note),
  };
}

function side(value: unknown): Side {
  const given = object(value);
  const cited = given.citations ?? (given.citation === undefined ? [] : [given.citation]);
  return {
    value: text(given.value) || text(given.text),
    status: text(given.status) || text(given.label),
    outlet: text(given.source) || text(given.outlet),
    date: text(given.published_at) || text(given.date),
    citations: list(cited)
      .map((one) => whole(one) || whole(object(one).marker))
      .filter(Boolean),
  };
}

export function answer(value: unknown, api: string): Answer {
  const given = object(value);
  const differing = list(given.disagreements ?? given.conflicts);
  return {
    id: text(given.answer_id) || text(given.id),
    question: text(given.question),
    outcome: text(given.outcome),
    reason: text(given.reason),
    note: text(given.note),
    sentences: list(given.sentences).map(sentence),
    citations: list(given.citations).map((one) => citation(one, api)),
    reading: list(given.reading).map((one) => citation(one, api)),
    sides: differing
      .flatMap((one) => list(object(one).values ?? object(one).sides ?? [one]))
      .map(side)
      .filter((one) => one.value),
    withheld: whole(given.withheld),
    asOf: text(given.as_of),
    newest: text(given.newest_evidence),
    model: text(given.model),
  };
}
