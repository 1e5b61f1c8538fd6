"use strict";
// The session explorer: a listener, two agents, and what each of them played. No library, no network.

const DATA = JSON.parse(document.getElementById("sessions-data").textContent);
const SIDES = ["left", "right"];
const state = { environment: 0, session: 0, agents: DATA.first.slice(), chosen: [0, 0], plays: {} };

// Helpers -------------------------------------------------------------------------------------------------

const byId = (id) => document.getElementById(id);

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// The parser knows the namespace of SVG, so the page holds no address at all.
const SVG_NAMESPACE = new DOMParser().parseFromString("<svg></svg>", "text/html").body.firstChild.namespaceURI;

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG_NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawing(width, height, label, ...children) {
  const view = { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  return shape("svg", view, ...children);
}

function number(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

const signed = (value, digits = 2) => (Number(value.toFixed(digits)) > 0 ? "+" : "") + number(value, digits);

const percent = (share) => `${Math.round(100 * share)} %`;

// Data ----------------------------------------------------------------------------------------------------

const environment = () => DATA.environments[state.environment];
const seed = () => environment().sessions[state.session];
const styleOf = (agent) => DATA.agents.find((one) => one.name === agent);

// The plays of all agents in an environment are unpacked when it is first shown; see `sessions._packed`.
async function unpack(environment) {
  if (environment.unpacked) return environment.unpacked;
  const found = {};
  for (const [agent, text] of Object.entries(environment.plays)) {
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    found[agent] = arrays(await new Response(stream).arrayBuffer(), environment);
  }
  environment.unpacked = found;
  return found;
}

function arrays(buffer, environment) {
  let at = 0;
  const take = (Kind, count) => {
    const part = new Kind(buffer, at, count);
    at += part.byteLength;
    return part;
  };
  const lengths = take(Uint32Array, environment.sessions.length);
  const begin = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, place) => { begin[place + 1] = begin[place] + length; });
  const count = begin[lengths.length];
  const tracks = take(Uint32Array, count);
  const numbers = environment.scales.map(() => take(Int16Array, count));
  return { begin, tracks, numbers, listened: take(Uint8Array, count), flags: take(Uint8Array, count) };
}

const track = (index) => {
  const [title, artist, tempo, key, energy] = environment().tracks[index];
  return { index, title, artist, tempo, key, energy };
};

const startTrack = () => track(environment().starts[state.session]);

function playsOf(side) {
  const { begin, tracks, numbers, listened, flags } = state.plays[state.agents[side]];
  const first = begin[state.session];
  return Array.from({ length: begin[state.session + 1] - first }, (_, place) => {
    const at = first + place;
    const [reward, ...terms] = numbers.map((values, k) => values[at] * environment().scales[k]);
    const how = { listened: listened[at] / 200, skipped: flags[at] & 1, left: flags[at] & 2 };
    return { place, ...track(tracks[at]), ...how, reward, terms };
  });
}

// Music ---------------------------------------------------------------------------------------------------

function tempoStep(from, to) {
  if (from.tempo === null || to.tempo === null) return [];
  const change = to.tempo - from.tempo, octaves = Math.log2(to.tempo / from.tempo);
  if (change === 0) return ["same tempo"];
  const other = Math.abs(Math.abs(octaves) - 1) < 0.03 ? `, ${octaves > 0 ? "double" : "half"} time` : "";
  return [`${signed(change, 0)} BPM (${signed((100 * change) / from.tempo, 0)} %${other})`];
}

// Neighbours on the Camelot wheel, and the two modes of one number, share all notes but one, or all.
function keyRelation(from, to) {
  if (from.key === null || to.key === null) return [];
  const apart = ((parseInt(to.key, 10) - parseInt(from.key, 10) + 18) % 12) - 6;
  const mode = from.key.at(-1) === to.key.at(-1);
  const steps = Math.abs(apart) === 1 ? "1 step" : `${Math.abs(apart)} steps`;
  const names = `${from.key} to ${to.key}`;
  if (apart === 0) return [mode ? `same key (${to.key})` : `relative ${to.key.endsWith("B") ? "major" : "minor"} (${names})`];
  return [`${steps} on the key wheel${mode ? "" : " and the other mode"} (${names})`];
}

function energyStep(from, to) {
  if (from.energy === null || to.energy === null) return [];
  const change = to.energy - from.energy;
  return [Math.abs(change) < 0.005 ? "same energy" : `energy ${signed(change)}`];
}

const musicalStep = (from, to) => [...tempoStep(from, to), ...keyRelation(from, to), ...energyStep(from, to)];

function facts(play) {
  const known = [];
  if (play.tempo !== null) known.push(`${play.tempo} BPM`);
  if (play.key !== null) known.push(play.key);
  if (play.energy !== null) known.push(`energy ${number(play.energy)}`);
  return known.join(" \u00b7 ");
}

function outcome(play) {
  if (play.left) return `left after ${percent(play.listened)}`;
  return play.skipped ? `skipped after ${percent(play.listened)}` : "heard to the end";
}

function summary(plays) {
  const heard = plays.filter((play) => !play.skipped).length;
  const total = plays.reduce((sum, play) => sum + play.reward, 0);
  const end = plays.some((play) => play.left) ? "then the listener left" : "and the listener stayed";
  return `Return ${number(total)}: ${heard} of ${plays.length} tracks heard to the end, ${end}.`;
}

// The energy curve ----------------------------------------------------------------------------------------

const CURVE = { width: 300, height: 132, left: 26, right: 8, top: 8, bottom: 22 };

function curveAt(place, energy, longest) {
  const across = (CURVE.width - CURVE.left - CURVE.right) * (place / Math.max(longest - 1, 1));
  const up = (CURVE.height - CURVE.top - CURVE.bottom) * energy;
  return [CURVE.left + across, CURVE.height - CURVE.bottom - up];
}

function curvePath(plays, longest, attributes) {
  const known = plays.filter((play) => play.energy !== null);
  const points = known.map((play) => curveAt(play.place, play.energy, longest).map((at) => at.toFixed(1)).join());
  return shape("polyline", { points: points.join(" "), fill: "none", ...attributes });
}

function curveFrame(longest) {
  const frame = [];
  for (const level of [0, 0.5, 1]) {
    const [x, y] = curveAt(0, level, longest);
    frame.push(shape("line", { x1: x, x2: CURVE.width - CURVE.right, y1: y, y2: y, class: "grid" }));
    frame.push(shape("text", { x: x - 5, y: y + 3.5, "text-anchor": "end" }, String(level)));
  }
  for (const place of [0, longest - 1]) {
    const [x] = curveAt(place, 0, longest);
    frame.push(shape("text", { x, y: CURVE.height - 6, "text-anchor": "middle" }, String(place + 1)));
  }
  return frame;
}

function energyCurve(side, plays, others) {
  const longest = Math.max(plays.length, others.length);
  const marks = plays.filter((play) => play.energy !== null).map((play) => {
    const [cx, cy] = curveAt(play.place, play.energy, longest);
    return mark(side, play, cx, cy);
  });
  const label = `Energy by position: ${plays.map((play) => (play.energy === null ? "unknown" : number(play.energy))).join(", ")}`;
  return drawing(CURVE.width, CURVE.height, label, ...curveFrame(longest),
    curvePath(others, longest, { class: "other" }), curvePath(plays, longest, { class: "path" }), ...marks);
}

function mark(side, play, cx, cy) {
  const kind = play.skipped ? "mark skipped" : "mark heard";
  const chosen = play.place === state.chosen[side];
  return shape("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: chosen ? 6 : 3.6, class: chosen ? `${kind} chosen` : kind });
}

// The path on the Camelot wheel ---------------------------------------------------------------------------

const WHEEL = { size: 150, outer: 52, inner: 31 };

function wheelAt(hour, radius) {
  const angle = (hour / 12) * 2 * Math.PI;
  return [WHEEL.size / 2 + radius * Math.sin(angle), WHEEL.size / 2 - radius * Math.cos(angle)];
}

function wheelPoint(play, again) {
  // Tracks in the same key would hide each other: each later one is drawn a little further out.
  const radius = (play.key.endsWith("B") ? WHEEL.outer : WHEEL.inner) + 2.6 * Math.min(again, 4);
  return wheelAt(parseInt(play.key, 10), radius);
}

function wheelFrame() {
  const middle = WHEEL.size / 2;
  const rings = [WHEEL.outer, WHEEL.inner].map((r) => shape("circle", { cx: middle, cy: middle, r, class: "grid", fill: "none" }));
  const hours = Array.from({ length: 12 }, (_, at) => {
    const [x, y] = wheelAt(at + 1, WHEEL.outer + 16);
    return shape("text", { x, y: y + 3.5, "text-anchor": "middle" }, String(at + 1));
  });
  return [...rings, ...hours];
}

function camelotWheel(side, plays) {
  const seen = {};
  const known = plays.filter((play) => play.key !== null).map((play) => {
    seen[play.key] = (seen[play.key] ?? -1) + 1;
    return { play, at: wheelPoint(play, seen[play.key]) };
  });
  const steps = known.slice(1).map(({ at }, step) => {
    const [x1, y1] = known[step].at;
    return shape("line", { x1, y1, x2: at[0], y2: at[1], class: "path", opacity: 0.3 + (0.7 * (step + 1)) / known.length });
  });
  const marks = known.map(({ play, at }) => mark(side, play, at[0], at[1]));
  const label = `Keys on the Camelot wheel: ${known.map(({ play }) => play.key).join(", ") || "unknown"}`;
  return drawing(WHEEL.size, WHEEL.size, label, ...wheelFrame(), ...steps, ...marks);
}

// Utility by term -----------------------------------------------------------------------------------------

function largestTerm() {
  const all = SIDES.flatMap((_, side) => playsOf(side)).flatMap((play) => play.terms.map(Math.abs));
  return Math.max(...all, 1e-9);
}

const BAR = 11;

function sparkBars(play, largest) {
  const middle = 11;
  const bars = play.terms.map((value, at) => {
    const height = Math.max((Math.abs(value) / largest) * middle, 0.4);
    const box = { x: at * BAR + 1.5, y: value > 0 ? middle - height : middle, width: BAR - 3, height };
    return shape("rect", { ...box, class: value > 0 ? "plus" : "minus" });
  });
  const svg = drawing(play.terms.length * BAR, 2 * middle, "", ...bars);
  svg.setAttribute("aria-hidden", "true");
  svg.removeAttribute("role");
  return svg;
}

// The names of the terms stand upright above their bars.
function barNames() {
  const height = 5 + 5.4 * Math.max(...environment().terms.map((term) => term.length), 1);
  const names = environment().terms.map((term, at) =>
    shape("text", { transform: `translate(${at * BAR + 8.5} ${height - 2}) rotate(-90)` }, term));
  return drawing(environment().terms.length * BAR, height, `Terms: ${environment().terms.join(", ")}`, ...names);
}

function termRow(term, value, largest) {
  const share = (50 * Math.abs(value)) / largest;
  const bar = element("span", { class: value > 0 ? "bar plus" : "bar minus", style: `width:${share}%;${value > 0 ? "left:50%" : "right:50%"}` });
  return element("tr", {}, element("th", { scope: "row" }, term), element("td", { class: "bars" }, bar), element("td", {}, signed(value)));
}

// What the choice does to the music, and, where the agent was asked, what it would have played instead.
function reasons(side, play, before) {
  const steps = musicalStep(before, play);
  const after = before.title === play.title ? "the track before" : `\u201c${before.title}\u201d`;
  const told = [];
  if (steps.length) told.push(element("p", { class: "step" }, `After ${after}: ${joined(steps)}.`));
  const explained = environment().explanations[seed()]?.[state.agents[side]]?.[play.place] ?? [];
  const own = explained.find(([index]) => index === play.index);
  if (!own) return told;
  const rank = own[1];
  // Candidates that it ranked higher if there are any, else those that follow.
  const others = explained.filter(([, other]) => (rank ? other < rank : other > 0)).map(([index]) => {
    const other = track(index), differs = musicalStep(before, other);
    return differs.length ? `${other.title} (${differs.join(", ")})` : other.title;
  });
  const compared = others.length ? `, ${rank ? "behind" : "ahead of"} ${joined(others, "; ")}` : ", the only candidate left";
  told.push(element("p", { class: "explanation" }, `The agent\u2019s ${ordinal(rank)} choice${compared}.`));
  return told;
}

function joined(parts, between = ", ") {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(between)} and ${parts.at(-1)}`;
}

function ordinal(rank) {
  if (rank === 0) return "first";
  const place = rank + 1, teen = place % 100 > 10 && place % 100 < 14;
  return `${place}${teen ? "th" : ["th", "st", "nd", "rd"][place % 10] ?? "th"}`;
}

function termTable(play, largest) {
  const rows = environment().terms.map((term, at) => termRow(term, play.terms[at], largest));
  return element("table", {}, element("caption", {}, "Contribution of each term to the listener's utility"), element("tbody", {}, ...rows));
}

// One side ------------------------------------------------------------------------------------------------

function trackButton(side, play, largest) {
  const chosen = play.place === state.chosen[side];
  const heard = element("span", { class: play.skipped ? "heard skipped" : "heard", "aria-hidden": "true" },
    element("span", { style: `width:${100 * play.listened}%` }));
  const title = element("span", { class: "title" }, play.title, element("small", {}, play.artist));
  const label = `${play.place + 1}. ${play.title}, ${play.artist}: ${outcome(play)}`;
  const button = element("button", { type: "button", "aria-pressed": String(chosen), "aria-label": label },
    element("span", { class: "place" }, String(play.place + 1)), title,
    element("span", { class: "how" }, heard, play.left ? "left" : play.skipped ? "skipped" : "heard"), sparkBars(play, largest));
  button.addEventListener("click", () => choose(side, play.place));
  button.addEventListener("keydown", (event) => moveByKey(event, side, play.place));
  return element("li", {}, button);
}

function startRow() {
  const start = startTrack();
  const title = element("span", { class: "title" }, start.title, element("small", {}, [start.artist, facts(start)].filter(Boolean).join(" \u00b7 ")));
  return element("li", { class: "start" }, element("span", { class: "place" }, "start"), title, barNames());
}

function chosenTrack(side, plays, largest) {
  const play = plays[state.chosen[side]];
  return [
    element("p", { class: "name" }, element("strong", {}, `${play.place + 1}. ${play.title}`), ` ${play.artist}`),
    element("p", {}, [facts(play), outcome(play), `reward ${number(play.reward)}`].filter(Boolean).join(" \u00b7 ")),
    ...reasons(side, play, play.place ? plays[play.place - 1] : startTrack()),
    termTable(play, largest),
  ];
}

function drawSide(side) {
  const pane = byId(`session-${SIDES[side]}`), plays = playsOf(side), largest = largestTerm();
  state.chosen[side] = Math.min(state.chosen[side], plays.length - 1);
  pane.style.setProperty("--agent", styleOf(state.agents[side]).colour);
  pane.querySelector(".summary").textContent = summary(plays);
  pane.querySelector(".curve").replaceChildren(energyCurve(side, plays, playsOf(1 - side)));
  pane.querySelector(".wheel").replaceChildren(camelotWheel(side, plays));
  pane.querySelector(".chosen-track").replaceChildren(...chosenTrack(side, plays, largest));
  pane.style.setProperty("--bars", `${environment().terms.length * BAR}px`);
  pane.querySelector("ol").replaceChildren(startRow(), ...plays.map((play) => trackButton(side, play, largest)));
}

function drawSessions() {
  SIDES.forEach((_, side) => drawSide(side));
}

// Interaction ---------------------------------------------------------------------------------------------

function choose(side, place) {
  state.chosen[side] = place;
  drawSide(side);
  remember();
  byId(`session-${SIDES[side]}`).querySelectorAll("ol button")[place].focus({ preventScroll: true });
}

function moveByKey(event, side, place) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const next = place + step;
  if (!step || next < 0 || next >= playsOf(side).length) return;
  event.preventDefault();
  choose(side, next);
}

function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
  select.value = String(chosen);
}

function startAgain() {
  state.chosen = [0, 0];
  drawSessions();
  remember();
}

// Some agents may not have played in every environment.
function fillAgents() {
  const there = DATA.agents.filter((agent) => agent.name in state.plays);
  SIDES.forEach((name, side) => {
    if (!(state.agents[side] in state.plays)) state.agents[side] = there[Math.min(side, there.length - 1)].name;
    const options = there.map((agent) => [agent.name, `${agent.name} (${agent.role})`]);
    fill(byId(`session-${name}`).querySelector("select"), options, state.agents[side]);
  });
}

async function toEnvironment(place, session = null) {
  state.environment = place;
  state.plays = await unpack(environment());
  state.session = session ?? environment().named[0]?.[0] ?? 0;
  byId("session-environment").value = String(place);
  byId("session-search").value = "";
  fillSessions();
  fillAgents();
}

// Search --------------------------------------------------------------------------------------------------

function sessionName(place) {
  const name = environment().named.find(([at]) => at === place)?.[1];
  return `${place + 1}${name ? `: ${name}` : ""} (seed ${environment().sessions[place]})`;
}

// Places of the sessions whose name matches, or in which one of the two agents plays a track that does.
function matching(words) {
  const all = environment().sessions.map((_, place) => place);
  if (!words) return [...new Set([...environment().named.map(([place]) => place), ...all])];
  const has = (text) => text.toLowerCase().includes(words);
  const tracks = environment().tracks.map(([title, artist]) => has(title) || has(artist));
  const plays = SIDES.map((_, side) => state.plays[state.agents[side]]);
  const heard = (place) => plays.some(({ begin, tracks: played }) =>
    played.subarray(begin[place], begin[place + 1]).some((index) => tracks[index]));
  return all.filter((place) => has(sessionName(place)) || tracks[environment().starts[place]] || heard(place));
}

function fillSessions() {
  const found = matching(byId("session-search").value.trim().toLowerCase());
  if (!found.includes(state.session) && found.length) [state.session] = found;
  fill(byId("session-listener"), found.map((place) => [place, sessionName(place)]), state.session);
  byId("session-count").textContent = `${found.length} of ${environment().sessions.length} sessions`;
}

// A link to what is shown ---------------------------------------------------------------------------------

const fragment = () => `#session/${[environment().name, seed(), ...state.agents, state.chosen.map((at) => at + 1)].map(encodeURIComponent).join("/")}`;

// The address is left alone until something was chosen.
function remember() {
  byId("session-link").href = fragment();
  if (state.opened) history.replaceState(null, "", fragment());
}

async function openFragment() {
  const [kind, ...parts] = location.hash.slice(1).split("/").map(decodeURIComponent);
  if (kind !== "session") return false;
  const [name, wanted, left, right, chosen = ""] = parts;
  const place = DATA.environments.findIndex((one) => one.name === name);
  const session = DATA.environments[place]?.sessions.indexOf(Number(wanted)) ?? -1;
  if (session < 0) return false;
  state.agents = [left, right].map((agent, side) => (agent in DATA.environments[place].plays ? agent : DATA.first[side]));
  await toEnvironment(place, session);
  state.chosen = chosen.split(",").map((at) => Math.max(Number(at) - 1, 0) || 0);
  if (state.chosen.length < 2) state.chosen = [0, 0];
  drawSessions();
  remember();
  byId("session-explorer").hidden = false;
  byId("sessions").scrollIntoView();
  return true;
}

// Start ---------------------------------------------------------------------------------------------------

function listenTo(side) {
  const select = byId(`session-${SIDES[side]}`).querySelector("select");
  select.addEventListener("change", () => {
    state.agents[side] = select.value;
    state.chosen[side] = 0;
    drawSessions();
    remember();
  });
}

async function prepare() {
  fill(byId("session-environment"), DATA.environments.map((one, at) => [at, one.name]), 0);
  byId("session-environment").addEventListener("change", async (event) => {
    await toEnvironment(Number(event.target.value));
    startAgain();
  });
  byId("session-listener").addEventListener("change", (event) => {
    state.session = Number(event.target.value);
    startAgain();
  });
  byId("session-search").addEventListener("input", () => {
    const before = state.session;
    fillSessions();
    if (state.session !== before) startAgain();
  });
  SIDES.forEach((_, side) => listenTo(side));
  addEventListener("hashchange", openFragment);
  if (!(await openFragment())) {
    await toEnvironment(0);
    startAgain();
  }
  state.opened = true;
  byId("session-explorer").hidden = false;
}

prepare();
