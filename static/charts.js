// Draws every [data-chart]: the option comes from a JSON block of the page, or from the address in data-chart-url.
(function () {
  "use strict";
  if (!window.echarts) { return; }
  var drawn = [];

  function draw(box, option) {
    var chart = window.echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(option);
    drawn.push(chart);
    box.removeAttribute("aria-busy");
  }

  document.querySelectorAll("[data-chart]").forEach(function (box) {
    var block = document.getElementById("charts");
    var option = block && JSON.parse(block.textContent)[box.getAttribute("data-chart")];
    if (option) { draw(box, option); }
  });

  var remote = document.querySelectorAll("[data-chart-url]");
  if (remote.length) {
    fetch(remote[0].getAttribute("data-chart-url"), { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.json(); })
      .then(function (options) {
        remote.forEach(function (box) {
          var option = options[box.getAttribute("data-chart-name")];
          if (!option) { throw new Error("nothing to draw"); }
          draw(box, option);
        });
      })
      .catch(function () {
        remote.forEach(function (box) { box.textContent = box.getAttribute("data-chart-failed"); box.removeAttribute("aria-busy"); });
      });
  }

  window.addEventListener("resize", function () { drawn.forEach(function (chart) { chart.resize(); }); });
})();
