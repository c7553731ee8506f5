// The camera: hold to record, look at what was taken, send it as ONE file as the upload box does.
// zip.js, send.js, camera.js and shots.js are put before this file when the component is registered.

const MOST = 600; // pictures before they are sent: they wait in memory

class Camera extends Webcam {
  constructor(root) {
    super(root);
    this.bar = root.querySelector("progress");
    this.shots = []; // {blob, url}
    this.waiting = new Hold(); // while pictures have not been sent
    this.hold = null; // a new object for every time that the button is held
    this.listen();
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.part("lead").textContent = `Take pictures of “${data.shown}” with the camera`;
    this.count();
  }

  listen() {
    const button = this.part("hold");
    this.part("clear").onclick = () => this.clear();
    this.part("send").onclick = () => this.send();
    this.part("cancel").onclick = () => this.stopped?.abort();
    button.onpointerdown = (event) => {
      if (event.button) return;
      button.setPointerCapture(event.pointerId);
      this.record();
    };
    button.onpointerup = button.onpointercancel = button.onlostpointercapture = () => this.release();
    button.oncontextmenu = (event) => event.preventDefault(); // what a long touch would open
    this.keydown = (event) => {
      if (event.code !== "Space" || !this.stream || !this.hears(event)) return;
      event.preventDefault(); // no scrolling, no click
      if (!event.repeat) this.record();
    };
    this.keyup = (event) => {
      if (event.code !== "Space" || !this.hold) return;
      event.preventDefault();
      this.release();
    };
    this.blur = () => this.release(); // another window would get the end of the hold
  }

  // The Space key belongs to a focused field, button or list, unless that is our own button.
  hears(event) {
    const from = event.composedPath()[0];
    return from === this.part("hold") || !from.closest?.("input, textarea, select, button, a, [contenteditable], [role]");
  }

  attach() {
    super.attach();
    document.addEventListener("keydown", this.keydown);
    document.addEventListener("keyup", this.keyup);
    window.addEventListener("blur", this.blur);
  }

  detach() {
    super.detach();
    document.removeEventListener("keydown", this.keydown);
    document.removeEventListener("keyup", this.keyup);
    window.removeEventListener("blur", this.blur);
  }

  async start() {
    if (await super.start()) this.part("hold").focus({ preventScroll: true });
  }

  stop() {
    this.release();
    super.stop();
  }

  // One picture at every beat for as long as the button is held; a beat that comes too late is left out.
  async record() {
    if (this.hold || !this.stream) return;
    const hold = (this.hold = {});
    this.part("hold").classList.add("recording");
    this.part("hold").textContent = "Recording";
    const from = this.shots.length;
    for (let next = performance.now(); this.hold === hold; next = Math.max(next + PACE, performance.now())) {
      const shot = await this.take();
      if (this.hold !== hold) return;
      if (shot) this.keep(shot);
      this.part("count").textContent = this.shots.length - from;
      this.part("count").hidden = false;
      if (this.shots.length >= MOST) {
        this.say(`You have taken ${MOST} pictures. Add them before you take more.`);
        this.release();
      }
      await new Promise((done) => setTimeout(done, next + PACE - performance.now()));
    }
  }

  release() {
    this.hold = null;
    this.part("hold").classList.remove("recording");
    this.part("hold").textContent = "Hold to record";
    this.part("count").hidden = true;
  }

  async take() {
    const blob = this.shots.length < MOST ? await this.frame(SIDE) : null;
    return blob && { blob, url: URL.createObjectURL(blob), name: named(this.shots.at(-1)?.name) };
  }

  keep(shot) {
    const item = document.createElement("li"), image = new Image(), remove = document.createElement("button");
    image.src = shot.url;
    image.alt = shot.name;
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Remove ${shot.name}`);
    remove.onclick = () => {
      const next = item.nextElementSibling ?? item.previousElementSibling;
      this.shots.splice(this.shots.indexOf(shot), 1);
      URL.revokeObjectURL(shot.url);
      item.remove();
      next?.querySelector("button").focus({ preventScroll: true });
      this.count();
    };
    item.append(image, remove);
    this.shots.push(shot);
    this.part("shots").append(item);
    this.part("shots").scrollTop = this.part("shots").scrollHeight;
    this.count();
  }

  clear() {
    for (const { url } of this.shots.splice(0)) URL.revokeObjectURL(url);
    this.part("shots").replaceChildren();
    this.count();
  }

  count() {
    const pictures = counted(this.shots.length, "picture");
    this.waiting.set(this.shots.length > 0);
    this.part("taken").hidden = !this.shots.length || Boolean(this.stopped);
    this.part("number").textContent = `${pictures} taken`;
    this.part("send").textContent = `Add ${pictures} to “${this.data.shown}”`;
  }

  async send() {
    if (this.stopped) return;
    this.stop();
    this.setBusy(new AbortController());
    this.say("");
    const helper = new Helper(this.data.worker), items = [], { label } = this.data;
    try {
      for (const { blob, name } of this.shots) {
        const { crc } = await helper.ask(blob, 0);
        items.push({ blob, crc, name });
        this.stopped.signal.throwIfAborted();
      }
      const zip = zipStore(items), progress = (loaded, total) => this.show("Sending", loaded / total, `${megabytes(loaded)} of ${megabytes(total)} MB`);
      const answer = await post(zip, "camera.zip", this.data, progress, this.stopped.signal);
      this.say(`${counted(items.length, "picture")} sent (${sized(zip.size)}).`, "good");
      this.trigger("arrived", { id: answer.id, name: "camera.zip", label, count: items.length, shrunk_to: 0, could_not_read: [] });
      this.clear();
    } catch (error) {
      if (this.stopped.signal.aborted) this.say("Cancelled. The pictures are still here.");
      else this.say(error instanceof Problem ? error.message : `The pictures could not be sent: ${error.message}`, "bad");
    } finally {
      helper.end();
      this.setBusy(null);
    }
  }

  setBusy(stopped) {
    this.stopped = stopped;
    this.part("busy").hidden = !stopped;
    this.part("off").hidden = Boolean(stopped);
    if (stopped) this.show("Packing the pictures", 0);
    this.count();
  }

  show(now, share, detail = "") {
    this.part("now").textContent = now;
    this.part("detail").textContent = detail;
    this.bar.value = share;
  }

  end() {
    this.stopped?.abort();
    this.stop();
    this.clear();
  }
}

const cameras = new WeakMap(); // Streamlit calls again at every rerun: one camera for each place on the page

export default function ({ parentElement, data, setTriggerValue }) {
  if (!cameras.has(parentElement)) cameras.set(parentElement, new Camera(parentElement));
  cameras.get(parentElement).update(data, setTriggerValue);
  return () => cameras.get(parentElement).end();
}
