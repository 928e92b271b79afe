/**
 * The article viewer's little help: marks the lines that the fragment names (`#L12-L14`), brings them into view, and
 * gives out links to lines. The page is whole without it.
 */

const RANGE = /^#L(\d{1,7})(?:-L(\d{1,7}))?$/;
const where = document.getElementById("where");
const copy = document.getElementById("copy") as HTMLButtonElement | null;

interface Cited {
  first: number;
  last: number;
}

function named(hash: string): Cited | null {
  const found = RANGE.exec(hash);
  if (!found) return null;
  const ends = [Number(found[1]), Number(found[2] ?? found[1])].sort((a, b) => a - b);
  return { first: ends[0]!, last: ends[1]! };
}

function line(number: number): HTMLElement | null {
  return document.getElementById(`L${number}`);
}

function fragment({ first, last }: Cited): string {
  return first === last ? `#L${first}` : `#L${first}-L${last}`;
}

/** Marks the lines of the fragment, and only them. */
function show(scroll: boolean): void {
  const cited = named(location.hash);
  if (!cited) return;
  const total = Number(document.querySelector<HTMLElement>(".lines")?.dataset.total ?? 0);
  const last = Math.min(cited.last, total);
  for (const marked of document.querySelectorAll(".line.cited")) {
    const number = Number(marked.id.slice(1));
    if (number < cited.first || number > last) {
      marked.classList.remove("cited");
      for (const quoted of marked.querySelectorAll("mark")) quoted.replaceWith(quoted.textContent ?? "");
    }
  }
  for (let number = cited.first; number <= last; number++) line(number)?.classList.add("cited");
  const first = line(cited.first);
  if (!first) {
    // The page shows a part of a long text, and these lines lie outside it.
    const address = new URL(location.href);
    if (cited.first <= total && address.searchParams.get("start") !== String(cited.first)) {
      address.searchParams.set("start", String(cited.first));
      location.replace(address);
    }
    return;
  }
  if (scroll) first.scrollIntoView({ block: last - cited.first > 12 ? "start" : "center" });
  if (where) {
    const link = document.createElement("a");
    link.href = `#L${cited.first}`;
    link.textContent = cited.first === last ? `Cited: line ${cited.first}` : `Cited: lines ${cited.first}–${last}`;
    where.replaceChildren(link);
    where.hidden = false;
  }
}

let anchor = 0;
document.addEventListener("click", (event) => {
  const number = (event.target as Element).closest<HTMLElement>("a.number");
  if (!number) return;
  const at = Number(number.dataset.number);
  event.preventDefault();
  const cited = event.shiftKey && anchor ? { first: Math.min(anchor, at), last: Math.max(anchor, at) } : { first: at, last: at };
  if (!event.shiftKey) anchor = at;
  history.replaceState(null, "", fragment(cited));
  show(false);
});

if (copy && navigator.clipboard) {
  copy.hidden = false;
  const said = copy.textContent;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Could not copy: take the address from the address bar";
    }
    setTimeout(() => (copy.textContent = said), 2500);
  });
}

addEventListener("hashchange", () => show(true));
show(true);
