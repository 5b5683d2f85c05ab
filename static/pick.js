// Lines to choose from: a few letters leave those that hold them; what is chosen always stays in sight.
(function () {
  "use strict";
  var box = document.querySelector("[data-pick]");
  var search = document.getElementById("pick-search");
  if (!box || !search) { return; }
  box.querySelector("[data-pick-search]").hidden = false;
  function holds(row, text) {
    var said = row.querySelector("[data-pick-text]");
    return said && (said.textContent + " " + said.getAttribute("data-pick-text")).toLowerCase().indexOf(text) >= 0;
  }
  search.addEventListener("input", function (event) {
    event.stopPropagation();
    var text = search.value.trim().toLowerCase();
    box.querySelectorAll("[data-pick-group]").forEach(function (group) {
      var whole = !text || holds(group.firstElementChild, text), any = whole;
      group.querySelectorAll("[data-pick-row]").forEach(function (row) {
        row.hidden = !(whole || row.querySelector("input").checked || holds(row, text));
        any = any || !row.hidden;
      });
      group.hidden = !any && !group.querySelector("input:checked");
    });
  });
  // Typing in the search is no change of the form, and enter there does not send it.
  search.addEventListener("change", function (event) { event.stopPropagation(); });
  search.addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); } });
})();
