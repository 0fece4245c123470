// ---- legends and downloads ---------------------------------------------------------------------------------------
// What is saved carries with each row where it comes from: record or projection, as-of date, run and tables, permalink.
const told = JSON.parse($("about")?.textContent ?? "{}");
const ADDED = ["record or projection", "known as of", "taken from", "permalink"];
const hiddenTraces = new Set();
function save(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
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
  } else if (button.dataset.chart) {
    save(`${button.dataset.chart}.csv`, "text/csv", chartCsv(button.dataset.chart));
  } else if (button.classList.contains("csv")) {
    const table = button.closest("table");
    save(`${table.id}.csv`, "text/csv", csv(table));
  } else if (button.id === "xlsx") {
    const packed = Uint8Array.from(atob($("workbook").textContent), (c) => c.charCodeAt(0));
    save("report.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", packed);
  }
});
// a text that begins like a formula gets a quote before it, so that no spreadsheet runs it
const quoted = (value) => {
  const text = String(value ?? "").replace(/[\s\u00ad]+/g, " ").trim();
  return `"${(/^[=+\-@]/.test(text) && !/^[+-]?[\d.]+$/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
};
const lines = (rows) => rows.map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
function number(cell) {
  if (cell.dataset.v !== undefined) return cell.dataset.v;
  const text = cell.textContent.replace(/[\s,\u00a0%]/g, "").replace("\u2212", "-");
  return cell.classList.contains("n") && /^[+-]?\d*\.?\d+$/.test(text) ? text.replace("+", "") : cell.textContent;
}
function csv(table) {
  const head = (one) => {
    const unit = one.querySelector("small");
    return unit ? `${one.firstChild.textContent} (${unit.textContent})` : one.textContent;
  };
  const added = [told.known, `${told.run ?? document.title}: ${table.dataset.of ?? "the report"}`, `${told.page ?? "report.html"}#${table.id}`];
  const rows = [[...[...table.tHead.rows[0].cells].map(head), ...ADDED]];
  for (const body of table.tBodies) {
    for (const row of body.rows) {
      if (!row.classList.contains("part")) rows.push([...[...row.cells].map(number), body.className || "record and projection", ...added]);
    }
  }
  return lines(rows);
}
function chartCsv(id) {
  const { data, layout, table } = figures[id];
  const added = (x) => {
    const dated = /^\d{4}-\d{2}-\d{2}/.test(x) ? (String(x).slice(0, 10) <= told.known ? "record" : "projection") : "record and projection";
    return [dated, told.known, `${told.run ?? document.title}: ${$(table)?.dataset.of ?? "the report"}`, `${told.page ?? "report.html"}#${id}`];
  };
  const title = (axis, name) => layout[axis]?.title?.text || name, rows = [];
  for (const trace of data) {
    if (trace.type === "sankey") {
      const { label } = trace.node, { source, target, value } = trace.link;
      rows.push(["from", "to", trace.valuesuffix.trim(), ...ADDED]);
      source.forEach((from, k) => rows.push([label[from], label[target[k]], value[k], ...added("")]));
    } else if (trace.type === "heatmap") {
      rows.push([title("xaxis", "x"), title("yaxis", "y"), trace.colorbar.title.text, ...ADDED]);
      trace.z.forEach((line, i) => line.forEach((z, j) => rows.push([trace.x[j], trace.y[i], z, ...added(trace.x[j])])));
    } else {
      if (!rows.length) rows.push(["series", title("xaxis", "x"), title("yaxis", "y"), "from", "to", ...ADDED]);
      const [left, right] = Array.isArray(trace.x[0]) ? [trace.x[0].map((one, k) => `${one} ${trace.x[1][k]}`), trace.y] : [trace.x, trace.y];
      const spans = trace.type === "bar" && trace.base;
      right.forEach((y, k) => rows.push([trace.name ?? "", spans ? "" : left[k], y, spans ? trace.base[k] : "", spans ? trace.customdata?.[k] ?? "" : "", ...added(spans ? trace.base[k] : left[k])]));
    }
  }
  return lines(rows);
}
for (const caption of document.querySelectorAll("caption")) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "csv", textContent: "CSV", title: "Save this table as CSV" });
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
