// The webcam: on and off, errors, and single pictures from it.
// Put before capture.js and webcam.js, whose boxes extend it: they hold `.off`, `.on`, `.start`, `.stop`, `.note`, `video`.

const REFUSED = {
  NotAllowedError: "The browser blocks the camera. Click the camera or the lock beside the page address, allow it, then try again.",
  NotFoundError: "No camera was found. Plug one in, then try again.",
  OverconstrainedError: "No camera was found. Plug one in, then try again.",
  NotReadableError: "Another program is using the camera. Close it, then try again.",
};

class Webcam {
  constructor(root) {
    this.part = (name) => root.querySelector(`.${name}`);
    this.video = root.querySelector("video");
    this.part("start").onclick = () => this.start();
    this.part("stop").onclick = () => this.stop();
    this.hidden = () => document.hidden && this.stop();
    this.video.onloadedmetadata = () => {
      this.video.style.aspectRatio = `${this.video.videoWidth} / ${this.video.videoHeight}`;
    };
    this.seen = new IntersectionObserver(([{ isIntersecting, boundingClientRect: { width } }]) => {
      if (!isIntersecting && !width) this.stop(); // on a tab or in a box that was closed
    });
  }

  attach() {
    document.addEventListener("visibilitychange", this.hidden);
    this.seen.observe(this.part("on"));
  }

  detach() {
    document.removeEventListener("visibilitychange", this.hidden);
    this.seen.disconnect();
  }

  // Returns whether it is on.
  async start() {
    this.say("");
    if (!navigator.mediaDevices) {
      this.say("The browser allows the camera only at http://localhost or over https. Open Graft at http://localhost with its port.", "bad");
      return false;
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { width: { ideal: 1280 }, height: { ideal: 720 } } });
    } catch (error) {
      this.say(REFUSED[error.name] ?? `The camera could not be switched on: ${error.message}.`, "bad");
      return false;
    }
    this.stream.getVideoTracks()[0].onended = () => {
      this.stop();
      this.say("The camera was disconnected. Plug it in, then try again.", "bad");
    };
    this.video.srcObject = this.stream;
    this.part("off").hidden = true;
    this.part("on").hidden = false;
    this.attach();
    await this.video.play().catch(() => {}); // interrupted when it is switched off at once
    return Boolean(this.stream);
  }

  stop() {
    if (!this.stream) return;
    this.detach();
    this.stream.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
    this.part("off").hidden = false;
    this.part("on").hidden = true;
  }

  // The current frame as a JPEG with at most `side` pixels on its longer side; null before the first frame.
  async frame(side) {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return null;
    const scale = Math.min(1, side / Math.max(videoWidth, videoHeight)), canvas = document.createElement("canvas");
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  }

  say(text, mood = "") {
    const note = this.part("note");
    note.hidden = !text;
    note.textContent = text;
    note.className = `note ${mood}`;
  }
}
