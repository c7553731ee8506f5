// A model of texts: what a person types is answered at the button, or with Ctrl+Enter.

// Without control characters, but for line breaks and tabs, halves of letters, or space around it (to `trim`, U+FEFF
// is one): as Graft keeps texts.
const bare = (text) => text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]|\p{Cs}/gu, "");
const clean = (text) => bare(text).replace(/^[^\S\ufeff]+|(?<![^\S\ufeff])[^\S\ufeff]+$/g, "");

function readText() {
  const words = clean(part("text").value);
  if (words) take([words]);
  else say("Type or paste a text first.");
}

part("read").onclick = readText;
part("text").onkeydown = (event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && readText();
