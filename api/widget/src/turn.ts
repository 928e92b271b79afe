/** One question and its answer: what is known of it, and how it looks. */

import { type Child, h, icon, put, said } from "./dom.js";
import type { Failure, Judgement } from "./client.js";
import { Popover } from "./popover.js";
import type { Words } from "./words.js";
import type { Answer, Citation, Note, Sentence } from "./wire.js";

export type State = "working" | "done" | "stopped" | "failed" | "interrupted";

export interface Doings {
  again(turn: Turn): void;
  edit(turn: Turn): void;
  judge(judgement: Judgement): Promise<"sent" | "none" | "failed">;
  announce(text: string): void;
}

let made = 0;

const told = (notes: Note[]) => notes.map((one) => one.text).join(" ");

const inWord = (character: string | undefined) => /[\p{L}\p{N}]/u.test(character ?? "");

/** Where a text holds others as whole words, whatever their case; -1 where it does not. */
function wholeWords(text: string, others: string): number {
  const [plain, wanted] = [text.toLowerCase(), others.toLowerCase()];
  if (plain.length !== text.length || wanted.length !== others.length) return -1; // such as İ: offsets would not fit
  for (let at = plain.indexOf(wanted); at >= 0; at = plain.indexOf(wanted, at + 1)) {
    if (!inWord(plain[at - 1]) && !inWord(plain[at + wanted.length])) return at;
  }
  return -1;
}

export class Turn {
  readonly element: HTMLElement;
  readonly number = ++made;
  state: State = "working";
  answer: Answer | null = null;
  raw: unknown = null;
  sentences: Sentence[] = [];
  citations = new Map<number, Citation>();
  private failure: Failure | null = null;
  private readonly popover: Popover;
  private readonly status = h("p", { class: "status", part: "status" });
  private readonly body = h("div", { class: "said" });
  private readonly after = h("div", { class: "after" });
  private readonly answerBox: HTMLElement;
  private ticking = 0;

  constructor(
    readonly question: string,
    private readonly words: Words,
    private readonly doings: Doings,
  ) {
    this.popover = new Popover(words, (citation, owner) => this.complain(citation, owner));
    this.status.textContent = words.say("working");
    this.answerBox = h("div", { class: "answer", part: "answer", "aria-busy": "true" }, this.status, this.body, this.after);
    const edit = h(
      "button",
      { type: "button", class: "icon edit", part: "edit", "aria-label": words.say("edit"), title: words.say("edit") },
      icon("edit"),
    );
    edit.addEventListener("click", () => doings.edit(this));
    this.element = h(
      "section",
      { class: "turn", part: "turn", "aria-label": question.slice(0, 120) },
      h(
        "div",
        { class: "asked" },
        edit,
        h("h3", { class: "question", part: "question", dir: "auto" }, h("span", { class: "unseen" }, words.say("question") + ": "), question),
      ),
      this.answerBox,
    );
  }

  step(name: string): void {
    const known = `step_${name}`;
    if (known in this.words.strings) this.status.textContent = this.words.say(known as "step_read");
  }

  slow(): void {
    if (this.state === "working") this.status.textContent = this.words.say("slow");
  }

  /** One verified sentence more. */
  add(sentence: Sentence, citations: Citation[]): void {
    for (const one of citations) this.citations.set(one.marker, one);
    this.sentences.push(sentence);
    this.body.append(this.sentence(sentence), " ");
  }

  /** The whole answer. What was streamed stays as it is where it says the same. */
  finish(answer: Answer, raw: unknown): void {
    this.state = "done";
    this.raw = raw;
    this.answer = answer;
    const same =
      !answer.sides.length &&
      answer.sentences.length === this.sentences.length &&
      answer.sentences.every((one, at) => JSON.stringify(one) === JSON.stringify(this.sentences[at])) &&
      answer.citations.every((one) => JSON.stringify(one) === JSON.stringify(this.citations.get(one.marker)));
    for (const one of answer.citations) this.citations.set(one.marker, one);
    if (!same) {
      this.popover.close();
      this.sentences = answer.sentences;
      this.body.replaceChildren();
      for (const one of answer.sentences) this.body.append(this.sentence(one), " ");
    }
    this.stress(answer.short);
    this.settle();
  }

  /** The short answer stands out where a sentence says it. */
  private stress(short: string): void {
    for (const words of short ? this.body.querySelectorAll(".words") : []) {
      const text = words.textContent ?? "";
      const at = wholeWords(text, short);
      if (at < 0) continue;
      const end = at + short.length;
      words.replaceChildren(text.slice(0, at), h("strong", { part: "short" }, text.slice(at, end)), text.slice(end));
      return;
    }
  }

  end(state: "stopped" | "failed" | "interrupted", failure: Failure | null = null): void {
    this.state = state;
    this.failure = failure;
    this.settle();
  }

  /** Gives up timers and whatever is open. */
  leave(): void {
    clearInterval(this.ticking);
    this.popover.close();
  }

  closePopover(): boolean {
    const open = this.popover.open;
    this.popover.close();
    return open;
  }

  place(): void {
    this.popover.place();
  }

  /** The answer with its sources, as plain text. */
  get copied(): string {
    const markers = (one: Sentence) => one.citations.map((n) => `[${n}]`).join("");
    const text = this.sentences.map((one) => one.text + markers(one)).join(" ");
    const sources = this.cited().map((one) =>
      [`[${one.marker}] ${one.title}`, this.words.place(one), one.exact && `“${one.exact}”`, one.permalink].filter(Boolean).join("\n    "),
    );
    return [this.question, text || this.told(), ...sources].filter(Boolean).join("\n\n") + "\n";
  }

  /** What a screen reader hears once the answer is complete. */
  get heard(): string {
    const n = this.cited().length;
    const sources = n === 0 ? "" : n === 1 ? this.words.say("complete_source") : this.words.say("complete_sources", { n });
    const text = this.sentences.map((one) => one.text).join(" ");
    return this.words.say("complete", { answer: [this.outcome(), text].filter(Boolean).join(". "), sources }).trim();
  }

  private outcome(): string {
    return this.answer?.outcome === "insufficient" ? this.words.say("insufficient") : "";
  }

  /** Why there is no answer, in one sentence or two. */
  private told(): string {
    if (this.answer?.outcome !== "insufficient") return "";
    const { notes, reason } = this.answer;
    const known = `reason_${reason}`;
    return `${this.outcome()}. ${told(notes) || (known in this.words.strings ? this.words.say(known as "reason_no_coverage") : "")}`;
  }

  /** Only what a sentence cites, in the order of the markers. */
  private cited(): Citation[] {
    const used = new Set([
      ...this.sentences.flatMap((one) => one.citations),
      ...(this.answer?.sides.map((one) => one.citation) ?? []),
    ]);
    return [...this.citations.values()].filter((one) => used.has(one.marker)).sort((a, b) => a.marker - b.marker);
  }

  /** `superseded` or `disputed`, where a sentence tells a value that is. */
  private standing(given: Sentence): string {
    const told = this.answer?.sides.find((one) => given.citations.includes(one.citation) && given.text.includes(one.value));
    return told && told.standing !== "current" ? told.standing : "";
  }

  /** A text of ours in which `[n]` may stand for a citation. */
  private withMarkers(text: string): Child[] {
    return text
      .split(/\[(\d{1,3})\]/)
      .flatMap((piece, at): Child[] => {
        if (at % 2 === 0) return [piece !== "" && said(piece)];
        const made = this.markers([Number(piece)]);
        return made.length ? made : [`[${piece}]`];
      });
  }

  private sentence(given: Sentence): HTMLElement {
    const kind = this.standing(given) || (given.support === "partial" ? "partial" : "");
    // The article's own words stand by themselves; a composed answer runs on.
    // (A date that was worked out stands in brackets and is not theirs.)
    const own = given.text.replace(/ \[[^\]]*\]/g, "");
    const verbatim = given.citations.some((n) => this.citations.get(n)?.exact === own);
    return h(
      "span",
      { class: `sentence ${kind} ${verbatim ? "verbatim" : ""}`.trim(), part: "sentence" },
      kind !== "" &&
        h(
          "span",
          { class: `badge ${kind}`, part: "badge" },
          this.words.say(kind === "disputed" ? "disputed_sentence" : kind === "superseded" ? "superseded_sentence" : "partial"),
        ),
      said(given.text, { class: "words" }),
      ...this.markers(given.citations),
    );
  }

  private markers(citations: number[]): Child[] {
    return citations.flatMap((n) => {
      const citation = this.citations.get(n);
      if (!citation) return [];
      const button = h(
        "button",
        {
          type: "button",
          class: citation.superseded ? "marker superseded" : "marker",
          part: "marker",
          "aria-label": this.words.say("marker", { n, title: citation.title, meta: this.words.place(citation) }),
        },
        `[${n}]`,
      );
      this.popover.serve(button, citation, () => this.answer?.id ?? "");
      // A word joiner: the marker stays on the line of the word before it.
      return ["\u2060", h("span", { class: "cite" }, button)];
    });
  }

  /** What comes below the sentences once nothing more will. */
  private settle(): void {
    const { words, answer } = this;
    clearInterval(this.ticking);
    this.answerBox.setAttribute("aria-busy", "false");
    this.status.remove();
    this.after.replaceChildren();
    if (answer) {
      if (answer.understood && answer.understood !== this.question)
        this.body.before(h("p", { class: "small", part: "note" }, words.say("understood", { question: answer.understood })));
      if (answer.outcome === "insufficient") this.insufficient(answer);
      else {
        // A reader must not take a figure for today's before knowing its date.
        const age = told(answer.notes.filter((one) => one.about === "age"));
        if (age) this.body.before(h("p", { class: "outcome plainly", part: "note" }, age));
        put(this.after, this.note(answer));
        if (answer.unanswered.length)
          put(this.after, h("p", { class: "outcome partly", part: "note" }, words.say("unanswered", { parts: answer.unanswered.join("; ") })));
        if (answer.sides.length) put(this.after, this.sides(answer));
        put(this.after, this.sources(this.cited(), words.say("sources"), "sources"));
      }
      if (answer.withheld)
        put(
          this.after,
          h("p", { class: "small", part: "note" }, answer.withheld === 1 ? words.say("withheld_one") : words.say("withheld", { n: answer.withheld })),
        );
      put(this.after, this.footer(answer));
    } else {
      put(this.after, this.sources(this.cited(), words.say("sources"), "sources"));
      if (this.failure) this.failed(this.failure);
      else
        put(
          this.after,
          h(
            "p",
            { class: "outcome quietly", part: "outcome" },
            this.state === "interrupted" ? words.say("interrupted") : this.sentences.length ? words.say("stopped") : words.say("stopped_nothing"),
          ),
        );
    }
    put(this.after, this.actions());
  }

  private note(answer: Answer): HTMLElement | null {
    // What is listed apart, the values in dispute and the open parts, need not be told twice.
    const apart = new Set(["age", ...(answer.sides.length ? ["differ"] : []), ...(answer.unanswered.length ? ["missing"] : [])]);
    const text = told(answer.notes.filter((one) => !apart.has(one.about))) || (answer.outcome === "partial" ? this.words.say("partly") : "");
    if (!text) return null;
    const kind = answer.outcome === "partial" ? "outcome partly" : "outcome plainly";
    return h("p", { class: kind, part: "note" }, ...this.withMarkers(text));
  }

  private insufficient(answer: Answer): void {
    const known = `reason_${answer.reason}`;
    const reason = known in this.words.strings ? this.words.say(known as "reason_no_coverage") : "";
    put(
      this.after,
      h(
        "div",
        { class: "outcome insufficient", part: "outcome" },
        h("p", { class: "verdict" }, this.words.say("insufficient")),
        reason && h("p", {}, reason),
        answer.notes.length > 0 && h("p", {}, ...this.withMarkers(told(answer.notes))),
      ),
      answer.sides.length > 0 && this.sides(answer),
      this.sources(answer.reading.slice(0, 3), this.words.say("reading"), "sources reading"),
    );
  }

  /** Where sources differ, or one figure has followed another: each value with its outlet and date. */
  private sides(answer: Answer): HTMLElement {
    return h(
      "div",
      { class: "sides", part: "disagreement" },
      h("p", { class: "label" }, this.words.say(answer.sides.some((one) => one.standing === "disputed") ? "disagreement" : "course")),
      h(
        "ul",
        {},
        ...answer.sides.map((one) =>
          h(
            "li",
            { class: one.standing === "superseded" ? "superseded" : "" },
            said(one.value, { class: "value" }),
            one.standing === "current" && h("span", { class: "badge current", part: "badge" }, this.words.say("current")),
            one.standing === "superseded" && h("span", { class: "badge superseded", part: "badge" }, this.words.say("superseded")),
            one.standing === "disputed" && h("span", { class: "badge disputed", part: "badge" }, this.words.say("disputed")),
            h("span", { class: "meta" }, said(one.outlet), one.outlet && one.date && " · ", one.date && this.words.date(one.date)),
            ...this.markers([one.citation]),
          ),
        ),
      ),
    );
  }

  private sources(citations: Citation[], title: string, kind: string): HTMLElement | null {
    if (!citations.length) return null;
    const numbered = kind === "sources";
    // One article is one source, however often it is cited; of the nearest lines each stands for itself.
    const byArticle = new Map<string, Citation[]>();
    for (const [at, one] of citations.entries()) {
      const key = numbered ? JSON.stringify([one.id, one.title, one.superseded]) : String(at);
      byArticle.set(key, [...(byArticle.get(key) ?? []), one]);
    }
    const label = `l${this.number}-${kind.replace(/\W/g, "")}`;
    return h(
      "div",
      { class: kind, part: "sources" },
      h("p", { class: "label", id: label }, title),
      h(
        "ol",
        { "aria-labelledby": label },
        ...[...byArticle.values()].map((cited) => {
          const one = cited[0]!;
          return h(
            "li",
            { part: "source" },
            numbered && h("span", { class: "n", "aria-hidden": "true" }, cited.map((each) => each.marker).join(" ")),
            h(
              "div",
              {},
              h(
                "p",
                { class: "headline" },
                one.permalink ? h("a", { href: one.permalink, target: "_blank", rel: "noopener" }, said(one.title)) : said(one.title),
              ),
              h("p", { class: "meta", part: "meta" }, ...this.words.meta(one, cited.length === 1), ...(cited.length > 1 ? this.places(cited) : [])),
              ...this.words.badges(one),
              !numbered && one.exact && h("blockquote", { class: "quote", dir: "auto", part: "quote" }, one.exact),
              this.words.carriers(one),
            ),
          );
        }),
      ),
    );
  }

  /** Lines of one article that several citations point at, each with a link of its own. */
  private places(cited: Citation[]): Child[] {
    return cited.flatMap((one) => {
      const where = `[${one.marker}] ${this.words.lines(one)}`;
      return [" · ", one.permalink ? h("a", { href: one.permalink, target: "_blank", rel: "noopener", class: "where" }, where) : where];
    });
  }

  private footer(answer: Answer): HTMLElement | null {
    const { words } = this;
    const told = [
      answer.asOf && words.say("as_of", { date: words.date(answer.asOf) }),
      answer.newest && words.say("newest", { date: words.date(answer.newest) }),
    ].filter(Boolean);
    return told.length ? h("p", { class: "small", part: "footer" }, told.join(" · ")) : null;
  }

  private failed(failure: Failure): void {
    const { words } = this;
    const kind = failure.kind === "lost" && !this.sentences.length ? "lost_nothing" : failure.kind;
    const text = words.say(`failed_${kind}` as "failed_server", { detail: failure.detail });
    const wait = h("span", { class: "wait" });
    put(this.after, h("p", { class: "outcome error", part: "error", role: "alert" }, text, " ", wait));
    let left = failure.waitS;
    if (!left) return;
    const tick = () => {
      wait.textContent = left > 0 ? words.say("wait", { n: left }) : "";
      const again = this.after.querySelector<HTMLButtonElement>(".again");
      if (again) again.disabled = left > 0;
      if (left-- <= 0) clearInterval(this.ticking);
    };
    tick();
    this.ticking = window.setInterval(tick, 1000);
    queueMicrotask(() => {
      const again = this.after.querySelector<HTMLButtonElement>(".again");
      if (again && left > 0) again.disabled = true;
    });
  }

  private actions(): HTMLElement {
    const { words } = this;
    const button = (name: Parameters<typeof icon>[0], label: string, kind: string, click: (button: HTMLButtonElement) => void) => {
      const one = h("button", { type: "button", class: `icon ${kind}`, part: "action", "aria-label": label, title: label }, icon(name));
      one.addEventListener("click", () => click(one));
      return one;
    };
    const failed = this.state !== "done";
    const again = h(
      "button",
      { type: "button", class: failed ? "again strong" : "icon again", part: "action retry", "aria-label": words.say("again"), title: words.say("again") },
      icon("again"),
      failed && words.say("again"),
    );
    again.addEventListener("click", () => this.doings.again(this));
    const id = this.answer?.id;
    return h(
      "div",
      { class: "actions", part: "actions" },
      (this.sentences.length > 0 || this.answer) && button("copy", words.say("copy"), "copy", (one) => void this.copy(one)),
      again,
      id && button("up", words.say("good"), "good", (one) => void this.praise(one)),
      id && button("down", words.say("bad"), "bad", (one) => this.form(one, null)),
      h("span", { class: "told" }),
    );
  }

  private tell(text: string): void {
    const place = this.after.querySelector(".told");
    if (place) place.textContent = text;
    this.doings.announce(text);
  }

  private async copy(_button: HTMLButtonElement): Promise<void> {
    let done = false;
    try {
      await navigator.clipboard.writeText(this.copied);
      done = true;
    } catch {
      // Not allowed, or no secure page: the older way.
      const field = h("textarea", { class: "unseen", "aria-hidden": "true" });
      field.value = this.copied;
      this.after.append(field);
      field.select();
      done = document.execCommand("copy");
      field.remove();
      _button.focus();
    }
    this.tell(this.words.say(done ? "copied" : "copy_failed"));
  }

  private async praise(button: HTMLButtonElement): Promise<void> {
    button.setAttribute("aria-pressed", "true");
    await this.send({ answer_id: this.answer?.id ?? "", verdict: "good" });
  }

  private complain(citation: Citation, owner: HTMLButtonElement): void {
    this.popover.close();
    const at = this.sentences.findIndex((one) => one.citations.includes(citation.marker));
    this.form(owner, { citation: citation.marker, ...(at >= 0 ? { sentence: at } : {}) });
  }

  /** Asks what is wrong. `about` names a citation, else it is about the whole answer. */
  private form(opener: HTMLButtonElement, about: { citation: number; sentence?: number } | null): void {
    const { words } = this;
    this.after.querySelector("form")?.remove();
    const reasons = about
      ? (["citation", "wrong", "outdated", "other"] as const)
      : (["wrong", "citation", "outdated", "incomplete", "unasked", "other"] as const);
    const group = `why${this.number}`;
    const comment = h("textarea", { rows: "2", maxlength: "1000", "aria-label": words.say("comment"), placeholder: words.say("comment"), part: "input" });
    const form = h(
      "form",
      { class: "feedback", part: "feedback" },
      h(
        "fieldset",
        {},
        h("legend", {}, words.say("why"), about && ` [${about.citation}]`),
        ...reasons.map((reason, at) =>
          h(
            "label",
            {},
            h("input", { type: "radio", name: group, value: reason, checked: at === 0 }),
            words.say(`reason_${reason}`),
          ),
        ),
      ),
      comment,
      h(
        "p",
        { class: "buttons" },
        h("button", { type: "submit", class: "strong" }, words.say("give")),
        h("button", { type: "button", class: "plain cancel", on: { click: () => close() } }, words.say("cancel")),
      ),
    );
    const close = () => {
      form.remove();
      opener.focus();
    };
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = form.querySelector<HTMLInputElement>("input:checked")?.value ?? "other";
      close();
      void this.send({
        answer_id: this.answer?.id ?? "",
        verdict: "bad",
        reason,
        ...about,
        ...(comment.value.trim() ? { comment: comment.value.trim() } : {}),
      });
    });
    this.after.append(form);
    form.querySelector("input")?.focus();
    form.scrollIntoView({ block: "nearest" });
  }

  private async send(judgement: Judgement): Promise<void> {
    const came = await this.doings.judge(judgement);
    this.tell(this.words.say(came === "sent" ? "thanks" : came === "none" ? "feedback_none" : "feedback_failed"));
  }
}
