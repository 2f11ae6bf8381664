"use strict";
(() => {
  // Shows the rows that have every word that is typed; without this script all are shown.
  const table = document.querySelector("table.rows");
  if (!table) return;
  const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
  const tools = document.createElement("div");
  tools.className = "search";
  const label = document.createElement("label");
  label.textContent = "Search the rows";
  label.htmlFor = "search";
  const input = document.createElement("input");
  input.type = "search";
  input.id = "search";
  const told = document.createElement("output");
  told.htmlFor = "search";
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    told.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
  });
  tools.append(label, input, told);
  table.before(tools);
})();
