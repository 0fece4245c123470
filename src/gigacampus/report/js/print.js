// ---- print: light, all charts drawn at the paper's width, tables open but for the long ones ----------------------
// A flow eases its links in over half a second, which print does not wait for: it is drawn ahead and scaled.
const PAPER = 680, LONG = 45;
let opened = [], dressed;
const isFlow = (id) => figures[id].data[0]?.type === "sankey";
const ahead = () => plotly().then(() => { for (const id of Object.keys(figures)) if (isFlow(id) && !drawn.has(id)) draw(id); });
// flows keep their colours, the style sheet darkens their words
function dress(theme) {
  const was = isDark();
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  if (was === isDark()) return;
  colors = {};
  for (const id of drawn) if (!isFlow(id)) draw(id);
  campus?.paint();
}
function paper() {
  const isShort = (one) => one.closest("#inputs") || one.querySelectorAll("tbody tr").length <= LONG;
  opened = [...document.querySelectorAll("details.behind:not([open]):not(.screen)")].filter(isShort);
  for (const one of opened) one.open = true;
  dressed = root.dataset.theme ?? "";
  dress("light");
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
  dress(dressed);
  for (const id of drawn) {
    $(id).style.zoom = "";
    Plotly.relayout($(id), { width: null, autosize: true });
    draw(id);
  }
});
setTimeout(() => "requestIdleCallback" in globalThis ? requestIdleCallback(ahead) : ahead(), 2000);
