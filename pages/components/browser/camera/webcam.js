// Answers while the webcam is on: the next frame goes out when the last one has been answered.
// camera.js is put before this file when the component is registered.

const SIDE = 480; // pixels of the longer side: more than most models look at
const PACE = 250; // milliseconds at least from one frame to the next
const PATIENCE = 30_000; // milliseconds: an answer that takes longer is lost, and another one is asked for

class Live extends Webcam {
  constructor(root) {
    super(root);
    this.sent = 0; // the number of the last frame; it tells frames of different visits apart
    this.answered = 0;
    this.part("keep").onclick = () => this.keep();
  }

  update(data, trigger) {
    this.trigger = trigger;
    this.answered = data.answered;
    this.part("keep").hidden = !data.can_keep;
    this.draw(data.found ?? { boxes: [], veils: [] });
  }

  // What was found in the last frame that was answered, over the picture as it is now.
  draw({ boxes, veils }) {
    this.part("veil").style.backgroundImage = veils.map((veil) => `url(${veil})`).join();
    const canvas = this.part("found"), { clientWidth: width, clientHeight: height } = this.video;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    const pen = canvas.getContext("2d");
    pen.scale(devicePixelRatio, devicePixelRatio);
    pen.lineWidth = 2;
    pen.font = `600 13px ${getComputedStyle(this.part("stage")).fontFamily}`;
    pen.textBaseline = "top";
    for (const { edges, colour, text } of boxes) {
      const [left, top, right, bottom] = edges.map((share, at) => share * (at % 2 ? height : width));
      pen.strokeStyle = pen.fillStyle = colour;
      pen.strokeRect(left, top, right - left, bottom - top);
      const long = pen.measureText(text).width + 8, above = Math.max(0, top - 18), from = Math.min(left - 1, width - long);
      pen.fillRect(from, above, long, 18);
      pen.fillStyle = "#fff";
      pen.fillText(text, from + 4, above + 2);
    }
  }

  async start() {
    this.draw({ boxes: [], veils: [] }); // of the last time that it was on
    if (!(await super.start())) return;
    this.part(this.part("keep").hidden ? "stop" : "keep").focus({ preventScroll: true });
    this.loop(this.stream);
  }

  async loop(stream) {
    const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    while (this.stream === stream) {
      const jpeg = await this.encoded();
      if (this.stream !== stream) return;
      if (jpeg) {
        this.sent = Date.now();
        this.trigger("frame", { number: this.sent, jpeg });
      }
      await pause(PACE);
      while (this.stream === stream && this.answered < this.sent && Date.now() - this.sent < PATIENCE) await pause(30);
    }
  }

  // Text, since that is what reaches Python from here.
  async encoded() {
    const blob = await this.frame(SIDE);
    if (!blob) return "";
    const reader = new FileReader();
    const read = new Promise((done) => (reader.onload = () => done(reader.result.split(",")[1])));
    reader.readAsDataURL(blob);
    return read;
  }

  async keep() {
    const jpeg = await this.encoded();
    if (jpeg) this.trigger("kept", { number: Date.now(), jpeg });
  }
}

const webcams = new WeakMap(); // Streamlit calls again at every rerun: one webcam for each place on the page

export default function ({ parentElement, data, setTriggerValue }) {
  if (!webcams.has(parentElement)) webcams.set(parentElement, new Live(parentElement));
  webcams.get(parentElement).update(data, setTriggerValue);
  return () => webcams.get(parentElement).stop();
}
