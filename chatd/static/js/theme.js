// Runs before anything is painted: a chosen theme must not flash in late. Not a module for that reason.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("chatd.theme")?.replaceAll("\"", "");
  } catch {
    return; // the browser keeps nothing
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
