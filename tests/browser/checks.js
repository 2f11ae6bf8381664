// Checks of a page as a person with another way of reading it would meet it; each gives a list of what is wrong.
(() => {
  const shown = (e) => !!(e.offsetWidth || e.offsetHeight || e.getClientRects().length) && getComputedStyle(e).visibility !== "hidden";
  const name = (e) => e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") && document.getElementById(e.getAttribute("aria-labelledby"))?.textContent) || e.textContent.trim();
  const numbers = (color) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const cache = new Map();
  const rgba = (color) => { if (!cache.has(color)) cache.set(color, numbers(color)); return cache.get(color); };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
  const light = (c) => [0, 1, 2].map((i) => c[i] / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  return {
    contrast: () => {
      const found = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const e = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || e.closest("svg, script, style") || !shown(e)) continue;
        const style = getComputedStyle(e);
        const got = ratio(rgba(style.color), behind(e));
        if (got < 4.5) found.push(`${got.toFixed(2)} ${e.tagName}.${e.className}: ${walker.currentNode.data.trim().slice(0, 40)}`);
      }
      for (const e of document.querySelectorAll("svg text")) {
        const rect = e.parentElement.querySelector("rect");
        const got = ratio(rgba(getComputedStyle(e).fill), rgba(getComputedStyle(rect).fill));
        if (got < 4.5) found.push(`${got.toFixed(2)} svg: ${e.textContent}`);
      }
      return found;
    },
    headings: () => {
      const levels = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(shown).map((e) => [Number(e.tagName[1]), e.textContent]);
      const found = levels.filter(([level]) => level === 1).length === 1 ? [] : ["not one h1"];
      levels.forEach(([level, text], i) => { if (i && level > levels[i - 1][0] + 1) found.push(`jump to h${level}: ${text}`); if (!text.trim()) found.push("empty heading"); });
      return found;
    },
    names: () => [...document.querySelectorAll("a, button, summary, [role=region], nav, section[aria-labelledby], [role=img]")].filter((e) => !name(e)?.trim()).map((e) => e.outerHTML.slice(0, 80)),
    tables: () => {
      const found = [];
      for (const e of document.querySelectorAll("table")) if (!e.caption?.textContent.trim()) found.push("table without caption");
      for (const e of document.querySelectorAll("th")) if (!e.scope) found.push(`th without scope: ${e.textContent}`);
      for (const e of document.querySelectorAll("tbody tr")) if (e.children[0].tagName !== "TH") found.push(`row without head: ${e.textContent}`);
      return found;
    },
    landmarks: () => ["header", "main", "nav", "footer"].filter((tag) => document.querySelectorAll(tag).length !== 1),
    ids: () => { const all = [...document.querySelectorAll("[id]")].map((e) => e.id); return all.filter((id, i) => all.indexOf(id) !== i); },
    links: () => [...document.querySelectorAll("a")].filter((e) => !e.getAttribute("href").startsWith("#") || !document.getElementById(e.getAttribute("href").slice(1))).map((e) => e.outerHTML),
    overflow: () => {
      const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      return wide > 1 ? [`${wide} pixels too wide`] : [];
    },
    squeezed: () => [...document.querySelectorAll("td, th, p, li")].filter((e) => shown(e) && e.textContent.length > 12 && e.clientWidth < 40 && !e.closest(".unseen, thead")).map((e) => e.textContent.slice(0, 40)),
    unreachable: () => [...document.querySelectorAll("*")].filter((e) => shown(e) && e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX) && e.tabIndex < 0).map((e) => e.className),
    targets: () => [...document.querySelectorAll("summary, button, nav a")].filter((e) => shown(e) && e.getBoundingClientRect().height < 24).map((e) => e.outerHTML.slice(0, 80)),
  };
})()
