// ---- what the address remembers: section, month, zoom ------------------------------------------------------------
// Browsers allow some hundred changes of the address a minute, so the last of a burst is what is written.
let ready = false, section = "", waiting = 0;
function remember() {
  if (!ready) return;
  clearTimeout(waiting);
  waiting = setTimeout(write, 120);
}
function write() {
  const parts = [section && `s=${section}`, campus && `t=${campus.given.months[campus.month]}`, zoom && `z=${zoom.join("..")}`];
  attempt(() => history.replaceState(null, "", `#${parts.filter(Boolean).join("&")}`));
}
function recall() {
  const found = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const dates = (found.get("z") ?? "").split("..");
  if (dates.length === 2 && dates.every((day) => /^\d{4}-\d{2}-\d{2}$/.test(day))) zoomTo(dates);
  const month = campus?.given.months.indexOf(found.get("t")) ?? -1;
  campus?.go(month >= 0 ? month : Number($("month").value));
  const place = found.get("s") ?? (location.hash.includes("=") ? "" : location.hash.slice(1));
  if (place && $(place)) { section = place; reveal($(place)); }
}
function reveal(target) {
  for (let one = target.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
  if (target.matches("table, .chart")) target.closest("figure, .scroll").scrollIntoView();
  else target.scrollIntoView(target.matches("code") ? { block: "center" } : undefined);
}
recall();
ready = true;
addEventListener("hashchange", () => {
  const target = $(decodeURIComponent(location.hash.slice(1)));
  if (location.hash.includes("=")) { ready = false; recall(); ready = true; }
  else if (target) { reveal(target); held = performance.now() + 900; section = target.id; remember(); }
});
const links = new Map([...document.querySelectorAll("nav .links a")].map((link) => [link.hash.slice(1), link]));
let held = performance.now() + 900;
const spy = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const [id, link] of links) link.classList.toggle("here", id === entry.target.id);
    const link = links.get(entry.target.id);
    if (link) link.parentNode.scrollLeft = link.offsetLeft - link.parentNode.offsetLeft - 40;
    // a link to a table or chart keeps its name until the reader scrolls on
    if (performance.now() > held || !entry.target.contains($(section))) { section = entry.target.id; remember(); }
  }
}, { rootMargin: "-30% 0px -65%" });
for (const one of document.querySelectorAll("section")) spy.observe(one);
