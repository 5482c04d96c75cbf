// What the browser keeps: photos' records, thumbnails, files and settings. Where IndexedDB is refused (some private
// windows) everything works, and nothing outlives the page.
const stores = ["items", "thumbs", "photos", "settings"];
let database = null;

export async function open() {
  try {
    database = await new Promise((done, fail) => {
      const request = indexedDB.open("geotag", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("items", { keyPath: "id", autoIncrement: true });
        for (const name of stores.slice(1)) request.result.createObjectStore(name);
      };
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
      request.onblocked = () => fail(new Error("blocked"));
    });
    // A newer version of the page in another tab may want to change the stores.
    database.onversionchange = () => { database.close(); database = null; };
  } catch {
    database = null;
  }
  return database !== null;
}

const memory = { next: 1, thumbs: new Map(), photos: new Map() };

function inStore(names, mode, work) {
  return new Promise((done, fail) => {
    const transaction = database.transaction(names, mode);
    let result;
    transaction.oncomplete = () => done(result);
    transaction.onerror = () => fail(transaction.error);
    transaction.onabort = () => fail(transaction.error ?? new Error("aborted"));
    work(transaction, (value) => { result = value; });
  });
}

const read = (store, ask) => inStore([store], "readonly", (t, give) => { const r = ask(t.objectStore(store)); r.onsuccess = () => give(r.result); });

export const allItems = () => (database ? read("items", (s) => s.getAll()) : Promise.resolve([]));
export const setting = (name) => (database ? read("settings", (s) => s.get(name)) : Promise.resolve(undefined));
export const keepSetting = (name, value) =>
  (database ? inStore(["settings"], "readwrite", (t) => t.objectStore("settings").put(value, name)) : Promise.resolve());

/** Gives new records their numbers, which are unique over all tabs, and keeps them. */
export function addItems(records) {
  if (!database) { for (const r of records) r.id = memory.next++; return Promise.resolve(); }
  return inStore(["items"], "readwrite", (t) => {
    for (const record of records) {
      const request = t.objectStore("items").add(record);
      request.onsuccess = () => { record.id = request.result; };
    }
  });
}

export const keepItems = (records) =>
  (database ? inStore(["items"], "readwrite", (t) => { for (const r of records) t.objectStore("items").put(r); }) : Promise.resolve());

/** Keeps a blob; false when there is no room. */
export async function keepBlob(store, id, blob) {
  if (!database) { memory[store].set(id, blob); return true; }
  try {
    await inStore([store], "readwrite", (t) => t.objectStore(store).put(blob, id));
    return true;
  } catch {
    return false;
  }
}

export const blob = (store, id) => (database ? read(store, (s) => s.get(id)) : Promise.resolve(memory[store].get(id)));

export function remove(ids) {
  if (!database) { for (const id of ids) { memory.thumbs.delete(id); memory.photos.delete(id); } return Promise.resolve(); }
  return inStore(["items", "thumbs", "photos"], "readwrite", (t) => {
    for (const id of ids) for (const name of ["items", "thumbs", "photos"]) t.objectStore(name).delete(id);
  });
}

export function clear() {
  memory.thumbs.clear();
  memory.photos.clear();
  return database ? inStore(["items", "thumbs", "photos"], "readwrite", (t) => { for (const n of ["items", "thumbs", "photos"]) t.objectStore(n).clear(); }) : Promise.resolve();
}
