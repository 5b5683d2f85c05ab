// Before the first paint: light or dark as the system says.
(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() { document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light"); }
  dark.addEventListener("change", apply);
  apply();
})();
