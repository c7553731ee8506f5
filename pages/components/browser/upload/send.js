// Shared by the upload box and the camera: sizes and times as text, checksums in workers, posting a file.
// zip.js is put before this file when a component is registered.

const WORKERS = Math.max(1, Math.min(8, navigator.hardwareConcurrency || 2));

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

// While it holds, the browser asks before leaving the page, because unsent files would be lost.
class Hold {
  constructor() {
    this.ask = (event) => event.preventDefault();
  }

  set(held) {
    (held ? addEventListener : removeEventListener)("beforeunload", this.ask);
  }
}

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
      for (const { reject } of this.waiting.values()) reject(new Problem("This browser cannot prepare pictures."));
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

// Post one file. `progress(loaded, total)` is called along the way; `signal` ends it. Resolves to {id, bytes}.
function post(blob, name, { url, token, limit }, progress, signal) {
  if (blob.size > limit)
    throw new Problem(`This is ${megabytes(blob.size)} MB. You can send at most ${megabytes(limit)} MB at once.`);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch reports no upload progress
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-Graft-Token", token);
    request.setRequestHeader("X-Graft-Name", encodeURIComponent(name));
    request.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
    request.onload = () => {
      if (request.status === 200 && request.response?.id) resolve(request.response);
      else reject(new Problem(request.response?.error ?? `The server answered with ${request.status}.`));
    };
    request.onerror = () => reject(new Problem("The connection to Graft is lost. Check that it still runs, then try again."));
    request.onabort = () => reject(new Cancelled());
    signal.addEventListener("abort", () => request.abort());
    request.send(blob);
  });
}
