// Class cards: a name, a count and a button for each class, one camera for all, and one upload of everything.
// zip.js, send.js, camera.js and shots.js are put before this file when the component is registered.

const MOST = 1200; // pictures before they are sent: they wait in memory
const LARGEST = 1024; // pixels of the longer side of pictures from files
const SHOWN = 5; // thumbnails on a card
const UNUSABLE = /^\.|[/\\]/; // a class is a folder in what is sent

class Card {
  constructor(deck, label, isNew) {
    this.node = deck.part("deck").querySelector("template").content.firstElementChild.cloneNode(true);
    this.part = (name) => this.node.querySelector(`.${name}`);
    this.deck = deck;
    this.stored = 0; // pictures of this class that are in the data set
    this.items = []; // {file, name, most, url}: not sent yet
    this.batches = []; // how many came at once, for Undo
    this.part("name").value = label;
    this.part("name").readOnly = !isNew;
    deck.part("cards").append(this.node);
    this.listen();
    this.draw();
  }

  get label() {
    return this.part("name").value.trim().normalize("NFC");
  }

  get count() {
    return this.stored + this.items.length;
  }

  listen() {
    const { deck, node } = this, hold = this.part("hold"), files = this.part("files");
    hold.onpointerdown = (event) => {
      if (event.button) return;
      hold.setPointerCapture(event.pointerId);
      deck.record(this);
    };
    hold.onpointerup = hold.onpointercancel = hold.onlostpointercapture = () => deck.release(this);
    hold.oncontextmenu = (event) => event.preventDefault(); // what a long touch would open
    hold.onkeydown = (event) => {
      if (event.code !== "Space") return;
      event.preventDefault();
      if (!event.repeat) deck.record(this);
    };
    hold.onkeyup = hold.onblur = () => deck.release(this);
    this.part("pick").onclick = () => files.click();
    files.onchange = () => {
      this.addFiles([...files.files]);
      files.value = "";
    };
    this.part("undo").onclick = () => this.undo();
    this.part("name").oninput = () => deck.check();
    node.ondragover = (event) => event.preventDefault();
    node.ondragenter = () => node.classList.add("over");
    node.ondragleave = (event) => node.contains(event.relatedTarget) || node.classList.remove("over");
    node.ondrop = (event) => {
      event.preventDefault();
      node.classList.remove("over");
      this.addFiles([...event.dataTransfer.files]);
    };
  }

  addFiles(files) {
    const pictures = files.filter(({ type }) => type.startsWith("image/"));
    if (!pictures.length) return this.deck.say("Drop pictures here. Folders and archives go into the tab Upload.", "bad");
    this.deck.say("");
    this.batches.push(0);
    for (const file of pictures) this.add(file, file.name, LARGEST);
    if (!this.batches.at(-1)) this.batches.pop(); // there was no room: undoing none would take all
  }

  add(file, name, most) {
    if (this.deck.waitingCount >= MOST) return this.deck.say(`${MOST} pictures are waiting. Train before you take more.`);
    this.items.push({ file, name, most, url: URL.createObjectURL(file) });
    this.batches.push(this.batches.pop() + 1);
    this.draw();
  }

  undo() {
    for (const { url } of this.items.splice(-this.batches.pop())) URL.revokeObjectURL(url);
    this.draw();
  }

  clear() {
    for (const { url } of this.items.splice(0)) URL.revokeObjectURL(url);
    this.batches = [];
    this.draw();
  }

  draw() {
    this.part("number").textContent = counted(this.count, "picture");
    this.part("undo").disabled = !this.items.length;
    this.part("hold").setAttribute("aria-label", `Hold to record ${this.label}`);
    this.part("name").setAttribute("aria-label", `Name of ${this.label || "the class"}`);
    this.part("thumbs").replaceChildren(
      ...this.items.slice(-SHOWN).map(({ url }) => Object.assign(new Image(), { src: url, alt: "" })),
    );
    this.deck.check();
  }
}

class Deck extends Webcam {
  constructor(root) {
    super(root);
    this.bar = root.querySelector("progress");
    this.cards = [];
    this.hold = new Hold(); // while pictures have not been sent
    this.part("another").onclick = () => this.deal(`Class ${this.cards.length + 1}`, true).part("name").select();
    this.part("send").onclick = () => this.send();
    this.part("cancel").onclick = () => this.stopped?.abort();
    this.blur = () => this.release(); // another window would get the end of the hold
  }

  get waitingCount() {
    return this.cards.reduce((sum, card) => sum + card.items.length, 0);
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    for (const { label, count } of data.cards) {
      const card = this.cards.find((one) => one.label === label) ?? this.deal(label, false);
      card.part("name").readOnly = true;
      card.stored = count;
      card.draw();
    }
    while (this.cards.length < 2) this.deal(`Class ${this.cards.length + 1}`, true);
    this.check();
  }

  deal(label, isNew) {
    const card = new Card(this, label, isNew);
    this.cards.push(card);
    this.check();
    return card;
  }

  attach() {
    super.attach();
    window.addEventListener("blur", this.blur);
  }

  detach() {
    super.detach();
    window.removeEventListener("blur", this.blur);
  }

  stop() {
    this.release();
    super.stop();
  }

  // The camera goes on with the first hold. One picture at every beat while the button is held.
  async record(card) {
    if (this.recording || this.stopped) return;
    const hold = (this.recording = { card });
    card.part("hold").classList.add("recording");
    card.part("hold").textContent = "Recording";
    if (!this.stream && !(await this.start())) return this.release();
    card.batches.push(0);
    for (let next = performance.now(); this.recording === hold; next = Math.max(next + PACE, performance.now())) {
      const blob = await this.frame(SIDE);
      if (this.recording !== hold) break;
      if (blob) card.add(blob, named(card.items.at(-1)?.name), 0);
      await new Promise((done) => setTimeout(done, next + PACE - performance.now()));
    }
    if (!card.batches.at(-1)) card.batches.pop();
  }

  // End the recording; with a card only if it is the one that records: the last one loses the focus later.
  release(card) {
    if (!this.recording || (card && card !== this.recording.card)) return;
    const button = this.recording.card.part("hold");
    this.recording = null;
    button.classList.remove("recording");
    button.textContent = "Hold to record";
  }

  // What is missing before training, in words; "" for nothing.
  missing() {
    const used = this.cards.filter(({ count }) => count), names = used.map(({ label }) => label);
    const odd = names.find((name) => UNUSABLE.test(name) || this.data.reserved.includes(name.toLowerCase()));
    if (used.length < 2 || used.some(({ count }) => count < this.data.fewest))
      return `Two classes with at least ${this.data.fewest} pictures each; 20 are better.`;
    if (names.includes("")) return "Give every class a name.";
    if (new Set(names).size < names.length) return "Two classes have the same name.";
    if (odd) return `“${odd}” cannot be the name of a class here.`;
    return this.waitingCount ? "" : "Add pictures to a class, then train again.";
  }

  check() {
    if (!this.data) return;
    const missing = this.missing();
    this.part("missing").textContent = missing;
    this.part("send").disabled = Boolean(missing || this.stopped);
    this.hold.set(this.waitingCount > 0);
  }

  async send() {
    this.stop();
    this.setBusy(new AbortController());
    this.say("");
    const helper = new Helper(this.data.worker), lost = [];
    try {
      const items = await this.pack(helper, lost);
      const zip = zipStore(items), progress = (loaded, total) => this.show("Sending", loaded / total, `${megabytes(loaded)} of ${megabytes(total)} MB`);
      const answer = await post(zip, "cards.zip", this.data, progress, this.stopped.signal);
      const title = this.cards.filter(({ count }) => count).map(({ label }) => label).join(", ");
      this.trigger("arrived", { id: answer.id, name: `${title.slice(0, 80)}.zip`, label: "", count: items.length, shrunk_to: 0, could_not_read: lost });
      for (const card of this.cards) card.clear();
    } catch (error) {
      if (this.stopped.signal.aborted) this.say("Cancelled. The pictures are still here.");
      else this.say(error instanceof Problem ? error.message : `The pictures could not be sent: ${error.message}`, "bad");
    } finally {
      helper.end();
      this.setBusy(null);
    }
  }

  // Every waiting picture as an item of the ZIP, in its class's folder; names are unique there.
  async pack(helper, lost) {
    const items = [], taken = new Set();
    for (const { label, items: waiting } of this.cards)
      for (const { file, name, most } of waiting) {
        const answer = await helper.ask(file, most);
        this.stopped.signal.throwIfAborted();
        if (answer.unreadable) {
          lost.push(`${label}/${name}`);
          continue;
        }
        let path = `${label}/${name}${answer.ending}`;
        for (let n = 2; taken.has(path); n++) path = `${label}/${n} ${name}${answer.ending}`;
        taken.add(path);
        items.push({ ...answer, name: path });
        this.show("Packing the pictures", items.length / this.waitingCount / 2);
      }
    if (!items.length) throw new Problem("None of these pictures could be read.");
    return items;
  }

  setBusy(stopped) {
    this.stopped = stopped;
    this.part("busy").hidden = !stopped;
    this.check();
  }

  show(now, share, detail = "") {
    this.part("now").textContent = now;
    this.part("detail").textContent = detail;
    this.bar.value = share;
  }

  end() {
    this.stopped?.abort();
    this.stop();
    for (const card of this.cards) card.clear();
  }
}

const decks = new Map(); // Streamlit calls again at every rerun: one deck for each place on the page

// A pasted picture goes to the card under the pointer or with the focus, before any upload box hears of it.
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
  const card = [...decks.values()].flatMap(({ cards }) => cards).find(({ node }) => node.matches(":hover, :focus-within"));
  if (!files.length || !card) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  card.addFiles(files);
}, true);

export default function ({ parentElement, data, setTriggerValue }) {
  if (!decks.has(parentElement)) decks.set(parentElement, new Deck(parentElement));
  decks.get(parentElement).update(data, setTriggerValue);
  return () => {
    decks.get(parentElement)?.end();
    decks.delete(parentElement);
  };
}
