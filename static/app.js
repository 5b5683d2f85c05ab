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

  // The arrows walk from the search into what it found and back.
  var found = document.getElementById("search-results");
  if (found) {
    found.closest("search").addEventListener("keydown", function (event) {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") { return; }
      var stops = [document.getElementById("global-search")].concat(Array.from(found.querySelectorAll("a[data-row]")));
      var next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    });
  }

  // Signing out takes from this device what it keeps for work without a network; what was not sent is asked about.
  function unsent() {
    return new Promise(function (resolve) {
      if (!window.indexedDB || !indexedDB.databases) { resolve(0); return; }
      indexedDB.databases().then(function (known) {
        if (!known.some(function (one) { return one.name === "kam-phone"; })) { resolve(0); return; }
        var asked = indexedDB.open("kam-phone");
        asked.onerror = function () { resolve(0); };
        asked.onsuccess = function () {
          var db = asked.result;
          if (!db.objectStoreNames.contains("entries")) { db.close(); resolve(0); return; }
          var counted = db.transaction("entries").objectStore("entries").count();
          counted.onsuccess = function () { db.close(); resolve(counted.result); };
          counted.onerror = function () { db.close(); resolve(0); };
        };
      }, function () { resolve(0); });
    });
  }
  document.querySelectorAll("form[data-sign-out]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.wiped) { return; }
      event.preventDefault();
      unsent().then(function (count) {
        if (count && !window.confirm(form.dataset.unsent.replace("{n}", count))) { return; }
        var done = [];
        window.dispatchEvent(new Event("kam-sign-out"));
        if (window.indexedDB) { indexedDB.deleteDatabase("kam-phone"); }
        if (window.caches) { done.push(caches.delete("kam-static")); }
        if (navigator.serviceWorker) {
          done.push(navigator.serviceWorker.getRegistrations().then(function (all) { return Promise.all(all.map(function (one) { return one.unregister(); })); }));
        }
        function leave() { form.dataset.wiped = "1"; form.submit(); }
        Promise.all(done).then(leave, leave);
      });
    });
  });

  var problems = document.getElementById("form-errors");
  if (problems) { problems.focus(); }
})();
