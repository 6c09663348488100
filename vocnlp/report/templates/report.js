"use strict";
// Tooltips, the dialog with comments behind a number, and the filter by segment and language. No network, no storage.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const data = JSON.parse($("#data").textContent);
  const words = data.words;
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const whole = (value) => Math.round(value).toLocaleString("en-US");
  const figure = (value) => value.toFixed(data.digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "\u2212");
  const quotes = $$("#pool > .quote");
  const segment = $("#segment");
  const language = $("#language");
  const topic = $("#topic");

  // Tooltips. An SVG's <title> is its name for screen readers; as aria-label it does not pop up a second tooltip.
  const tip = $("#tip");
  for (const title of $$("svg > title")) {
    title.parentNode.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  document.addEventListener("pointermove", (event) => {
    const shape = event.target.closest?.("[data-tip]");
    tip.hidden = !shape;
    if (!shape) return;
    tip.textContent = shape.dataset.tip;
    const box = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 18}px`;
  });

  // A comment answers to a tag, to the ids of its segments, and to its language.
  const holds = (list, item) => ` ${list} `.includes(` ${item} `);
  const fits = (quote, tag, segments) =>
    (!tag || holds(quote.dataset.t, tag)) &&
    segments.every((id) => !id || holds(quote.dataset.s, id)) &&
    (!language.value || quote.dataset.l === language.value);

  // Highlight the evidence of a tag alone; a severity is that of all risks, other tags have no evidence.
  const focus = (quote, tag) => {
    const hit = (mark) => (tag.startsWith("severity:") ? mark.classList.contains("risk") : holds(mark.dataset.t, tag));
    for (const mark of $$("mark", quote)) mark.classList.toggle("hit", hit(mark));
    quote.classList.toggle("focused", Boolean($("mark.hit", quote)));
  };

  // The dialog: the comments behind a number, within the filter that is set.
  const dialog = $("#dialog");
  const open = (link) => {
    const { q: tag = "", s: own = "", n: total, title } = link.dataset;
    const found = quotes.filter((quote) => fits(quote, tag, [own, segment.value]));
    const filtered = [segment, language].filter((s) => s.value).map((s) => s.selectedOptions[0].textContent);
    $("#dialog-title").textContent = title;
    $("#dialog-count").textContent =
      say(found.length < total ? "shown" : "all", { shown: whole(found.length), total: whole(total) }) +
      (filtered.length ? " " + say("within", { filter: filtered.join(", ") }) : "");
    const copies = found.map((quote) => quote.cloneNode(true));
    for (const copy of copies) {
      copy.hidden = false;
      focus(copy, tag);
    }
    $("#dialog-quotes").replaceChildren(...copies);
    dialog.showModal();
    $(".body", dialog).scrollTop = 0;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.n");
    if (link) {
      event.preventDefault();
      open(link);
    } else if (event.target === dialog || event.target.closest("[data-close]")) {
      dialog.close();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches("a.n")) return;
    event.preventDefault(); // a button answers to the space bar too
    open(event.target);
  });

  // The map of topics: the clauses of the circle that is pointed at or focused, until it is another's turn.
  const cards = $$("#topic-cards > div");
  const unfold = (event) => {
    const spot = event.target.closest?.("a[data-card]");
    if (spot) for (const card of cards) card.hidden = card.id !== spot.dataset.card;
  };
  document.addEventListener("pointerover", unfold);
  document.addEventListener("focusin", unfold);

  // The filter: comments, the aspects' table and the score of the selection.
  const PAGE = 12;
  let limit = PAGE;
  const list = () => {
    const found = quotes.filter((quote) => fits(quote, topic.value, [segment.value]));
    for (const quote of quotes) quote.hidden = true;
    for (const quote of found.slice(0, limit)) {
      quote.hidden = false;
      focus(quote, topic.value);
    }
    $("#count").textContent = say("listed", { shown: whole(Math.min(limit, found.length)), total: whole(found.length) });
    $("#more").hidden = found.length <= limit;
  };
  const cell = () => data.cells[`${segment.value || "*"}|${language.value || "*"}`];
  const score = () => {
    const [n, sum, squares] = cell()?.y ?? [0, 0, 0];
    const mean = sum / n;
    const half = 1.96 * Math.sqrt(Math.max(squares / n - mean * mean, 0) / n);
    $("#selection").textContent =
      n < data.minimum
        ? say("few", { n: whole(n) })
        : say("score", { n: whole(n), score: figure(mean), low: figure(mean - half), high: figure(mean + half) });
  };
  const aspects = () => {
    const counts = cell()?.a ?? [];
    const comments = cell()?.c ?? 0;
    for (const row of $$("#aspect-rows tr[data-a]")) {
      const [negative, rest, positive] = counts[row.dataset.a] ?? [0, 0, 0];
      const share = (count) => (comments ? count / comments / data.widest : 0) * 50;
      const place = { neg: [50 - share(rest / 2) - share(negative), share(negative)], quiet: [50 - share(rest / 2), share(rest)], pos: [50 + share(rest / 2), share(positive)] };
      for (const [tone, [x, width]] of Object.entries(place)) {
        const shape = $(`rect.${tone}`, row);
        shape.setAttribute("x", `${Math.max(0, x)}%`);
        shape.setAttribute("width", `${Math.min(width, 100 - Math.max(0, x))}%`);
      }
      for (const [kind, count] of [["neg", negative], ["pos", positive]]) {
        const link = $(`a[data-q^="${kind}:"]`, row);
        if (link) link.textContent = link.dataset.n = whole(count);
      }
    }
  };
  const apply = () => {
    limit = PAGE;
    list();
    score();
    aspects();
  };
  for (const box of [segment, language, topic]) box.addEventListener("change", apply);
  $("#more").addEventListener("click", () => {
    limit += 2 * PAGE;
    list();
  });
  $("#reset").addEventListener("click", () => {
    for (const box of [segment, language, topic]) box.value = "";
    apply();
  });
  apply();

  // The link of the section in view.
  const links = new Map($$("nav a").map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((e) => e.isIntersecting)) {
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-20% 0px -70% 0px" },
  );
  for (const section of $$("section[id]")) watch.observe(section);
})();
