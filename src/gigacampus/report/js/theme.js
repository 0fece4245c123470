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
