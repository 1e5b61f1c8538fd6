"use strict";
// Tables and figures: tables as CSV files, and one agent highlighted in all figures. No library, no network.

// Tables --------------------------------------------------------------------------------------------------

const INTERVAL = /^(\S+) \[(\S+), (\S+)\]$/;

// A number as spreadsheets read it: without thousands, with an ASCII minus, a percentage as a share.
function plain(text) {
  const bare = text.replaceAll("\u2212", "-").replaceAll(",", "");
  if (/^[+-]?[\d.]+ %$/.test(bare)) return String(Number(bare.slice(0, -2)) / 100);
  return /^[+-]?[\d.]+$/.test(bare) ? String(Number(bare)) : text === "\u2013" ? "" : text;
}

const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

// An estimate with its interval becomes three columns.
function csvOf(table) {
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  const wide = rows[0].map((_, column) => rows.slice(1).some((row) => INTERVAL.test(row[column] ?? "")));
  const head = rows[0].flatMap((name, column) => {
    const bare = name.replace(" [95 % interval]", "");
    return wide[column] ? [bare, `${bare} low`, `${bare} high`] : [bare];
  });
  const body = rows.slice(1).map((row) => row.flatMap((text, column) => {
    if (!wide[column]) return [plain(text)];
    const parts = INTERVAL.exec(text);
    return parts ? parts.slice(1).map(plain) : [plain(text), "", ""];
  }));
  return [head, ...body].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

function addDownload(table) {
  const link = document.createElement("a");
  link.textContent = "CSV";
  link.className = "csv";
  link.download = `${table.dataset.name}.csv`;
  link.setAttribute("aria-label", `Download the table ${table.dataset.name} as CSV`);
  link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(csvOf(table))}`;
  table.parentElement.before(link);
}

for (const table of document.querySelectorAll("table[data-name]")) addDownload(table);

// Highlighting --------------------------------------------------------------------------------------------

// Null in a report without figures, where a row lights up alone.
const chooser = document.getElementById("highlight");
const rule = document.head.appendChild(document.createElement("style"));

// What is drawn of all other agents fades.
function light(agent) {
  rule.textContent = agent === "" ? "" : `figure svg [data-agent]:not([data-agent="${agent}"]) { opacity: .1; }
    tr[data-agent="${agent}"] { background: var(--tint); }`;
}

for (const row of document.querySelectorAll("tr[data-agent]")) {
  row.addEventListener("mouseenter", () => light(row.dataset.agent));
  row.addEventListener("mouseleave", () => light(chooser?.value ?? ""));
  if (chooser) row.addEventListener("click", () => {
    chooser.value = chooser.value === row.dataset.agent ? "" : row.dataset.agent;
    light(chooser.value);
  });
}
chooser?.addEventListener("change", () => light(chooser.value));
