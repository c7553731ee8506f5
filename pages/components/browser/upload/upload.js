// The upload box: choose, drop or paste, prepare in the browser, post ONE file, tell Python its id.
// zip.js and send.js are put before this file when the component is registered;
// worker.js prepares pictures.

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;
// What systems leave in folders, as tlcore/data/names.py has it: a hidden picture such as .holiday.jpg is none.
const JUNK = /(^|\/)((\.[^/]*|__MACOSX|\$RECYCLE\.BIN|System Volume Information)\/|(\._[^/]*|\.[^/.]*|Thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r?)$)/i;
const AT_ONCE = 2; // pictures in the hands of one worker: one is read while the other is drawn
const PREPARING = 0.75; // share of the bar for preparing; the rest is for sending
const PICTURE = /\.(jpe?g|jfif|png|gif|bmp|webp|tiff?|heic|heif|avif)$/i; // some systems tell no type of theirs
// What calls a PNG a mask, as tlcore/data/annotations/masks.py has it: a folder, or the end of its name.
const MASK_FOLDER = /(mask|annot|label|segment|ground.?truth|trimap)[^/]*\/|(^|\/)(gts?|seg|targets?)\//i;
const MASK_END = /[-_. ](masks?|seg|segmentation|labels?|gt|annotations?|matte|L)$/i;
const UNNAMED = /^image\.\w+$/i; // what browsers call a picture from the clipboard that has no name
const PASTED = "graft.pasted"; // how many such pictures this browser has named

const isPicture = ({ file, name }) => file.type.startsWith("image/") || PICTURE.test(name);

const stem = (name) => name.replace(/^.*\//, "").replace(/\.[^.]*$/, "").toLowerCase();

// The masks of other pictures among these. They go as they are: their pixels are numbers of classes, and what lies
// between two numbers is a class of its own.
function masksAmong(found) {
  const counts = new Map();
  for (const item of found.filter(isPicture)) counts.set(stem(item.name), (counts.get(stem(item.name)) ?? 0) + 1);
  return new Set(found.filter(({ name }) => {
    const own = stem(name), picture = own.replace(MASK_END, "");
    if (!/\.png$/i.test(name)) return false;
    return picture === own ? MASK_FOLDER.test(name) && counts.get(own) > 1 : counts.has(picture);
  }));
}

class Box {
  constructor(root) {
    this.part = (name) => root.querySelector(`.${name}`);
    this.select = root.querySelector("select");
    this.bar = root.querySelector("progress");
    this.busy = false;
    this.hold = new Hold();
    this.listen();
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.part("lead").textContent = data.lead;
    this.part("box").classList.toggle("small", Boolean(data.small));
    this.part("hint").textContent = data.hint;
    this.part("pick-table").hidden = !data.ways.includes("table");
    this.part("pick-table").textContent = data.choose;
    this.part("pick-archive").hidden = !data.ways.includes("archive");
    this.part("pick-loose").hidden = this.part("side").hidden = !data.ways.includes("pictures");
    this.part("pick-folder").hidden = !data.ways.includes("pictures") || !("webkitdirectory" in this.part("folder"));
    for (const way of ["folder", "loose", "table"]) this.part(`pick-${way}`).classList.toggle("primary", way === data.first);
    if (this.select.options.length) return; // the person's choice stays over reruns
    this.part("table").accept = data.tables.join();
    for (const side of data.sides) {
      const text = side ? `to ${side} pixels` : "not at all";
      this.select.add(new Option(text, side, side === data.side, side === data.side));
    }
  }

  listen() {
    const [folder, loose, archive, table, box] = ["folder", "loose", "archive", "table", "box"].map(this.part);
    const named = (input) => [...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
    this.part("pick-folder").onclick = () => folder.click();
    this.part("pick-archive").onclick = () => archive.click();
    this.part("pick-table").onclick = () => table.click();
    this.part("pick-loose").onclick = () => loose.click();
    for (const input of [folder, loose, archive, table])
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

  // Whether a paste can be meant for this box: it is visible and takes pictures.
  takesPictures() {
    return this.data.ways.includes("pictures") && this.part("box").isConnected && this.part("box").checkVisibility();
  }

  paste(files) {
    if (this.busy) this.say("Wait until this upload is done, then paste again.");
    else this.run(() => this.take(files.map((file) => ({ file, name: UNNAMED.test(file.name) ? pastedName(file) : file.name })), []));
  }

  // One upload at a time; its end, good or bad, is shown to the person.
  async run(work) {
    if (this.busy) return;
    this.stopped = new AbortController();
    this.label = this.data.label; // what is asked for now, whatever the person chooses meanwhile
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
    if (!wanted.length) throw new Problem("This folder has no files.");
    const isTable = wanted.length === 1 && this.data.tables.some((end) => wanted[0].name.toLowerCase().endsWith(end));
    if ((archives.length === 1 && wanted.length === 1 && !this.data.wrong) || isTable) {
      await this.send(wanted[0].file, wanted[0].name, { count: 1, shrunk_to: 0, could_not_read: lost });
      return;
    }
    if (this.data.wrong) throw new Problem(`“${wanted[0].name}” is not ${this.data.wrong}.`);
    if (wanted.length === 1 && !isPicture(wanted[0])) throw new Problem(`“${wanted[0].name}” is not a picture, a ZIP or TAR file, or a table.`);
    const most = Number(this.select.value);
    const items = withUniqueNames(await this.prepare(wanted, most, lost));
    if (!items.length) throw new Problem("None of these files could be read.");
    const tops = new Set(wanted.map(({ name }) => (name.includes("/") ? name.split("/")[0] : "")));
    const alone = wanted.length === 1 ? wanted[0].name.replace(/^.*\/|\.[^.]*$/g, "") : "";
    const title = alone || (tops.size === 1 ? [...tops][0] || "pictures" : "data");
    const facts = { count: items.length, shrunk_to: most, could_not_read: lost };
    await this.send(zipStore(items), `${title}.zip`, facts, alone ? wanted[0].name : undefined);
  }

  async prepare(wanted, most, lost) {
    const items = new Array(wanted.length), total = wanted.reduce((sum, { file }) => sum + file.size, 0) || 1;
    const started = performance.now(), team = Array.from({ length: WORKERS }, () => new Helper(this.data.worker));
    const masks = masksAmong(wanted);
    let next = 0, done = 0, bytes = 0;
    const through = async (helper) => {
      while (next < wanted.length) {
        const at = next++, { file, name } = wanted[at];
        const answer = await helper.ask(file, masks.has(wanted[at]) ? 0 : most);
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

  // A token is good for one file. The next one comes with the rerun that the last file causes: who is quicker waits.
  async newToken() {
    for (let waits = 0; this.data.token === this.spent && waits < 200; waits++) {
      await new Promise((go) => setTimeout(go, 50));
      this.check();
    }
  }

  // Post the file; its id goes to Python as a trigger. `shown`: the name to show, if the file is packed in a ZIP.
  async send(blob, name, facts, shown = name) {
    this.check();
    const started = performance.now(), from = this.bar.value;
    this.show("Sending", from, "");
    const progress = (loaded, total) => {
      const share = loaded / total, detail = `${megabytes(loaded)} of ${megabytes(total)} MB${timeLeft(started, share)}`;
      this.show("Sending", from + (1 - from) * share, detail);
    };
    await this.newToken();
    const answer = await post(blob, name, this.data, progress, this.stopped.signal);
    this.spent = this.data.token;
    const sent = facts.count > 1 ? counted(facts.count, "file") : `“${shown}”`;
    const lost = facts.could_not_read.length;
    const gap = lost ? ` ${counted(lost, "file")} could not be read from the disk.` : "";
    this.say(`${sent} received (${sized(blob.size)}).${gap}`, lost ? "" : "good");
    this.trigger("arrived", { ...facts, id: answer.id, name, label: this.label, bytes: answer.bytes, could_not_read: facts.could_not_read.slice(0, 1000) });
  }

  setBusy(busy) {
    const focused = this.part("cancel").matches(":focus");
    this.busy = busy;
    this.hold.set(busy);
    this.part("ready").hidden = busy;
    this.part("busy").hidden = !busy;
    if (busy) this.show("Starting", 0);
    if (busy) this.part("cancel").focus({ preventScroll: true });
    else if (focused) this.part("box").focus({ preventScroll: true });
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

// "pasted 7.png": counted over all visits, so that no two names are equal.
function pastedName(file) {
  let count = (pastedName.count ?? 0) + 1;
  try {
    count = Math.max(count, Number(localStorage.getItem(PASTED)) + 1);
    localStorage.setItem(PASTED, count);
  } catch (error) {
    // No storage in this browser: counted over this visit.
  }
  pastedName.count = count;
  return `pasted ${count}.${file.name.split(".").pop()}`;
}

// Files from several places can have equal names; in one ZIP they become "a.jpg" and "a (2).jpg".
function withUniqueNames(items) {
  const taken = new Set(items.map(({ name }) => name)), seen = new Set();
  return items.map((item) => {
    let { name } = item;
    const [, stem, ending] = name.match(/^(.*?)(\.[^./]*)?$/s);
    for (let n = 2; seen.has(name) || (name !== item.name && taken.has(name)); n++) name = `${stem} (${n})${ending ?? ""}`;
    seen.add(name);
    return { ...item, name };
  });
}

const boxes = new WeakMap(); // Streamlit calls again at every rerun: one box for each place on the page
const shown = new Set();

// A text pasted into a field stays there; pictures go to the box under the pointer, with the focus, or the only one.
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])].filter((file) => isPicture({ file, name: file.name }));
  const field = event.composedPath()[0]?.closest?.("input, textarea, [contenteditable]:not([contenteditable=false])");
  if (!files.length || (field && event.clipboardData.types.includes("text/plain"))) return;
  const open = [...shown].filter((one) => one.takesPictures()), that = (how) => open.find((one) => one.part("box").matches(how));
  const box = that(":hover") ?? that(":focus-within") ?? (open.length === 1 && !field ? open[0] : undefined);
  if (!box) return;
  event.preventDefault();
  box.paste(files);
});

export default function ({ parentElement, data, setTriggerValue }) {
  if (!boxes.has(parentElement)) boxes.set(parentElement, new Box(parentElement));
  const box = boxes.get(parentElement);
  shown.add(box);
  box.update(data, setTriggerValue);
  return () => {
    shown.delete(box);
    box.cancel();
  };
}
