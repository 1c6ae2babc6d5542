"use strict";
const ROW = 22, TIME = 96, HEAD = 30, ROOM = 170, NEAREST = 92, PAUSE = 1000;
const KINDS = ["http", "websocket", "sql", "lifecycle", "fault", "clock"];
const SHOWN = ["HTTP", "WebSocket", "SQL", "services", "faults", "clock"];
const COLOURS = ["http", "websocket", "sql", "service", "fault", "clock"];
const AT = 0, TOOK = 1, KIND = 2, EDGE = 3, OP = 4, OUTCOME = 5, CONNECTION = 6, FLAGS = 7, IDS = 8;
const FAILED = 1, ROUTINE = 2;
const at = id => document.getElementById(id);

const data = {}, packs = [], unpacked = new Map();
const state = { kinds: new Set([0, 1, 2, 3, 4, 5]), words: [], id: -1, selected: -1 };
let rows = [], groups = [], groupOf = [], shown = [], placeOf = new Map(), mentions = null, lane = new Map(), gap = NEAREST, wide = 0;

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

async function details(line) {
  const number = Math.floor(line / data.pack);
  if (!unpacked.has(number)) unpacked.set(number, unpack(packs[number]));
  return (await unpacked.get(number))[line % data.pack];
}

/* --- which rows there are ------------------------------------------------------------------- */

function gather() {
  const each = at("statements").checked, open = new Map();
  groups = []; groupOf = new Array(rows.length);
  rows.forEach((row, line) => {
    const of = `${row[EDGE]} ${row[CONNECTION]}`, op = data.ops[row[OP]];
    let group = row[KIND] === 2 && !each ? open.get(of) : undefined;
    if (!group || op === "BEGIN" || (data.ops[rows[group[0]][OP]] !== "BEGIN" && group !== groups[groups.length - 1])) {
      group = [];
      groups.push(group);
      if (row[KIND] === 2) open.set(of, group);
    }
    group.push(line);
    groupOf[line] = group;
    if (op === "COMMIT" || op === "ROLLBACK") open.delete(of);
  });
}

function choose() {
  const routine = at("routine").checked, failures = at("failures").checked, alone = at("alone").checked && state.id >= 0;
  const tables = state.words.map(word => ["ops", "edges", "outcomes", "ids"].map(table => data[table].map(text => text.toLowerCase().includes(word))));
  const fits = row => tables.every(([ops, edges, outcomes, ids]) => ops[row[OP]] || edges[row[EDGE]] || outcomes[row[OUTCOME]] || row[IDS].some(id => ids[id]));
  mentions = state.id >= 0 ? rows.map(row => row[IDS].includes(state.id)) : null;
  shown = groups.filter(group => state.kinds.has(rows[group[0]][KIND])
    && (routine || group.some(line => !(rows[line][FLAGS] & ROUTINE)))
    && (!failures || group.some(line => rows[line][FLAGS] & FAILED || rows[line][KIND] > 3))
    && (!alone || group.some(line => mentions[line]))
    && (!tables.length || group.some(line => fits(rows[line]))));
  placeOf = new Map(shown.map((group, place) => [group, place]));
  const hops = shown.reduce((sum, group) => sum + group.length, 0);
  at("count").textContent = `${hops.toLocaleString("en")} of ${rows.length.toLocaleString("en")} hops, `
    + `${rows.filter(row => row[FLAGS] & FAILED).length} failed, in ${span(rows.length ? rows[rows.length - 1][AT] : 0)}; `
    + `began ${new Date(data.start * 1000).toISOString().replace("T", " ").slice(0, 19)} UTC`;
  at("chosen").hidden = state.id < 0;
  if (state.id >= 0) {
    at("chosen-id").textContent = brief(data.ids[state.id]);
    at("chosen-count").textContent = `in ${mentions.filter(Boolean).length} hops`;
  }
  arrange();
}

/* --- drawing -------------------------------------------------------------------------------- */

function arrange() {
  const box = at("scroll"), width = box.clientWidth, height = Math.max(0, box.clientHeight - HEAD);
  gap = Math.max(NEAREST, (width - TIME - 40 - ROOM) / Math.max(1, data.lanes.length - 1));
  wide = Math.max(width, TIME + 40 + gap * (data.lanes.length - 1) + ROOM);
  const names = at("lanes");
  names.style.width = `${wide}px`;
  names.replaceChildren(...data.lanes.map((name, place) => {
    lane.set(name, TIME + 40 + gap * place);
    const label = document.createElement("span");
    label.textContent = name;
    label.style.left = `${lane.get(name)}px`;
    return label;
  }));
  size(at("canvas"), width, height);
  at("tall").style.height = `${Math.max(0, shown.length * ROW + 8 - height)}px`;
  at("tall").style.width = `${wide}px`;
  size(at("map"), 16, height + HEAD);
  draw();
}

function size(canvas, width, height) {
  const dots = window.devicePixelRatio || 1;
  canvas.width = width * dots; canvas.height = height * dots;
  canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
  canvas.getContext("2d").setTransform(dots, 0, 0, dots, 0, 0);
}

function palette() {
  const style = getComputedStyle(document.documentElement);
  return name => style.getPropertyValue(`--${name}`).trim();
}

function draw() {
  const box = at("scroll"), width = box.clientWidth, height = box.clientHeight - HEAD, colour = palette();
  const pen = at("canvas").getContext("2d"), left = box.scrollLeft, top = box.scrollTop;
  pen.clearRect(0, 0, width, height);
  const first = Math.max(0, Math.floor(top / ROW)), last = Math.min(shown.length, Math.ceil((top + height) / ROW));
  pen.save();
  pen.translate(-left, -top);
  for (let place = first; place < last; place++) ground(pen, place, colour);
  pen.strokeStyle = colour("line");
  pen.lineWidth = 1;
  for (const x of lane.values()) stroke(pen, [[x, top], [x, top + height]]);
  for (let place = first; place < last; place++) hop(pen, place, colour);
  pen.restore();
  pen.font = "12px ui-monospace, Menlo, Consolas, monospace";
  pen.textAlign = "right";
  for (let place = first; place < last; place++) {
    const y = place * ROW - top, line = shown[place][0];
    pen.fillStyle = shade(place, colour) || colour("paper");
    pen.fillRect(0, y, TIME, ROW);
    pen.fillStyle = shown[place].some(one => rows[one][FLAGS] & FAILED) ? colour("failed") : colour("soft");
    pen.fillText(moment(rows[line][AT]), TIME - 12, y + 15);
  }
  chart(colour);
}

function shade(place, colour) {
  const group = shown[place];
  if (group.includes(state.selected)) return colour("selected");
  if (group.includes(data.row)) return colour("marked");
  return mentions && group.some(line => mentions[line]) ? colour("chosen") : "";
}

function ground(pen, place, colour) {
  const y = place * ROW, tint = shade(place, colour), kind = rows[shown[place][0]][KIND];
  if (tint || kind > 2) {
    pen.fillStyle = tint || colour("band");
    pen.fillRect(0, y, wide, ROW);
  }
  if (place && rows[shown[place][0]][AT] - rows[shown[place - 1][0]][AT] > PAUSE) {
    pen.strokeStyle = colour("soft");
    pen.setLineDash([2, 5]);
    stroke(pen, [[0, y + .5], [wide, y + .5]]);
    pen.setLineDash([]);
  }
}

function hop(pen, place, colour) {
  const group = shown[place], row = rows[group[0]], y = place * ROW, bad = group.some(line => rows[line][FLAGS] & FAILED);
  pen.globalAlpha = mentions && !group.some(line => mentions[line]) && !group.includes(state.selected) ? .32 : 1;
  const ink = bad ? colour("failed") : colour(COLOURS[row[KIND]]);
  pen.textAlign = "left";
  if (row[EDGE] < 0 || row[KIND] > 3) {
    pen.fillStyle = ink;
    pen.fillRect(TIME, y + 4, 3, ROW - 8);
    pen.font = "600 12px system-ui, sans-serif";
    pen.fillText(`${row[KIND] > 3 ? KINDS[row[KIND]] + " " : ""}${says(group)}${row[EDGE] >= 0 ? " on " + data.edges[row[EDGE]] : ""}`, TIME + 12, y + 15);
  } else {
    const [from, to] = data.edges[row[EDGE]].split("→").map(name => lane.get(name)), way = Math.sign(to - from) || 1;
    pen.strokeStyle = pen.fillStyle = ink;
    pen.lineWidth = 1.4;
    stroke(pen, [[from, y + 18.5], [to - way * 5, y + 18.5]]);
    pen.beginPath();
    pen.moveTo(to, y + 18.5); pen.lineTo(to - way * 7, y + 15); pen.lineTo(to - way * 7, y + 22);
    pen.fill();
    pen.beginPath(); pen.arc(from, y + 18.5, 2.2, 0, 7); pen.fill();
    label(pen, group, Math.min(from, to) + 9, y, ink, place, colour);
  }
  pen.globalAlpha = 1;
}

function label(pen, group, x, y, ink, place, colour) {
  const row = rows[group[0]], failed = group.find(line => rows[line][FLAGS] & FAILED);
  const outcome = failed !== undefined ? data.outcomes[rows[failed][OUTCOME]] : row[KIND] === 0 ? data.outcomes[row[OUTCOME]] : "";
  pen.font = "11.5px system-ui, sans-serif";
  const took = lasted(group), text = `${says(group)}${took ? "  " + took : ""}`;
  pen.fillStyle = shade(place, colour) || colour("paper");
  const room = wide - x - 6, head = outcome ? outcome + " " : "";
  pen.globalAlpha *= .92;
  pen.fillRect(x - 3, y + 2, Math.min(room, pen.measureText(head + text).width + 8), 13);
  pen.globalAlpha /= .92;
  pen.fillStyle = ink;
  if (head) pen.fillText(head, x, y + 13, room);
  const from = x + (head ? pen.measureText(head).width + 2 : 0);
  pen.fillStyle = colour("ink");
  pen.fillText(fit(pen, text, wide - from - 6), from, y + 13);
}

function fit(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 4 && pen.measureText(text.slice(0, length) + "…").width > room) length = Math.floor(length * .9);
  return text.slice(0, length) + "…";
}

function stroke(pen, [from, to]) {
  pen.beginPath(); pen.moveTo(...from); pen.lineTo(...to); pen.stroke();
}

function chart(colour) {
  const canvas = at("map"), pen = canvas.getContext("2d"), height = canvas.clientHeight, box = at("scroll");
  pen.clearRect(0, 0, 16, height);
  const each = height / Math.max(1, shown.length), tick = Math.max(1.5, each);
  for (const [name, from, width, hit] of [
    ["chosen-ink", 0, 5, group => mentions && group.some(line => mentions[line])],
    ["clock", 6, 9, group => rows[group[0]][KIND] === 5],
    ["fault", 6, 9, group => rows[group[0]][KIND] === 4],
    ["failed", 6, 9, group => group.some(line => rows[line][FLAGS] & FAILED)],
  ]) {
    pen.fillStyle = colour(name);
    let drawn = -1;
    shown.forEach((group, place) => {
      const y = Math.floor(place * each);
      if (y !== drawn && hit(group)) { pen.fillRect(from, y, width, tick); drawn = y; }
    });
  }
  pen.strokeStyle = colour("soft");
  const total = Math.max(1, shown.length * ROW);
  pen.strokeRect(.5, box.scrollTop / total * height + .5, 15, Math.max(8, (box.clientHeight - HEAD) / total * height));
}

/* --- words ---------------------------------------------------------------------------------- */

function says(group) {
  const counts = new Map();
  for (const line of group) {
    const row = rows[line], op = data.ops[row[OP]], outcome = data.outcomes[row[OUTCOME]];
    const text = row[KIND] > 2 && outcome ? `${op}: ${outcome}` : op;
    counts.set(text, (counts.get(text) || 0) + 1);
  }
  return [...counts].map(([text, count]) => count > 1 ? `${text} ×${count}` : text).join(", ");
}

function lasted(group) {
  const ends = group.filter(line => rows[line][TOOK] >= 0).map(line => rows[line][AT] + rows[line][TOOK]);
  return ends.length ? span(Math.max(...ends) - rows[group[0]][AT]) : "";
}

const span = ms => ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : ms < 120000 ? `${(ms / 1000).toFixed(1)} s` : ms < 7200000 ? `${(ms / 60000).toFixed(1)} min` : `${(ms / 3600000).toFixed(1)} h`;
const moment = ms => ms < 100000 ? `+${(ms / 1000).toFixed(3)} s`
  : `+${ms < 3600000 ? "" : Math.floor(ms / 3600000) + ":"}${String(Math.floor(ms / 60000) % 60).padStart(2, "0")}:${((ms / 1000) % 60).toFixed(3).padStart(6, "0")}`;
const brief = id => id.length > 44 ? `${id.slice(0, 30)}…${id.slice(-9)}` : id;

/* --- one hop -------------------------------------------------------------------------------- */

async function open(line, scroll) {
  state.selected = line;
  const aside = at("detail");
  if (line < 0) { aside.hidden = true; return arrange(); }
  const [request, response, note, op] = await details(line);
  if (state.selected !== line) return;
  const row = rows[line], group = groupOf[line], outcome = data.outcomes[row[OUTCOME]];
  aside.replaceChildren(
    element("button", { className: "close", type: "button", textContent: "×", title: "close (Esc)", onclick: () => open(-1) }),
    element("h2", { textContent: op }),
    element("p", { className: "facts" }, [
      row[EDGE] >= 0 && `${data.edges[row[EDGE]]}, `, element("b", { className: row[FLAGS] & FAILED ? "bad" : "", textContent: outcome || "–" }),
      ` at ${moment(row[AT])}`, row[TOOK] >= 0 && `, took ${span(row[TOOK])}`, row[CONNECTION] > 0 && `, connection ${row[CONNECTION]}`]),
    ...(note ? [element("p", { textContent: note })] : []),
    ...statements(group, line),
    ...section("mentions", row[IDS].map(id => element("button", {
      className: "id", type: "button", textContent: data.ids[id], title: data.ids[id], ariaPressed: String(id === state.id), onclick: () => follow(id === state.id ? -1 : id) }))),
    ...side(row[KIND] === 2 ? "statement" : "request", request, row[KIND] === 2 ? "parameters" : "headers"),
    ...side(row[KIND] === 2 ? "rows" : "response", response, "headers"));
  aside.hidden = false;
  if (scroll) reveal(line);
  arrange();
}

function statements(group, line) {
  if (group.length < 2) return [];
  const list = element("ol", {}, group.map(one => element("li", {
    textContent: `${data.ops[rows[one][OP]]}  ${data.outcomes[rows[one][OUTCOME]]}`, ariaCurrent: String(one === line), onclick: () => open(one) })));
  return [element("h3", { textContent: `${group.length} statements in ${lasted(group)}` }), list];
}

function side(name, part, heads) {
  if (!part) return [];
  const table = element("table", {}, Object.entries(part.headers || {}).map(([key, value]) =>
    element("tr", {}, [element("td", { textContent: key }), element("td", { textContent: value })])));
  const size = `${part.bytes.toLocaleString("en")} bytes${part.sha256 ? ", sha256 " + part.sha256 : ""}`;
  return [
    element("h3", { textContent: `${name}, ${size}` }),
    ...(part.body ? [element("pre", { textContent: pretty(part.body) })] : []),
    ...(table.childElementCount ? section(heads, [table]) : [])];
}

function section(name, children) {
  return children.length ? [element("h3", { textContent: name }), ...children] : [];
}

function pretty(body) {
  try { return JSON.stringify(JSON.parse(body), null, 2); } catch { /* it is shown as it is */ }
  try { return body.split("\n").map(row => JSON.stringify(JSON.parse(row), null, 1)).join("\n"); } catch { return body; }
}

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter(Boolean));
  return made;
}

/* --- moving about --------------------------------------------------------------------------- */

function follow(id) {
  state.id = id;
  if (id < 0) at("alone").checked = false;
  keepPlace(choose);
  if (state.selected >= 0) open(state.selected);
}

function keepPlace(change) {
  const box = at("scroll"), group = state.selected >= 0 ? groupOf[state.selected] : shown[Math.floor(box.scrollTop / ROW)];
  const offset = placeOf.has(group) ? placeOf.get(group) * ROW - box.scrollTop : 0, line = group ? group[0] : -1;
  change();
  const now = line >= 0 ? placeOf.get(groupOf[line]) : undefined;
  if (now !== undefined) box.scrollTop = now * ROW - offset;
  draw();
}

function reveal(line) {
  const box = at("scroll"), place = placeOf.get(groupOf[line]);
  if (place === undefined) return;
  const y = place * ROW, height = box.clientHeight - HEAD;
  if (y < box.scrollTop + ROW || y > box.scrollTop + height - 2 * ROW) box.scrollTop = Math.max(0, y - height / 3);
}

function step(by, wanted) {
  let place = state.selected >= 0 && placeOf.has(groupOf[state.selected]) ? placeOf.get(groupOf[state.selected]) : Math.floor(at("scroll").scrollTop / ROW) - by;
  for (place += by; shown[place]; place += by) {
    const line = wanted ? shown[place].find(wanted) : shown[place][0];
    if (line !== undefined) return open(line, true);
  }
}

const wanted = () => mentions ? line => mentions[line] : line => rows[line][FLAGS] & FAILED;

function listen() {
  const box = at("scroll");
  box.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  at("canvas").addEventListener("click", event => {
    const group = shown[Math.floor((event.offsetY + box.scrollTop) / ROW)];
    if (group) open(group.find(line => rows[line][FLAGS] & FAILED) ?? group[0]);
  });
  const jump = event => { box.scrollTop = event.offsetY / at("map").clientHeight * shown.length * ROW - box.clientHeight / 2; };
  at("map").addEventListener("pointerdown", jump);
  at("map").addEventListener("pointermove", event => event.buttons && jump(event));
  at("filter").addEventListener("input", () => {
    state.words = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    keepPlace(choose);
  });
  for (const id of ["failures", "routine", "alone"]) at(id).addEventListener("change", () => keepPlace(choose));
  at("statements").addEventListener("change", () => keepPlace(() => { gather(); choose(); }));
  at("next").addEventListener("click", () => step(1, wanted()));
  at("previous").addEventListener("click", () => step(-1, wanted()));
  at("release").addEventListener("click", () => follow(-1));
  at("tools").addEventListener("submit", event => event.preventDefault());
  document.addEventListener("keydown", keyed);
  window.addEventListener("resize", arrange);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  at("kinds").replaceChildren(...SHOWN.map((name, kind) => element("button", {
    type: "button", textContent: name, ariaPressed: "true", style: `--dot: var(--${COLOURS[kind]})`,
    onclick: event => {
      const on = !state.kinds.delete(kind) && state.kinds.add(kind);
      event.currentTarget.ariaPressed = String(Boolean(on));
      keepPlace(choose);
    } })));
}

function keyed(event) {
  if (event.target.matches("input[type=search]")) { if (event.key === "Escape") event.target.blur(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    ArrowDown: () => step(1), ArrowUp: () => step(-1), n: () => step(1, wanted()), p: () => step(-1, wanted()),
    "/": () => at("filter").focus(), Escape: () => state.selected >= 0 ? open(-1) : follow(-1),
  }[event.key];
  if (act) { event.preventDefault(); act(); }
}

async function main() {
  Object.assign(data, await unpack(at("outline").textContent));
  for (const pack of document.querySelectorAll(".pack")) packs.push(pack.textContent);
  rows = data.rows;
  at("said").hidden = !data.text;
  at("text").textContent = data.text;
  const routine = rows.filter(row => row[FLAGS] & ROUTINE).length;
  at("routines").textContent = `(${routine.toLocaleString("en")})`;
  state.id = data.id;
  listen();
  gather();
  choose();
  if (data.row >= 0) await open(data.row, true);
  document.body.dataset.ready = String(Math.round(performance.now()));
}

main().catch(error => { at("count").textContent = `This page cannot be shown here: ${error}`; });
