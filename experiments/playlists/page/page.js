// Draws the pictures of a playlist, and swaps tracks for their runners-up.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("playlist-data").textContent);
  const chosen = data.tracks.map(() => 0);
  const now = () => data.tracks.map((track, at) => track.options[chosen[at]]);
  const signed = (value, digits) => (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(digits);

  function draw(svg, name, attributes, text) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    svg.append(element);
    return element;
  }

  function clear(id) {
    const svg = document.getElementById(id);
    while (svg.children.length > 1) svg.lastChild.remove(); // all but its title
    return svg;
  }

  // Points that are known, joined where neighbours are.
  function line(svg, points, kind) {
    let part = [];
    const finish = () => {
      if (part.length > 1) draw(svg, "polyline", { class: kind, points: part.join(" ") });
      part = [];
    };
    for (const point of points) point ? part.push(point.map((v) => v.toFixed(1)).join(",")) : finish();
    finish();
  }

  function drawSeries(id, values, wanted, low, high, format) {
    const svg = clear(id), left = 40, right = 470, top = 10, bottom = 142;
    const x = (at) => left + (right - left) * data.tracks[at].at / Math.max(data.tracks.at(-1).at, 1);
    const y = (value) => bottom - (bottom - top) * (value - low) / (high - low);
    for (const value of [low, (low + high) / 2, high]) {
      draw(svg, "line", { class: "axis", x1: left, x2: right, y1: y(value), y2: y(value) });
      draw(svg, "text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, format(value));
    }
    const minutes = data.tracks.at(-1).at / 60;
    for (const share of [0, 0.5, 1]) {
      const anchor = share === 1 ? "end" : share ? "middle" : "start";
      draw(svg, "text", { x: left + (right - left) * share, y: 162, "text-anchor": anchor },
        `${Math.round(minutes * share)} min`);
    }
    const points = (list) => list.map((value, at) => value === null ? null : [x(at), y(value)]);
    if (wanted) line(svg, points(wanted), "wanted");
    line(svg, points(values), "path");
    points(values).forEach((point, at) => point && draw(svg, "circle",
      { class: chosen[at] ? "dot chosen" : "dot", cx: point[0], cy: point[1], r: 3.5 }));
  }

  function place(key) {
    const angle = (parseInt(key) / 12) * 2 * Math.PI - Math.PI / 2, radius = key.endsWith("A") ? 84 : 122;
    return [160 + radius * Math.cos(angle), 160 + radius * Math.sin(angle)];
  }

  function drawKeys(tracks) {
    const svg = clear("keys");
    for (const radius of [103, 141, 65]) draw(svg, "circle", { class: "axis", cx: 160, cy: 160, r: radius, fill: "none" });
    const points = tracks.map((track) => track.key ? place(track.key) : null);
    line(svg, points, "path");
    points.forEach((point, at) => point && draw(svg, "circle",
      { class: chosen[at] ? "dot chosen" : "dot", cx: point[0], cy: point[1], r: 4 }));
    const first = points.find((point) => point);
    if (first) draw(svg, "circle", { class: "first", cx: first[0], cy: first[1], r: 9 });
    for (let number = 1; number <= 12; number++) {
      for (const mode of "AB") {
        const [px, py] = place(number + mode), scale = mode === "A" ? 0.74 : 1.22;
        draw(svg, "text", { x: 160 + (px - 160) * scale, y: 164 + (py - 160) * scale, "text-anchor": "middle" },
          number + mode);
      }
    }
  }

  function drawAll() {
    const tracks = now(), tempos = tracks.map((track) => track.tempo);
    const known = tempos.filter((tempo) => tempo !== null);
    const low = known.length ? 10 * Math.floor(Math.min(...known) / 10) : 0;
    const high = known.length ? 10 * Math.ceil((Math.max(...known) + 0.1) / 10) : 1;
    drawSeries("energy", tracks.map((track) => track.energy), data.curve, 0, 1, (value) => value.toFixed(1));
    drawSeries("tempo", tempos, null, low, high, (value) => value.toFixed(0));
    drawKeys(tracks);
  }

  // As in `key_relation` of the Python code.
  function keyRelation(a, b) {
    let around = Math.abs(parseInt(a) - parseInt(b));
    around = Math.min(around, 12 - around);
    const other = a.slice(-1) !== b.slice(-1);
    if (!around) return other ? "relative key" : "same key";
    return (around === 1 ? "one step" : `${around} steps`) + (other ? " and a change of mode" : "");
  }

  function sentence(a, b) {
    const parts = [];
    if (a.tempo && b.tempo) {
      const octave = Math.round(Math.log2(b.tempo / a.tempo)), change = 100 * (b.tempo / a.tempo / 2 ** octave - 1);
      parts.push(`${a.tempo.toFixed(1)} \u2192 ${b.tempo.toFixed(1)} BPM (${signed(change, 1)} %`
        + `${octave ? " in half or double time" : ""})`);
    }
    if (a.key && b.key) parts.push(`${a.key} \u2192 ${b.key} (${keyRelation(a.key, b.key)})`);
    if (a.energy !== null && b.energy !== null) parts.push(`energy ${signed(b.energy - a.energy, 2)}`);
    return parts.join(", ");
  }

  const items = [...document.querySelectorAll(".tracks > li")];
  const reasons = items.map((item) => item.querySelector(".reason")?.textContent);

  function showTrack(at) {
    const track = now()[at], item = items[at];
    item.classList.toggle("swapped", chosen[at] > 0);
    item.querySelector(".track b").textContent = track.title;
    item.querySelector(".track small").textContent = [track.artist, track.album].filter(Boolean).join(" \u00b7 ");
    item.querySelector(".track .tempo").textContent = track.tempo === null ? "" : `${track.tempo.toFixed(1)} BPM`;
    item.querySelector(".track .key").textContent = track.key;
    item.querySelector(".track .length").textContent = track.length;
    for (const button of item.querySelectorAll("button")) {
      const on = Number(button.dataset.option) === chosen[at];
      button.setAttribute("aria-pressed", on);
      button.textContent = on ? "Swap back" : "Swap in";
    }
  }

  function showTransition(at) {
    const item = items[at];
    if (!item || at === 0) return;
    const changed = chosen[at] > 0 || chosen[at - 1] > 0, tracks = now();
    item.querySelector(".reason").textContent = changed ? sentence(tracks[at - 1], tracks[at]) : reasons[at];
    // What was measured and rendered is that of the tracks before the swap.
    for (const part of item.querySelectorAll(".transition .cost, .transition audio")) {
      part.hidden = changed;
      if (changed) part.pause?.();
    }
  }

  function showSwaps() {
    const swaps = data.tracks.flatMap((track, at) => chosen[at] ? [`track ${at + 1} (costs ${now()[at].cost})`] : []);
    const notice = document.getElementById("swapped");
    notice.hidden = !swaps.length;
    notice.textContent = swaps.length ? `Swapped: ${swaps.join(", ")}.` : "";
    document.getElementById("restore").hidden = !swaps.length;
  }

  function choose(at, option) {
    chosen[at] = chosen[at] === option ? 0 : option;
    showTrack(at);
    showTransition(at);
    showTransition(at + 1);
    showSwaps();
    drawAll();
  }

  function download(event) {
    const cell = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
    const rows = now().map((track) => [track.title, track.artist, track.album, track.seconds].map(cell).join(","));
    const text = ["title,artist,album,duration", ...rows, ""].join("\r\n");
    event.currentTarget.href = `data:text/csv;charset=utf-8,${encodeURIComponent(text)}`;
  }

  document.querySelector(".tracks").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(Number(button.dataset.track), Number(button.dataset.option));
  });
  document.getElementById("restore").addEventListener("click", () => {
    chosen.forEach((option, at) => option && choose(at, option));
    document.querySelector(".tracks summary")?.focus();
  });
  document.getElementById("download").addEventListener("click", download);
  document.getElementById("download").hidden = false;
  // One sound at a time.
  document.addEventListener("play", (event) => {
    for (const audio of document.querySelectorAll("audio")) if (audio !== event.target) audio.pause();
  }, true);
  drawAll();
})();
