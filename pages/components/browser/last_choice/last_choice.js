// Keeps each choice in a cookie of this browser: the next visit begins with it.

const YEAR = 31536000; // seconds

export default function ({ data }) {
  for (const [name, id] of Object.entries(data))
    if (id) document.cookie = `graft_${name}=${encodeURIComponent(id)}; path=/; max-age=${YEAR}; samesite=strict`;
}
