"use strict";
(() => {
  const form = document.getElementById("filter");
  const questions = [...document.querySelectorAll("details.q")];
  const field = (name) => form.elements[name];
  const matches = (q, text, status, kind, tag) => {
    const d = q.dataset;
    if (text && !text.split(/\s+/).every((word) => d.text.includes(word))) return false;
    if (kind && d.kind !== kind) return false;
    if (tag && !d.tags.split(" ").includes(tag)) return false;
    if (status === "fault") return d.status === "fault";
    if (status === "ok") return d.status !== "fault";
    if (status === "answered") return d.outcome === "answered" || d.outcome === "partial";
    return !status || d.outcome === status;
  };
  const apply = () => {
    const given = ["text", "status", "kind", "tag"].map((name) => field(name).value.trim());
    given[0] = given[0].toLowerCase();
    let shown = 0;
    for (const q of questions) {
      q.hidden = !matches(q, ...given);
      shown += !q.hidden;
    }
    field("count").value = `${shown} of ${questions.length}`;
    document.getElementById("nothing").hidden = shown > 0;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  field("open").addEventListener("click", () => {
    const shown = questions.filter((q) => !q.hidden);
    const open = shown.some((q) => !q.open);
    for (const q of shown) q.open = open;
    field("open").textContent = open ? "Close all shown" : "Open all shown";
  });
  form.hidden = false;
  apply();
})();
