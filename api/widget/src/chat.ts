/** `<dateline-chat>`: the chat, as a custom element in a shadow of its own. See docs/widget.md. */

import sheetText from "./chat.css";
import { Failure, type Server, ask, judge, suggestions } from "./client.js";
import { h, icon, put } from "./dom.js";
import { forget, load, save } from "./session.js";
import { STRINGS, type Strings } from "./strings.js";
import { type Doings, Turn } from "./turn.js";
import { answer as readAnswer, webAddress } from "./wire.js";
import { Words } from "./words.js";

const SLOW_AFTER_MS = 12_000;
const SILENCE_S = 120;
const LONGEST_QUESTION = 2000;
const MOST_HISTORY = 10; // turns sent along, so that "and when?" is understood; the server keeps nothing

const sheet = new CSSStyleSheet();
sheet.replaceSync(sheetText);

export class DatelineChat extends HTMLElement {
  static readonly observedAttributes = ["data-dir", "data-title", "data-strings", "data-lang", "data-suggestions"];

  private root: ShadowRoot | null = null;
  private words = new Words(STRINGS, undefined);
  private given: Partial<Strings> = {};
  private turns: Turn[] = [];
  private running: { turn: Turn; stop: AbortController } | null = null;
  private editing: Turn | null = null;
  private kept = "";
  private returnTo: HTMLElement | null = null;
  private forgotten: (() => void)[] = [];
  private asked: string[] | null = null;

  // What the shadow holds, made by `build`.
  private panel!: HTMLElement;
  private launcher: HTMLButtonElement | null = null;
  private log!: HTMLElement;
  private welcome!: HTMLElement;
  private input!: HTMLTextAreaElement;
  private sender!: HTMLButtonElement;
  private hint!: HTMLElement;
  private quietly!: HTMLElement;
  private offline!: HTMLElement;

  connectedCallback(): void {
    if (!this.root) {
      this.root = this.attachShadow({ mode: "open" });
      this.root.adoptedStyleSheets = [sheet];
    }
    this.build();
    this.restore();
    this.listen();
  }

  disconnectedCallback(): void {
    this.stop();
    for (const one of this.forgotten.splice(0)) one();
    for (const turn of this.turns) turn.leave();
  }

  attributeChangedCallback(name: string, old: string | null, now: string | null): void {
    if (name === "data-dir") this.turned();
    else if (this.isConnected && this.root && old !== now) this.renew();
  }

  // ---- what a page may call

  /** The words it says; give some to replace them. */
  get strings(): Strings {
    return this.words.strings;
  }
  set strings(given: Partial<Strings>) {
    this.given = { ...given };
    this.renew();
  }

  /** Every question with its state and the server's answer, oldest first. */
  get conversationSoFar(): { question: string; state: string; answer: unknown }[] {
    return this.turns.map((turn) => ({ question: turn.question, state: turn.state, answer: turn.raw }));
  }

  get isOpen(): boolean {
    return !this.panel?.hidden;
  }

  open(): void {
    if (!this.launcher || this.isOpen) return;
    this.returnTo = document.activeElement instanceof HTMLElement && document.activeElement !== document.body ? document.activeElement : null;
    this.panel.hidden = false;
    this.launcher.hidden = true;
    this.launcher.setAttribute("aria-expanded", "true");
    this.fit();
    void this.suggest();
    this.input.focus();
    this.keep();
    this.tell("open", {});
  }

  close(): void {
    if (!this.launcher || !this.isOpen) return;
    this.panel.hidden = true;
    this.launcher.hidden = false;
    this.launcher.setAttribute("aria-expanded", "false");
    const back = this.returnTo?.isConnected && this.returnTo !== this ? this.returnTo : this.launcher;
    back.focus();
    this.keep();
    this.tell("close", {});
  }

  /** Asks a question, as if it were typed. Opens the chat. Resolves once it is answered, stopped or failed. */
  async ask(question: string): Promise<void> {
    const text = question.trim().slice(0, LONGEST_QUESTION);
    if (!text || this.running) return;
    this.open();
    await this.run(text);
  }

  /** Stops what is being answered; what was verified stays. */
  stop(): void {
    this.running?.stop.abort();
  }

  /** Forgets the conversation, here and in this tab's storage. */
  clear(): void {
    this.stop();
    for (const turn of this.turns) {
      turn.leave();
      turn.element.remove();
    }
    this.turns = [];
    this.editing = null;
    this.hint.hidden = true;
    this.input.value = "";
    this.grow();
    forget(this.kept);
    this.greet();
    this.announce(this.words.say("cleared"));
    this.input.focus();
  }

  // ---- building

  private get layout(): string {
    const { layout } = this.dataset;
    return layout === "inline" || layout === "page" ? layout : "float";
  }

  private get server(): Server {
    const api = webAddress(this.dataset.api ?? "", document.baseURI) ?? location.origin;
    return {
      api: api.replace(/[?#].*$/, "").replace(/\/+$/, ""),
      key: this.dataset.key ?? "",
      silenceS: Math.max(1, Number(this.dataset.timeout) || SILENCE_S),
    };
  }

  private language(): string | undefined {
    return this.dataset.lang || document.documentElement.lang || undefined;
  }

  private say(name: keyof Strings, values: Record<string, string | number> = {}): string {
    return this.words.say(name, values);
  }

  private turned(): void {
    if (this.dataset.dir === "rtl" || this.dataset.dir === "ltr") this.dir = this.dataset.dir;
  }

  private build(): void {
    let told: Partial<Strings> = {};
    try {
      told = JSON.parse(this.dataset.strings ?? "{}") as Partial<Strings>;
    } catch {
      console.error("Dateline: data-strings is no JSON object");
    }
    const title = this.dataset.title ? { title: this.dataset.title, launcher: this.dataset.title } : {};
    this.words = new Words({ ...STRINGS, ...title, ...told, ...this.given }, this.language());
    this.kept = `dateline:${this.server.api}:${this.layout}`;
    this.turned();

    this.log = h("div", { class: "log", part: "log", role: "region", "aria-label": this.say("conversation"), tabindex: "0" });
    this.welcome = h("div", { class: "welcome", part: "welcome" });
    this.input = h("textarea", {
      rows: "1",
      part: "input",
      maxlength: LONGEST_QUESTION,
      "aria-label": this.say("input"),
      placeholder: this.dataset.placeholder ?? this.say("placeholder"),
      enterkeyhint: "send",
      autocomplete: "off",
      dir: "auto",
      on: {
        keydown: (event: KeyboardEvent) => this.typed(event),
        input: () => {
          this.grow();
          this.keep();
        },
      },
    });
    this.sender = h("button", { type: "submit", class: "send", part: "send" });
    this.hint = h("p", { class: "hint", hidden: true }, this.say("editing"));
    this.quietly = h("p", { class: "unseen", role: "status" });
    this.offline = h("div", { class: "offline", part: "offline", role: "alert" });
    const float = this.layout === "float";
    const heading = h("h2", { class: "title", part: "title", id: "title" }, this.say("title"));
    const clear = h(
      "button",
      { type: "button", class: "icon clear", part: "clear", "aria-label": this.say("clear"), title: this.say("clear"), on: { click: () => this.clear() } },
      icon("clear"),
    );
    const form = h(
      "form",
      { class: "composer", part: "composer", on: { submit: (event: Event) => this.submitted(event) } },
      this.hint,
      h("div", { class: "field" }, this.input, this.sender),
    );
    this.panel = h(
      "section",
      { class: "panel", part: "panel", role: float ? "dialog" : "region", "aria-labelledby": "title", hidden: float },
      h(
        "header",
        { part: "header" },
        heading,
        clear,
        float &&
          h(
            "button",
            { type: "button", class: "icon close", part: "close", "aria-label": this.say("close"), title: this.say("close"), on: { click: () => this.close() } },
            icon("close"),
          ),
      ),
      this.offline,
      this.log,
      form,
      this.quietly,
    );
    this.launcher = float
      ? h(
          "button",
          { type: "button", class: "launcher", part: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog", on: { click: () => this.open() } },
          icon("chat"),
          h("span", {}, this.say("launcher")),
        )
      : null;
    this.panel.addEventListener("keydown", (event) => this.escaped(event));
    this.root?.replaceChildren(...[this.launcher, this.panel].filter((one) => one !== null));
    put(this.log, this.welcome);
    this.greet();
    this.ready();
    this.connection();
  }

  /** Builds anew, in other words, what is shown. */
  private renew(): void {
    if (!this.root || this.running) return;
    const open = this.isOpen;
    this.keep();
    for (const turn of this.turns) turn.leave();
    this.turns = [];
    this.build();
    this.restore();
    if (open && this.launcher) {
      this.panel.hidden = false;
      this.launcher.hidden = true;
    }
  }

  private listen(): void {
    const on = (target: EventTarget, event: string, does: (event: any) => void) => {
      target.addEventListener(event, does);
      this.forgotten.push(() => target.removeEventListener(event, does));
    };
    on(window, "online", () => this.connection());
    on(window, "offline", () => this.connection());
    on(window, "pagehide", () => this.keep());
    on(window, "resize", () => this.turns.forEach((turn) => turn.place()));
    on(this.log, "scroll", () => this.turns.forEach((turn) => turn.place()));
    on(document, "pointerdown", (event: Event) => {
      const path = event.composedPath();
      if (!path.some((one) => one instanceof Element && one.matches(".popover, .cite"))) this.turns.forEach((turn) => turn.closePopover());
    });
    if (window.visualViewport) {
      on(window.visualViewport, "resize", () => this.fit());
      on(window.visualViewport, "scroll", () => this.fit());
    }
    if (this.layout !== "float") void this.suggest();
  }

  /** On a phone the panel is what the on-screen keyboard leaves free. */
  private fit(): void {
    const seen = window.visualViewport;
    if (!seen || this.layout === "inline") return;
    this.style.setProperty("--_height", `${Math.round(seen.height)}px`);
    this.style.setProperty("--_top", `${Math.round(seen.offsetTop)}px`);
  }

  private connection(): void {
    const off = navigator.onLine === false;
    this.offline.hidden = !off;
    this.offline.textContent = off ? this.say("offline") : "";
  }

  // ---- the beginning

  private greet(): void {
    this.welcome.hidden = this.turns.length > 0;
    if (!this.welcome.childNodes.length) put(this.welcome, h("p", {}, this.say("welcome")), h("div", { class: "suggestions", part: "suggestions" }));
    this.panel.classList.toggle("fresh", this.turns.length === 0);
  }

  private async suggest(): Promise<void> {
    const box = this.welcome.querySelector(".suggestions");
    if (!box || box.childNodes.length || this.turns.length) return;
    const { suggestions: own } = this.dataset;
    if (own === "off") return;
    if (own) {
      try {
        const list: unknown = JSON.parse(own);
        this.asked = Array.isArray(list) ? list.filter((one) => typeof one === "string").slice(0, 6) : [];
      } catch {
        console.error("Dateline: data-suggestions is neither off nor a JSON list");
        this.asked = [];
      }
    }
    this.asked ??= await suggestions(this.server);
    if (!this.asked.length || box.childNodes.length) return;
    put(
      box,
      h("p", { class: "label", id: "examples" }, this.say("suggestions")),
      h(
        "ul",
        { "aria-labelledby": "examples" },
        ...this.asked.map((one) =>
          h("li", {}, h("button", { type: "button", class: "suggestion", part: "suggestion", dir: "auto", on: { click: () => void this.run(one) } }, one)),
        ),
      ),
    );
  }

  // ---- asking

  private submitted(event: Event): void {
    event.preventDefault();
    if (this.running) {
      this.stop();
      return;
    }
    const question = this.input.value.trim();
    if (!question) {
      this.input.focus();
      return;
    }
    this.input.value = "";
    this.grow();
    void this.run(question);
  }

  private typed(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!this.running) this.submitted(event);
    }
  }

  private async run(question: string): Promise<void> {
    if (this.running) return;
    if (this.editing) this.dropFrom(this.editing);
    this.editing = null;
    this.hint.hidden = true;
    const turn = new Turn(question, this.words, this.doings);
    this.turns.push(turn);
    this.greet();
    this.log.append(turn.element);
    this.toTop(turn);
    const stop = new AbortController();
    this.running = { turn, stop };
    this.ready();
    this.keep();
    this.input.focus({ preventScroll: true });
    const slow = window.setTimeout(() => turn.slow(), SLOW_AFTER_MS);
    this.tell("ask", { question });
    try {
      for await (const heard of ask(this.server, this.body(question), stop.signal)) {
        if (heard.kind === "step") turn.step(heard.step);
        else if (heard.kind === "sentence") {
          clearTimeout(slow);
          turn.add(heard.sentence, heard.citations);
          this.follow(turn);
        } else {
          turn.finish(heard.answer, heard.raw);
          this.announce(turn.heard);
          this.tell("answer", { question, answer: heard.raw });
        }
      }
    } catch (error) {
      if (stop.signal.aborted) {
        turn.end("stopped");
        this.announce(this.say(turn.sentences.length ? "stopped" : "stopped_nothing"));
      } else {
        const failure = error instanceof Failure ? error : new Failure("server");
        if (!(error instanceof Failure)) console.error(error);
        turn.end("failed", failure);
        this.tell("error", { question, kind: failure.kind, detail: failure.detail });
      }
    } finally {
      clearTimeout(slow);
      this.running = null;
      this.ready();
      this.keep();
      this.follow(turn);
    }
  }

  private body(question: string): Record<string, unknown> {
    const { asOf, sources } = this.dataset;
    const history = this.turns
      .filter((turn) => turn.state === "done")
      .slice(-MOST_HISTORY)
      .map((turn) => ({ question: turn.question, answer: turn.sentences.map((one) => one.text).join(" ").slice(0, 4000) }));
    const named = (sources ?? "").split(",").map((one) => one.trim()).filter(Boolean);
    return {
      question,
      ...(asOf ? { as_of: asOf } : {}),
      ...(named.length ? { filters: { sources: named } } : {}),
      ...(history.length ? { history } : {}),
    };
  }

  /** Scrolls the conversation, and never the page around it. */
  private toTop(turn: Turn): void {
    this.log.scrollTop += turn.element.getBoundingClientRect().top - this.log.getBoundingClientRect().top - 14;
  }

  /** Keeps the answer in view, its question at the top at most. */
  private follow(turn: Turn): void {
    if (turn !== this.turns.at(-1)) return;
    const [whole, seen] = [turn.element.getBoundingClientRect(), this.log.getBoundingClientRect()];
    if (whole.bottom > seen.bottom) this.log.scrollTop += Math.max(0, Math.min(whole.bottom - seen.bottom, whole.top - seen.top - 14));
  }

  private readonly doings: Doings = {
    again: (turn) => {
      if (this.running) return;
      const last = turn === this.turns.at(-1);
      if (last) this.dropFrom(turn);
      void this.run(turn.question);
    },
    edit: (turn) => {
      if (this.running) return;
      this.editing = turn;
      this.hint.hidden = false;
      this.input.value = turn.question;
      this.grow();
      this.input.focus();
      this.input.setSelectionRange(turn.question.length, turn.question.length);
    },
    judge: async (judgement) => {
      this.tell("feedback", { ...judgement });
      return judge(this.server, judgement);
    },
    announce: (text) => this.announce(text),
  };

  /** Takes a turn and what followed it out of the conversation. */
  private dropFrom(turn: Turn): void {
    const at = this.turns.indexOf(turn);
    if (at < 0) return;
    for (const one of this.turns.splice(at)) {
      one.leave();
      one.element.remove();
    }
  }

  private escaped(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    if (this.turns.some((turn) => turn.closePopover())) event.stopPropagation();
    else if (this.editing) {
      this.editing = null;
      this.hint.hidden = true;
      this.input.value = "";
      this.grow();
      event.stopPropagation();
    } else if (this.launcher) {
      this.close();
      event.stopPropagation();
    }
  }

  // ---- small things

  private ready(): void {
    const busy = this.running !== null;
    const label = this.say(busy ? "stop" : "send");
    this.sender.replaceChildren(icon(busy ? "stop" : "send"));
    this.sender.setAttribute("aria-label", label);
    this.sender.title = label;
    this.sender.classList.toggle("stop", busy);
    this.sender.setAttribute("part", busy ? "send stop" : "send");
  }

  /** As high as what was typed; its sheet says how high at most. */
  private grow(): void {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${this.input.scrollHeight}px`);
  }

  private announce(text: string): void {
    this.quietly.textContent = text;
  }

  private tell(event: string, detail: Record<string, unknown>): void {
    this.dispatchEvent(new CustomEvent(`dateline:${event}`, { detail, bubbles: true, composed: true }));
  }

  private keep(): void {
    if (this.dataset.session === "off") return;
    save(this.kept, {
      turns: this.turns.map((turn) => ({ question: turn.question, raw: turn.raw, state: turn.state })),
      draft: this.input.value,
      open: this.isOpen,
    });
  }

  private restore(): void {
    const kept = this.dataset.session === "off" ? null : load(this.kept);
    if (kept) {
      for (const one of kept.turns) {
        const turn = new Turn(one.question, this.words, this.doings);
        if (one.raw && one.state === "done") turn.finish(readAnswer(one.raw, this.server.api), one.raw);
        else turn.end(one.state === "stopped" ? "stopped" : "interrupted");
        this.turns.push(turn);
        this.log.append(turn.element);
      }
        this.input.value = kept.draft;
      this.greet();
    }
    const open = kept?.open || (!kept && this.dataset.open !== undefined && this.dataset.open !== "false");
    if (this.launcher && open) {
      this.panel.hidden = false;
      this.launcher.hidden = true;
      this.launcher.setAttribute("aria-expanded", "true");
      this.fit();
      void this.suggest();
    }
    const last = this.turns.at(-1);
    if (last) this.toTop(last);
    if (this.layout !== "float") this.fit();
  }
}

if (!customElements.get("dateline-chat")) customElements.define("dateline-chat", DatelineChat);
