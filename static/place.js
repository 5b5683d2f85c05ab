// A form with data-place takes the telephone's position along, where the person allows it; without it, it goes as it is.
(function () {
  "use strict";
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (!form.matches("form[data-place]") || form.dataset.placed || !navigator.geolocation) { return; }
    event.preventDefault();
    if (button) { button.setAttribute("aria-busy", "true"); }
    function go() { form.dataset.placed = "1"; form.requestSubmit(button || undefined); }
    navigator.geolocation.getCurrentPosition(function (found) {
      form.querySelector("[name=latitude]").value = found.coords.latitude.toFixed(6);
      form.querySelector("[name=longitude]").value = found.coords.longitude.toFixed(6);
      go();
    }, go, { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 });
  });
})();
