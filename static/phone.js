// Work on a telephone without a network, of visits and of crews: what is written down is kept sealed, sent once when the network is back,
// and never written over what somebody else wrote. Without this script the same forms are sent the ordinary way.
(function () {
  "use strict";

  const bar = document.querySelector("[data-phone]");
  if (!bar || !window.crypto || !crypto.subtle || !window.indexedDB) { return; }
  const store = window.kamStore;
  const words = bar.dataset;
  const form = document.querySelector("form[data-log]");
  const opened = new URLSearchParams(window.location.search).get("entry");
  let offline = !navigator.onLine;

  // ---- what the bar says

  async function show() {
    const rows = await store.entries();
    const waiting = rows.filter((row) => row.state === "waiting").length;
    const parts = [offline ? words.offline : words.online];
    const at = await store.fact("packed");
    const paths = await store.paths();
    if (paths.length && at) {
      const when = new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      parts.push(words.ready.replace("{n}", paths.length).replace("{at}", when));
    }
    if (waiting) { parts.push(words.waiting.replace("{n}", waiting)); }
    bar.classList.toggle("soon", offline || waiting > 0);
    const line = bar.querySelector("[data-phone-line]");
    if (line.textContent !== parts.join(" · ")) { line.textContent = parts.join(" · "); }
    bar.hidden = false;
    await list(rows);
  }

  function node(tag, text, className) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) { made.className = className; }
    return made;
  }

  function button(text, act) {
    const made = node("button", text, "btn btn-sm");
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  async function list(rows) {
    const box = document.querySelector("[data-phone-entries]");
    if (!box) { return; }
    box.hidden = rows.length === 0;
    const items = [];
    for (const row of rows) {
      const entry = await store.readEntry(row);
      const item = node("li", "");
      item.append(node("b", entry ? entry.title : words.sealed));
      item.append(node("span", " " + new Date(row.at).toLocaleString(document.documentElement.lang)));
      item.append(node("div", (words[row.state] || row.state) + (row.why ? " " + row.why : ""), row.state === "waiting" ? "" : "kam-chip late"));
      if (entry && row.state !== "waiting") {
        const said = node("details", "");
        said.append(node("summary", words.said));
        entry.fields.filter(([name, value]) => value && !/^(csrf|uid|signature|version)/.test(name)).forEach(([name, value]) => said.append(node("div", value)));
        item.append(said);
        if (row.state === "refused") { item.append(button(words.correct, () => window.location.assign(entry.url + "?entry=" + row.uid))); }
        if (row.state === "conflict" && entry.account && words.new) { item.append(button(words.own, () => sendAsOwn(row, entry))); }
        item.append(button(words.drop, async function () {
          if (window.confirm(words.sure)) { await store.dropEntry(row.uid); await show(); }
        }));
      }
      items.push(item);
    }
    box.querySelector("ul").replaceChildren(...items);
  }

  async function sendAsOwn(row, entry) {
    entry.url = words.new.replace("ACCOUNT", encodeURIComponent(entry.account));
    entry.uid = crypto.randomUUID();
    entry.fields = entry.fields.filter(([name]) => name !== "version").map(([name, value]) => [name, name === "uid" ? entry.uid : value]);
    await store.addEntry(entry);
    await store.dropEntry(row.uid);
    await sync();
  }

  // ---- sending

  // The key and the forgery token of whoever is signed in now; null where nobody answers or nobody is signed in.
  async function hello() {
    const wanted = [...new Set((await store.entries()).map((row) => row.box.id))].join(",");
    let answer;
    try {
      answer = await fetch(words.pack + "?keys=" + encodeURIComponent(wanted), { headers: { "X-Phone": "1" }, redirect: "manual" });
    } catch (error) {
      offline = true;
      return null;
    }
    offline = false;
    if (answer.type === "opaqueredirect" || !answer.ok) { return null; }
    const told = await answer.json();
    await store.takeKeys(told.user, told.keys, told.current, Date.parse(told.expires_at));
    return told;
  }

  async function send(entry, told) {
    const body = new FormData();
    entry.fields.forEach(([name, value]) => { if (name !== "csrfmiddlewaretoken") { body.append(name, value); } });
    entry.files.forEach((file) => body.append(file.name, file.blob, "photo.jpg"));
    return fetch(entry.url, { method: "POST", body: body, headers: { "X-Phone": "1", "X-CSRFToken": told.csrf }, redirect: "manual" });
  }

  async function sync() {
    let stored = false;
    await navigator.locks.request("kam-sync", async function () {
      const told = await hello();
      if (!told) { return; }
      for (const row of await store.entries()) {
        if (row.state !== "waiting") { continue; }
        const entry = await store.readEntry(row);
        if (!entry) { continue; }
        let answer;
        try {
          answer = await send(entry, told);
        } catch (error) {
          offline = true;
          return;
        }
        if (answer.status === 201) {
          await store.dropEntry(row.uid);
          stored = true;
        } else if (answer.status === 409 || answer.status === 404) {
          await store.markEntry(row, "conflict", answer.status === 409 ? await problem(answer) : words.gone);
        } else if (answer.status === 200 || answer.status === 400) {
          await store.markEntry(row, "refused", await problem(answer));
        }
        // Anything else (signed out, server busy): it waits for the next time.
      }
    });
    await show();
    // The list shows what the server had before.
    if (stored && window.location.pathname === words.home) { window.location.reload(); }
  }

  async function problem(answer) {
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = read.querySelectorAll("#form-errors li, .invalid-feedback, [data-problem]");
    return [...found].map((one) => one.textContent.trim()).filter(Boolean).join(" ");
  }

  // ---- forms

  // A picture of a telephone has many megabytes; what the server keeps anyway is made smaller here.
  async function smaller(file) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, 2000 / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), "image/jpeg", 0.85));
    } catch (error) {
      return file;
    }
  }

  async function entryOf(sent, uid) {
    const entry = { uid: uid, url: sent.getAttribute("action") || window.location.pathname, title: sent.dataset.title || document.title, account: sent.dataset.account || "", fields: [], files: [] };
    for (const [name, value] of new FormData(sent)) {
      if (value instanceof File) {
        if (value.size) { entry.files.push({ name: name, blob: await smaller(value) }); }
      } else {
        entry.fields.push([name, value]);
      }
    }
    return entry;
  }

  // Why it was not taken, where a page from the server would say it; what was typed stays as it is.
  function refuse(sent, why) {
    const told = sent.querySelector("[data-refused]") || node("div", "", "alert alert-danger");
    told.dataset.refused = "";
    told.setAttribute("role", "alert");
    told.tabIndex = -1;
    told.textContent = why;
    sent.prepend(told);
    told.focus();
  }

  // What was noted stays on the page as said, and what comes after it can be noted.
  function keptHere(sent) {
    const next = document.querySelector("form[data-after='" + sent.getAttribute("action") + "']");
    if (next) { next.hidden = false; }
    sent.replaceChildren(node("p", sent.dataset.kept || words.arrived));
  }

  async function keptBefore() {
    for (const row of await store.entries()) {
      const entry = row.state === "waiting" && await store.readEntry(row);
      const sent = entry && document.querySelector("form[data-place][action='" + entry.url + "']");
      if (sent && sent.querySelector("button")) { keptHere(sent); }
    }
  }

  async function submit(event) {
    const sent = event.target;
    if (event.defaultPrevented || !sent.matches("form[data-log], form[data-place]")) { return; }
    event.preventDefault();
    const buttons = sent.querySelectorAll("button");
    buttons.forEach((one) => { one.disabled = true; });
    try {
      const mark = sent.elements.uid && sent.elements.uid.value || crypto.randomUUID();
      if (sent.elements.uid) { sent.elements.uid.value = mark; }
      if (sent.elements.told_at) { sent.elements.told_at.value = new Date().toISOString(); }
      const entry = await entryOf(sent, mark);
      // First kept, then sent: whatever happens in between, it is on one side at least.
      await store.addEntry(entry);
      await sync();
      const row = (await store.entries()).find((one) => one.uid === entry.uid);
      if (!row) {
        window.location.assign(sent.matches("[data-place]") ? window.location.pathname : words.home);
      } else if (row.state === "waiting" && sent.matches("[data-log]")) {
        window.location.assign(words.home + "?kept=1");
      } else if (row.state === "waiting") {
        keptHere(sent);
      } else {
        refuse(sent, row.why || words[row.state]);
        if (row.state === "refused") { await store.dropEntry(row.uid); await show(); }
      }
    } catch (error) {
      // No key to seal with, or no room: the ordinary way is still there.
      sent.submit();
    } finally {
      buttons.forEach((one) => { one.disabled = false; });
    }
  }
  // On the window, after the place was asked for and the question before leaving was put away.
  window.addEventListener("submit", submit);

  async function refill() {
    const row = (await store.entries()).find((one) => one.uid === opened);
    const entry = row && await store.readEntry(row);
    if (!entry || !form) { return; }
    const named = new Map();
    entry.fields.forEach(([name, value]) => named.set(name, (named.get(name) || []).concat(value)));
    for (const field of form.elements) {
      const values = named.get(field.name);
      if (!field.name || field.name === "csrfmiddlewaretoken" || field.type === "file") { continue; }
      if (field.type === "checkbox" || field.type === "radio") {
        field.checked = !!values && values.includes(field.value);
      } else if (field.multiple) {
        for (const option of field.options) { option.selected = !!values && values.includes(option.value); }
      } else if (values) {
        field.value = values[0];
      }
      const folded = values && values[0] && field.closest("details");
      if (folded) { folded.open = true; }
    }
    const pictures = new DataTransfer();
    entry.files.forEach((file, number) => pictures.items.add(new File([file.blob], "photo-" + (number + 1) + ".jpg", { type: file.blob.type })));
    form.elements.photos.files = pictures.files;
  }

  // ---- what is taken along

  async function pack() {
    const told = await hello();
    if (!told) { return; }
    const keep = new Set(told.paths);
    for (const path of told.paths) {
      try {
        const answer = await fetch(path, { headers: { "X-Phone": "1" }, redirect: "manual" });
        if (answer.ok) { await store.keepPage(path, await answer.text(), answer.headers.get("Content-Security-Policy") || ""); }
      } catch (error) {
        offline = true;
        break;
      }
    }
    for (const path of await store.paths()) {
      if (!keep.has(path) && told.scopes.some((scope) => path.startsWith(scope))) { await store.dropPage(path); }
    }
    const cache = await caches.open(store.STATIC);
    const files = performance.getEntriesByType("resource").map((one) => one.name).filter((name) => name.startsWith(window.location.origin + "/static/"));
    await Promise.all([...new Set([...files, ...told.files])].map((file) => cache.add(file).catch(() => undefined)));
    await store.note("packed", Date.now());
  }

  async function begin() {
    if (navigator.serviceWorker) { await navigator.serviceWorker.register(words.worker); }
    // A page out of the store has the mark of the day it was taken along; each entry needs its own.
    if (form && form.elements.uid && !form.elements.version) { form.elements.uid.value = crypto.randomUUID(); }
    if (opened) { await refill(); }
    await keptBefore();
    await show();
    await sync();
    if (!offline && window.location.pathname === words.home) { await pack(); }
    await show();
  }

  window.addEventListener("online", sync);
  window.addEventListener("offline", function () { offline = true; show(); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { sync(); } });
  window.setInterval(async function () {
    if (!document.hidden && (await store.entries()).some((row) => row.state === "waiting")) { await sync(); }
  }, 20000);
  begin();
})();
