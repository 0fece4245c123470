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
  const layout = layoutOf(figure);
  if (box.clientWidth < 560) for (const trace of data) narrow(trace, layout);
  Plotly.react(box, worded(data), worded(layout), { displayModeBar: false, responsive: true, doubleClick: false });
  pointAt(id);
  if (drawn.has(id)) return;
  drawn.add(id);
  if (!figure.time) return;
  box.on("plotly_hover", (event) => campus?.follow(String(event.points[0].x)));
  box.on("plotly_relayout", (change) => {
    const low = change["xaxis.range[0]"], high = change["xaxis.range[1]"];
    if (low && high) zoomTo([String(low).slice(0, 10), String(high).slice(0, 10)]);
  });
  box.on("plotly_doubleclick", () => zoomTo(null));
}
// plotly takes some tags in its texts for markup; a name is shown as it is
function worded(value, key = "") {
  if (typeof value === "string") return key === "hovertemplate" ? value : value.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  if (Array.isArray(value)) return value.map((one) => worded(one, key));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, worded(one, name)]));
  return value;
}
function narrow(trace, layout) {
  if (layout.xaxis.type === "date") layout.xaxis.nticks = 4;
  if (trace.orientation === "h") {
    const tails = trace.y.map((name) => name.length > 18 ? `…${name.slice(-17)}` : name);
    if (new Set(tails).size === new Set(trace.y).size) trace.y = tails;
    if (trace.textposition === "outside" && layout.xaxis.range) layout.xaxis.range = [0, layout.xaxis.range[1] * 1.3];
    if (layout.xaxis.title) layout.xaxis.title.font = { size: 10 };
  }
  if (trace.type === "waterfall" && trace.x.length > 6) {
    // upright texts have room over narrow steps
    Object.assign(trace, { textangle: -90, constraintext: "none", textfont: { size: 10 } });
    layout.margin.t = 64;
  }
  if (trace.x?.[0] instanceof Array) {
    trace.x = trace.x[0].map((one, k) => `${one} ${trace.x[1][k]}`);
    Object.assign(layout.xaxis, { type: "category", tickangle: -60 });
  }
  if (trace.type !== "sankey") return;
  const most = trace.node.label.length && new Set(trace.link.target).size > 0 ? Math.max(6, 12 - columns(trace)) : 9;
  const cut = (text) => text.length > most ? `${text.slice(0, most - 1)}…` : text;
  Object.assign(trace, { textfont: { size: 10 }, node: { ...trace.node, label: trace.node.label.map(cut), thickness: 8 } });
}
function columns(trace) {
  // the longest way through the flow, in nodes
  const depth = trace.node.label.map(() => 1), { source, target } = trace.link;
  for (let again = 0; again < 8; again += 1) source.forEach((from, k) => { depth[target[k]] = Math.max(depth[target[k]], depth[from] + 1); });
  return Math.max(...depth);
}
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting || drawn.has(entry.target.id)) continue;
    seen.unobserve(entry.target);
    plotly().then(() => drawn.has(entry.target.id) || draw(entry.target.id));
  }
}, { rootMargin: "300px" });
for (const id of Object.keys(figures)) seen.observe($(id));

// ---- a pointer on every time chart at the campus's month ----------------------------------------------------------
function pointAt(id) {
  if (!figures[id].time || !campus) return;
  const box = $(id), axis = box._fullLayout?.xaxis;
  if (!axis) return;
  let mark = box.querySelector(":scope > .pointer");
  if (!mark) { mark = document.createElement("div"); mark.className = "pointer"; box.append(mark); }
  const at = axis.d2p(campus.middle()), inside = at >= 0 && at <= axis._length && campus.moved;
  mark.hidden = !inside;
  mark.style.left = `${axis._offset + at}px`;
}
addEventListener("resize", () => setTimeout(() => { for (const id of drawn) pointAt(id); }, 300));

// ---- zoom of all time charts at once -----------------------------------------------------------------------------
// Our own relayouts name `xaxis.range` as a whole, a reader's drag names its ends: so charts never answer each other.
let zoom = null;
function zoomTo(range) {
  const whole = Object.values(figures).find((figure) => figure.time)?.layout.xaxis.range;
  if (!whole) return;
  zoom = range && range.join() !== whole.join() ? range : null;
  const button = $("whole");
  button.hidden = !zoom;
  button.textContent = zoom ? `${zoom.join(" to ")} · show the whole horizon` : "";
  for (const id of drawn) if (figures[id].time) Plotly.relayout($(id), { "xaxis.range": [...(zoom ?? whole)] }).then(() => pointAt(id));
  remember();
}
$("whole").addEventListener("click", () => zoomTo(null));
