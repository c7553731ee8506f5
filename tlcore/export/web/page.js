// The page: takes pictures, shows answers. worker.js does the work.

const part = (id) => document.getElementById(id);
const text = (id) => part(id).textContent;
const told = JSON.parse(text("description")), { labels, threshold } = told;
const VIEW = { images: CLASSES, texts: CLASSES, detection: BOXES, segmentation: AREAS }[told.task];
const BARS = 6; // classes with a bar
const KEPT = 12; // pictures that stay below
const CALM = 3000; // milliseconds between two announcements of the camera's answers
const UNREAD = "This browser cannot read that picture. Save it as JPEG or PNG and try again.";
const OLD = "This browser cannot run the model. Try a newer one.";
const CAMERA = {
  NotAllowedError: "The browser blocks the camera. Allow it beside the page's address, or take a photo.",
  NotFoundError: "No camera was found.",
  NotReadableError: "Another program is using the camera. Close it, then try again.",
};

const worker = new Worker(URL.createObjectURL(new Blob([text("worker")], { type: "text/javascript" })));
const waiting = new Map();
let number = 0;

function send(message, moved = []) {
  return new Promise((done, failed) => {
    waiting.set(++number, { done, failed });
    worker.postMessage({ number, ...message }, moved);
  });
}

worker.onmessage = ({ data: { number, found, problem } }) => {
  const { done, failed } = waiting.get(number);
  waiting.delete(number);
  if (found) done(found);
  else failed(new Error(problem));
};
worker.onerror = () => say(OLD, true);

function say(words, isBad = false) {
  part("note").textContent = words;
  part("note").classList.toggle("bad", isBad);
}

let announced = "", announcedAt = 0;

function announce({ head, sentence }, isLive) {
  const isNew = head !== announced && performance.now() - announcedAt > CALM;
  if (isLive && !isNew) return;
  [announced, announcedAt] = [head, performance.now()];
  part("said").textContent = sentence;
}

function show(answer, isLive = false) {
  const found = VIEW.verdict(answer);
  part("head").textContent = found.head;
  part("chance").textContent = found.chance;
  part("answer").classList.toggle("unsure", Boolean(found.isUnsure));
  part("answer").hidden = false;
  part("bars").replaceChildren(...VIEW.rows(answer, isLive));
  VIEW.draw(answer);
  say(found.note);
  announce(found, isLive);
  part("time").textContent = `Answered in ${Math.round(answer.preparing + answer.milliseconds)} ms`;
  // For tests, and for whoever builds on this page.
  const { button, url, text, name = "", ...numbers } = answer;
  document.dispatchEvent(new CustomEvent("answer", { detail: { name, isLive, ...numbers, ...found } }));
}

// Examples: pictures, or texts.

const kept = []; // {url and name of a picture, or text; button, and the answer}: the newest first

function press(chosen) {
  for (const { button } of kept) button.setAttribute("aria-pressed", button === chosen);
}

function look(one) {
  stopCamera();
  if (one.url) {
    part("picture").src = one.url;
    part("picture").alt = one.name || "The picture";
    part("picture").hidden = false;
    part("empty").hidden = true;
  } else {
    part("text").value = one.text;
  }
  press(one.button);
  show(one);
}

function keep(one) {
  const { head, chance } = VIEW.verdict(one), button = element("button", "kept");
  const small = one.url ? Object.assign(new Image(), { src: one.url, alt: "" }) : element("bdi", "quote", one.text.slice(0, 200));
  button.type = "button";
  button.append(small, element("bdi", "", head), element("span", "value", chance));
  button.onclick = () => look(one);
  kept.unshift(Object.assign(one, { button }));
  part("strip").prepend(button);
  for (const old of kept.splice(KEPT)) {
    old.button.remove();
    URL.revokeObjectURL(old.url);
  }
  part("earlier").hidden = kept.length < 2;
}

// Files of pictures, or strings.
async function take(given) {
  if (!(await ready)) return;
  let unread = 0;
  for (const example of given) {
    const isText = typeof example === "string";
    part("answer").ariaBusy = "true";
    try {
      const found = await send({ example });
      const one = isText ? { ...found, text: example } : { ...found, name: example.name, url: URL.createObjectURL(example) };
      keep(one);
      look(one);
    } catch {
      unread += 1;
    }
  }
  part("answer").ariaBusy = "false";
  if (!unread) return;
  say(given.length > 1 ? `${unread} of ${given.length} could not be read. ${UNREAD}` : UNREAD, true);
  part("said").textContent = text("note");
}

for (const [button, input] of [["choose", "files"], ["photo", "photo-file"]]) {
  part(button).onclick = () => part(input).click();
  part(input).onchange = async ({ target }) => {
    await take([...target.files]);
    target.value = ""; // the same file may be chosen again
  };
}
document.onpaste = ({ clipboardData }) => part("pictures").hidden || take([...clipboardData.files]);
document.ondragover = (event) => {
  event.preventDefault();
  part("stage").classList.add("over");
};
document.ondragleave = ({ relatedTarget }) => relatedTarget ?? part("stage").classList.remove("over");
document.ondrop = (event) => {
  event.preventDefault();
  part("stage").classList.remove("over");
  if (!part("pictures").hidden) take([...event.dataTransfer.files]);
};

// The camera.

let stream = null;

async function startCamera() {
  const video = part("video");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment" } });
  } catch (error) {
    say(CAMERA[error.name] ?? `The camera could not be switched on: ${error.message}.`, true);
    part("said").textContent = text("note");
    part("photo").hidden = false;
    return;
  }
  const [track] = stream.getVideoTracks();
  track.onended = stopCamera;
  video.classList.toggle("mirror", track.getSettings().facingMode !== "environment");
  video.srcObject = stream;
  part("stage").classList.add("live");
  clearMarks();
  press(null);
  part("camera").textContent = "Stop camera";
  await video.play().catch(() => {}); // interrupted when it is switched off at once
  watch(stream);
}

async function watch(started) {
  while ((await ready) && stream === started) {
    await new Promise((done) => requestAnimationFrame(done));
    if (!part("video").videoWidth) continue;
    const frame = await createImageBitmap(part("video"));
    const found = await send({ example: frame }, [frame]).catch(() => null);
    if (found && stream === started) show(found, true);
  }
}

function stopCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = part("video").srcObject = null;
  part("stage").classList.remove("live");
  clearMarks();
  part("camera").textContent = "Use the camera";
}

part("camera").onclick = () => (stream ? stopCamera() : startCamera());
part("camera").hidden = !navigator.mediaDevices?.getUserMedia;
part("photo").hidden = !part("camera").hidden;
document.addEventListener("keydown", ({ key }) => key === "Escape" && stopCamera());
document.addEventListener("visibilitychange", () => document.hidden && stopCamera());

// The beginning.

part("texts").hidden = told.task !== "texts";
part("pictures").hidden = !part("texts").hidden;

part("question").textContent = VIEW.ask(labels, labels.length <= BARS && labels.join().length < 60);
document.title = text("question");
part("classes").textContent = `${labels.length}: ${labels.join(", ")}`;
part("made").textContent = `${told.made_by}, run ${told.run}`;

// From a web server the browser keeps the page, where its service worker lies beside it.
async function stay() {
  if (!location.protocol.startsWith("http") || !navigator.serviceWorker) return;
  await navigator.serviceWorker.register("service-worker.js", { scope: location.pathname });
  await navigator.serviceWorker.ready;
  part("offline").textContent = "It works: this device keeps the page.";
}

stay().catch(() => {
  part("offline").textContent = "Save this page, or put its service-worker.js beside it on the server.";
});
say("Getting the model ready …");
const ready = send({ opening: { runtime: text("runtime"), model: text("model"), told } }).then(
  () => {
    say("The answer will stand here.");
    part("said").textContent = "Ready";
    return true;
  },
  () => say(OLD, true), // false, then
);
for (const id of ["worker", "runtime", "model"]) part(id).remove(); // they are in the other thread now
