// ---- any number can be opened: what it is, how it comes about, and the inputs under it ---------------------------
const opened_ = (() => {
  let box, cell;
  const make = (name, text, className) => Object.assign(document.createElement(name), { textContent: text, className: className ?? "" });
  const close = () => { box?.remove(); box = null; cell?.classList.remove("opened"); };
  const inputs = (topic, first) => {
    const from = document.querySelector(`[data-topic="${topic}"]`);
    if (!from) return [];
    const begins = from.dataset.begins.split(" "), fits = (path) => begins.some((one) => path === one || path.startsWith(`${one}.`));
    const rows = [...document.querySelectorAll("table.inputs tbody tr")].map((row) => [row.cells[0].textContent, row]);
    const named = ([path]) => first.some((word) => path.split(".").includes(word)), ranged = ([, row]) => / to /.test(row.cells[1].textContent);
    const found = rows.filter(([path]) => fits(path));
    const moves = ([, row]) => /alone:/.test(row.cells[5].textContent);
    return [...found].sort((a, b) => named(b) - named(a) || moves(b) - moves(a) || ranged(b) - ranged(a));
  };
  function open(target) {
    close();
    cell = target;
    cell.classList.add("opened");
    const table = cell.closest("table"), row = cell.parentNode, head = table.tHead.rows[0].cells[cell.cellIndex];
    const numbers = [...table.tHead.rows[0].cells].filter((one) => one.classList.contains("n"));
    const how = table.parentNode.nextElementSibling?.classList.contains("note") ? table.parentNode.nextElementSibling.nextElementSibling : table.parentNode.nextElementSibling;
    const told_ = [...(how?.querySelectorAll?.("dd") ?? [])], terms = [...(how?.querySelectorAll?.("dt") ?? [])].map((one) => one.textContent);
    const unit = head.querySelector("small")?.textContent, name = head.firstChild.textContent;
    const at = terms.indexOf(unit ? `${name}, ${unit}` : name);
    const words = [...row.cells].filter((one) => !one.classList.contains("n")).map((one) => one.textContent.trim());
    box = make("div", "", "opened-box");
    Object.assign(box, { tabIndex: -1 });
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "Arithmetic and sources");
    box.append(make("p", `${words.slice(0, 2).join(", ")}: ${name}`, "what"));
    box.append(make("p", `${cell.textContent}${unit && !cell.textContent.includes(unit) ? ` ${unit}` : ""}`, "value"));
    if (cell.dataset.v) box.append(make("p", `exactly ${Number(cell.dataset.v).toLocaleString("en", { maximumSignificantDigits: 9 })}`, "note"));
    if (at >= 0) box.append(make("p", told_[at].textContent));
    const body = cell.closest("tbody").className;
    if (body) box.append(make("p", `${body}, known as of ${told.known}`, "note"));
    const topic = table.dataset.rests, found = topic ? inputs(topic, words.slice(0, 1)) : [];
    if (found.length) {
      const list = make("ul", "");
      for (const [path, input] of found.slice(0, 6)) {
        const item = make("li", ""), link = make("a", path);
        link.href = `#${input.cells[0].querySelector("[id]").id}`;
        item.append(link, `: ${input.cells[1].textContent} · ${input.cells[2].textContent}`);
        const source = input.cells[3].querySelector("a");
        if (source) item.append(" · ", source.cloneNode(true));
        list.append(item);
      }
      const all = make("a", `all ${found.length} inputs under it`);
      all.href = `#from-${topic}`;
      box.append(make("p", "Inputs under it, those named in the row, those known to move the run, and ranges first:"), list, all);
    }
    document.body.append(box);
    const place = cell.getBoundingClientRect(), width = box.offsetWidth;
    box.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8)) + scrollX}px`;
    const under = innerHeight - place.bottom - 12, over = place.top - document.querySelector("nav").offsetHeight - 12;
    const below = under > Math.min(box.offsetHeight, over);
    box.style.maxHeight = `${Math.max(160, below ? under : over)}px`;
    box.style.top = `${(below ? place.bottom + 4 : place.top - box.offsetHeight - 4) + scrollY}px`;
  }
  document.addEventListener("click", (event) => {
    const target = event.target.closest("td.n");
    if (target && !event.target.closest("a") && getSelection().isCollapsed) open(target);
    else if (!event.target.closest(".opened-box") || event.target.closest(".opened-box a[href^='#']")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); return; }
    const region = event.target.closest?.(".scroll");
    if (!region || event.target !== region) return;
    const cells = [...region.querySelectorAll("td.n")], across = region.querySelectorAll("thead th.n").length;
    if (!cells.length) return;
    if (event.key === "Enter") { event.preventDefault(); open(region.contains(cell) ? cell : cells[0]); return; }
    const step = box && { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (step) { event.preventDefault(); const next = cells[cells.indexOf(cell) + step]; if (next) { next.scrollIntoView({ block: "nearest" }); open(next); } }
  });
  return { open, close };
})();
