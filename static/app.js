// What pages share. Everything here is comfort: reading and sending work without it.
(function () {
  "use strict";

  // On a wide screen the menu is always open; on a phone it opens on a tap.
  var menu = document.querySelector(".kam-menu");
  var wide = window.matchMedia("(min-width: 992px)");
  function fit() { if (menu) { menu.open = wide.matches; } }
  wide.addEventListener("change", fit);
  fit();

  document.addEventListener("click", function (event) {
    document.querySelectorAll(".kam-user[open], details.kam-pop[open]").forEach(function (box) {
      if (!box.contains(event.target)) { box.open = false; }
    });
  });

  // A finished job shows its result by loading the page it stands on again.
  document.addEventListener("htmx:afterSwap", function () {
    if (document.querySelector("[data-reload]")) { window.location.reload(); }
  });

  // Leaving a form with changes asks.
  var dirty = false;
  document.addEventListener("input", function (event) {
    if (event.target.closest("form[data-guard]")) { dirty = true; }
  });
  document.addEventListener("submit", function () { dirty = false; });
  window.addEventListener("beforeunload", function (event) { if (dirty) { event.preventDefault(); } });

  // data-confirm: one sentence before what cannot be undone.
  document.addEventListener("submit", function (event) {
    var text = event.submitter && event.submitter.getAttribute("data-confirm");
    if (text && !window.confirm(text)) { event.preventDefault(); }
  });

  // data-select: what is there to be copied is marked as a whole.
  document.addEventListener("focusin", function (event) {
    if (event.target.matches("input[data-select]")) { event.target.select(); }
  });

  // Filters and choices send themselves.
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-autosubmit]")) { event.target.form.requestSubmit(); }
  });

  // "/" goes to the search; j, k and enter walk the rows of a list.
  var at = -1;
  document.addEventListener("keydown", function (event) {
    if (event.target.closest("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === "/") {
      var search = document.getElementById("global-search");
      if (search) { event.preventDefault(); search.focus(); }
      return;
    }
    if (event.key !== "j" && event.key !== "k") { return; }
    var links = document.querySelectorAll("[data-rows] tr a[data-row], [data-rows] li a[data-row]");
    if (!links.length) { return; }
    at = Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), links.length - 1);
    links[at].focus();
  });

  var problems = document.getElementById("form-errors");
  if (problems) { problems.focus(); }
})();
