// The outage calendar: turns the plain table into one that can be leafed through and in which drafts are dragged.
// Times are the company's everywhere: they come without a zone, and the calendar is told that they are UTC.
(function () {
  "use strict";
  var setup = JSON.parse(document.getElementById("calendar-setup").textContent);
  var box = document.getElementById("calendar");
  var panel = document.getElementById("calendar-panel");
  var ask = document.getElementById("calendar-ask");
  var said = document.getElementById("calendar-said");
  var token = document.querySelector("#calendar-token input").value;
  var words = setup.words;
  var calendar = null;

  function say(text) {
    said.textContent = text;
    window.clearTimeout(say.later);
    say.later = window.setTimeout(function () { said.textContent = ""; }, 8000);
  }

  // The panel beside: the address stays, the focus goes to what has come.
  function show(address) {
    window.htmx.ajax("GET", address, { target: panel, swap: "innerHTML" });
  }
  document.body.addEventListener("htmx:afterSwap", function (event) {
    if (event.target === panel) {
      panel.focus({ preventScroll: true });
      if (!window.matchMedia("(min-width: 1200px)").matches) { panel.scrollIntoView({ block: "nearest" }); }
    }
  });

  // Ask in one dialog what the server says a new time would break.
  function sure(answer, when) {
    return new Promise(function (resolve) {
      ask.querySelector("[data-ask-when]").textContent = when;
      var list = ask.querySelector("[data-ask-list]");
      list.replaceChildren();
      answer.ask.concat(answer.weigh || []).forEach(function (text) {
        var item = document.createElement("li");
        item.className = "act";
        item.textContent = text;
        list.appendChild(item);
      });
      ask.returnValue = "no";
      ask.addEventListener("close", function () { resolve(ask.returnValue === "yes"); }, { once: true });
      ask.showModal();
    });
  }

  // Send a new time; asks where the server wants to be asked. Tells whether the draft lies there now.
  function place(address, version, start, end, certain) {
    var body = new URLSearchParams({ starts_at: start, ends_at: end, version: version });
    if (certain) { body.set("sure", "1"); }
    return fetch(address, {
      method: "POST", body: body, credentials: "same-origin",
      headers: { Accept: "application/json", "X-CSRFToken": token }
    }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(function (answer) {
      if (answer.ask) {
        return sure(answer, when(start, end)).then(function (yes) {
          return yes ? place(address, version, start, end, true) : false;
        });
      }
      if (answer.problem) { say(answer.problem); return false; }
      say([words.placed].concat(answer.notes || []).join(" "));
      return true;
    }).catch(function () { say(words.failed); return false; });
  }
  function when(start, end) { return start.replace("T", " ") + " – " + end.replace("T", " "); }
  function plain(text) { return text.slice(0, 16); }

  // The form in the panel does the same without dragging.
  document.addEventListener("submit", function (event) {
    var form = event.target.closest("form[data-place]");
    if (!form) { return; }
    event.preventDefault();
    var start = form.elements.starts_at.value, end = form.elements.ends_at.value;
    place(form.action, form.elements.version.value, start, end, false).then(function (done) {
      if (!done) { return; }
      if (!calendar) { window.location.reload(); return; }
      calendar.gotoDate(start.slice(0, 10));
      calendar.refetchEvents();
      show(form.getAttribute("action").replace(/(\d+)\/place\/$/, "calendar/$1/"));
    });
  });

  if (!box || !window.FullCalendar) { return; }
  var narrow = window.matchMedia("(max-width: 767.98px)").matches;
  var names = { month: narrow ? "listMonth" : "dayGridMonth", week: narrow ? "listWeek" : "timeGridWeek" };

  var colours = { PLANNED: "#0f766e", TEMPORARY: "#1d4f91", STAGGER: "#6b3fa0", LIMIT: "#8a4b0f", FAULT: "#4b5563" };
  function event_of(one) {
    if (one.guard) { return { start: one.start, end: one.end, title: one.title, display: "background", allDay: true, className: "kam-guard" }; }
    return {
      id: one.id, title: one.title, start: one.start, end: one.end, url: one.url, color: colours[one.kind],
      startEditable: Boolean(one.place), durationEditable: Boolean(one.place),
      className: "kam-ev kind-" + one.kind + (one.draft ? " draft" : "") + (one.late ? " late" : "") +
        (one.over ? " over" : "") + (one.place ? " kam-movable" : ""),
      extendedProps: one
    };
  }

  function put(info) {
    var one = info.event.extendedProps;
    place(one.place, one.version, plain(info.event.startStr), plain(info.event.endStr), false).then(function (done) {
      if (!done) { info.revert(); return; }
      calendar.refetchEvents();
      show(one.panel);
    });
  }

  // Heads and days are named by what stands in them, not by a label that hides it; the corner is no head; what is a
  // link is not called an item of a list.
  function named() {
    box.querySelectorAll("[role=columnheader], [role=rowheader], [role=gridcell][aria-label]").forEach(function (cell) {
      cell.removeAttribute("aria-label");
      cell.querySelectorAll("[aria-hidden]").forEach(function (part) { part.removeAttribute("aria-hidden"); });
      if (!cell.textContent) { cell.setAttribute("role", "gridcell"); }
    });
    box.querySelectorAll("[role=list], [role=listitem]").forEach(function (part) { part.removeAttribute("role"); });
  }

  calendar = new window.FullCalendar.Calendar(box, {
    initialView: names[setup.view],
    initialDate: setup.at,
    now: setup.now,
    timeZone: "UTC",
    locale: setup.language.indexOf("zh") === 0 ? "zh-cn" : "en",
    firstDay: 1,
    headerToolbar: { start: "prev,next today", center: "title", end: "" },
    height: "auto",
    dayMaxEvents: 5,
    eventDisplay: "block",
    eventInteractive: true,
    nowIndicator: true,
    slotMinTime: "00:00:00",
    scrollTime: "06:00:00",
    slotDuration: "01:00:00",
    snapDuration: "00:15:00",
    allDaySlot: false,
    // Of several at the same hour one is shown, wide enough to be read and for a finger; the rest is behind "+ 3".
    eventMaxStack: setup.stack || Infinity,
    eventMinHeight: 26,
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    slotHeaderFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    noEventsText: words.none,
    todayText: words.today,
    todayHint: words.today,
    events: function (info, done, failed) {
      var address = setup.events + (setup.events.indexOf("?") < 0 ? "?" : "&") +
        new URLSearchParams({ start: info.startStr.slice(0, 10), end: info.endStr.slice(0, 10) });
      fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.json(); })
        .then(function (found) { done(found.events.map(event_of)); })
        .catch(function (error) { say(words.failed); failed(error); });
    },
    eventClick: function (info) {
      if (!info.event.extendedProps.panel || info.jsEvent.ctrlKey || info.jsEvent.metaKey) { return; }
      info.jsEvent.preventDefault();
      show(info.event.extendedProps.panel);
    },
    // In a month's narrow cells time and title are one text that wraps.
    eventContent: function (info) {
      if (info.view.type !== "dayGridMonth" || info.event.display === "background") { return true; }
      var text = document.createElement("span");
      text.textContent = info.timeText + " " + info.event.title;
      return { domNodes: [text] };
    },
    eventDidMount: function (info) {
      if (info.event.extendedProps.hint) { info.el.title = info.event.title + " · " + info.event.extendedProps.hint; }
    },
    eventsSet: function () { window.setTimeout(named); },
    eventDrop: put,
    eventResize: put,
    datesSet: function (info) {
      window.setTimeout(named);
      // The address follows, so that the page can be loaded again, sent to somebody, and left for another view.
      var middle = new Date((info.start.getTime() + info.end.getTime()) / 2).toISOString().slice(0, 10);
      var here = new URL(window.location.href);
      if (here.searchParams.get("at") !== middle && calendar) {
        here.searchParams.set("at", middle);
        window.history.replaceState(null, "", here);
      }
      document.querySelectorAll("[data-cal-view]").forEach(function (link) {
        var target = new URL(link.href);
        target.searchParams.set("at", middle);
        link.href = target.toString();
      });
      var kept = document.querySelector("[data-cal-at]");
      if (kept) { kept.value = middle; }
    }
  });
  document.querySelectorAll("[data-plain]").forEach(function (one) { one.hidden = true; });
  box.hidden = false;
  calendar.render();
})();
