// What a telephone keeps of its user's visits: pages to read and entries to send, sealed with a key of the session.
// Loaded by the pages for the telephone and by the service worker. Keys cannot be taken out of the browser; they end
// with the session or with signing out, and then nobody reads what is left. The server gives a key to its user again.
(function () {
  "use strict";

  const NAME = "kam-phone";
  const STATIC = "kam-static";

  function open() {
    return new Promise(function (resolve, reject) {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = function () {
        const db = asked.result;
        db.createObjectStore("keys", { keyPath: "id" });
        db.createObjectStore("pages", { keyPath: "path" });
        db.createObjectStore("entries", { keyPath: "uid" });
        db.createObjectStore("facts", { keyPath: "name" });
      };
      asked.onsuccess = function () {
        // Signing out in another window must not wait for this one.
        asked.result.onversionchange = function () { asked.result.close(); };
        resolve(asked.result);
      };
      asked.onerror = function () { reject(asked.error); };
    });
  }

  // Once somebody signs out, nothing is read or kept any more: what is under way then has no answer, and no fault.
  let left = false;
  const never = new Promise(() => undefined);
  self.addEventListener("kam-sign-out", function () { left = true; });

  async function run(store, mode, work) {
    if (left) { return never; }
    try {
      return await reach(store, mode, work);
    } catch (error) {
      if (left) { return never; }
      throw error;
    }
  }

  async function reach(store, mode, work) {
    const db = await open();
    try {
      return await new Promise(function (resolve, reject) {
        const deal = db.transaction(store, mode);
        const asked = work(deal.objectStore(store));
        deal.oncomplete = function () { resolve(asked && asked.result); };
        deal.onerror = deal.onabort = function () { reject(deal.error); };
      });
    } finally {
      db.close();
    }
  }
  const get = (store, key) => run(store, "readonly", (rows) => rows.get(key));
  const all = (store) => run(store, "readonly", (rows) => rows.getAll());
  const put = (store, row) => run(store, "readwrite", (rows) => rows.put(row));
  const drop = (store, key) => run(store, "readwrite", (rows) => rows.delete(key));
  const empty = (store) => run(store, "readwrite", (rows) => rows.clear());

  async function fact(name) { const row = await get("facts", name); return row && row.value; }
  const note = (name, value) => put("facts", { name: name, value: value });

  // ---- keys

  async function takeKeys(user, keys, current, expiresAt) {
    if (await fact("user") !== user) {
      // Somebody else signed in: the pages of the one before are no longer readable; entries wait for their writer.
      await empty("keys");
      await empty("pages");
      await note("user", user);
    }
    for (const [id, text] of Object.entries(keys)) {
      const raw = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
      const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
      await put("keys", { id: id, key: key, expiresAt: expiresAt });
    }
    await note("current", current);
  }

  async function keyOf(id) {
    const row = await get("keys", id);
    if (!row) { return null; }
    if (Date.now() < row.expiresAt) { return row.key; }
    // The session is over, and with it the right to read.
    await empty("keys");
    await empty("pages");
    return null;
  }

  async function seal(bytes) {
    const id = await fact("current");
    const key = id && await keyOf(id);
    if (!key) { throw new Error("no key"); }
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    return { id: id, nonce: nonce, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, bytes) };
  }

  async function unseal(box) {
    const key = await keyOf(box.id);
    return key && crypto.subtle.decrypt({ name: "AES-GCM", iv: box.nonce }, key, box.data);
  }

  const sealText = (text) => seal(new TextEncoder().encode(text));
  async function unsealText(box) { const bytes = await unseal(box); return bytes && new TextDecoder().decode(bytes); }

  // ---- pages

  async function keepPage(path, html, policy) {
    await put("pages", { path: path, box: await sealText(html), policy: policy, at: Date.now() });
  }

  async function page(path) {
    const row = await get("pages", path);
    const html = row && await unsealText(row.box);
    return html ? { html: html, policy: row.policy } : null;
  }

  // ---- entries: what was written down and is not yet on the server

  async function addEntry(entry) {
    const files = [];
    for (const file of entry.files) {
      files.push({ name: file.name, box: await seal(await file.blob.arrayBuffer()), type: file.blob.type });
    }
    const box = await sealText(JSON.stringify({ url: entry.url, title: entry.title, account: entry.account, fields: entry.fields }));
    await put("entries", { uid: entry.uid, user: await fact("user"), box: box, files: files, at: Date.now(), state: "waiting", why: "" });
  }

  async function readEntry(row) {
    const text = await unsealText(row.box);
    if (!text) { return null; }
    const entry = JSON.parse(text);
    entry.files = [];
    for (const file of row.files) {
      entry.files.push({ name: file.name, blob: new Blob([await unseal(file.box)], { type: file.type }) });
    }
    return entry;
  }

  async function entries() {
    const user = await fact("user");
    return (await all("entries")).filter((row) => row.user === user).sort((one, other) => one.at - other.at);
  }

  async function wipe() {
    await new Promise(function (resolve) {
      const asked = indexedDB.deleteDatabase(NAME);
      asked.onsuccess = asked.onerror = asked.onblocked = resolve;
    });
    if (self.caches) { await caches.delete(STATIC); }
  }

  self.kamStore = {
    STATIC: STATIC, takeKeys: takeKeys, keepPage: keepPage, page: page, addEntry: addEntry, readEntry: readEntry,
    entries: entries, markEntry: (row, state, why) => put("entries", Object.assign({}, row, { state: state, why: why })),
    dropEntry: (uid) => drop("entries", uid), paths: async () => (await all("pages")).map((row) => row.path),
    dropPage: (path) => drop("pages", path), note: note, fact: fact, wipe: wipe,
  };
})();
