/** The filter, in plain JavaScript; without it everything is there, and nothing is hidden. */
export const script = `"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  form.hidden = false;
  const text = document.getElementById("text");
  const count = document.getElementById("count");
  const tasks = [...document.querySelectorAll(".task")].map((node) => ({ node, status: node.dataset.s.split(" "), words: node.textContent.toLowerCase() }));
  const heads = [...document.querySelectorAll(".play")];
  const apply = () => {
    const words = text.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    const wanted = [...form.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value);
    let shown = 0;
    for (const task of tasks) {
      const fits = task.status.some((status) => wanted.includes(status)) && words.every((word) => task.words.includes(word));
      task.node.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const head of heads) head.hidden = head.querySelector(".task:not([hidden])") === null;
    count.textContent = shown + " of " + tasks.length + " tasks";
  };
  let timer;
  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 80); });
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) { at.hidden = false; if (at.tagName === "DETAILS") at.open = true; }
    target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  let opened = [];
  addEventListener("beforeprint", () => { opened = [...document.querySelectorAll("details:not([open])")]; for (const each of opened) each.open = true; });
  addEventListener("afterprint", () => { for (const each of opened) each.open = false; });
  apply();
  follow();
})();
`;
