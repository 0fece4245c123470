"use strict";
// Charts are drawn when they scroll into view; the campus is plain SVG. Nothing is fetched, all text goes in as text.
const $ = (id) => document.getElementById(id);
const figures = JSON.parse($("figures").textContent);
const root = document.documentElement;
const still = matchMedia("(prefers-reduced-motion:reduce)").matches;
const attempt = (act) => { try { return act(); } catch { return undefined; } };

// ---- theme -------------------------------------------------------------------------------------------------------
let colors = {};
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
function color(token) {
  if (token in colors) return colors[token];
  const [name, clear] = token.split("@"), found = getComputedStyle(root).getPropertyValue(name).trim() || name;
  const part = (at) => parseInt(found.slice(at, at + 2), 16);
  return colors[token] = clear ? `rgba(${part(1)},${part(3)},${part(5)},${clear})` : found;
}
function themed(value) {
  if (typeof value === "string") return value.startsWith("--") ? color(value) : value;
  if (Array.isArray(value)) return value.map(themed);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, themed(v)]));
  return value;
}
function retheme(theme) {
  if (theme) root.dataset.theme = theme;
  colors = {};
  for (const id of drawn) draw(id);
  campus?.paint();
}
$("theme").addEventListener("click", () => {
  retheme(isDark() ? "light" : "dark");
  attempt(() => localStorage.setItem("gigacampus-theme", root.dataset.theme));
});
const kept = attempt(() => localStorage.getItem("gigacampus-theme"));
if (kept === "dark" || kept === "light") root.dataset.theme = kept;
matchMedia("(prefers-color-scheme:dark)").addEventListener("change", () => retheme());

// ---- charts ------------------------------------------------------------------------------------------------------
const drawn = new Set();
let library;
function plotly() {
  library ??= (async () => {
    const packed = Uint8Array.from(atob($("plotly").textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  })();
  return library;
}
const DATES = [
  { dtickrange: [null, 86400000], value: "%m-%d %H:%M" }, { dtickrange: [86400000, "M1"], value: "%Y-%m-%d" },
  { dtickrange: ["M1", "M12"], value: "%Y-%m" }, { dtickrange: ["M12", null], value: "%Y" },
];
function layoutOf(figure) {
  const given = themed(figure.layout);
  const axis = { gridcolor: color("--grid"), linecolor: color("--grid"), zerolinecolor: color("--grid"), automargin: true };
  const x = { ...axis, showgrid: false, ticks: "outside", tickcolor: color("--grid"), ...given.xaxis };
  if (x.type === "date") x.tickformatstops = DATES;
  if (figure.time && zoom) x.range = zoom;
  const y = { ...axis, ...given.yaxis, title: { standoff: 8, font: { size: 12 }, ...given.yaxis?.title } };
  return {
    showlegend: false, dragmode: figure.time ? "zoom" : false, ...given, xaxis: x, yaxis: y, autosize: true, height: figure.height,
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: color("--ink") },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 56, r: 14, t: 26, b: 34, ...given.margin },
    hoverlabel: { bgcolor: color("--card"), bordercolor: color("--line"), font: { color: color("--ink"), size: 12 } },
  };
}
function draw(id) {
  const box = $(id), figure = figures[id];
  const data = themed(figure.data).map((trace, k) => ({ ...trace, visible: hiddenTraces.has(`${id} ${k}`) ? "legendonly" : true }));
  if (box.clientWidth < 560) for (const trace of data) narrow(trace);
  Plotly.react(box, data, layoutOf(figure), { displayModeBar: false, responsive: true, doubleClick: "reset" });
  if (drawn.has(id)) return;
  drawn.add(id);
  if (!figure.time) return;
  box.on("plotly_hover", (event) => campus?.follow(String(event.points[0].x)));
  box.on("plotly_relayout", (change) => {
    const low = change["xaxis.range[0]"], high = change["xaxis.range[1]"];
    if (low && high) zoomTo([String(low).slice(0, 10), String(high).slice(0, 10)]);
    else if (change["xaxis.autorange"]) zoomTo(null);
  });
}
function narrow(trace) {
  if (trace.type !== "sankey") return;
  const cut = (text) => text.length > 9 ? `${text.slice(0, 8)}…` : text;
  Object.assign(trace, { textfont: { size: 10 }, node: { ...trace.node, label: trace.node.label.map(cut), thickness: 8 } });
}
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting || drawn.has(entry.target.id)) continue;
    seen.unobserve(entry.target);
    plotly().then(() => drawn.has(entry.target.id) || draw(entry.target.id));
  }
}, { rootMargin: "300px" });
for (const id of Object.keys(figures)) seen.observe($(id));

// ---- zoom of all time charts at once -----------------------------------------------------------------------------
// Our own relayouts name `xaxis.range` as a whole, a reader's drag names its ends: so charts never answer each other.
let zoom = null;
function zoomTo(range) {
  const whole = Object.values(figures).find((figure) => figure.time).layout.xaxis.range;
  zoom = range && range.join() !== whole.join() ? range : null;
  for (const id of drawn) if (figures[id].time) Plotly.relayout($(id), { "xaxis.range": [...(zoom ?? whole)] });
  remember();
}

// ---- legends and downloads ---------------------------------------------------------------------------------------
const hiddenTraces = new Set();
function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.trace) {
    const [id, k] = button.dataset.trace.split(" "), on = hiddenTraces.has(button.dataset.trace);
    hiddenTraces[on ? "delete" : "add"](button.dataset.trace);
    button.setAttribute("aria-pressed", on);
    if (drawn.has(id)) Plotly.restyle($(id), { visible: on ? true : "legendonly" }, [Number(k)]);
  } else if (button.dataset.svg) {
    const id = button.dataset.svg;
    await plotly();
    if (!drawn.has(id)) draw(id);
    const url = await Plotly.toImage($(id), { format: "svg", width: 960, height: figures[id].height });
    save(`${id}.svg`, "image/svg+xml", decodeURIComponent(url.slice(url.indexOf(",") + 1)));
  } else if (button.classList.contains("csv")) {
    save(`${button.dataset.name}.csv`, "text/csv", csv(button.closest("table")));
  }
});
function csv(table) {
  const cell = (one) => {
    const unit = one.querySelector("small"), text = unit ? `${one.firstChild.textContent} (${unit.textContent})` : one.textContent;
    return `"${text.replace(/[\s\u00ad]+/g, " ").trim().replace(/"/g, '""')}"`;
  };
  const lines = [["part", ...table.tHead.rows[0].cells]];
  for (const body of table.tBodies) {
    for (const row of body.rows) if (!row.classList.contains("part")) lines.push([body.className, ...row.cells]);
  }
  const parted = [...table.tBodies].some((body) => body.className);
  return lines.map(([part, ...cells]) => [...(parted ? [`"${part}"`] : []), ...cells.map(cell)].join(",")).join("\r\n") + "\r\n";
}
for (const caption of document.querySelectorAll("caption")) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "csv", textContent: "CSV", title: "Save this table as CSV" });
  button.dataset.name = (caption.textContent.toLowerCase().match(/[a-z0-9]+/g) ?? ["table"]).slice(0, 6).join("-");
  caption.append(button);
}
$("find-input")?.addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const table of document.querySelectorAll("table.inputs")) {
    let here = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      here += !row.hidden;
    }
    table.closest("details").open = words.length > 0 && here > 0;
    count += here;
  }
  $("found-inputs").textContent = words.length ? `${count} found` : "";
});

// ---- the campus --------------------------------------------------------------------------------------------------
class Campus {
  constructor(stage, given) {
    Object.assign(this, { stage, given, mode: "state", month: 0, heights: given.halls.map(() => 0) });
    this.build();
    $("month").addEventListener("input", (event) => this.go(Number(event.target.value)));
    $("mode").addEventListener("change", (event) => { this.mode = event.target.value; this.paint(); });
    $("play").addEventListener("click", () => this.play(!this.timer));
    $("campus").addEventListener("keydown", (event) => this.key(event));
    stage.tabIndex = 0;
  }
  element(name, parent, values = {}) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  }
  build() {
    const halls = this.given.halls, across = this.across(halls.length);
    const down = Math.ceil(halls.length / across), unit = 60, wide = 0.86, deep = 0.66;
    this.tall = unit * 0.62;
    const at = (i, j, up = 0) => [(i - j * 0.92) * unit * 0.87, (i + j * 0.92) * unit * 0.5 - up];
    const points = (list) => list.map((one) => one.map((v) => v.toFixed(1)).join(",")).join(" ");
    this.points = points;
    const svg = this.element("svg", this.stage, { "aria-hidden": "true", focusable: "false" });
    this.element("polygon", svg, { class: "ground", points: points([at(-0.2, -0.2), at(across + 0.06, -0.2), at(across + 0.06, down), at(-0.2, down)]) });
    const order = halls.map((_, k) => k).sort((a, b) => (a % across + Math.floor(a / across)) - (b % across + Math.floor(b / across)));
    this.parts = [];
    for (const k of order) {
      const i = k % across, j = Math.floor(k / across), s = 0.55 + 0.45 * halls[k].size;
      const w = wide * s, d = deep * s, x = i + (wide - w) / 2, y = j + (deep - d) / 2;
      const base = (up) => [at(x, y, up), at(x + w, y, up), at(x + w, y + d, up), at(x, y + d, up)];
      const group = this.element("g", svg);
      const tile = this.element("polygon", group, { class: "plot-of", points: points(base(0)) });
      const faces = ["left", "right", "roof"].map((face) => this.element("polygon", group, { class: face }));
      const fans = this.element("path", group, { class: "fans" });
      const shell = this.element("path", group, { class: "shell", d: this.wire(base) });
      const [bx, by] = at(x + w / 2, y + d / 2, this.tall + 6);
      const bang = this.element("text", group, { class: "bang", x: bx, y: by });
      this.parts[k] = { base, tile, faces, fans, shell, bang, title: this.element("title", group) };
    }
    const corner = [at(-0.2, down)[0], -this.tall - 8, at(across + 0.06, -0.2)[0], at(across + 0.06, down)[1]];
    svg.setAttribute("viewBox", `${corner[0] - 6} ${corner[1] - 4} ${corner[2] - corner[0] + 12} ${corner[3] - corner[1] + 10}`);
  }
  across(count) {
    // halls in a row: about half as many more than rows, and as few empty places as can be
    const ideal = Math.sqrt(count * 1.7), loss = (n) => (Math.ceil(count / n) * n - count) / count * 2 + Math.abs(Math.log(n / ideal));
    return Array.from({ length: count }, (_, k) => k + 1).reduce((best, n) => loss(n) < loss(best) ? n : best, 1);
  }
  fans(base, height) {
    // four rows of coolers on the roof
    const [a, b, c, d] = base(height), at = (u, v) => [a, b, c, d].reduce((sum, p, k) => {
      const weight = [(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v][k];
      return [sum[0] + weight * p[0], sum[1] + weight * p[1]];
    }, [0, 0]).map((v) => v.toFixed(1)).join(" ");
    return [0.2, 0.4, 0.6, 0.8].map((v) => `M${at(0.14, v)}L${at(0.86, v)}`).join("");
  }
  wire(base) {
    const top = base(this.tall), foot = base(0), text = (p) => `${p[0].toFixed(1)} ${p[1].toFixed(1)}`;
    return `M${top.map(text).join("L")}Z` + [1, 2, 3].map((k) => `M${text(top[k])}L${text(foot[k])}`).join("");
  }
  shape(k, height) {
    const { base, faces, fans } = this.parts[k], foot = base(0), top = base(height);
    faces[0].setAttribute("points", this.points([foot[3], foot[2], top[2], top[3]]));
    faces[1].setAttribute("points", this.points([foot[2], foot[1], top[1], top[2]]));
    faces[2].setAttribute("points", this.points(top));
    fans.setAttribute("d", this.fans(base, height));
    for (const face of [...faces, fans]) face.style.display = height > 0.4 ? "" : "none";
  }
  shade(hall) {
    const { given, month, mode } = this, state = hall.state[month];
    if (state === 4) return color("--c-other");
    if (mode === "party") return hall.party < 0 ? color("--c-none") : color(given.partyColors[hall.party % given.partyColors.length]);
    if (mode === "use") return given.use[month] === null ? color("--c-none") : viridis(given.use[month]);
    return hall.full[month] > 0.9 ? color("--full") : color(given.bindingColors[given.binding[month]] ?? "--c-other");
  }
  go(month) {
    this.month = Math.max(0, Math.min(this.given.months.length - 1, month));
    $("month").value = this.month;
    $("month").setAttribute("aria-valuetext", this.given.months[this.month]);
    $("month-name").textContent = this.given.months[this.month];
    this.paint();
    remember();
  }
  paint() {
    const { given, month } = this;
    given.halls.forEach((hall, k) => {
      const part = this.parts[k], state = hall.state[month];
      part.shell.style.display = state === 0 || state !== 4 && hall.full[month] > 0.97 ? "none" : "";
      part.shell.style.stroke = state >= 2 ? color("--ink") : "";
      part.bang.textContent = state === 4 ? "!" : "";
      part.title.textContent = `${hall.name}, ${hall.phase}: ${given.states[state]}, ${Math.round(100 * hall.full[month])} % of ${hall.mw} MW`;
      for (const face of part.faces) face.style.fill = this.shade(hall);
    });
    const part = given.record[month] ? "record" : "projection";
    const binds = given.binding[month] === "nothing" ? "nothing binds" : `what binds: ${given.binding[month]}`;
    $("month-says").textContent = `${given.months[month]} (${part}): ${given.chips[month].toLocaleString("en")} chips live, ${given.mw[month].toLocaleString("en", { maximumSignificantDigits: 3 })} MW of IT; ${binds}.`;
    this.key_();
    this.rise();
  }
  key_() {
    const { given, mode, month } = this, pairs = [];
    if (mode === "state") {
      pairs.push([color("--full"), "full"]);
      const names = new Set(given.binding.filter((name) => name !== "nothing"));
      pairs.push([null, "not full, and what binds:"]);
      for (const name of names) pairs.push([color(given.bindingColors[name] ?? "--c-other"), name]);
    } else if (mode === "party") {
      given.parties.slice(0, 7).forEach((name, k) => pairs.push([color(given.partyColors[k % given.partyColors.length]), name]));
    } else {
      for (const share of [0, 0.5, 1]) pairs.push([viridis(share), `${100 * share} %`]);
      pairs.push([null, given.use[month] === null ? "no chips to use" : `now ${Math.round(100 * given.use[month])} % of entitled GPU-hours held by work, campus mean`]);
    }
    pairs.push([null, "dashed: built, not filled"]);
    if (given.halls.some((hall) => hall.state.includes(4))) pairs.push([null, "!: lost"]);
    if (given.left) pairs.push([null, `${given.left} more halls are not drawn`]);
    $("campus-key").replaceChildren(...pairs.map(([fill, text]) => {
      const item = document.createElement("span");
      item.className = "key";
      if (fill) { const swatch = document.createElement("i"); swatch.style.background = fill; item.append(swatch, " "); }
      item.append(text);
      return item;
    }));
  }
  rise() {
    const goal = this.given.halls.map((hall) => this.tall * hall.full[this.month] * (hall.state[this.month] === 4 ? 0.35 : 1));
    const from = [...this.heights], start = performance.now(), length = still ? 1 : 260;
    cancelAnimationFrame(this.frame);
    const step = (now) => {
      const share = Math.min(1, (now - start) / length), ease = 1 - (1 - share) ** 3;
      goal.forEach((high, k) => {
        const height = from[k] + (high - from[k]) * ease;
        if (height !== this.heights[k] || share === 1) { this.heights[k] = height; this.shape(k, height); }
      });
      if (share < 1) this.frame = requestAnimationFrame(step);
    };
    step(start + (document.hidden ? length : 0));
  }
  play(on) {
    clearInterval(this.timer);
    this.timer = null;
    if (on) {
      if (this.month === this.given.months.length - 1) this.go(0);
      this.timer = setInterval(() => this.month < this.given.months.length - 1 ? this.go(this.month + 1) : this.play(false), 220);
    }
    $("play").textContent = on ? "❚❚" : "▶";
    $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  }
  key(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -12, ArrowUp: 12 }[event.key];
    if (event.target.id === "month" || event.target.name === "mode") return;
    if (move) { event.preventDefault(); this.go(this.month + move); }
    if (event.key === " " && event.target === this.stage) { event.preventDefault(); this.play(!this.timer); }
  }
  follow(day) {
    const month = this.given.months.indexOf(day.slice(0, 7));
    if (month >= 0 && month !== this.month && !this.timer) this.go(month);
  }
}
function viridis(share) {
  const stops = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
  const place = Math.max(0, Math.min(1, share)) * 4, low = Math.min(3, Math.floor(place)), part = place - low;
  return `rgb(${stops[low].map((v, k) => Math.round(v + (stops[low + 1][k] - v) * part)).join(",")})`;
}
const stage = $("stage");
const campus = stage ? new Campus(stage, JSON.parse($("campus-data").textContent)) : null;

// ---- what the address remembers: section, month, zoom ------------------------------------------------------------
let ready = false, section = "";
function remember() {
  if (!ready) return;
  const parts = [section && `s=${section}`, campus && `t=${campus.given.months[campus.month]}`, zoom && `z=${zoom.join("..")}`];
  attempt(() => history.replaceState(null, "", `#${parts.filter(Boolean).join("&")}`));
}
function recall() {
  const found = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const dates = (found.get("z") ?? "").split("..");
  if (dates.length === 2 && dates.every((day) => /^\d{4}-\d{2}-\d{2}$/.test(day))) { zoom = dates; for (const id of drawn) draw(id); }
  const month = campus?.given.months.indexOf(found.get("t")) ?? -1;
  campus?.go(month >= 0 ? month : Number($("month").value));
  const target = found.get("s") && $(found.get("s"));
  if (target) target.scrollIntoView();
}
recall();
ready = true;
addEventListener("hashchange", () => { if (location.hash.includes("=")) { ready = false; recall(); ready = true; } });
const links = new Map([...document.querySelectorAll("nav .links a")].map((link) => [link.hash.slice(1), link]));
const spy = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const [id, link] of links) link.classList.toggle("here", id === entry.target.id);
    section = entry.target.id;
  }
}, { rootMargin: "-30% 0px -65%" });
for (const one of document.querySelectorAll("section")) spy.observe(one);

// ---- print: all charts drawn at the paper's width, all tables open -----------------------------------------------
// A flow eases its links in over half a second, which print does not wait for: it is drawn ahead and scaled.
const PAPER = 680;
let opened = [];
const isFlow = (id) => figures[id].data[0]?.type === "sankey";
const ahead = () => plotly().then(() => { for (const id of Object.keys(figures)) if (isFlow(id) && !drawn.has(id)) draw(id); });
function paper() {
  opened = [...document.querySelectorAll("details.behind:not([open])")];
  for (const one of opened) one.open = true;
  if (!globalThis.Plotly) return;
  for (const id of Object.keys(figures)) {
    if (!drawn.has(id)) draw(id);
    if (isFlow(id)) $(id).style.zoom = Math.min(1, PAPER / $(id).clientWidth);
    else Plotly.relayout($(id), { width: PAPER, autosize: false });
  }
}
addEventListener("beforeprint", paper);
addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
  for (const id of drawn) {
    $(id).style.zoom = "";
    Plotly.relayout($(id), { width: null, autosize: true });
    draw(id);
  }
});
if ("requestIdleCallback" in globalThis) requestIdleCallback(ahead); else setTimeout(ahead, 200);
