"use strict";
// The session explorer: a listener, two agents, and what each of them played. No library, no network.

const DATA = JSON.parse(document.getElementById("sessions-data").textContent);
const SIDES = ["left", "right"];
const state = { environment: 0, session: 0, agents: DATA.first.slice(), chosen: [0, 0] };

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

const signed = (value) => (value > 0 ? "+" : "") + number(value);

const percent = (share) => `${Math.round(100 * share)} %`;

// Data ----------------------------------------------------------------------------------------------------

const environment = () => DATA.environments[state.environment];
const session = () => environment().sessions[state.session];
const styleOf = (agent) => DATA.agents.find((one) => one.name === agent);

function playsOf(side) {
  return environment().plays[session().seed][state.agents[side]].map((play, place) => {
    const [title, artist, tempo, key, energy] = environment().tracks[play[0]];
    const [, listened, skipped, left, reward, terms] = play;
    return { place, title, artist, tempo, key, energy, listened, skipped, left, reward, terms };
  });
}

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

function sparkBars(play, largest) {
  const width = 6, middle = 11;
  const bars = play.terms.map((value, at) => {
    const height = Math.max((Math.abs(value) / largest) * middle, 0.4);
    const box = { x: at * width + 0.5, y: value > 0 ? middle - height : middle, width: width - 1.5, height };
    return shape("rect", { ...box, class: value > 0 ? "plus" : "minus" });
  });
  const svg = drawing(play.terms.length * width, 2 * middle, "", ...bars);
  svg.setAttribute("aria-hidden", "true");
  svg.removeAttribute("role");
  return svg;
}

function termRow(term, value, largest) {
  const share = (50 * Math.abs(value)) / largest;
  const bar = element("span", { class: value > 0 ? "bar plus" : "bar minus", style: `width:${share}%;${value > 0 ? "left:50%" : "right:50%"}` });
  return element("tr", {}, element("th", { scope: "row" }, term), element("td", { class: "bars" }, bar), element("td", {}, signed(value)));
}

// The agent's own explanation of its choice, where it has one: its scores of the best candidates.
function explanationText(side, place) {
  const explained = environment().explanations[session().seed]?.[state.agents[side]]?.[place] ?? [];
  const played = environment().plays[session().seed][state.agents[side]][place][0];
  const own = explained.find(([track]) => track === played);
  if (!own) return [];
  const [, score, rank] = own;
  // Candidates with a higher score if there are any, else those that follow.
  const others = explained.filter(([, , other]) => (rank ? other < rank : other > 0))
    .map(([track, value]) => `${environment().tracks[track][0]} (${number(value)})`);
  const compared = others.length ? `${rank ? "behind" : "ahead of"} ${joined(others)}` : "as the only candidate left";
  return [element("p", { class: "explanation" }, `Why: the agent\u2019s ${ordinal(rank)} score, ${number(score)}, ${compared}.`)];
}

function joined(parts) {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function ordinal(rank) {
  if (rank === 0) return "highest";
  const place = rank + 1, teen = place % 100 > 10 && place % 100 < 14;
  return `${place}${teen ? "th" : ["th", "st", "nd", "rd"][place % 10] ?? "th"}-highest`;
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
    element("span", { class: "how" }, heard, play.left ? "left" : play.skipped ? "skipped" : "to the end"), sparkBars(play, largest));
  button.addEventListener("click", () => choose(side, play.place));
  button.addEventListener("keydown", (event) => moveByKey(event, side, play.place));
  return element("li", {}, button);
}

function chosenTrack(side, plays, largest) {
  const play = plays[state.chosen[side]];
  return [
    element("p", { class: "name" }, element("strong", {}, `${play.place + 1}. ${play.title}`), ` ${play.artist}`),
    element("p", {}, [facts(play), outcome(play), `reward ${number(play.reward)}`].filter(Boolean).join(" \u00b7 ")),
    ...explanationText(side, play.place),
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
  pane.querySelector("ol").replaceChildren(...plays.map((play) => trackButton(side, play, largest)));
}

function drawSessions() {
  SIDES.forEach((_, side) => drawSide(side));
}

// Interaction ---------------------------------------------------------------------------------------------

function choose(side, place) {
  state.chosen[side] = place;
  drawSide(side);
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
}

// Some agents may not have played in every environment.
function fillAgents() {
  const played = environment().plays[session().seed];
  const there = DATA.agents.filter((agent) => agent.name in played);
  SIDES.forEach((name, side) => {
    if (!(state.agents[side] in played)) state.agents[side] = there[Math.min(side, there.length - 1)].name;
    const options = there.map((agent) => [agent.name, `${agent.name} (${agent.role})`]);
    fill(byId(`session-${name}`).querySelector("select"), options, state.agents[side]);
  });
}

function toEnvironment(place) {
  state.environment = place;
  state.session = 0;
  fill(byId("session-listener"), environment().sessions.map((one, at) => [at, `${one.label} (seed ${one.seed})`]), 0);
  fillAgents();
  startAgain();
}

function listenTo(side) {
  const select = byId(`session-${SIDES[side]}`).querySelector("select");
  select.addEventListener("change", () => {
    state.agents[side] = select.value;
    state.chosen[side] = 0;
    drawSessions();
  });
}

function prepare() {
  fill(byId("session-environment"), DATA.environments.map((one, at) => [at, one.name]), 0);
  byId("session-environment").addEventListener("change", (event) => toEnvironment(Number(event.target.value)));
  byId("session-listener").addEventListener("change", (event) => {
    state.session = Number(event.target.value);
    startAgain();
  });
  SIDES.forEach((_, side) => listenTo(side));
  toEnvironment(0);
  byId("session-explorer").hidden = false;
}

prepare();
