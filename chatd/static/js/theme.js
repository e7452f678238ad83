// Runs before anything is painted: a chosen theme must not flash in late. Not a module for that reason.
(() => {
  const chosen = localStorage.getItem("chatd.theme")?.replaceAll("\"", "");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
