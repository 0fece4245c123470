// ---- print: all charts drawn at the paper's width, all tables open -----------------------------------------------
// A flow eases its links in over half a second, which print does not wait for: it is drawn ahead and scaled.
const PAPER = 680;
let opened = [];
const isFlow = (id) => figures[id].data[0]?.type === "sankey";
const ahead = () => plotly().then(() => { for (const id of Object.keys(figures)) if (isFlow(id) && !drawn.has(id)) draw(id); });
function paper() {
  opened = [...document.querySelectorAll("details.behind:not([open]):not(.screen)")];
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
setTimeout(() => "requestIdleCallback" in globalThis ? requestIdleCallback(ahead) : ahead(), 2000);
