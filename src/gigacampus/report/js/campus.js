// ---- the campus --------------------------------------------------------------------------------------------------
class Campus {
  constructor(stage, given) {
    Object.assign(this, { stage, given, mode: "state", month: 0, heights: given.halls.map(() => 0) });
    this.build();
    this.scrubber();
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
    const [left, back, right, front] = [-0.24, -0.3, across + 0.1, down - 0.04];
    const flat = (i0, j0, i1, j1) => [at(i0, j0), at(i1, j0), at(i1, j1), at(i0, j1)];
    const edge = flat(left, back, right, front), thick = 7;
    this.element("polygon", svg, { class: "rim", points: points([edge[3], edge[2], edge[1], ...[edge[1], edge[2], edge[3]].map(([x, y]) => [x, y + thick])]) });
    this.element("polygon", svg, { class: "ground", points: points(edge) });
    for (let j = 1; j < down; j++) this.element("path", svg, { class: "road", d: `M${at(left, j - 0.17).join(" ")}L${at(right, j - 0.17).join(" ")}` });
    const order = halls.map((_, k) => k).sort((a, b) => (a % across + Math.floor(a / across)) - (b % across + Math.floor(b / across)));
    this.parts = [];
    for (const k of order) {
      const i = k % across, j = Math.floor(k / across), s = 0.55 + 0.45 * halls[k].size;
      const w = wide * s, d = deep * s, x = i + (wide - w) / 2, y = j + (deep - d) / 2;
      const base = (up) => [at(x, y, up), at(x + w, y, up), at(x + w, y + d, up), at(x, y + d, up)];
      const group = this.element("g", svg);
      const tile = this.element("polygon", group, { class: "plot-of", points: points(base(0)) });
      const shadow = this.element("polygon", group, { class: "shadow" });
      const faces = ["left", "right", "roof"].map((face) => this.element("polygon", group, { class: face }));
      const fans = this.element("path", group, { class: "fans" });
      const shell = this.element("path", group, { class: "shell", d: this.wire(base) });
      const [bx, by] = at(x + w / 2, y + d / 2, this.tall + 6);
      const bang = this.element("text", group, { class: "bang", x: bx, y: by });
      const fault = this.element("circle", group, { class: "fault" });
      this.parts[k] = { base, tile, shadow, faces, bands: this.bands(faces[1]), fans, shell, bang, fault, title: this.element("title", group) };
    }
    const corner = [edge[3][0], Math.min(edge[0][1], -this.tall) - 6, edge[1][0], edge[2][1] + thick];
    svg.setAttribute("viewBox", `${corner[0] - 6} ${corner[1] - 4} ${corner[2] - corner[0] + 12} ${corner[3] - corner[1] + 10}`);
  }
  scrubber() {
    // live chips by month over the slider, in the colour of what binds where that is what is shown; years under it
    const { given } = this, most = Math.max(1, ...given.chips), count = given.months.length;
    const svg = this.element("svg", $("scrub"), { viewBox: `0 0 ${count} 100`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.bars = given.chips.map((chips, k) => {
      const high = 8 + 92 * chips / most;
      return this.element("rect", svg, { x: k, y: 100 - high, width: 1, height: high });
    });
    const mark = (k, name, text) => {
      const made = document.createElement("span");
      Object.assign(made, { className: name, textContent: text });
      made.style.left = `${100 * k / count}%`;
      $("scrub").append(made);
    };
    const every = Math.ceil(count / 12 / 8);
    given.months.forEach((month, k) => { if (month.endsWith("-01") && k < count - 2 && Number(month.slice(0, 4)) % every === 0) mark(k, "year", month.slice(0, 4)); });
    const known = given.record.lastIndexOf(true) + 1;
    if (known > 0 && known < count) mark(known, "known", "");
    $("scrub").addEventListener("click", (event) => {
      const box = svg.getBoundingClientRect();
      this.go(Math.floor((event.clientX - box.left) / box.width * count));
    });
  }
  bands(before) {
    // a stripe for each tenant on both walls, shown in that mode alone
    const made = this.given.tenants.map(() => ["left", "right"].map((face) => this.element("polygon", before.parentNode, { class: face })));
    for (const pair of made) for (const one of pair) before.after(one);
    return made;
  }
  middle() {
    const [year, month] = this.given.months[this.month].split("-").map(Number);
    return Date.UTC(year, month - 1, 15);
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
    const { base, shadow, faces, fans } = this.parts[k], foot = base(0), top = base(height);
    const cast = ([x, y]) => [x - 0.5 * height, y];
    shadow.setAttribute("points", this.points([foot[0], cast(foot[0]), cast(foot[3]), cast(foot[2]), foot[2]]));
    faces[0].setAttribute("points", this.points([foot[3], foot[2], top[2], top[3]]));
    faces[1].setAttribute("points", this.points([foot[2], foot[1], top[1], top[2]]));
    faces[2].setAttribute("points", this.points(top));
    fans.setAttribute("d", this.fans(base, height));
    for (const face of [shadow, ...faces, fans]) face.style.display = height > 0.4 ? "" : "none";
    this.stripe(k, height);
    const count = this.given.halls[k].failed?.[this.month] ?? 0, mark = this.parts[k].fault;
    mark.style.display = count && height > 0.4 ? "" : "none";
    if (!count) return;
    const [x, y] = [0, 1].map((axis) => 0.12 * top[0][axis] + 0.76 * top[1][axis] + 0.12 * top[2][axis]);
    for (const [key, value] of Object.entries({ cx: x, cy: y, r: 1 + 2.2 * Math.sqrt(count / this.given.mostFailed) })) mark.setAttribute(key, value);
  }
  stripe(k, height) {
    const { base, bands } = this.parts[k], shown = this.mode === "tenant" && height > 0.4 && this.given.halls[k].state[this.month] === 3;
    let low = 0;
    bands.forEach((pair, tenant) => {
      const share = this.given.shares[tenant][this.month], high = low + share;
      const [foot, top] = [base(low * height), base(high * height)];
      pair[0].setAttribute("points", this.points([foot[3], foot[2], top[2], top[3]]));
      pair[1].setAttribute("points", this.points([foot[2], foot[1], top[1], top[2]]));
      for (const one of pair) { one.style.display = shown && share > 0 ? "" : "none"; one.style.fill = color(this.given.tenantColors[tenant]); }
      low = high;
    });
  }
  shade(hall) {
    const { given, month, mode } = this, state = hall.state[month];
    if (state === 4) return color("--c-other");
    if (mode === "party") return hall.party < 0 ? color("--c-none") : color(given.partyColors[hall.party % given.partyColors.length]);
    if (mode === "tenant") {
      const shares = given.shares.map((one) => one[month]), most = shares.indexOf(Math.max(...shares));
      return shares[most] > 0 ? color(given.tenantColors[most]) : color("--c-none");
    }
    if (mode === "heat") return given.heat[month] === null ? color("--c-none") : viridis(this.warmth(given.heat[month]));
    if (mode === "use") return given.use[month] === null ? color("--c-none") : viridis(given.use[month]);
    return hall.full[month] > 0.9 ? color("--full") : color(given.bindingColors[given.binding[month]] ?? "--c-other");
  }
  warmth(degrees) {
    const known = this.given.heat.filter((one) => one !== null), low = Math.min(...known), high = Math.max(...known);
    return high > low ? (degrees - low) / (high - low) : 0.5;
  }
  go(month) {
    this.month = Math.max(0, Math.min(this.given.months.length - 1, month));
    this.moved ||= ready;
    $("month").value = this.month;
    $("month").setAttribute("aria-valuetext", this.given.months[this.month]);
    $("month-name").textContent = this.given.months[this.month];
    this.paint();
    remember();
  }
  paint() {
    const { given, month, mode } = this;
    given.halls.forEach((hall, k) => {
      const part = this.parts[k], state = hall.state[month];
      part.shell.style.display = state === 0 || state !== 4 && hall.full[month] > 0.97 ? "none" : "";
      part.shell.style.stroke = state >= 2 ? color("--ink") : "";
      part.bang.textContent = state === 4 ? "!" : "";
      const failed = hall.failed?.[month] ? `, ${hall.failed[month].toLocaleString("en")} node failures` : "";
      part.title.textContent = `${hall.name}, ${hall.phase}: ${given.states[state]}, ${Math.round(100 * hall.full[month])} % of ${hall.mw} MW${failed}`;
      for (const face of part.faces) face.style.fill = this.shade(hall);
    });
    const part = given.record[month] ? "record" : "projection";
    const binds = given.binding[month] === "nothing" ? "nothing binds" : `what binds: ${given.binding[month]}`;
    $("month-says").textContent = `${given.months[month]} (${part}): ${given.chips[month].toLocaleString("en")} chips live, ${given.mw[month].toLocaleString("en", { maximumSignificantDigits: 3 })} MW of IT; ${binds}.${this.also()}`;
    this.bars.forEach((bar, k) => {
      bar.style.fill = color(mode === "state" ? given.bindingColors[given.binding[k]] ?? "--c-other" : "--full");
      bar.style.opacity = k > month ? 0.28 : 1;
    });
    for (const id of drawn) pointAt(id);
    this.key_();
    this.rise();
  }
  also() {
    const { given, month } = this, said = [];
    if (given.failed[month]) said.push(`${given.failed[month].toLocaleString("en")} node failures`);
    if (given.events[month]) said.push(`grid events: ${given.events[month]}`);
    const lost = given.halls.filter((hall) => hall.state[month] === 4).length;
    if (lost) said.push(`halls lost: ${lost}`);
    const text = said.join("; ");
    return text && ` ${text[0].toUpperCase()}${text.slice(1)}.`;
  }
  key_() {
    const { given, mode, month } = this, pairs = [];
    if (mode === "state") {
      pairs.push([color("--full"), "full"]);
      const names = new Set(given.binding.filter((name) => name !== "nothing"));
      pairs.push([null, "not full, and what binds:"]);
      if (given.binding.includes("nothing")) names.add("nothing");
      for (const name of names) pairs.push([color(given.bindingColors[name] ?? "--c-other"), name]);
    } else if (mode === "party") {
      given.parties.slice(0, 7).forEach((name, k) => pairs.push([color(given.partyColors[k % given.partyColors.length]), name]));
    } else if (mode === "tenant") {
      given.tenants.forEach((name, k) => pairs.push([color(given.tenantColors[k]), `\u2068${name}\u2069 ${Math.round(100 * given.shares[k][month])} %`]));
      pairs.push([null, "tenants share every live hall alike"]);
    } else if (mode === "heat") {
      const known = given.heat.filter((one) => one !== null);
      for (const degrees of [Math.min(...known), Math.max(...known)]) pairs.push([viridis(this.warmth(degrees)), `${degrees} °C`]);
      pairs.push([null, `hottest hour of the month outdoors, whole campus: ${given.heat[month] ?? "–"} °C`]);
    } else {
      for (const share of [0, 0.5, 1]) pairs.push([viridis(share), `${100 * share} %`]);
      pairs.push([null, given.use[month] === null ? "no chips to use" : `now ${Math.round(100 * given.use[month])} % of entitled GPU-hours held by work, campus mean`]);
    }
    pairs.push([null, "flat: not built; dashed: built, not filled"]);
    if (given.mostFailed) pairs.push([color("--c-lost"), "dot on the roof: node failures in the month, by size"]);
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
