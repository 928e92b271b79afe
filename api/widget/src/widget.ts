/**
 * The one tag: `<script src="…/widget.js" data-key="pk_…" async></script>`. Puts a `<dateline-chat>` with the same
 * data-* into the page (into the element that data-target selects, else at the end) and loads it from beside itself.
 */

declare const VERSION: string;

const tag = (document.currentScript ?? document.querySelector('script[src*="widget.js"]')) as HTMLScriptElement | null;

if (tag?.src) {
  const given = { ...tag.dataset };
  const body = new URL(`widget/chat.js?v=${VERSION}`, tag.src);
  const start = () => {
    const chat = document.createElement("dateline-chat");
    for (const [name, value] of Object.entries(given)) if (name !== "target") chat.dataset[name] = value;
    chat.dataset.api ??= new URL(".", tag.src).href;
    const into = given.target ? document.querySelector(given.target) : document.body;
    if (!into) {
      console.error(`Dateline: there is no ${given.target} in this page (data-target)`);
      return;
    }
    if (given.target) chat.dataset.layout ??= "inline";
    into.append(chat);
    import(body.href).catch((error: unknown) => console.error(`Dateline: ${body.href} could not be loaded`, error));
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
}
