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
  superseded: boolean; // the article has a newer revision
  carriedBy: Carrier[];
}

export interface Sentence {
  text: string;
  citations: number[];
  support: string;
}

/** One of several values for what was asked, with who tells it and when. */
export interface Side {
  value: string;
  standing: string; // current, superseded, disputed
  outlet: string;
  date: string;
  citation: number;
}

/** What an answer says of itself. */
export interface Note {
  about: string; // age, model, language, premise, differ, missing, dates, why
  text: string;
}

export interface Answer {
  id: string;
  question: string;
  outcome: string;
  short: string; // the words of a sentence that answer by themselves
  reason: string;
  notes: Note[];
  understood: string; // a follow-up, as it was asked of the articles
  unanswered: string[]; // parts of the question that nothing was found on
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
    superseded: given.superseded === true,
    carriedBy: list(given.carried_by)
      .map((one) => carrier(one, api))
      .filter((one) => one !== null),
  };
}

export function sentence(value: unknown): Sentence {
  const given = object(value);
  return { text: text(given.text), citations: list(given.citations).map(whole).filter(Boolean), support: text(given.support) };
}

function side(value: unknown): Side {
  const given = object(value);
  return {
    value: text(given.value),
    standing: text(given.standing),
    outlet: text(given.source),
    date: text(given.published_at),
    citation: whole(given.citation),
  };
}

function note(value: unknown): Note {
  const given = object(value);
  return { about: text(given.about), text: text(given.text) };
}

export function answer(value: unknown, api: string): Answer {
  const given = object(value);
  return {
    id: text(given.answer_id) || text(given.id),
    question: text(given.question),
    outcome: text(given.outcome),
    short: text(given.short),
    reason: text(given.reason),
    notes: list(given.notes)
      .map(note)
      .filter((one) => one.text),
    understood: text(given.understood),
    unanswered: list(given.unanswered).map(text).filter(Boolean),
    sentences: list(given.sentences).map(sentence),
    citations: list(given.citations).map((one) => citation(one, api)),
    reading: list(given.reading).map((one) => citation(one, api)),
    sides: list(given.disagreement)
      .map(side)
      .filter((one) => one.value),
    withheld: whole(given.withheld),
    asOf: text(given.as_of),
    newest: text(given.newest_evidence),
    model: text(given.model),
  };
}
