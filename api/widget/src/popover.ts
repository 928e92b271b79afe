/** What a citation's [n] shows: where the sentence stands, and the way there. One is open at a time. */

import { h, put, said } from "./dom.js";
import type { Words } from "./words.js";
import type { Citation } from "./wire.js";

const OPEN_AFTER_MS = 120;
const CLOSE_AFTER_MS = 220;

export class Popover {
  readonly element = h("div", { class: "popover", part: "popover", id: "popover", role: "group", tabindex: "-1" });
  private owner: HTMLButtonElement | null = null;
  private pinned = false;
  private timer = 0;
  private returning = false; // the focus comes back from here: no reason to show it again

  constructor(
    private readonly words: Words,
    private readonly wrong: ((citation: Citation, owner: HTMLButtonElement) => void) | null,
  ) {
    if ("popover" in this.element) this.element.popover = "manual";
    else (this.element as HTMLElement).hidden = true;
    this.element.addEventListener("mouseenter", () => clearTimeout(this.timer));
    this.element.addEventListener("mouseleave", () => this.later());
    this.element.addEventListener("focusout", (event) => this.left(event));
  }

  /** Makes a [n] show its citation by hover, focus and tap. */
  serve(button: HTMLButtonElement, citation: Citation, answerId: () => string): void {
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("mouseenter", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.show(button, citation, answerId, false), OPEN_AFTER_MS);
    });
    button.addEventListener("mouseleave", () => this.later());
    button.addEventListener("focus", () => {
      // A pointer focuses too; then the click that follows decides.
      if (!this.returning && button.matches(":focus-visible")) this.show(button, citation, answerId, false);
    });
    button.addEventListener("focusout", (event) => this.left(event));
    button.addEventListener("click", () => {
      if (this.owner === button && this.pinned) this.close();
      else this.show(button, citation, answerId, true);
    });
  }

  get open(): boolean {
    return this.owner !== null;
  }

  /** Closes; the focus goes back to the [n] if it was inside. */
  close(): void {
    clearTimeout(this.timer);
    const owner = this.owner;
    if (!owner) return;
    const inside = this.element.contains((this.element.getRootNode() as ShadowRoot).activeElement);
    this.owner = null;
    this.pinned = false;
    owner.setAttribute("aria-expanded", "false");
    owner.removeAttribute("aria-controls");
    this.returning = true;
    if (inside) owner.focus({ preventScroll: true });
    this.returning = false;
    if (this.element.hidePopover && this.element.isConnected) this.element.hidePopover();
    this.element.remove();
  }

  private later(): void {
    clearTimeout(this.timer);
    if (this.pinned) return;
    const root = this.element.getRootNode() as ShadowRoot;
    this.timer = window.setTimeout(() => {
      const at = root.activeElement;
      if (!this.pinned && at !== this.owner && !this.element.contains(at)) this.close();
    }, CLOSE_AFTER_MS);
  }

  private left(event: FocusEvent): void {
    const to = event.relatedTarget as Node | null;
    if (!this.owner || this.pinned && to === null) return;
    if (to !== this.owner && !this.element.contains(to)) this.close();
  }

  private show(button: HTMLButtonElement, citation: Citation, answerId: () => string, pinned: boolean): void {
    clearTimeout(this.timer);
    if (this.owner !== button) {
      this.close();
      this.owner = button;
      this.element.replaceChildren();
      this.element.setAttribute("aria-label", this.words.say("source", { n: citation.marker }));
      put(this.element, ...this.contents(citation, answerId(), button));
      // Right behind its button, so that the tab key goes on into it.
      button.after(this.element);
      if (this.element.showPopover) this.element.showPopover();
      button.setAttribute("aria-expanded", "true");
      button.setAttribute("aria-controls", this.element.id);
    }
    this.pinned = this.pinned || pinned;
    this.place();
  }

  private contents(citation: Citation, answerId: string, owner: HTMLButtonElement): HTMLElement[] {
    const { words } = this;
    const where = words.lines(citation);
    const wrong = this.wrong;
    return [
      h("p", { class: "headline", part: "headline" }, said(citation.title)),
      h("p", { class: "meta", part: "meta" }, ...words.meta(citation)),
      ...words.badges(citation),
      h(
        "blockquote",
        { class: "quote", part: "quote", dir: "auto" },
        citation.prefix && h("span", { class: "context" }, "…" + citation.prefix),
        h("mark", { part: "mark" }, citation.exact),
        citation.suffix && h("span", { class: "context" }, citation.suffix + "…"),
      ),
      words.carriers(citation) ?? h("span", { hidden: true }),
      h(
        "p",
        { class: "ways" },
        citation.permalink &&
          h(
            "a",
            { href: citation.permalink, target: "_blank", rel: "noopener", class: "way first", part: "open-link" },
            words.say("open", { lines: where }),
          ),
        citation.sourceLink &&
          h(
            "a",
            { href: citation.sourceLink, target: "_blank", rel: "noopener noreferrer", class: "way", part: "source-link" },
            words.say("publisher"),
          ),
        wrong &&
          answerId !== "" &&
          h("button", { type: "button", class: "way", on: { click: () => wrong(citation, owner) } }, words.say("wrong_citation")),
      ),
    ];
  }

  /** Puts it below its button, or above where there is more room. On a phone the sheet of styles puts it at the bottom. */
  place(): void {
    if (!this.owner) return;
    const { style } = this.element;
    style.removeProperty("left");
    style.removeProperty("top");
    if (matchMedia("(max-width: 480px)").matches) return;
    const at = this.owner.getBoundingClientRect();
    const own = this.element.getBoundingClientRect();
    const [width, height, gap] = [document.documentElement.clientWidth, window.innerHeight, 8];
    const left = Math.max(gap, Math.min(at.left - 24, width - own.width - gap));
    const below = at.bottom + 6;
    const top = below + own.height + gap <= height || at.top < height - at.bottom ? below : at.top - own.height - 6;
    style.setProperty("left", `${left}px`);
    style.setProperty("top", `${Math.max(gap, Math.min(top, height - own.height - gap))}px`);
  }
}
