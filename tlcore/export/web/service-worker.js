// Beside the page on a web server: the browser keeps the page, which then opens without a network too.

const page = registration.scope; // it is registered for the page's own address

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(page).then((kept) => kept.add(page)));
});

addEventListener("fetch", (event) => {
  if (event.request.url.split(/[?#]/)[0] === page) event.respondWith(newest(event));
});

async function newest(event) {
  const kept = await caches.open(page);
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(kept.put(page, answer.clone()));
    return answer;
  } catch {
    return (await kept.match(page)) ?? Response.error();
  }
}
