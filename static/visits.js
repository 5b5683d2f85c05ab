// The log of a visit on a telephone: where it is, by consent, and the signature. The form is complete without it.
(function () {
  "use strict";

  // Consent asks the telephone for its place; without an answer the arrival is noted all the same.
  document.querySelectorAll("form[data-place]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      var ready = form.dataset.placed || !form.elements.consent.checked || !navigator.geolocation;
      form.elements.arrived_at.value = new Date().toISOString();
      if (ready) { return; }
      event.preventDefault();
      navigator.geolocation.getCurrentPosition(function (found) {
        form.elements.latitude.value = found.coords.latitude.toFixed(6);
        form.elements.longitude.value = found.coords.longitude.toFixed(6);
        form.elements.accuracy.value = Math.round(found.coords.accuracy);
        form.dataset.placed = "1";
        form.requestSubmit();
      }, function () { form.dataset.placed = "1"; form.requestSubmit(); }, { enableHighAccuracy: true, timeout: 10000 });
    });
  });

  var box = document.querySelector("[data-signature]");
  var form = document.querySelector("form[data-log]");
  if (!box || !form) { return; }
  box.hidden = false;
  var canvas = box.querySelector("canvas");
  var pen = canvas.getContext("2d");
  var signed = false;
  function clean() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#000";
    pen.lineWidth = 3;
    pen.lineCap = "round";
    signed = false;
    form.elements.signature.value = "";
  }
  function at(event) {
    var frame = canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) * canvas.width / frame.width, (event.clientY - frame.top) * canvas.height / frame.height];
  }
  var drawing = false;
  canvas.addEventListener("pointerdown", function (event) {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    var spot = at(event);
    pen.beginPath();
    pen.moveTo(spot[0], spot[1]);
  });
  canvas.addEventListener("pointermove", function (event) {
    if (!drawing) { return; }
    var spot = at(event);
    pen.lineTo(spot[0], spot[1]);
    pen.stroke();
    signed = true;
  });
  canvas.addEventListener("pointerup", function () {
    drawing = false;
    if (signed) { form.elements.signature.value = canvas.toDataURL("image/png"); }
  });
  box.querySelector("[data-signature-clear]").addEventListener("click", clean);
  clean();
})();
