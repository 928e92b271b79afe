/** What outlives a reload: the conversation, in this tab's sessionStorage, as the server sent it. */

export interface Kept {
  turns: { question: string; raw: unknown; state: string }[];
  draft: string;
  open: boolean;
}

const MOST_TURNS = 20;
const MOST_CHARACTERS = 400_000;

export function load(key: string): Kept | null {
  try {
    const kept: any = JSON.parse(sessionStorage.getItem(key) ?? "null");
    if (!kept || kept.version !== 1 || !Array.isArray(kept.turns)) return null;
    const turns = kept.turns
      .slice(-MOST_TURNS)
      .filter((one: any) => typeof one?.question === "string")
      .map((one: any) => ({ question: one.question.slice(0, 10_000), raw: one.raw ?? null, state: String(one.state) }));
    return { turns, draft: typeof kept.draft === "string" ? kept.draft.slice(0, 10_000) : "", open: kept.open === true };
  } catch {
    return null;
  }
}

export function save(key: string, kept: Kept): void {
  for (let turns = kept.turns.slice(-MOST_TURNS); ; turns = turns.slice(1)) {
    const text = JSON.stringify({ version: 1, ...kept, turns });
    if (text.length > MOST_CHARACTERS && turns.length) continue;
    try {
      sessionStorage.setItem(key, text);
    } catch {
      // Full, or forbidden by the browser: the conversation lives as long as the page.
    }
    return;
  }
}

export function forget(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // As above.
  }
}
