// Pictures that the camera takes while a button is held: their pace, size and names.
// Put before capture.js and cards.js.

const PACE = 1000 / 6; // milliseconds from one picture to the next
const SIDE = 640; // pixels of the longer side

// "camera 20261124-151200-042.jpg": named by the clock, so that no two names are equal.
function named(before) {
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString(); // 2026-11-24T15:12:00.042Z
  const name = `camera ${now.slice(0, 10).replaceAll("-", "")}-${now.slice(11, 19).replaceAll(":", "")}-${now.slice(20, 23)}.jpg`;
  return name === before ? name.replace(".jpg", " (2).jpg") : name;
}
