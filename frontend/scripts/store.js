// Two shelves on the device: drafts (what is being written) and outbox (what was sent while the line was down).
function open() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open("linli", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("drafts");
      asked.result.createObjectStore("outbox");
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

async function run(shelf, mode, work) {
  const base = await open();
  try {
    return await new Promise((done, fail) => {
      const turn = base.transaction(shelf, mode);
      const asked = work(turn.objectStore(shelf));
      turn.oncomplete = () => done(asked.result);
      turn.onerror = turn.onabort = () => fail(turn.error);
    });
  } finally {
    base.close();
  }
}

export const get = (shelf, key) => run(shelf, "readonly", (store) => store.get(key));
export const put = (shelf, key, value) => run(shelf, "readwrite", (store) => store.put(value, key));
export const remove = (shelf, key) => run(shelf, "readwrite", (store) => store.delete(key));
export const keys = (shelf) => run(shelf, "readonly", (store) => store.getAllKeys());
export const clear = (shelf) => run(shelf, "readwrite", (store) => store.clear());
