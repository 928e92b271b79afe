/** Elements, built one by one. Nothing here takes markup: whatever comes from outside can only become text. */

export type Child = Node | string | number | null | undefined | false;

export interface Props {
  class?: string;
  part?: string;
  on?: Record<string, (event: any) => void>;
  [attribute: string]: unknown;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, does] of Object.entries(value as Record<string, EventListener>)) made.addEventListener(event, does);
    } else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  put(made, ...children);
  return made;
}

export function put(parent: Node, ...children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === "") continue;
    parent.appendChild(typeof child === "object" ? child : document.createTextNode(String(child)));
  }
}

/** Text from outside, set apart so that its direction cannot leak into ours. */
export function said(text: string, props: Props = {}): HTMLElement {
  return h("bdi", props, text);
}

const PATHS = {
  chat: "M4 5h16v11H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  clear: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  edit: "M4 20l1-5L16 4l4 4L9 19z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  again: "M20 12a8 8 0 1 1-2.5-5.8M20 3v5h-5",
  up: "M7 11v9H4v-9zM7 11l4-8c2 0 2.500 1.500 2 3l-.7 3H19c1.500 0 2 1 1.700 2.300l-1.500 6.500c-.3 1.200-1 2.200-2.200 2.200H7",
  down: "M17 13V4h3v9zM17 13l-4 8c-2 0-2.500-1.500-2-3l.7-3H5c-1.500 0-2-1-1.700-2.300l1.500-6.500C5.100 5 5.800 4 7 4h10",
} as const;

const SVG = "http://www.w3.org/2000/svg";

export function icon(name: keyof typeof PATHS): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.appendChild(path);
  return svg;
}
