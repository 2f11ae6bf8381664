"use strict";
(() => {
  const all = () => [...document.querySelectorAll("details")];
  const trees = document.getElementById("trees");

  // Opens whatever hides the step that the address names.
  const reveal = () => {
    const step = document.getElementById(location.hash.slice(1));
    if (!step) return;
    for (let up = step; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    step.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // On paper everything is open, and afterwards as it was.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all().filter((one) => !one.open);
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
    closed = [];
  });

  const tools = document.createElement("div");
  tools.className = "tools";
  for (const [text, open] of [["Open every step", true], ["Close every step", false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => {
      for (const one of trees.querySelectorAll("details")) one.open = open;
    });
    tools.append(button);
  }
  trees.before(tools);
})();
