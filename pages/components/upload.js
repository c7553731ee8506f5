// The upload box: choose or drop, prepare in the browser, post ONE file, tell Python its id.
// upload_zip.js is put before this file when the component is registered; upload_worker.js prepares pictures.

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;
// What systems leave in folders, as tlcore/data/names.py has it: a hidden picture such as .holiday.jpg is none.
const JUNK = /(^|\/)((\.[^/]*|__MACOSX|\$RECYCLE\.BIN|System Volume Information)\/|(\._[^/]*|\.[^/.]*|Thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r?)$)/i;
const WORKERS = Math.max(1, Math.min(8, navigator.hardwareConcurrency || 2));
const AT_ONCE = 2; // pictures in the hands of one worker: one is read while the other is drawn
const PREPARING = 0.75; // share of the bar for preparing; the rest is for sending

const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const sized = (bytes) => (bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${megabytes(bytes)} MB`);
const megabytes = (bytes) => (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 });

function timeLeft(started, share) {
  const spent = (performance.now() - started) / 1000;
  if (spent < 1 || share <= 0) return "";
  const left = (spent / share) * (1 - share);
  return left < 90 ? ` · about ${Math.ceil(left)} s left` : ` · about ${Math.round(left / 60)} min left`;
}

class Cancelled extends Error {}

// A sentence for the person, as opposed to a fault of ours.
class Problem extends Error {}

// One worker, asked by promise.
class Helper {
  constructor(url) {
    this.waiting = new Map();
    this.jobs = 0;
    this.worker = new Worker(url);
    this.worker.onmessage = ({ data }) => {
      this.waiting.get(data.job).resolve(data);
      this.waiting.delete(data.job);
    };
    this.worker.onerror = () => {
      for (const { reject } of this.waiting.values()) reject(new Problem("Pictures cannot be prepared in this browser."));
    };
  }

  ask(file, most) {
    const job = ++this.jobs;
    return new Promise((resolve, reject) => {
      this.waiting.set(job, { resolve, reject });
      this.worker.postMessage({ job, file, most });
    });
  }

  end() {
    this.worker.terminate();
  }
}

class Box {
  constructor(root) {
    this.part = (name) => root.querySelector(`.${name}`);
    this.select = root.querySelector("select");
    this.bar = root.querySelector("progress");
    this.busy = false;
    this.listen();
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    if (this.select.options.length) return; // the person's choice stays over reruns
    this.part("table").accept = data.tables.join();
    for (const side of data.sides) {
      const text = side ? `to ${side} pixels` : "not at all";
      this.select.add(new Option(text, side, side === data.side, side === data.side));
    }
  }

  listen() {
    const folder = this.part("folder"), archive = this.part("archive"), table = this.part("table"), box = this.part("box");
    const named = (input) => [...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
    this.part("pick-folder").onclick = () => folder.click();
    this.part("pick-archive").onclick = () => archive.click();
    this.part("pick-table").onclick = () => table.click();
    this.part("pick-folder").hidden = !("webkitdirectory" in folder);
    for (const input of [folder, archive, table])
      input.onchange = () => {
        const found = named(input);
        input.value = ""; // so that the same choice counts again
        if (found.length) this.run(async () => this.take(found, []));
      };
    this.part("cancel").onclick = () => this.cancel();
    let depth = 0; // dragging over a child leaves the parent: count both
    const over = (step) => box.classList.toggle("over", (depth = Math.max(0, depth + step)) > 0);
    box.ondragenter = () => over(1);
    box.ondragleave = () => over(-1);
    box.ondragover = (event) => event.preventDefault();
    box.ondrop = (event) => {
      event.preventDefault();
      over(-depth);
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      const files = [...event.dataTransfer.files].map((file) => ({ file, name: file.name }));
      if (entries.length) this.run(() => this.takeDropped(entries));
      else if (files.length) this.run(() => this.take(files, []));
    };
  }

  // One piece of work at a time, with its end told to the person, whatever it is.
  async run(work) {
    if (this.busy) return;
    this.stopped = new AbortController();
    this.setBusy(true);
    this.say("");
    try {
      await work();
    } catch (error) {
      if (error instanceof Cancelled) this.say("Cancelled. Nothing was kept.");
      else this.say(error instanceof Problem ? error.message : `This upload failed: ${error.message}`, "bad");
    } finally {
      this.setBusy(false);
    }
  }

  cancel() {
    this.stopped?.abort();
  }

  check() {
    if (this.stopped.signal.aborted) throw new Cancelled();
  }

  async takeDropped(entries) {
    this.show("Looking through the folder", 0);
    const found = [], lost = [];
    for (const entry of entries) await this.walk(entry, found, lost);
    await this.take(found, lost);
  }

  async walk(entry, found, lost) {
    this.check();
    const name = entry.fullPath.replace(/^\//, "");
    try {
      if (entry.isFile) {
        found.push({ file: await new Promise((ok, no) => entry.file(ok, no)), name });
        return;
      }
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((ok, no) => reader.readEntries(ok, no)); // a hundred at a time
        if (!some.length) return;
        for (const child of some) await this.walk(child, found, lost);
      }
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      lost.push(name);
    }
  }

  // `found`: [{file, name}], `lost`: names that could not be read already.
  async take(found, lost) {
    const wanted = found.filter(({ name }) => !JUNK.test(name));
    const archives = wanted.filter(({ name }) => ARCHIVE.test(name));
    if (!wanted.length) throw new Problem("There is no file in this folder.");
    const isTable = wanted.length === 1 && !wanted[0].name.includes("/") && this.data.tables.some((end) => wanted[0].name.toLowerCase().endsWith(end));
    if ((archives.length === 1 && wanted.length === 1) || isTable) {
      await this.send(wanted[0].file, wanted[0].name, { count: 1, shrunk_to: 0, could_not_read: lost });
      return;
    }
    if (wanted.length === 1 && !wanted[0].file.type.startsWith("image/"))
      throw new Problem(`“${wanted[0].name}” is neither a ZIP or TAR file nor a table.`);
    const most = Number(this.select.value);
    const items = await this.prepare(wanted, most, lost);
    if (!items.length) throw new Problem("None of these files could be read.");
    const tops = new Set(wanted.map(({ name }) => (name.includes("/") ? name.split("/")[0] : "")));
    const title = (tops.size === 1 && [...tops][0]) || "data";
    await this.send(zipStore(items), `${title}.zip`, { count: items.length, shrunk_to: most, could_not_read: lost });
  }

  async prepare(wanted, most, lost) {
    const items = new Array(wanted.length), total = wanted.reduce((sum, { file }) => sum + file.size, 0) || 1;
    const started = performance.now(), team = Array.from({ length: WORKERS }, () => new Helper(this.data.worker));
    let next = 0, done = 0, bytes = 0;
    const through = async (helper) => {
      while (next < wanted.length) {
        const at = next++, { file, name } = wanted[at], answer = await helper.ask(file, most);
        this.check();
        if (answer.unreadable) lost.push(name); // gone or locked since it was chosen
        else items[at] = { ...answer, name: (name + answer.ending).normalize("NFC") };
        bytes += file.size;
        if (++done % 10 && done < wanted.length) continue;
        const detail = `${done.toLocaleString("en")} of ${counted(wanted.length, "file")}${timeLeft(started, bytes / total)}`;
        this.show(most ? "Shrinking the pictures" : "Packing the pictures", (PREPARING * bytes) / total, detail);
      }
    };
    try {
      await Promise.all(Array(AT_ONCE).fill(team).flat().map(through));
    } finally {
      team.forEach((helper) => helper.end());
    }
    return items.filter(Boolean);
  }

  // Post the file; its id goes to Python as a trigger.
  async send(blob, name, told) {
    this.check();
    if (blob.size > this.data.limit)
      throw new Problem(`This is ${megabytes(blob.size)} MB; at most ${megabytes(this.data.limit)} MB can be sent at once.`);
    const answer = await this.post(blob, name);
    const sent = told.count > 1 ? counted(told.count, "file") : `“${name}”`;
    const lost = told.could_not_read.length;
    const gap = lost ? ` ${counted(lost, "file")} could not be read from the disk.` : "";
    this.say(`${sent} received (${sized(blob.size)}).${gap}`, lost ? "" : "good");
    this.trigger("arrived", { ...told, id: answer.id, name, bytes: answer.bytes, could_not_read: told.could_not_read.slice(0, 1000) });
  }

  post(blob, name) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(), started = performance.now(); // fetch tells no upload progress
      const from = this.bar.value;
      request.open("POST", this.data.url);
      request.responseType = "json";
      request.setRequestHeader("X-Graft-Token", this.data.token);
      request.setRequestHeader("X-Graft-Name", encodeURIComponent(name));
      request.upload.onprogress = ({ loaded, total }) => {
        const share = loaded / total, detail = `${megabytes(loaded)} of ${megabytes(total)} MB${timeLeft(started, share)}`;
        this.show("Sending", from + (1 - from) * share, detail);
      };
      request.onload = () => {
        if (request.status === 200 && request.response?.id) resolve(request.response);
        else reject(new Problem(request.response?.error ?? `The server answered with ${request.status}.`));
      };
      request.onerror = () => reject(new Problem("The connection to Graft broke. See that it still runs, then try again."));
      request.onabort = () => reject(new Cancelled());
      this.stopped.signal.addEventListener("abort", () => request.abort());
      this.show("Sending", from, "");
      request.send(blob);
    });
  }

  setBusy(busy) {
    const focused = this.part("cancel").matches(":focus");
    this.busy = busy;
    this.part("ready").hidden = busy;
    this.part("busy").hidden = !busy;
    if (busy) this.show("Starting", 0);
    if (busy) this.part("cancel").focus({ preventScroll: true });
    else if (focused) this.part("pick-folder").focus({ preventScroll: true });
  }

  show(now, share, detail = "") {
    this.part("now").textContent = now;
    this.part("detail").textContent = detail;
    this.bar.value = share;
  }

  say(text, mood = "") {
    const note = this.part("note");
    note.hidden = !text;
    note.textContent = text;
    note.className = `note ${mood}`;
  }
}

const boxes = new WeakMap(); // Streamlit calls again at every rerun: one box for each place on the page

export default function ({ parentElement, data, setTriggerValue }) {
  if (!boxes.has(parentElement)) boxes.set(parentElement, new Box(parentElement));
  boxes.get(parentElement).update(data, setTriggerValue);
  return () => boxes.get(parentElement).cancel();
}
