// The hotline desk by keyboard: Ctrl + Enter takes the request, a canned text goes where the words stand.
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    var form = event.target.closest("form[data-desk]");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[name=save]") || undefined);
    }
  });
  document.addEventListener("change", function (event) {
    var choice = event.target;
    var target = choice.dataset.canned && document.getElementById(choice.dataset.canned);
    if (!target || !choice.value) { return; }
    target.value = target.value ? target.value + "\n" + choice.value : choice.value;
    target.dispatchEvent(new Event("input", { bubbles: true }));
    choice.value = "";
    target.focus();
  });
})();
