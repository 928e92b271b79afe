/** The widget's words about citations and dates, in its language. */

import { type Child, h, said } from "./dom.js";
import { STRINGS, type Strings, fill } from "./strings.js";
import type { Citation } from "./wire.js";

export class Words {
  constructor(
    readonly strings: Strings,
    private readonly language: string | undefined,
  ) {}

  say(name: keyof Strings, values: Record<string, string | number> = {}): string {
    const given: unknown = this.strings[name];
    return fill(typeof given === "string" ? given : STRINGS[name], values);
  }

  /** `2025-02-18` or `2025-02-18T10:00:00Z` as a day; what is no date stays as it is. */
  date(given: string): string {
    const moment = new Date(given.length === 10 ? `${given}T00:00:00Z` : given);
    if (Number.isNaN(moment.getTime())) return given.slice(0, 40);
    const shape = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
    try {
      return new Intl.DateTimeFormat(this.language, shape).format(moment);
    } catch {
      return new Intl.DateTimeFormat(undefined, shape).format(moment);
    }
  }

  lines(citation: Citation): string {
    if (!citation.first) return "";
    return citation.first === citation.last
      ? this.say("line", { first: citation.first })
      : this.say("lines", { first: citation.first, last: citation.last });
  }

  /** Outlet, date and lines, as text. */
  place(citation: Citation): string {
    const date = citation.published ? this.date(citation.published) : this.say("undated");
    return [citation.outlet, date, this.lines(citation)].filter(Boolean).join(" · ");
  }

  /** The same, built; `lines` false leaves the lines out. */
  meta(citation: Citation, lines = true): Child[] {
    const date = citation.published ? this.date(citation.published) : this.say("undated");
    return [
      citation.outlet && said(citation.outlet, { class: "outlet" }),
      citation.outlet && " · ",
      h("time", { datetime: citation.published || false }, date),
      lines && citation.first > 0 && " · ",
      lines && citation.first > 0 && h("span", { class: "where", part: "lines" }, this.lines(citation)),
    ];
  }

  badges(citation: Citation): HTMLElement[] {
    return citation.superseded ? [h("p", { class: "badge superseded", part: "badge" }, this.say("superseded_source"))] : [];
  }

  carriers(citation: Citation): HTMLElement | null {
    const { carriedBy } = citation;
    if (!carriedBy.length) return null;
    return h(
      "details",
      { class: "carriers" },
      h("summary", {}, carriedBy.length === 1 ? this.say("carried_one") : this.say("carried", { n: carriedBy.length })),
      h(
        "ul",
        {},
        ...carriedBy.map(({ name, link }) =>
          h("li", {}, link ? h("a", { href: link, target: "_blank", rel: "noopener" }, said(name)) : said(name)),
        ),
      ),
    );
  }
}
